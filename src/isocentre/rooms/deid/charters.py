"""The imaging charter of a proposal as the hospital side's pages show it: a table, and what a new version changes."""

from __future__ import annotations

from typing import Any

from isocentre.core.charter import lines as table
from isocentre.core.charter.reading import parse
from isocentre.core.charter.records import Charter

LABEL = "Imaging charter"


def said(value: Any) -> str:
    """The charter by name; words where this side cannot read it."""
    if isinstance(value, str):
        return value
    return f"{value['title']}, version {value['version']}" if value else "None"


def asked(config: dict[str, Any] | None) -> list[table.Line]:
    """Everything that the charter of a proposal asks; nothing where there is none that can be read."""
    charter = _charter((config or {}).get("charter"))
    return table.lines(charter) if charter else []


def changes(old: Any, new: Any) -> list[dict[str, str]]:
    """Rows of what a proposal changes: the charter by name, then each thing that it asks otherwise."""
    why = "It decides which scans the radiographer is asked to repeat"
    rows = [{"label": LABEL, "old": said(old), "new": said(new), "why": why}]
    was, will = _charter(old), _charter(new)
    if was is None or will is None:
        return rows  # the whole of it stands below
    return rows + [
        {"label": ", ".join(filter(None, (one.scan, one.series, one.what))), "old": one.old or "Not asked",
         "new": one.new or "Not asked", "why": ""}
        for one in table.changes(was, will)
    ]  # fmt: skip


def _charter(value: Any) -> Charter | None:
    return parse(value) if isinstance(value, dict) else None
