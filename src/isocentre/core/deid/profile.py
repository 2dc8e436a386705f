"""De-identification profile: a versioned YAML text with a justification beside each deviation, read and checked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast, get_args

from isocentre.core.deid.plain_yaml import mapping
from isocentre.core.deid.table import rules
from isocentre.core.dicom import dictionary
from isocentre.core.ids import is_uid

Dates = Literal["full", "shifted", "removed"]
Disposition = Literal["pass", "clean_pixels", "clean_faces", "clean_pixels clean_faces", "hold", "leave_out"]
Action = Literal["K", "X", "Z", "D", "U"]
SCANNER, SCANNER_TAG = "SCANNER", 0x00181000
"""The action by which Device Serial Number goes and the network's own id of the scanner is written in its place."""

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
MOST_SAMPLE = 1000
"""Fewest pictures that a sample may be: one in so many."""
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

    @property
    def cleans_pixels(self) -> bool:
        """Whether its picture is read, and text in it blacked out."""
        return "clean_pixels" in self.disposition

    @property
    def cleans_faces(self) -> bool:
        """Whether the face is taken out of heads."""
        return "clean_faces" in self.disposition


UNNAMED = ClassRule("hold", "The profile does not know this kind of object.")
STRICTNESS: tuple[Disposition, ...] = get_args(Disposition)
TITLE = "title "
"""How a kind of report is named among kinds of object, before the code of its title."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One version of a profile. `sha256` is of its text; `actions` deviate from Table E.1-1, by tag.

    `image_types`: rules for images of a SOP class whose Image Type says a word, by class and word. `titles`: for
    reports by class and code of the title (DCM). `sample`: of CT, MR and PET as they were acquired one picture in so
    many is read for text, and one of each series before any other of it passes; 0: every picture is read.
    `names_scanner`: the network's own id of the scanner is written in place of its serial number.
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
    titles: MappingProxyType[tuple[str, str], ClassRule]
    sample: int = 0
    names_scanner: bool = False

    @property
    def method(self) -> str:
        """Name and version as written into (0012,0063)."""
        return f"Isocentre profile {self.name} v{self.version}"

    def rule(self, sop_class: str, image_type: Sequence[str] = (), title: str = "") -> ClassRule:
        """What to do with a SOP class, an image of this type, a report of this title; what is not named is held.

        Words of the image type count from the third on (PS3.3 C.7.6.1.1.2), with `_` for a space in them: the strictest
        rule of those named; and that of the class itself when the third word has none.
        """
        if titled := self.titles.get((sop_class, title)):
            return titled
        base = self.sop_classes.get(sop_class, UNNAMED)
        words = [word.replace(" ", "_") for word in image_type[2:]]
        found = [one for word in words if (one := self.image_types.get((sop_class, word)))]
        if not words or (sop_class, words[0]) not in self.image_types:
            found.append(base)
        return max(found, key=lambda one: STRICTNESS.index(one.disposition))

    def named(self, sop_class: str, word: str) -> ClassRule:
        """The rule for a kind of object as `kinds` names it."""
        if word.startswith(TITLE):
            return self.rule(sop_class, title=word.removeprefix(TITLE))
        return self.rule(sop_class, ("", "", word))

    def kinds(self) -> Iterator[tuple[str, str, ClassRule]]:
        """Every rule: SOP class; word of its image type, or `TITLE` and a code (empty: any other); what is done."""
        for uid, rule in self.sop_classes.items():
            yield uid, "", rule
            yield from ((uid, word, one) for (named, word), one in self.image_types.items() if named == uid)
            yield from ((uid, TITLE + code, one) for (named, code), one in self.titles.items() if named == uid)

    @property
    def cleans_pixels(self) -> bool:
        """Whether pictures of any kind are read and cleaned."""
        return any(rule.cleans_pixels for _, _, rule in self.kinds())

    @property
    def cleans_faces(self) -> bool:
        """Whether faces are taken out of heads of any kind."""
        return any(rule.cleans_faces for _, _, rule in self.kinds())

    def own_actions(self) -> Iterator[tuple[int, str, str]]:
        """Attributes that it treats otherwise than the table: tag, action as the text says it, why."""
        for tag, (action, why) in self.actions.items():
            yield tag, SCANNER if self.names_scanner and tag == SCANNER_TAG else action, why

    def inside(self) -> Profile:
        """The same as it holds inside sequences, where no scanner is named: a serial number is as the table says."""
        if not self.names_scanner:
            return self
        actions = {tag: said for tag, said in self.actions.items() if tag != SCANNER_TAG}
        return replace(self, actions=MappingProxyType(actions), names_scanner=False)

    @property
    def keeps_uids(self) -> bool:
        """Whether UIDs stay as they are (113110), instead of becoming keyed ones."""
        return _RETAIN_UIDS in self.options

    def without_cleaning(self) -> Profile:
        """The same, but pictures that are to be cleaned pass as they are: to look at headers, never to send on."""

        def passed(rule: ClassRule) -> ClassRule:
            if not rule.cleans_pixels:
                return rule
            return replace(rule, disposition="clean_faces" if rule.cleans_faces else "pass")

        classes = {uid: passed(rule) for uid, rule in self.sop_classes.items()}
        types = {key: passed(rule) for key, rule in self.image_types.items()}
        return replace(self, sop_classes=MappingProxyType(classes), image_types=MappingProxyType(types), sample=0)


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
    actions, scanner = _actions(data["actions"])
    for tag, (action, _) in actions.items():
        _allowed(tag, action, dates, set(options))
    classes, types, titles = _classes(data["sop_classes"])
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
        titles=MappingProxyType(titles),
        sample=_sample(data),
        names_scanner=scanner,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
    )


def _whole(data: dict[Any, Any]) -> None:
    wanted = {"name", "version", "title", "dates", "options", "actions", "sop_classes"}
    found = set(map(str, data)) - {"sample"}
    if found != wanted:
        wrong = [(found - wanted, "nobody knows"), (wanted - found, "it lacks")]
        said = "; ".join(f"{words} {', '.join(sorted(keys))}" for keys, words in wrong if keys)
        raise BadProfile(f"a profile has exactly the keys {', '.join(sorted(wanted))} ({said})")


def _sample(data: dict[Any, Any]) -> int:
    said = data.get("sample", 0)
    if "sample" in data and (type(said) is not int or not 2 <= said <= MOST_SAMPLE):
        raise BadProfile(f"sample is a whole number from 2 to {MOST_SAMPLE}: of so many pictures one is read")
    return int(said)


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


def _actions(entries: Any) -> tuple[dict[int, tuple[Action, str]], bool]:
    """Actions by tag, and whether the scanner's own id takes the place of its serial number."""
    found: dict[int, tuple[Action, str]] = {}
    scanner = False
    for entry in _entries(entries, "actions"):
        why = _why(entry, "an action", {"tag", "action"})
        match = re.fullmatch(r"\(([0-9a-fA-F]{4}),([0-9a-fA-F]{4})\)", str(entry["tag"]))
        if match is None:
            raise BadProfile("an action has a tag as (gggg,eeee), an action and a why")
        tag = int(match[1] + match[2], 16)
        if tag in found:
            raise BadProfile(f"{entry['tag']} has one action")
        if entry.get("action") == SCANNER and tag == SCANNER_TAG:
            scanner, entry = True, {**entry, "action": "X"}
        if entry.get("action") not in get_args(Action) or tag >> 16 & 1 or tag >> 16 in (0x0002, 0x0012, 0xFFFE):
            where = "on a standard tag outside groups 0002 and 0012, or SCANNER on (0018,1000)"
            raise BadProfile(f"an action is K, X, Z, D or U {where}")
        found[tag] = (cast(Action, entry["action"]), why)
    return found, scanner


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


