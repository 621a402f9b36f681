"""How the documentation is built: Sphinx with MyST markdown; the reference comes from the code."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import generate

project = "iohub"
author = "the iohub authors"
release = "0.1.0"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
default_role = "code"
napoleon_google_docstring = True
napoleon_use_ivar = True
html_theme = "furo"
html_title = "iohub"
exclude_patterns = ["_build"]
# Types of other projects in signatures; their documentation is not built here.
nitpicky = False
suppress_warnings = ["ref.python", "docutils", "toc.not_included", "toc.excluded"]

generate.write(Path(__file__).parent / "reference" / "generated")
