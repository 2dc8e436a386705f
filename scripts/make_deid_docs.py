"""Writes docs/deid/: a page per group of attributes, from Table E.1-1 and the profiles that ship.

    python scripts/make_deid_docs.py

A test says when the pages differ from what this would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

from isocentre.core.deid._unnamed import GROUPS as UNNAMED
from isocentre.core.deid.attributes import GROUPS
from isocentre.core.deid.explain import Told, everything, lower, passing
from isocentre.core.deid.explain import option as named
from isocentre.core.dicom import dictionary
from isocentre.core.dicom.walk import tag_text
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
UNNAMED_NAME = "attributes-unnamed.md"
DONE = {
    "keep": "Kept, unless it says something of a person",
    "clean": "Cleaned under {option}, else gone",
    "clean_or_keep": "Cleaned under {option}, else kept unless it says something of a person",
    "device": "Kept under {option} unless it says something of a person, else gone",
    "institution": "Kept under {option} unless it says something of a person, else gone",
    "remove": "Gone",
}


def pages() -> dict[str, str]:
    """Each page by its file name."""
    told = {f"{p.name}@{p.version}": everything(p, passing(p)) for p in everyone()}
    drafts = [f"{p.name}@{p.version}" for p in everyone() if is_draft(p)]
    return {NAMES[group]: _page(group, told, drafts) for group in GROUPS} | {UNNAMED_NAME: _unnamed()}


def _unnamed() -> str:
    """The page of text that the table does not name: each group with its reason and its attributes."""
    count = sum(len(words.split()) for *_, words in UNNAMED)
    lines = [
        "# Text that the table does not name", "",
        "<!-- Made by scripts/make_deid_docs.py from scripts/unnamed.yaml. -->", "",
        f"{count} attributes in which text may stand have no row in PS3.15 Table E.1-1: its basic profile keeps "
        "them. Here nothing is kept unseen ([ADR 0034](../adr/0034-no-text-unseen.md)). *Gone*: removed, emptied or "
        "replaced by a made-up value, by the type of the attribute in its kind of object. What says something of a "
        "person: [rooms/deid.md](../rooms/deid.md).", "",
        "| Attributes | What is done | Why |", "|---|---|---|",
    ]  # fmt: skip
    for name, do, code, why, words in UNNAMED:
        done = DONE[do].format(option=named(code) if code else "")
        lines.append(f"| **{name}**: {', '.join(map(_shown, words.split()))} | {done} | {why} |")
    return "\n".join([*lines, ""])


def _shown(word: str) -> str:
    """An attribute with its tag; of those that stand for several the keyword alone."""
    tag = dictionary.tag_of(word)
    return word if tag is None else f"{word} {tag_text(tag)}"


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
