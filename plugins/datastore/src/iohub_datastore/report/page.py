"""The page: plain HTML with its pictures inside; nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from iohub_datastore.report.charts import bars, histogram, timeline
from iohub_datastore.report.gather import SessionFacts

STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5d6878;--line:#d5dbe4;--bar:#3b6fb6;
--mark:#c2571a;--paper:#fff;--card:#f6f8fb}
@media(prefers-color-scheme:dark){:root{--ink:#e7ecf3;--soft:#9aa7b8;--line:#3a4452;
--bar:#7fb0f0;--mark:#f0a15a;--paper:#14181f;--card:#1c222b}}
*{box-sizing:border-box}body{margin:0 auto;max-width:960px;padding:24px;background:var(--paper);
color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.6em;margin:.2em 0}h2{margin-top:2em;border-bottom:1px solid var(--line)}
h3{margin:1.4em 0 .3em;font-size:1.05em}svg{width:100%;height:auto;display:block}
.bar{fill:var(--bar)}.axis{stroke:var(--line)}.mark{stroke:var(--mark);stroke-width:1.2}
.label{fill:var(--ink);font-size:12.5px}.note{fill:var(--soft);color:var(--soft);font-size:12px}
table{border-collapse:collapse;width:100%;font-size:14px}td,th{padding:3px 10px 3px 0;
text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}td.n,th.n{text-align:right;
font-variant-numeric:tabular-nums}.two{display:grid;grid-template-columns:1fr 1fr;gap:18px}
.card{background:var(--card);border-radius:8px;padding:12px 14px}.loss{color:var(--mark);
font-weight:600}pre{white-space:pre-wrap;font-size:12px}
@media(max-width:700px){.two{grid-template-columns:1fr}}@media print{body{max-width:none}}
"""


def page(title: str, experiments: Sequence[dict[str, Any]], sessions: list[SessionFacts]) -> str:
    """Return the whole page."""
    body = [f"<h1>{escape(title)}</h1>"]
    for experiment in experiments:
        named = " · ".join(
            escape(str(experiment[key])) for key in ("code", "title", "version") if experiment[key]
        )
        about = escape(str(experiment["description"]))
        body.append(f'<p>Experiment {named}<br><span class="note">{about}</span></p>')
    body += [_session(facts) for facts in sessions]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"{''.join(body)}</body></html>\n"
    )


def _session(facts: SessionFacts) -> str:
    first, last = facts.span
    length = last - first
    code = escape(str(facts.session["code"]))
    parts = [f"<h2>Session {facts.number}: {code}</h2>", _facts(facts, length), _losses(facts)]
    lanes = [(table.name, table.times) for table in facts.tables]
    parts.append("<h3>When things happened</h3>")
    if facts.messages:
        parts.append(
            '<p class="note">Lines are messages; hold the pointer over one to read it.</p>'
        )
    parts.append(timeline(lanes, facts.messages, (first, last)))
    rows = [
        (name, float(count), f"{count:,} ({count / length:.3g}/s)" if length else f"{count:,}")
        for name, count in facts.counts.items()
    ]
    parts += ["<h3>Events by type</h3>", bars(rows)]
    parts.append(_reactions(facts))
    parts.append(_distributions(facts))
    parts.append(_logs(facts, first))
    parts.append(_settings(facts))
    return "".join(parts)


def _facts(facts: SessionFacts, length: float) -> str:
    session = facts.session
    rows = [
        ("name", session["name"]),
        ("comments", session["comments"]),
        ("started", session.get("started")),
        ("ended", session.get("ended")),
        ("state", session.get("state")),
        ("length", f"{length:.1f} s"),
        *session["user_variables"].items(),
    ]
    cells = "".join(
        f"<tr><th>{escape(str(name))}</th><td>{escape(str(value))}</td></tr>"
        for name, value in rows
        if isinstance(value, (int, float)) or value
    )
    return f"<table>{cells}</table>"


def _losses(facts: SessionFacts) -> str:
    summary = facts.session.get("summary")
    if not isinstance(summary, dict):
        return '<p class="note">This file does not say what was dropped while it was recorded.</p>'
    lost = int(summary.get("events_lost") or 0)
    dropped = summary.get("dropped") or {}
    text = [f"{int(summary.get('events') or 0):,} events were recorded"]
    text.append(f'<span class="loss">{lost:,} could not be</span>' if lost else "none was lost")
    for name, count in dropped.items():
        text.append(f"{count:,} dropped unread from the buffer {escape(str(name))}")
    return f"<p>{', '.join(text)}.</p>"


def _reactions(facts: SessionFacts) -> str:
    groups = {name: times for name, times in facts.reaction_times.items() if len(times)}
    if not groups:
        return ""
    rows = "".join(
        f'<tr><th>{escape(name)}</th><td class="n">{len(times):,}</td>'
        f'<td class="n">{np.median(times) * 1000:.1f}</td>'
        f'<td class="n">{np.mean(times) * 1000:.1f}</td>'
        f'<td class="n">{np.std(times, ddof=1) * 1000 if len(times) > 1 else 0:.1f}</td></tr>'
        for name, times in groups.items()
    )
    charts = "".join(
        f'<div class="card"><b>{escape(name)}</b>{histogram(times, unit="ms", scale=1000, bins=32)}'
        "</div>"
        for name, times in groups.items()
    )
    return (
        f'<h3>Reaction times</h3><p class="note">Computed {escape(facts.reaction_rule)}.</p>'
        '<table><tr><th></th><th class="n">n</th><th class="n">median / ms</th>'
        f'<th class="n">mean / ms</th><th class="n">SD / ms</th></tr>{rows}</table>'
        f'<div class="two">{charts}</div>'
    )


def _distributions(facts: SessionFacts) -> str:
    parts = []
    for table in facts.tables:
        cards = [
            ("from event to event", np.diff(table.times)),
            ("delay until the hub had it", table.delays),
            ("half-width of confidence", table.intervals),
        ]
        inside = "".join(
            f'<div class="card"><b>{title}</b>{histogram(values, unit="ms", scale=1000)}</div>'
            for title, values in cards
            if len(values)
        )
        if inside:
            parts.append(f"<h3>{escape(table.name)}</h3><div class='two'>{inside}</div>")
    return "".join(parts)


def _logs(facts: SessionFacts, first: float) -> str:
    if not facts.logs:
        return ""
    shown = facts.logs[:200]
    rows = "".join(
        f'<tr><td class="n">{time - first:.3f} s</td><td>{escape(level)}</td>'
        f"<td>{escape(text)}</td></tr>"
        for time, level, text in shown
    )
    more = len(facts.logs) - len(shown)
    note = f'<p class="note">and {more:,} more</p>' if more else ""
    return f"<h3>Log</h3><table>{rows}</table>{note}"


def _settings(facts: SessionFacts) -> str:
    software = facts.session.get("software")
    if not isinstance(software, dict) or not software:
        return ""
    versions = software.get("versions", {})
    listed = ", ".join(f"{escape(name)} {escape(str(one))}" for name, one in versions.items())
    devices = "".join(
        f"<details><summary>{escape(str(device['class_name']))}</summary><pre>"
        + escape("\n".join(f"{key}: {value}" for key, value in device["settings"].items()))
        + "</pre></details>"
        for device in software.get("devices", [])
    )
    where = escape(f"Python {software.get('python')} on {software.get('platform')}")
    return f"<h3>Versions and settings</h3><p>{where}<br>{listed}</p>{devices}"
