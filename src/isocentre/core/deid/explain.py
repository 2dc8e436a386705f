"""What a profile does to an attribute and why, in words: asked of the engine's own rules, kind of object by kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from isocentre.core.deid import rules
from isocentre.core.deid._iods import CLASSES
from isocentre.core.deid.attributes import DATED, Attribute, listed
from isocentre.core.deid.demands import UNKNOWN, Demands, demands
from isocentre.core.deid.profile import NAMES, SCANNER_TAG, Profile
from isocentre.core.deid.table import unnamed_text
from isocentre.core.dicom import dictionary

LETTERS = {
    "K": "kept", "X": "removed", "Z": "emptied", "D": "replaced by a made-up value", "U": "given another UID",
    "C": "cleaned", "U*": "given other UIDs inside",
}  # fmt: skip
"""Actions of PS3.15 Table E.1-1 in words."""

REMOVED, EMPTIED, MADE_UP, ITEM = "Removed", "Emptied", "Replaced by a made-up value", "Replaced by a made-up item"
KEPT, INSIDE = "Kept", "Kept, and what is inside is treated in its turn"
UID, SHIFTED = "Replaced by another UID", "Moved by whole weeks"
CLEANED, SAFE = "Cleaned", "Kept where it is listed as safe and in the form listed, else removed"
WRITTEN, PSEUDONYM = "Replaced by what Isocentre writes", "Replaced by the pseudonym"
GUARDED = "Kept, unless it says something of a person"
PICTURE = "Kept as it is"
SCANNER = "Replaced by the network's own id of the scanner"
BURNED = "NO is kept, YES holds the object unless its picture is cleaned, anything else is removed"
AGE = "Kept, an age over 89 years as 090Y"
_WORDS = {"X": REMOVED, "Z": EMPTIED, "D": MADE_UP, "U": UID, "K": KEPT, "C": CLEANED}
_KINDS = {rules.DUMMY_ITEM: ITEM, rules.PIXEL: PICTURE, rules.SEQUENCE: INSIDE, rules.GUARD: GUARDED}
_PATIENT = frozenset({0x00100010, 0x00100020})
_AGE = 0x00101010


@dataclass(frozen=True, slots=True)
class Told:
    """What a profile does to one attribute. `top` and `nested` (inside sequences): words, and the SOP classes of each.

    `standard` is what Table E.1-1 says, `why` the reason: the profile's own, its option's, or the standard's.
    """

    attribute: Attribute
    top: dict[str, tuple[str, ...]]
    nested: dict[str, tuple[str, ...]]
    standard: str
    why: str

    @property
    def words(self) -> str:
        """The action in one sentence, the commonest first."""
        first, *others = self.top
        parts = [f"{lower(one)} in {count(len(self.top[one]))}" for one in others]
        return "; ".join([first, *parts])

    def plain(self) -> dict[str, Any]:
        """For programs."""
        one = self.attribute
        return {
            "tag": one.code, "name": one.name, "keyword": dictionary.keyword(one.tag) if one.code[0] == "(" else "",
            "vr": one.vr, "group": one.group, "action": self.words, "why": self.why, "standard": self.standard,
            "by_sop_class": {words: list(uids) for words, uids in self.top.items()},
            "in_sequences": {words: list(uids) for words, uids in self.nested.items()},
        }  # fmt: skip


def lower(words: str) -> str:
    """As it stands inside a sentence."""
    return words[:1].lower() + words[1:]


def count(number: int) -> str:
    """So many kinds of object."""
    return f"{number} kind{'' if number == 1 else 's'} of object"


def passing(profile: Profile) -> tuple[str, ...]:
    """SOP classes of which something is sent on."""
    sent = (uid for uid, _, rule in profile.kinds() if rule.disposition not in ("hold", "leave_out"))
    return tuple(dict.fromkeys(sent))


@lru_cache(maxsize=32)
def everything(profile: Profile, classes: tuple[str, ...]) -> tuple[Told, ...]:
    """Every listed attribute under this profile, in these SOP classes."""
    # What stands for many attributes is an example that the profile's own rules may single out.
    without = replace(profile, actions=MappingProxyType({}))
    return tuple(tell(profile if one.code[0] == "(" else without, one, classes) for one in listed())


def tell(profile: Profile, attribute: Attribute, classes: Iterable[str]) -> Told:
    """One attribute under this profile, in these SOP classes (none: as in a kind of object nobody knows)."""
    top: dict[str, list[str]] = {}
    nested: dict[str, list[str]] = {}
    known: dict[int | None, tuple[str, str]] = {}
    for uid in classes:
        kind = CLASSES.get(uid)
        if kind not in known:
            outer, inner = demands(uid)
            known[kind] = outcome(profile, outer, attribute.tag), outcome(profile.inside(), inner, attribute.tag)
        for found, words in zip((top, nested), known[kind], strict=True):
            found.setdefault(words, []).append(uid)
    if not top:
        top[outcome(profile, UNKNOWN, attribute.tag)] = []
        nested[outcome(profile.inside(), UNKNOWN, attribute.tag)] = []
    done = _sorted(top)
    return Told(attribute, done, _sorted(nested), standard(attribute), _why(profile, attribute, list(done)))


def sample_words(profile: Profile) -> str:
    """Which pictures of those as they were acquired are read for text, in words; for a profile that has a sample."""
    return (
        f"One picture of each series is read for text before any other of it is sent on, and one in {profile.sample} "
        "after that; all of a series once text was found in it. Those that say they are derived, or copies of a "
        "screen, are read one and all."
    )


def _sorted(found: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {words: tuple(uids) for words, uids in sorted(found.items(), key=lambda one: -len(one[1]))}


def outcome(profile: Profile, demanded: Demands, tag: int) -> str:
    """What the engine does to this attribute where its IOD makes these demands, in words."""
    word = dictionary.keyword(tag)
    vr = dictionary.vr(tag).split(" or ")[0] if word else "UN"
    if tag in _PATIENT:
        return PSEUDONYM
    if tag in rules.OURS or tag >> 16 in (0x0002, 0x0012):
        return WRITTEN
    if tag == rules.BURNED_IN:
        return BURNED
    if tag == SCANNER_TAG and profile.names_scanner:
        return SCANNER
    decision = rules.decide(profile, demanded, tag, vr.encode())
    if tag >> 16 & 1:
        return REMOVED if decision.kind == rules.DROP else SAFE
    if tag == _AGE and decision.letter == "K":
        return AGE
    if decision.letter == "C" and vr in DATED:
        return SHIFTED
    return KEPT if decision.form else _KINDS.get(decision.kind, _WORDS[decision.letter])


def standard(attribute: Attribute) -> str:
    """What Table E.1-1 of PS3.15 says of an attribute, in words."""
    rule = attribute.rule
    if rule is None:
        return "Not named in Table E.1-1"
    *others, last = (LETTERS[letter] for letter in rule.basic.split("/"))
    offered = f"{', '.join(others)} or {last}" if others else last
    by_type = ", by its type in the kind of object" if "/" in rule.basic else ""
    codes = [f"{LETTERS[letter]} under {option(code)}" for code, letter in sorted(rule.options.items())]
    return "; ".join([f"{rule.basic}: {offered}{by_type}", *codes])


def option(code: int) -> str:
    """An option by name and code."""
    return f"{NAMES[code].removesuffix(' Option')} ({code})"


def _why(profile: Profile, attribute: Attribute, done: list[str]) -> str:
    tag, rule = attribute.tag, attribute.rule
    if tag in profile.actions:
        return f"This profile's own rule: {profile.actions[tag][1]}"
    if done[0] in (WRITTEN, PSEUDONYM):
        return "Isocentre says for itself whose image this is and what was done to it; what came in is not believed."
    if done[0] == BURNED:
        return "Text burned into a picture cannot be taken out by changing the header."
    if tag >> 16 & 1:
        return _by_option(profile, 113111) or "Anything may stand in it, and no option of this profile keeps it."
    if dated := _dated(profile, attribute):
        return dated
    if rule is None:
        return _unnamed(profile, attribute, done[0])
    for code in profile.options:
        letter = rule.options.get(code)
        if (letter == "K" and done[0] in (KEPT, INSIDE, AGE)) or (letter == "C" and done[0] in (INSIDE, CLEANED)):
            return _by_option(profile, code)
    return _basic(profile, attribute)


def _basic(profile: Profile, attribute: Attribute) -> str:
    """Why nothing but the basic profile holds, and which option that this profile lacks would keep the attribute."""
    options = attribute.rule.options if attribute.rule else {}
    if attribute.tag < 0x00080000:
        return "It belongs to files and messages, never to the object itself."
    lacking = [option(code) for code in sorted(options) if code not in profile.options]
    but = f" It would stay only under {' or '.join(lacking)}." if lacking else ""
    if options and not lacking:
        but = " Cleaning values of this kind is not carried out."
    return f"The basic profile of the standard.{but}"


def _by_option(profile: Profile, code: int) -> str:
    return f"{option(code)}: {profile.justifications[code]}" if code in profile.options else ""


def _dated(profile: Profile, attribute: Attribute) -> str:
    """Why a date gets what it gets; empty when the attribute is no date."""
    rule = attribute.rule
    vr = dictionary.vr(attribute.tag) if dictionary.keyword(attribute.tag) else ""
    if vr not in DATED or not (rule is None or 113106 in rule.options):
        return ""
    code = {"full": 113106, "shifted": 113107}.get(profile.dates)
    return _by_option(profile, code) if code else "This profile keeps no date and no time of day."


def _of_picture(profile: Profile) -> str:
    if not profile.cleans_pixels:
        return "The picture itself. Text in it is found only where the object says so."
    said = "The picture itself. Text in it is found by reading it, where the kind of object is one that is cleaned."
    return f"{said} {sample_words(profile)}" if profile.sample else said


def _unnamed(profile: Profile, attribute: Attribute, done: str) -> str:
    """Why an attribute that the table does not name gets what it gets."""
    told = unnamed_text(attribute.tag) if dictionary.keyword(attribute.tag) else None
    if told is not None:
        if told.option in profile.options:
            return f"{told.why} {_by_option(profile, told.option)}"
        would = {CLEANED: "clean it", GUARDED: "keep it"}[CLEANED if told.granted == "C" else GUARDED]
        return f"{told.why} {option(told.option)} would {would}." if told.option else told.why
    if done == PICTURE:
        return _of_picture(profile)
    if done in (REMOVED, UID):
        reasons = {REMOVED: "Nobody has said that it is safe.", UID: "It may lead back to the original."}
        return reasons[done] if attribute.vr != "PN" else "It names a person, whichever attribute it is."
    return "The standard does not count it among what may identify somebody."
