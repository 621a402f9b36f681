"""Reading data files, in scripts and notebooks.

from iohub_datastore.read import open_file

with open_file("data.hdf5") as file:
    print(file.sessions())
    presses = file.events("KEYBOARD_PRESS", session="s1")
"""

from iohub_datastore.read.datafile import DataFile, open_file

__all__ = ["DataFile", "open_file"]
