"""De-identification profile: a versioned YAML text with a justification beside each deviation, read and checked."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

import yaml

from isocentre.core.ids import is_uid

Dates = Literal["full", "shifted", "removed"]
Disposition = Literal["pass", "hold", "leave_out"]
Action = Literal["K", "X", "Z", "D", "U"]

OPTIONS = MappingProxyType(
    {
        113100: "Basic Application Confidentiality Profile",
        113106: "Retain Longitudinal Temporal Information Full Dates Option",
        113107: "Retain Longitudinal Temporal Information Modified Dates Option",
        113108: "Retain Patient Characteristics Option",
        113109: "Retain Device Identity Option",
        113112: "Retain Institution Identity Option",
    }
)
"""Options of CID 7050 this version truly carries out, by code; a profile that claims another is refused."""
_DATE_OPTIONS: dict[Dates, int | None] = {"full": 113106, "shifted": 113107, "removed": None}


class BadProfile(ValueError):
    """A profile text that cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class ClassRule:
    """What happens to one SOP class: disposition, and why."""

    disposition: Disposition
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One version of a profile. `sha256` is of its text; `actions` deviate from Table E.1-1, by tag."""

    name: str
    version: int
    title: str
    dates: Dates
    options: tuple[int, ...]
    justifications: MappingProxyType[int, str]
    actions: MappingProxyType[int, tuple[Action, str]]
    sop_classes: MappingProxyType[str, ClassRule]
    sha256: str
    text: str

    @property
    def method(self) -> str:
        """Name and version as written into (0012,0063)."""
        return f"Isocentre profile {self.name} v{self.version}"

    def rule(self, sop_class: str) -> ClassRule:
        """What to do with a SOP class; one the profile does not name is held."""
        return self.sop_classes.get(sop_class, ClassRule("hold", "The profile does not know this kind of object."))


def parse(text: str) -> Profile:
    """Read a profile from YAML text; BadProfile when anything is missing, unknown or without a justification."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadProfile("the profile is not valid YAML") from error
    if not isinstance(data, dict):
        raise BadProfile("a profile is a YAML mapping")
    wanted = {"name", "version", "title", "dates", "options", "actions", "sop_classes"}
    if set(data) != wanted:
        raise BadProfile(f"a profile has exactly the keys {', '.join(sorted(wanted))}")
    dates = data["dates"]
    if dates not in get_args(Dates):
        raise BadProfile("dates is full, shifted or removed")
    options = _options(data["options"], dates)
    if not isinstance(data["version"], int) or not str(data["name"]).replace("-", "").isalnum():
        raise BadProfile("version is a whole number, name is letters, digits and dashes")
    return Profile(
        name=str(data["name"]),
        version=data["version"],
        title=str(data["title"]),
        dates=cast(Dates, dates),
        options=tuple(sorted(options)),
        justifications=MappingProxyType(options),
        actions=MappingProxyType(_actions(data["actions"])),
        sop_classes=MappingProxyType(_classes(data["sop_classes"])),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
    )


def _why(entry: Any, what: str) -> str:
    if not isinstance(entry, dict) or not str(entry.get("why") or "").strip():
        raise BadProfile(f"{what} has no justification (why)")
    return str(entry["why"]).strip()


def _options(entries: Any, dates: Dates) -> dict[int, str]:
    found = {113100: "The base of every profile."}
    for entry in entries or []:
        why = _why(entry, "an option")
        if entry.get("code") not in OPTIONS:
            raise BadProfile(f"option {entry.get('code')} is not carried out by this version")
        found[int(entry["code"])] = why
    claimed = {113106, 113107} & set(found)
    code = _DATE_OPTIONS[dates]
    if claimed != ({code} if code else set()):
        raise BadProfile(f"dates {dates} and the options for dates do not agree")
    return found


def _actions(entries: Any) -> dict[int, tuple[Action, str]]:
    found: dict[int, tuple[Action, str]] = {}
    for entry in entries or []:
        why = _why(entry, "an action")
        match = re.fullmatch(r"\(([0-9a-fA-F]{4}),([0-9a-fA-F]{4})\)", str(entry.get("tag")))
        if match is None or set(entry) != {"tag", "action", "why"}:
            raise BadProfile("an action has a tag as (gggg,eeee), an action and a why")
        tag = int(match[1] + match[2], 16)
        if entry.get("action") not in get_args(Action) or tag >> 16 & 1 or tag >> 16 in (0x0002, 0x0012, 0xFFFE):
            raise BadProfile("an action is K, X, Z, D or U on a standard tag outside groups 0002 and 0012")
        found[tag] = (cast(Action, entry["action"]), why)
    return found


def _classes(entries: Any) -> dict[str, ClassRule]:
    found: dict[str, ClassRule] = {}
    for entry in entries or []:
        why = _why(entry, "a SOP class")
        if entry.get("do") not in get_args(Disposition):
            raise BadProfile("a SOP class is pass, hold or leave_out")
        for uid in str(entry.get("uid")).split():
            if not is_uid(uid) or uid in found:
                raise BadProfile("a SOP class is named once, by its UID")
            found[uid] = ClassRule(cast(Disposition, entry["do"]), why)
    if not found:
        raise BadProfile("a profile names the SOP classes it lets pass")
    return found
