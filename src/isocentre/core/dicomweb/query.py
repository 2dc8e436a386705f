"""Read the query of a QIDO-RS search strictly (PS3.18 8.3.4 and 10.6.1): what it matches, returns and pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from isocentre.core.dicom import dictionary
from isocentre.core.dicomweb.attributes import ABSENT, COUNTED, Attribute, Level, by_name, returned
from isocentre.core.dicomweb.errors import BadRequest
from isocentre.core.ids import is_uid

MAX_LIMIT = 5_000
MAX_OFFSET = 10_000_000
MAX_PARAMETERS = 64
MAX_VALUE = 4_096
MAX_STARS = 8
MAX_UIDS = 500

Kind = Literal["equal", "in", "like", "between"]
_LISTS = ("modality", "modalities")
"""Columns that take a list, with commas or backslashes or the parameter repeated: any of them fits (as dcm4chee and
Orthanc have it; PS3.4 C.2.2.2.8, Multiple Value Matching). In free text a comma is a comma."""
NO_WILDCARD = "a list of modalities holds a wildcard: name each, or only the pattern"
_DATE = re.compile(r"\d{8}")
_TIME = re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?")


@dataclass(frozen=True, slots=True)
class Match:
    """One condition. `values`: one text (equal, like with * and ?), several of which one fits (in), ends of a range."""

    attribute: Attribute
    kind: Kind
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A search: conditions that must all hold, attributes to return in order of tag, and the page."""

    level: Level
    matches: tuple[Match, ...]
    returns: tuple[Attribute, ...]
    limit: int
    offset: int
    fuzzy: bool


def parse_query(level: Level, pairs: Iterable[tuple[str, str]]) -> Query:
    """Read the decoded query parameters in order; BadRequest, in words without the value, for anything not understood.

    A known attribute we do not index is refused rather than ignored: an ignored filter answers with too much.
    """
    matches: list[Match] = []
    extra: set[int] = set()
    single: dict[str, str] = {}
    everything = False
    for count, (name, value) in enumerate(pairs):
        if count >= MAX_PARAMETERS or len(value) > MAX_VALUE or len(name) > 256:
            raise BadRequest("the query is too long")
        if not value.isprintable():
            raise BadRequest("a value in the query holds a control character")
        if name == "includefield":
            names = [part.strip() for part in value.split(",") if part.strip()]
            everything = everything or "all" in names
            extra |= {tag for part in names if part != "all" for tag in _included(part)}
        elif name in ("limit", "offset", "fuzzymatching"):
            if name in single:
                raise BadRequest(f"{name} is given twice")
            single[name] = value
        elif value:
            matches += _match(level, name, value)
    matches = _together(matches)
    wanted = tuple(
        sorted(
            (a for a in returned(level) if everything or (a.always and _default(a, level)) or a.tag in extra),
            key=lambda a: a.tag,
        )
    )
    return Query(
        level,
        tuple(matches),
        wanted,
        _count(single.get("limit", ""), "limit", MAX_LIMIT, MAX_LIMIT),
        _count(single.get("offset", ""), "offset", 0, MAX_OFFSET),
        single.get("fuzzymatching", "false").lower() == "true",
    )


def _together(matches: list[Match]) -> list[Match]:
    """The conditions, those on one attribute that takes a list made one."""
    apart = [match for match in matches if match.attribute.column not in _LISTS]
    listed: dict[Attribute, list[Match]] = {}
    for match in matches:
        if match.attribute.column in _LISTS:
            listed.setdefault(match.attribute, []).append(match)
    for attribute, several in listed.items():
        if len(several) > 1 and any(match.kind == "like" for match in several):
            raise BadRequest(NO_WILDCARD)
        values = tuple(dict.fromkeys(match.values[0] for match in several))
        apart.append(several[0] if len(values) == 1 else Match(attribute, "in", values))
    return apart


def _default(attribute: Attribute, level: Level) -> bool:
    # PS3.18 table 10.6.3-3 ff.: a relational answer names its study and series; the rest of theirs is asked for.
    return attribute.level == level or attribute.keyword in ("StudyInstanceUID", "SeriesInstanceUID", "Modality")


def _count(value: str, name: str, default: int, most: int) -> int:
    if not value:
        return default
    if not (value.isascii() and value.isdigit()) or len(value) > 12:
        raise BadRequest(f"{name} is not a whole number")
    return min(int(value), most)


def _tag_of(name: str) -> int | None:
    """The tag of a known keyword or of eight hex digits; None when it is neither."""
    if re.fullmatch(r"[0-9A-Fa-f]{8}", name):
        return int(name, 16)
    return dictionary.tag_of(name)


def _included(name: str) -> Iterable[int]:
    tags = [_tag_of(part) for part in name.split(".")]
    if None in tags:
        raise BadRequest("includefield names an attribute that does not exist")
    return [tag for tag in tags[:1] if tag is not None]


def _match(level: Level, name: str, value: str) -> list[Match]:
    attribute = by_name().get(name) or by_name().get(name.upper())
    if attribute is None or attribute not in returned(level) or attribute.column in COUNTED:
        known = all(_tag_of(part) is not None for part in name.split("."))
        raise BadRequest(
            "the query matches on an attribute that is not indexed here"
            if known
            else "the query names an attribute that does not exist"
        )
    if attribute.vr in ("DA", "TM") and attribute.column not in ABSENT:
        return [_range(attribute, value)]
    if attribute.vr == "UI":
        uids = [part for part in re.split(r"[,\\]", value) if part]
        if len(uids) > MAX_UIDS or not all(is_uid(uid) for uid in uids):
            raise BadRequest("a UID in the query is not valid")
        return [Match(attribute, "in", tuple(uids))] if uids else []
    if attribute.column in _LISTS:
        parts = [part.strip() for part in re.split(r"[,\\]", value) if part.strip()]
        if len(parts) > 1 and any(sign in value for sign in "*?"):
            raise BadRequest(NO_WILDCARD)
        return [one for part in parts for one in _text(attribute, part)]
    if attribute.vr in ("US", "IS", "FD"):
        if not re.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", value) or (attribute.vr != "FD" and "." in value):
            raise BadRequest("a number in the query is not valid")
        return [Match(attribute, "equal", (value,))]
    return _text(attribute, value)


def _text(attribute: Attribute, value: str) -> list[Match]:
    if "*" in value or "?" in value:
        # Each star is a place to backtrack to; a handful is every real search, more is an attack.
        value = re.sub(r"\*+", "*", value)
        if value.count("*") > MAX_STARS:
            raise BadRequest("the query holds too many wildcards")
        return [] if value == "*" else [Match(attribute, "like", (value,))]
    return [Match(attribute, "equal", (value,))]


def _range(attribute: Attribute, value: str) -> Match:
    pattern = _DATE if attribute.vr == "DA" else _TIME
    low, dash, high = value.partition("-")
    if not (low or high) or any(end and not pattern.fullmatch(end) for end in (low, high)):
        raise BadRequest("a date or time in the query is not YYYYMMDD, HHMMSS or a range of them")
    if dash and low and high and low > high:
        raise BadRequest("a range in the query ends before it begins")
    return Match(attribute, "between", (low, high)) if dash else Match(attribute, "equal", (low,))
