"""Attributes as people look for them: rows of Table E.1-1 and what stands for the rest, by name, tag and group."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from isocentre.core.deid._table import ROWS
from isocentre.core.deid._unnamed import GROUPS as UNNAMED
from isocentre.core.deid.letters import TEXT_OPTIONS
from isocentre.core.deid.table import Rule, repeating, rules, unnamed_text
from isocentre.core.dicom import dictionary
from isocentre.core.dicom.walk import PIXEL_TAGS, tag_text

GROUPS = {
    "people": "People", "dates": "Dates and times", "device": "Devices", "institution": "Institutions and places",
    "text": "Text", "uids": "UIDs and references", "private": "Private", "pixels": "Pictures",
    "study": "Research study and what was done", "other": "Numbers and everything else",
}  # fmt: skip
"""Groups of attributes, by code, in the order they are shown."""

PEOPLE = re.compile(r"Patient|Physician|Person|Operator|Observer|Performer|Author|Creator|Participant|Visit|Admi")
PLACES = re.compile(r"Institution|Organization|Location|Address|Telephone|Telecom|Phone|GPS|Site|Country|Region")
TEXTS = re.compile(r"Comment|Description|Text|Label|Notes|Topic|Keywords|Reason")
_PIXELS = PIXEL_TAGS | {0x00880200, 0x00280301, 0x00280302, 0x00284000}
_WRITTEN = (
    0x00120010, 0x00120020, 0x00120021, 0x00120030, 0x00120031, 0x00120040, 0x00120050, 0x00120051, 0x00120052,
    0x00120053, 0x00120062, 0x00120063, 0x00120064, 0x00280301, 0x00280302, 0x00280303, 0x00101010, 0x7FE00010,
)  # fmt: skip
"""Attributes the table leaves out, or that get more than the table says, and that people ask about."""

DATED = frozenset({"DA", "DT", "TM"})


class NoAttribute(ValueError):
    """What was asked about is no attribute; the message says how to ask."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute, or several that share a fate: `tag` is then an example, `code` and `name` say what of."""

    tag: int
    code: str
    name: str
    vr: str
    group: str
    rule: Rule | None


@cache
def listed() -> tuple[Attribute, ...]:
    """What a profile is explained by: every row of the table, what Isocentre writes, then the rest, by kind."""
    tags = sorted({*rules(), *_WRITTEN})
    patterns = {pattern: Rule(name, basic, MappingProxyType(options)) for pattern, name, basic, options in ROWS}
    rest = (
        Attribute(0x50000010, "(50xx,xxxx)", "Curve Data", "OW", "pixels", patterns["50xxxxxx"]),
        Attribute(0x60003000, "(60xx,3000)", "Overlay Data", "OW", "pixels", patterns["60xx3000"]),
        Attribute(0x60004000, "(60xx,4000)", "Overlay Comments", "LT", "pixels", patterns["60xx4000"]),
        Attribute(0x60000010, "(60xx,xxxx)", "Any other overlay attribute", "", "pixels", None),
        Attribute(0x00091001, "(odd,xxxx)", "Private attributes", "", "private", patterns["private"]),
        Attribute(0x00143076, "DA", "Any other date", "DA", "dates", None),
        Attribute(0x00143077, "TM", "Any other time of day", "TM", "dates", None),
        Attribute(0x0008041F, "DT", "Any other date with time", "DT", "dates", None),
        Attribute(0x00081167, "UI", "Any other UID", "UI", "uids", None),
        Attribute(0x00080016, "SOP class", "UIDs that name a kind of object", "UI", "uids", None),
        Attribute(0x00142006, "PN", "Any other name of a person", "PN", "people", None),
        Attribute(0x00180050, "other", "Any other attribute of the standard", "", "other", None),
        Attribute(0x00081FFE, "unknown", "An attribute the standard does not know", "", "other", None),
    )
    return (*(attribute(tag) for tag in tags), *_unlisted(), *rest)


def _unlisted() -> Iterator[Attribute]:
    """Text that the table does not name, an attribute for each group of it that shares a reason."""
    for name, do, _, _, words in UNNAMED:
        first, *others = words.split()
        tag = dictionary.tag_of(first) or 0
        code = f"{first} and {len(others)} more" if others else first
        group = do if do in ("device", "institution") else "text"
        yield Attribute(tag, code, name, dictionary.vr(tag), group, None)


def attribute(tag: int) -> Attribute:
    """The attribute of a tag; of one the standard does not know too, as it may stand in a file."""
    rule = rules().get(tag)
    word = dictionary.keyword(tag)
    if rule is not None:
        name = re.split(r"\s*\n|\s*\(see Note", rule.name)[0]
    else:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", word) or _unnamed(tag)
    vr = dictionary.vr(tag) if word else ""
    return Attribute(tag, tag_text(tag), name, vr, group(tag, vr, word, rule), rule)


def _unnamed(tag: int) -> str:
    return "Private attribute" if tag >> 16 & 1 else "Not an attribute of the standard"


def group(tag: int, vr: str, keyword: str, rule: Rule | None) -> str:
    """The group an attribute is looked for under."""
    options = set(rule.options) if rule else set()
    free = unnamed_text(tag) if keyword and rule is None else None
    if free:
        options.add(free.option)
    found = (
        ("private", bool(tag >> 16 & 1)),
        ("pixels", tag in _PIXELS or repeating(tag)),
        ("study", tag >> 16 == 0x0012 or tag == 0x00280303),
        ("dates", vr in DATED or 113106 in options),
        ("uids", vr == "UI" or 113110 in options),
        ("device", 113109 in options),
        ("institution", 113112 in options),
        ("text", bool(options & TEXT_OPTIONS)),
        ("people", 113108 in options or vr in ("PN", "AS") or bool(PEOPLE.search(keyword))),
        ("institution", bool(PLACES.search(keyword))),
        ("text", bool(TEXTS.search(keyword)) or free is not None),
    )
    return next((name for name, fits in found if fits), "other")


def named(text: str) -> Attribute:
    """The attribute a person asks about: (gggg,eeee), gggg,eeee, ggggeeee or its keyword; NoAttribute otherwise."""
    asked = text.strip()
    match = re.fullmatch(r"\(?([0-9a-fA-F]{4}),? ?([0-9a-fA-F]{4})\)?", asked)
    found = int(match[1] + match[2], 16) if match else dictionary.tag_of(asked or "?")
    if found is None:
        raise NoAttribute("there is no attribute of this keyword: write (gggg,eeee), ggggeeee, or as in PatientName")
    if found >> 16 == 0xFFFE:
        raise NoAttribute("that is a delimiter of sequences, not an attribute")
    return attribute(found)
