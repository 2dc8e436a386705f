"""De-identification profile: a versioned YAML text with a justification beside each deviation, read and checked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from isocentre.core.deid.plain_yaml import mapping
from isocentre.core.deid.table import rules
from isocentre.core.dicom import dictionary
from isocentre.core.ids import is_uid

Dates = Literal["full", "shifted", "removed"]
Disposition = Literal["pass", "clean_pixels", "clean_faces", "hold", "leave_out"]
Action = Literal["K", "X", "Z", "D", "U"]

NAMES = MappingProxyType(
    {
        113100: "Basic Application Confidentiality Profile",
        113101: "Clean Pixel Data Option",
        113102: "Clean Recognizable Visual Features Option",
        113103: "Clean Graphics Option",
        113104: "Clean Structured Content Option",
        113105: "Clean Descriptors Option",
        113106: "Retain Longitudinal Temporal Information Full Dates Option",
        113107: "Retain Longitudinal Temporal Information Modified Dates Option",
        113108: "Retain Patient Characteristics Option",
        113109: "Retain Device Identity Option",
        113110: "Retain UIDs Option",
        113111: "Retain Safe Private Option",
        113112: "Retain Institution Identity Option",
    }
)
"""Every code of CID 7050 by name (PS3.16)."""
OPTIONS = frozenset(NAMES) - {113101, 113102}
"""Those a profile may claim, because its rules alone carry them out; a profile that claims another is refused."""
MOST_BYTES = 256 * 1024
"""Longest text of a profile, in bytes: ten times the longest that ships."""
_RETAIN_UIDS = 113110
_DATE_OPTIONS: dict[Dates, int | None] = {"full": 113106, "shifted": 113107, "removed": None}


class BadProfile(ValueError):
    """A profile text that cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class ClassRule:
    """What happens to one SOP class: disposition, and why."""

    disposition: Disposition
    why: str


