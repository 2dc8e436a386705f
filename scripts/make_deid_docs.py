"""Writes docs/deid/: a page per group of attributes, from Table E.1-1 and the profiles that ship.

    python scripts/make_deid_docs.py

A test says when the pages differ from what this would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

from isocentre.core.deid.attributes import GROUPS
from isocentre.core.deid.explain import Told, everything, lower, passing
from isocentre.profiles import everyone, is_draft

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "deid"
ABOUT = {
    "people": "Who the patient is, and who treated, examined and reported.",
    "dates": "Days and times: of the patient, of the scan, of devices.",
    "device": "What tells one machine from another.",
    "institution": "Where it was done, and where people live.",
    "text": "Descriptions, comments and labels: anything may stand in them.",
    "uids": "What names objects, and what leads from one to another.",
    "private": "Elements of makers, in groups with odd numbers.",
    "pixels": "The picture and what is drawn over it.",
    "study": "Of which research study an object is, and what was done to it: Isocentre says so itself.",
    "other": "Order and accession numbers, and what fits nowhere else.",
}
NAMES = {key: f"attributes-{key}.md" for key in GROUPS}


def pages() -> dict[str, str]:
    """Each page by its file name."""
    told = {f"{p.name}@{p.version}": everything(p, passing(p)) for p in everyone()}
    drafts = [f"{p.name}@{p.version}" for p in everyone() if is_draft(p)]
    return {NAMES[group]: _page(group, told, drafts) for group in GROUPS}


def _page(group: str, told: dict[str, tuple[Told, ...]], drafts: list[str]) -> str:
    places = [n for n, one in enumerate(next(iter(told.values()))) if one.attribute.group == group]
    others = ", ".join(f"[{words.lower()}]({NAMES[key]})" for key, words in GROUPS.items() if key != group)
    lines = [
        f"# {GROUPS[group]}", "",
        "<!-- Made by scripts/make_deid_docs.py from Table E.1-1 and the profiles that ship. -->", "",
        f"{ABOUT[group]} What each [profile](profiles.md) does in the kinds of object it lets pass; "
        f"drafts: {', '.join(drafts) or 'none'}.", "",
        "| Attribute | Tag | The standard (PS3.15 Table E.1-1) | The profiles |", "|---|---|---|---|",
    ]  # fmt: skip
    for n in places:
        one = next(iter(told.values()))[n]
        done = {name: rows[n].words for name, rows in told.items()}
        lines.append(f"| {one.attribute.name} | {one.attribute.code} | {one.standard} | {_together(done)} |")
    return "\n".join([*lines, "", f"Other groups: {others}.", ""])


def _together(done: dict[str, str]) -> str:
    """What is done, the profiles that do the same told together."""
    by_words: dict[str, list[str]] = {}
    for name, words in done.items():
        by_words.setdefault(words, []).append(name)
    if len(by_words) == 1:
        return f"all: {lower(next(iter(by_words)))}"
    return "<br>".join(f"{', '.join(names)}: {lower(words)}" for words, names in by_words.items())


def main() -> int:
    """Entry point."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(FOLDER / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
