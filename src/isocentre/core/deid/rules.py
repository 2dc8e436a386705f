"""Decide per tag: what is done to an element, from its action, its VR, and the VR it should have (PS3.15 E.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

from isocentre.core.deid import dummies, forms, letters, values
from isocentre.core.deid.demands import Demands
from isocentre.core.deid.people import CHARSET
from isocentre.core.deid.profile import Profile
from isocentre.core.deid.table import GUARDED, is_overlay_size, repeating
from isocentre.core.dicom import dictionary
from isocentre.core.dicom.walk import LONG_VRS, PIXEL_DATA, PIXEL_TAGS, SHORT_VRS, MalformedDicom, tag_text

KEEP, DROP, CONST, VALUE, SEQUENCE, PIXEL, DUMMY_ITEM, PRIVATE, TEXT, GUARD = range(10)
"""What is done to an element. TEXT is cleaned word by word, GUARD only where it tells of somebody."""
_SAFE_PRIVATE = 113111


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
    `form`: where it is one, a value of that form stays as it is, and anything else is treated by `kind`.
    """

    tag: int
    vr: bytes
    long: bool
    kind: int
    value: bytes
    change: Change | None
    letter: str
    form: forms.Form | None = None


class Held(Exception):
    """The object may not pass: a reason code and words for a person."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.words = words


OURS = frozenset({0x00100010, 0x00100020, 0x00280302, 0x00280303})
"""Tags the engine writes itself (with the whole of group 0012), so the incoming ones always go."""
_ABOUT_OTHERS = frozenset({0x00100024, 0x40080212})
"""What Table E.1-1 has no row for and says who gave an id that is no longer there, or how far a report was."""
PICTURE_SIZE = (0x00280002, 0x00280004, 0x00280008, 0x00280010, 0x00280011, 0x00280100)
CAPTURED = frozenset({0x00080008, 0x00180015, 0x00480010, *PICTURE_SIZE})
BURNED_IN = 0x00280301
_AGE = 0x00101010
_TEXT = frozenset({b"AE", b"CS", b"DS", b"IS", b"LO", b"SH", b"LT", b"ST", b"UT", b"UC"})
_UIDS = re.compile(rb"[0-9.\\]*[ \0]*")
_MR_CODES = {0x00180020: ("D", TEXT), 0x00180021: ("D", TEXT), 0x00180022: ("Z", GUARD)}
"""Sequence, variant and options, which every MR image must name (PS3.3 C.8.3.1): what stands for a code that goes, and
how a value is looked at that the standard does not list (`forms.CODES`).