_Rules: TypeAlias = dict[tuple[str, str], ClassRule]


def _classes(entries: Any) -> tuple[dict[str, ClassRule], _Rules, _Rules]:
    """Rules by SOP class; those of its images by word of Image Type, of its reports by code of the title."""
    found: dict[str, ClassRule] = {}
    types: _Rules = {}
    titles: _Rules = {}
    for entry in _entries(entries, "sop_classes"):
        more = {"image_type", "title"} & set(entry) if isinstance(entry, dict) else set()
        why = _why(entry, "a SOP class", {"uid", "do"} | more)
        if len(more) > 1:
            raise BadProfile("a rule is for an image_type or for a title, not for both")
        rule = ClassRule(_disposition(entry["do"]), why)
        for uid in str(entry["uid"]).split():
            if not is_uid(uid) or (uid in found and not more):
                raise BadProfile("a SOP class is named once, by its UID")
            if not more:
                found[uid] = rule
                continue
            words = _words(entry["image_type"]) if "image_type" in more else _codes(entry["title"])
            place = types if "image_type" in more else titles
            for word in words:
                if uid not in found or (uid, word) in place:
                    raise BadProfile(f"a word of {', '.join(more)} is named once, after the rule of its SOP class")
                place[uid, word] = rule
    if not found:
        raise BadProfile("a profile names the SOP classes it lets pass")
    return found, types, titles


def _disposition(said: Any) -> Disposition:
    """What is done: one word, or both kinds of cleaning in any order."""
    words = set(str(said or "").split())
    done = " ".join(sorted(words, reverse=True))
    if done not in get_args(Disposition):
        raise BadProfile("a SOP class is pass, clean_pixels, clean_faces (or both of these), hold or leave_out")
    return cast(Disposition, done)


def _codes(said: Any) -> list[str]:
    """Codes of titles of reports, in the coding scheme of DICOM (PS3.16 annex D)."""
    codes = str(said or "").split()
    if not codes or any(not re.fullmatch(r"\d{6}", code) for code in codes):
        raise BadProfile("title is one code of six digits of DICOM (DCM) or several, as 113701 for a dose report")
    return codes


def _words(said: Any) -> list[str]:
    """The words of an image type that a rule is for (CS values, PS3.5 6.2)."""
    words = str(said or "").split()
    if not words or any(not re.fullmatch(r"[A-Z0-9_]{1,16}", word) for word in words):
        raise BadProfile("image_type is one word of Image Type (0008,0008) or several, in capital letters")
    return words
