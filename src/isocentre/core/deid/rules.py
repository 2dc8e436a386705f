"""Decide per tag: what a profile does to an element, from Table E.1-1, its options, and the element's VR (PS3.15 E.1).

C is done as removal in this version (or a dummy where the type asks), except that a date under C is shifted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

from isocentre.core.deid import values
from isocentre.core.deid.profile import Profile
from isocentre.core.deid.table import repeating, rules
from isocentre.core.dicom import dictionary
from isocentre.core.dicom.walk import LONG_VRS, PIXEL_TAGS, SHORT_VRS, MalformedDicom, tag_text

KEEP, DROP, CONST, VALUE, SEQUENCE, PIXEL = range(6)


class Keyed(Protocol):
    """What a rule needs of the person's keys."""

    def uid(self, raw: bytes) -> bytes:
        """The keyed UIDs that stand for a UI value."""

    def date(self, raw: bytes) -> bytes | None:
        """The shifted DA value; None when it is no date."""

    def datetime(self, raw: bytes) -> bytes | None:
        """The shifted DT value; None when it has no whole date."""


Change: TypeAlias = Callable[[Keyed, bytes], bytes | None]


class Decision(NamedTuple):
    """What happens to one (tag, VR). `change` maps the value: equal keeps the bytes, None removes the element.

    `letter` is the PS3.15 action for the report, `long` whether the VR has a 32-bit length in explicit encodings.
    """

    tag: int
    vr: bytes
    long: bool
    kind: int
    value: bytes
    change: Change | None
    letter: str