The first two have enumerated values, so another one passes only as words of the trade (OTHER, as one maker writes).
Options are defined terms, which makers extend freely (SAT_GEMS, HELICAL MODE): they stay unless they tell of somebody.
"""
_ARC = re.compile(rb"[0-9]{8}")
_BINARY = frozenset({b"US", b"SS", b"UL", b"SL", b"OB", b"OW", b"FL", b"FD", b"OF", b"OD", b"OL", b"OV", b"SV", b"UV"})


def decide(profile: Profile, demands: Demands, tag: int, vr: bytes) -> Decision:
    """The decision on an element with this tag and VR (empty under implicit VR), where its IOD makes these demands.

    Unknown standard tags, group lengths and VRs that do not fit their tag go: nobody has said they are safe.
    MalformedDicom where no such element may be.
    """
    if vr and vr not in SHORT_VRS and vr not in LONG_VRS:
        raise MalformedDicom("data set", f"{tag_text(tag)} has no known value representation")
    if tag >> 16 == 0xFFFE:
        raise MalformedDicom("data set", f"{tag_text(tag)} may not be in a data set")
    if tag >> 16 & 1:
        kind = PRIVATE if _SAFE_PRIVATE in profile.options else DROP
        return Decision(tag, vr or b"UN", vr in LONG_VRS, kind, b"", None, "X")
    known = _dictionary_vrs(tag)
    shown = vr or (known[0] if known else b"UN")
    long = vr in LONG_VRS
    if is_overlay_size(tag):
        return Decision(tag, shown, long, VALUE, b"", _gone, "X")
    # Groups 0000 to 0007 belong to messages, file meta and directories, never to a data set: they go as well.
    if tag < 0x00080000 or not known or repeating(tag) or tag & 0xFFFF == 0 or _goes(tag):
        return Decision(tag, shown, long, DROP, b"", None, "X")
    if tag in PIXEL_TAGS:
        return Decision(tag, shown, long, PIXEL, b"", None, "K")
    letter = letters.letter(profile, demands, tag, known[0])
    if b"SQ" in (shown, known[0]):
        demanded = tag in dummies.ITEMS and demands.of(tag) == 1
        kind, value, change, done = _sequence(shown, known, letter, demanded)
        return Decision(tag, shown, long, kind, value, change, done)
    basic = letters.basic(demands, tag)
    kind, value, change, done = _plain(tag, shown, known, letter, basic)
    if done == "D" and shown != b"UN" and shown not in known:
        shown = known[0]  # the dummy of a name that came as a date is a name
    form = forms.CODES.get(tag) or forms.FORMS.get(known[0]) if kind == KEEP else None
    if form is not None:
        kind, change = _formed(tag, known[0], basic)
    return Decision(tag, shown, long, kind, value, change, done, form)


def _goes(tag: int) -> bool:
    """What is written anew, or says nothing that may stay; after the picture nothing may follow (retired 7FE0s)."""
    return tag in OURS or tag >> 16 == 0x0012 or tag in _ABOUT_OTHERS or PIXEL_DATA < tag < 0x7FE10000


def _dictionary_vrs(tag: int) -> tuple[bytes, ...]:
    try:
        text = dictionary.vr(tag)
    except KeyError:
        return ()
    return tuple(part.encode() for part in text.split(" or ") if len(part) == 2)


_Made: TypeAlias = tuple[int, bytes, Change | None, str]


def _sequence(vr: bytes, known: tuple[bytes, ...], letter: str, demanded: bool) -> _Made:
    if known[0] != b"SQ" or vr not in (b"SQ", b"UN") or letter == "X" or (letter == "D" and not demanded):
        return DROP, b"", None, "X"  # where no item is demanded, no sequence says the same as a dummy
    if letter == "D":
        return DUMMY_ITEM, b"", None, "D"
    if letter == "Z":
        return CONST, b"", None, "Z"
    return SEQUENCE, b"", None, "C" if letter == "C" else "K"


def _plain(tag: int, vr: bytes, known: tuple[bytes, ...], letter: str, basic: str) -> _Made:
    own = known[0] if vr == b"UN" else vr
    if tag == BURNED_IN:
        return VALUE, b"", _burned_in, "K"
    if letter in ("Z", "D") and own == b"UI":
        letter = "U"
    if letter in ("X", "Z"):
        return (DROP, b"", None, "X") if letter == "X" else (CONST, b"", None, "Z")
    if letter == "D":
        fit = own if own in known else known[0]
        return (DROP, b"", None, "X") if fit == b"UI" else (CONST, values.dummy(tag, fit), None, "D")
    if tag == CHARSET:  # what is none holds the object: the walk says so
        return VALUE, b"", _no_items, "K"
    if not _fits(own, known):
        return DROP, b"", None, "X"
    if known[0] in letters.TEXTS and letter in ("C", GUARDED):
        instead = _instead({"Z": b"", "D": values.DUMMIES[own]}.get(basic))
        return (TEXT, b"", instead, "C") if letter == "C" else (GUARD, b"", instead, "K")
    if letter == "C":
        return VALUE, b"", _shift(known[0], {"Z": b"", "D": values.dummy(tag, known[0])}.get(basic)), "C"
    if letter == "U":
        return VALUE, b"", _uid, "U"
    if own == b"UI":
        return VALUE, b"", _kept_uid if letter == "K" else _kind_uid, "K"
    if tag == _AGE:
        return VALUE, b"", lambda _, raw: values.cap_age(raw), "K"
    if tag in CAPTURED or (vr == b"UN" and own not in forms.FORMS):
        return VALUE, b"", _no_items, "K"
    return KEEP, b"", None, "K"


def _formed(tag: int, vr: bytes, basic: str) -> tuple[int, Change]:
    """What becomes of a value that has not the form of its VR: it is text, or a date that cannot be read."""
    by_vr = {b"CS": GUARD, b"DS": TEXT, b"IS": TEXT}.get(vr, VALUE)
    demanded, kind = _MR_CODES.get(tag, (basic, by_vr))
    return kind, _instead({"Z": b"", "D": values.DUMMIES[vr]}.get(demanded))


def _fits(vr: bytes, known: tuple[bytes, ...]) -> bool:
    """Whether a value under another VR than the dictionary's may still be kept: only within text or within numbers."""
    return vr in known or (vr in _TEXT and known[0] in _TEXT) or (vr in _BINARY and known[0] in _BINARY)


def _burned_in(_: Keyed, raw: bytes) -> bytes | None:
    return raw if raw.strip(b" \0").upper() == b"NO" else None


def says_burned(raw: bytes) -> bool:
    """Whether a value of (0028,0301) says that text is burned into the picture."""
    return raw.strip(b" \0").upper() == b"YES"


def _gone(_: Keyed, raw: bytes) -> None:
    """Looked at, and removed."""


def _no_items(_: Keyed, raw: bytes) -> bytes | None:
    """A value that stays; items under the tag of a text or a number (as VR UN) are a hiding place, and go."""
    return None if raw[:4] in (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00") else raw


def _instead(otherwise: bytes | None) -> Change:
    """What stands where nothing is left of a text."""
    return lambda _, raw: otherwise


def _uid(keys: Keyed, raw: bytes) -> bytes:
    return keys.uid(raw)


def _kept_uid(keys: Keyed, raw: bytes) -> bytes:
    """A UID that may stay; what is none may not hide under its name."""
    return raw if _UIDS.fullmatch(raw) else keys.uid(raw)


def _kind_uid(keys: Keyed, raw: bytes) -> bytes:
    """A UID of a kind of object or a coding scheme, which may be a maker's own: their parts are short numbers."""
    return keys.uid(raw) if _ARC.search(raw) else _kept_uid(keys, raw)


def _shift(vr: bytes, otherwise: bytes | None) -> Change:
    """Shift a date; `otherwise` stands where it cannot be read."""

    def shift(keys: Keyed, raw: bytes) -> bytes | None:
        moved = keys.date(raw) if vr == b"DA" else keys.datetime(raw)
        return otherwise if moved is None else moved

    return shift