UNNAMED = ClassRule("hold", "The profile does not know this kind of object.")
STRICTNESS: tuple[Disposition, ...] = ("pass", "clean_pixels", "clean_faces", "hold", "leave_out")


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One version of a profile. `sha256` is of its text; `actions` deviate from Table E.1-1, by tag.

    `image_types`: rules for images of a SOP class whose Image Type says a word, by class and word.
    """

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
    image_types: MappingProxyType[tuple[str, str], ClassRule]

    @property
    def method(self) -> str:
        """Name and version as written into (0012,0063)."""
        return f"Isocentre profile {self.name} v{self.version}"

    def rule(self, sop_class: str, image_type: Sequence[str] = ()) -> ClassRule:
        """What to do with a SOP class, and with an image of this type; one the profile does not name is held.

        Words of the image type count from the third on (PS3.3 C.7.6.1.1.2): the strictest rule of those named; and
        that of the class itself when the third word has none.
        """
        base = self.sop_classes.get(sop_class, UNNAMED)
        found = [one for word in image_type[2:] if (one := self.image_types.get((sop_class, word)))]
        third = image_type[2] if len(image_type) > 2 else ""
        if (sop_class, third) not in self.image_types:
            found.append(base)
        return max(found, key=lambda one: STRICTNESS.index(one.disposition))

    def kinds(self) -> Iterator[tuple[str, str, ClassRule]]:
        """Every rule: SOP class, word of its image type (empty: any other image), what is done."""
        for uid, rule in self.sop_classes.items():
            yield uid, "", rule
            yield from ((uid, word, one) for (named, word), one in self.image_types.items() if named == uid)

    def does(self, disposition: Disposition) -> bool:
        """Whether this is done to images of any kind."""
        return any(rule.disposition == disposition for _, _, rule in self.kinds())

    @property
    def keeps_uids(self) -> bool:
        """Whether UIDs stay as they are (113110), instead of becoming keyed ones."""
        return _RETAIN_UIDS in self.options

    def without_cleaning(self) -> Profile:
        """The same, but pictures that are to be cleaned pass as they are: to look at headers, never to send on."""

        def passed(rule: ClassRule) -> ClassRule:
            return replace(rule, disposition="pass") if rule.disposition == "clean_pixels" else rule

        classes = {uid: passed(rule) for uid, rule in self.sop_classes.items()}
        types = {key: passed(rule) for key, rule in self.image_types.items()}
        return replace(self, sop_classes=MappingProxyType(classes), image_types=MappingProxyType(types))


def parse(text: str) -> Profile:
    """Read a profile from YAML text; BadProfile when anything is missing, unknown, said twice or not justified."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise BadProfile(f"a profile is at most {MOST_BYTES // 1024} KB of text")
    try:
        data = mapping(text)
    except ValueError as error:
        raise BadProfile(str(error)) from error
    _whole(data)
    dates = data["dates"]
    if dates not in get_args(Dates):
        raise BadProfile("dates is full, shifted or removed")
    options = _options(data["options"], dates)
    if type(data["version"]) is not int or data["version"] < 1 or not str(data["name"]).replace("-", "").isalnum():
        raise BadProfile("version is a whole number from 1, name is letters, digits and dashes")
    actions = _actions(data["actions"])
    for tag, (action, _) in actions.items():
        _allowed(tag, action, dates, set(options))
    classes, types = _classes(data["sop_classes"])
    return Profile(
        name=str(data["name"]),
        version=data["version"],
        title=str(data["title"]),
        dates=cast(Dates, dates),
        options=tuple(sorted(options)),
        justifications=MappingProxyType(options),
        actions=MappingProxyType(actions),
        sop_classes=MappingProxyType(classes),
        image_types=MappingProxyType(types),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
    )


def _whole(data: dict[Any, Any]) -> None:
    wanted = {"name", "version", "title", "dates", "options", "actions", "sop_classes"}
    found = set(map(str, data))
    if found != wanted:
        wrong = [(found - wanted, "nobody knows"), (wanted - found, "it lacks")]
        said = "; ".join(f"{words} {', '.join(sorted(keys))}" for keys, words in wrong if keys)
        raise BadProfile(f"a profile has exactly the keys {', '.join(sorted(wanted))} ({said})")


def _why(entry: Any, what: str, keys: set[str]) -> str:
    if not isinstance(entry, dict) or not str(entry.get("why") or "").strip():
        raise BadProfile(f"{what} has no justification (why)")
    if set(entry) != keys | {"why"}:
        raise BadProfile(f"{what} has the keys {', '.join(sorted(keys))} and why, and no other")
    return str(entry["why"]).strip()


def _entries(entries: Any, what: str) -> list[Any]:
    if entries is not None and not isinstance(entries, list):
        raise BadProfile(f"{what} is a list")
    return entries or []


def _options(entries: Any, dates: Dates) -> dict[int, str]:
    found = {113100: "The base of every profile."}
    for entry in _entries(entries, "options"):
        why = _why(entry, "an option", {"code"})
        code = entry["code"]
        if type(code) is not int or code not in OPTIONS:
            named = f" ({NAMES[code]})" if type(code) is int and code in NAMES else ""
            raise BadProfile(f"option {code}{named} is not carried out by this version")
        if code in found:
            raise BadProfile(f"option {code} is named once, and 113100 is always meant")
        found[code] = why
    claimed = {113106, 113107} & set(found)
    if len(claimed) > 1:
        raise BadProfile("full dates (113106) and modified dates (113107) contradict each other")
    wanted = _DATE_OPTIONS[dates]
    if claimed != ({wanted} if wanted else set()):
        raise BadProfile(f"dates {dates} and the options for dates do not agree")
    return found


def _actions(entries: Any) -> dict[int, tuple[Action, str]]:
    found: dict[int, tuple[Action, str]] = {}
    for entry in _entries(entries, "actions"):
        why = _why(entry, "an action", {"tag", "action"})
        match = re.fullmatch(r"\(([0-9a-fA-F]{4}),([0-9a-fA-F]{4})\)", str(entry["tag"]))
        if match is None:
            raise BadProfile("an action has a tag as (gggg,eeee), an action and a why")
        tag = int(match[1] + match[2], 16)
        if tag in found:
            raise BadProfile(f"{entry['tag']} has one action")
        if entry.get("action") not in get_args(Action) or tag >> 16 & 1 or tag >> 16 in (0x0002, 0x0012, 0xFFFE):
            raise BadProfile("an action is K, X, Z, D or U on a standard tag outside groups 0002 and 0012")
        found[tag] = (cast(Action, entry["action"]), why)
    return found


def _allowed(tag: int, action: Action, dates: Dates, options: set[int]) -> None:
    """Refuse an action that would make the method codes untrue, or that the attribute cannot bear."""
    shown = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    try:
        vrs = dictionary.vr(tag)
    except KeyError:
        raise BadProfile(f"{shown} is no attribute of the standard, and is always removed") from None
    if action == "U" and vrs != "UI":
        raise BadProfile(f"U is for UIDs, and {shown} is none")
    if action != "K":
        return
    rule = rules().get(tag)
    granted = {rule.options.get(code) for code in options} if rule else {"K"}
    dated = vrs in ("DA", "DT", "TM") and (rule is None or 113106 in rule.options)
    if dates != "full" if dated else "K" not in granted:
        raise BadProfile(f"{shown} may not be kept: no option of this profile keeps it, so its codes would be untrue")


def _classes(entries: Any) -> tuple[dict[str, ClassRule], dict[tuple[str, str], ClassRule]]:
    found: dict[str, ClassRule] = {}
    types: dict[tuple[str, str], ClassRule] = {}
    for entry in _entries(entries, "sop_classes"):
        typed = {"image_type"} if isinstance(entry, dict) and "image_type" in entry else set()
        why = _why(entry, "a SOP class", {"uid", "do"} | typed)
        if entry["do"] not in get_args(Disposition):
            raise BadProfile("a SOP class is pass, clean_pixels, clean_faces, hold or leave_out")
        rule = ClassRule(cast(Disposition, entry["do"]), why)
        for uid in str(entry["uid"]).split():
            if not is_uid(uid) or (uid in found and not typed):
                raise BadProfile("a SOP class is named once, by its UID")
            if not typed:
                found[uid] = rule
                continue
            for word in _words(entry["image_type"]):
                if uid not in found or (uid, word) in types:
                    raise BadProfile("a word of image_type is named once, after the rule of its SOP class")
                types[uid, word] = rule
    if not found:
        raise BadProfile("a profile names the SOP classes it lets pass")
    return found, types


def _words(said: Any) -> list[str]:
    """The words of an image type that a rule is for (CS values, PS3.5 6.2)."""
    words = str(said or "").split()
    if not words or any(not re.fullmatch(r"[A-Z0-9_]{1,16}", word) for word in words):
        raise BadProfile("image_type is one word of Image Type (0008,0008) or several, in capital letters")
    return words