class Held(Exception):
    """The object may not pass: a reason code and words for a person."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.words = words


OURS = frozenset({0x00100010, 0x00100020, 0x00280302, 0x00280303})
"""Tags the engine writes itself (with the whole of group 0012), so the incoming ones always go."""
_CLASS_UIDS = frozenset({0x00080016, 0x0008001A, 0x0008001B, 0x00081150, 0x0008115A})
_CODING_UIDS = frozenset({0x0008010C, 0x00080117, 0x00080118})
CAPTURED = frozenset({0x00080008, 0x00180015})
BURNED_IN = 0x00280301
_AGE = 0x00101010
_DATE_VRS = frozenset({b"DA", b"DT", b"TM"})
_TEXT = frozenset({b"AE", b"CS", b"DS", b"IS", b"LO", b"SH", b"LT", b"ST", b"UT", b"UC"})
_BINARY = frozenset({b"US", b"SS", b"UL", b"SL", b"OB", b"OW", b"FL", b"FD", b"OF", b"OD", b"OL", b"OV", b"SV", b"UV"})

_TYPE_1 = {
    # Enhanced General Equipment, Multi-frame Functional Groups, Enhanced Image (PS3.3 C.7.5.2, C.7.6.16, C.8).
    "enhanced": frozenset({0x00080023, 0x00080033, 0x0008002A, 0x00181000}),
    # PET Series (PS3.3 C.8.9.1).
    "pet": frozenset({0x00080021, 0x00080031}),
    "single": frozenset[int](),
}
_TYPE_2 = frozenset({0x00080023, 0x00080033, 0x00400555, 0x00180010})
_TYPE_2_PET = frozenset({0x00080022, 0x00080032})


def family(sop_class: str) -> str:
    """Which attribute types hold for a SOP class: `enhanced` (multi-frame), `pet` or `single`."""
    root = "1.2.840.10008.5.1.4.1.1."
    if sop_class == root + "128":
        return "pet"
    multi = ("2.1", "2.2", "4.1", "4.3", "4.4", "128.1", "130", "13.1.3")
    return "enhanced" if sop_class in {root + tail for tail in multi} else "single"


def decide(profile: Profile, kin: str, tag: int, vr: bytes) -> Decision:
    """The decision on an element with this tag and VR (empty under implicit VR), in a SOP class of family `kin`.

    Unknown standard tags, group lengths and VRs that do not fit their tag go: nobody has said they are safe.
    MalformedDicom where no such element may be.
    """
    if vr and vr not in SHORT_VRS and vr not in LONG_VRS:
        raise MalformedDicom("data set", f"{tag_text(tag)} has no known value representation")
    if tag >> 16 == 0xFFFE:
        raise MalformedDicom("data set", f"{tag_text(tag)} may not be in a data set")
    if tag >> 16 & 1:
        return Decision(tag, vr or b"UN", vr in LONG_VRS, DROP, b"", None, "X")
    known = _dictionary_vrs(tag)
    shown = vr or (known[0] if known else b"UN")
    long = vr in LONG_VRS
    # Groups 0000 to 0007 belong to messages, file meta and directories, never to a data set: they go as well.
    if tag < 0x00080000 or not known or repeating(tag) or tag & 0xFFFF == 0 or tag in OURS or tag >> 16 == 0x0012:
        return Decision(tag, shown, long, DROP, b"", None, "X")
    if tag in PIXEL_TAGS:
        return Decision(tag, shown, long, PIXEL, b"", None, "K")
    letter = _letter(profile, kin, tag, known[0])
    if b"SQ" in (shown, known[0]):
        kind, value, change, done = _sequence(shown, known, letter)
    else:
        kind, value, change, done = _plain(tag, shown, known, letter, _empty_when_unreadable(kin, tag))
    return Decision(tag, shown, long, kind, value, change, done)


def _dictionary_vrs(tag: int) -> tuple[bytes, ...]:
    try:
        text = dictionary.vr(tag)
    except KeyError:
        return ()
    return tuple(part.encode() for part in text.split(" or ") if len(part) == 2)


def _letter(profile: Profile, kin: str, tag: int, vr: bytes) -> str:
    """The action by profile, table, option and VR: one of K X Z D U, C for a shift, R to look inside a sequence."""
    if tag in profile.actions:
        return profile.actions[tag][0]
    rule = rules().get(tag)
    if vr in _DATE_VRS and (rule is None or 113106 in rule.options):
        if profile.dates == "full" or (profile.dates == "shifted" and vr == b"TM"):
            return "K"  # whole weeks leave the time of day as it was
        if profile.dates == "shifted":
            return "C"
        return _choose(rule.basic, kin, tag) if rule else "X"
    if rule is None and (tag in _CLASS_UIDS or tag in _CODING_UIDS):
        return "K"
    if rule is None:
        return {b"UI": "U", b"PN": "X", b"SQ": "R", b"UN": "X"}.get(vr, "K")
    # A date kept for the device's sake would still be a date: only the option for dates may keep it.
    if vr not in _DATE_VRS and any(rule.options.get(code) == "K" for code in profile.options):
        return "K"
    return _choose(rule.basic, kin, tag)


def _choose(basic: str, kin: str, tag: int) -> str:
    """One action of a combination like X/Z/D: the strictest that leaves the object valid (PS3.15 E.3.1)."""
    offered = basic.split("/")
    if "U*" in offered:
        return "R"
    wanted = "X"
    if tag in _TYPE_1[kin]:
        wanted = "D"
    elif tag in _TYPE_2 or (kin == "pet" and tag in _TYPE_2_PET):
        wanted = "Z"
    return wanted if wanted in offered else offered[0]


def _empty_when_unreadable(kin: str, tag: int) -> bool:
    rule = rules().get(tag)
    return rule is not None and (rule.basic in ("Z", "Z/D") or _choose(rule.basic, kin, tag) == "Z")


_Made: TypeAlias = tuple[int, bytes, Change | None, str]


def _sequence(vr: bytes, known: tuple[bytes, ...], letter: str) -> _Made:
    # A dummy (D) of a sequence would be a coded entry that means nothing; removing it says the same.
    if known[0] != b"SQ" or vr not in (b"SQ", b"UN") or letter in ("X", "D"):
        return DROP, b"", None, "X"
    if letter == "Z":
        return CONST, b"", None, "Z"
    return SEQUENCE, b"", None, "K"


def _plain(tag: int, vr: bytes, known: tuple[bytes, ...], letter: str, empty: bool) -> _Made:
    own = known[0] if vr == b"UN" else vr
    if tag == BURNED_IN:
        return VALUE, b"", _burned_in, "K"
    if letter in ("Z", "D") and own == b"UI":
        letter = "U"
    if letter in ("X", "Z"):
        return (DROP, b"", None, "X") if letter == "X" else (CONST, b"", None, "Z")
    if letter == "D":
        return CONST, values.DUMMIES[own], None, "D"
    if not _fits(own, known):
        return DROP, b"", None, "X"
    if letter == "C":
        return VALUE, b"", _shift_date(empty) if known[0] == b"DA" else _shift_datetime(empty), "C"
    if letter == "U":
        return VALUE, b"", _uid, "U"
    if tag == _AGE:
        return VALUE, b"", lambda _, raw: values.cap_age(raw), "K"
    if tag in CAPTURED or tag in _CLASS_UIDS:
        return VALUE, b"", lambda _, raw: raw, "K"
    return KEEP, b"", None, "K"


def _fits(vr: bytes, known: tuple[bytes, ...]) -> bool:
    """Whether a value under another VR than the dictionary's may still be kept: only within text or within numbers."""
    return vr in known or (vr in _TEXT and known[0] in _TEXT) or (vr in _BINARY and known[0] in _BINARY)


def _burned_in(_: Keyed, raw: bytes) -> bytes | None:
    said = raw.strip(b" \0").upper()
    if said == b"YES":
        raise Held("burned_in", "The object says that text is burned into its picture.")
    return raw if said == b"NO" else None


def _uid(keys: Keyed, raw: bytes) -> bytes:
    return keys.uid(raw)


def _shift_date(empty: bool) -> Change:
    def shift(keys: Keyed, raw: bytes) -> bytes | None:
        moved = keys.date(raw)
        return b"" if moved is None and empty else moved

    return shift


def _shift_datetime(empty: bool) -> Change:
    def shift(keys: Keyed, raw: bytes) -> bytes | None:
        moved = keys.datetime(raw)
        return b"" if moved is None and empty else moved

    return shift
