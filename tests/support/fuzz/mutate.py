"""Break a data set element by element: lengths, VRs, order, nesting, charsets, creators, planted needles."""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Callable
from struct import pack

from pydicom.datadict import DicomDictionary

from support.fuzz.fuzz_tree import OPEN, Elem, fragments, mark
from support.fuzz.seeds import PERSON

Elems = list[Elem]

_VRS = b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV"
VRS = (*_VRS.split(), b"ZZ", b"ox", b"\0\0")
_TEXTS = tuple(b"LO SH LT ST UT UC CS PN UI DA DT TM AS DS IS UN AE UR".split())
_KNOWN = tuple((tag, row[0][:2].encode()) for tag, row in sorted(DicomDictionary.items()) if tag >> 16 not in (0, 2))
_PRIVATE = (
    b"SIEMENS CSA HEADER", b"SIEMENS MR HEADER", b"GEMS_PARM_01", b"Philips Imaging DD 001",
    b"Philips PET Private Group", b"GEMS_ACQU_01", b"SIEMENS MED NM", PERSON[0].encode(),
)  # fmt: skip
_CHARSETS = (
    b"", b"ISO_IR 192", b"ISO_IR 100", b"\\ISO 2022 IR 87", b"ISO 2022 IR 6\\ISO 2022 IR 149", b"GB18030", b"ISO_IR 13",
    b"ISO_IR 126", b"nonsense", b"\xff\xfe", b"\\" * 40,
)  # fmt: skip
_ODD_VALUES = (
    b"", b" ", b"\0" * 7, b"\\" * 300, b"20240230", b"00000000", b"99999999", b"1.2.." + b"9" * 80, b"-1", b"1e309",
    b"9" * 400, b"\x1b$B" * 9, b"\xff" * 65, b"YES", b"NO", b"120Y", b"\xe2\x80\xae" * 5, b"20240315-20240316",
)  # fmt: skip
_LENGTHS = (0, 1, 3, 7, 8, 0xFFFE, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFE, OPEN)
DEEPEST = 70


def needle(rng: random.Random) -> bytes:
    """Something of the person, as it is or in one of its disguises."""
    text = rng.choice(PERSON)
    how = rng.randrange(9)
    if how == 0:
        return text[::-1].encode()
    if how == 1:
        return text.encode(rng.choice(("utf-16-le", "utf-16-be")))
    if how == 2:
        return b64encode(b"ab"[: rng.randrange(3)] + text.encode())
    if how == 3:
        return text.encode().hex().encode()
    if how == 4:
        return text.upper().replace("^", rng.choice((" ", ", ", "_"))).encode()
    return text.encode()


def said(rng: random.Random) -> bytes:
    """A needle among other words, or alone."""
    return (
        rng.choice((b"", b"CT chest ", b"1.2.", b"\0\0", b"see "))
        + needle(rng)
        + rng.choice((b"", b" ", b"\0", b" AX"))
    )


def _lie(one: Elem, rng: random.Random) -> Elem:
    true = len(one.bytes("explicit")) - (12 if one.vr in (b"OB", b"OW", b"SQ", b"UN", b"UT") else 8)
    return one.but(length=rng.choice((*_LENGTHS, max(0, true + rng.choice((-9, -8, -2, -1, 1, 2, 8, 12, 100))))))


def _other_vr(one: Elem, rng: random.Random) -> Elem:
    return one.but(vr=rng.choice(VRS))


def _needled(one: Elem, rng: random.Random) -> Elem:
    if one.items is not None:
        return one.but(after=said(rng))
    at = rng.randrange(len(one.value) + 1)
    return one.but(value=rng.choice((said(rng), one.value[:at] + said(rng) + one.value[at:], one.value + said(rng))))


def _odd(one: Elem, rng: random.Random) -> Elem:
    return one.but(value=rng.choice(_ODD_VALUES), items=None)


def _retagged(one: Elem, rng: random.Random) -> Elem:
    tag = rng.choice((
        rng.choice(_KNOWN)[0], one.tag & 0xFFFF0000, one.tag ^ 1 << rng.randrange(32), one.tag | 0x10000,
        rng.choice((0x00020010, 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD, 0x7FE00010, 0x7FE00008, 0xFFFCFFFC, 0x00041220)),
    ))  # fmt: skip
    return one.but(tag=tag)


def _opened(one: Elem, rng: random.Random) -> Elem:
    return one.but(is_open=not one.is_open, ends=rng.random() < 0.8)


def _unending(one: Elem, rng: random.Random) -> Elem:
    trailing = mark(rng.choice((0xE00D, 0xE0DD, 0xE000)), rng.choice((0, 0, 4, OPEN)), "explicit")
    return one.but(is_open=True, ends=rng.random() < 0.5, after=one.after + trailing)


def _trailed(one: Elem, rng: random.Random) -> Elem:
    return one.but(after=one.after + rng.choice((said(rng), bytes(8), bytes(2), mark(0xE0DD, 0, "explicit"))))


def _nested(one: Elem, rng: random.Random) -> Elem:
    """The element inside sequences, some as deep as may be."""
    deep = rng.choice((1, 1, 2, 3, 9, DEEPEST))
    tag = rng.choice((0x00081140, 0x00400275, 0x0040A730, 0x52009230, 0x00500010, 0x00101002, 0x00291140, one.tag))
    open_ = rng.random() < 0.5
    for _ in range(deep):
        one = Elem(tag, rng.choice((b"SQ", b"SQ", b"SQ", b"UN")), items=((one,),), is_open=open_)
    return one


def _many(one: Elem, rng: random.Random) -> Elem:
    if one.items is None:
        return one.but(value=one.value * rng.choice((2, 30, 300)))
    return one.but(items=one.items * rng.choice((0, 2, 20)))


def _inside(one: Elem, rng: random.Random) -> Elem:
    """A mutation of something inside a sequence; of a value when there is none."""
    if not one.items:
        return _needled(one, rng)
    at = rng.randrange(len(one.items))
    items = list(one.items)
    inner = list(items[at])
    mutate(inner, rng)
    items[at] = tuple(inner)
    return one.but(items=tuple(items))


_ONE: tuple[Callable[[Elem, random.Random], Elem], ...] = (
    _lie, _other_vr, _needled, _needled, _odd, _retagged, _opened, _unending, _trailed, _nested, _many, _inside,
    _inside,
)  # fmt: skip


def _change(elems: Elems, rng: random.Random) -> None:
    at = rng.randrange(len(elems))
    elems[at] = rng.choice(_ONE)(elems[at], rng)


def _delete(elems: Elems, rng: random.Random) -> None:
    del elems[rng.randrange(len(elems))]


def _again(elems: Elems, rng: random.Random) -> None:
    one = rng.choice(elems)
    elems.insert(rng.randrange(len(elems) + 1) if rng.random() < 0.5 else elems.index(one), one)


def _swap(elems: Elems, rng: random.Random) -> None:
    at, other = rng.randrange(len(elems)), rng.randrange(len(elems))
    elems[at], elems[other] = elems[other], elems[at]


def _put(elems: Elems, one: Elem) -> None:
    """At its place; what was there goes."""
    elems[:] = sorted([*(other for other in elems if other.tag != one.tag), one], key=lambda each: each.tag)


def _insert(elems: Elems, rng: random.Random) -> None:
    """An attribute of the dictionary with a needle in it, under its own VR or another."""
    tag, vr = rng.choice(_KNOWN)
    if vr == b"SQ":
        inner, kind = rng.choice(_KNOWN)
        _put(elems, Elem(tag, vr, items=((Elem(inner, rng.choice((kind, b"LO")), said(rng)),),)))
        return
    _put(elems, Elem(tag, vr if rng.random() < 0.7 else rng.choice(_TEXTS), said(rng)))


def _group_length(elems: Elems, rng: random.Random) -> None:
    group = rng.choice(elems).tag & 0xFFFF0000
    _put(elems, Elem(group, b"UL", pack("<L", rng.choice((0, 8, 99999, OPEN)))))


def _charset(elems: Elems, rng: random.Random) -> None:
    _put(elems, Elem(0x00080005, b"CS", rng.choice(_CHARSETS)))


def _private(elems: Elems, rng: random.Random) -> None:
    """A creator and something under it: its own, another's, or nobody's."""
    group, block = rng.choice((0x0019, 0x0029, 0x0043, 0x2001, 0x0009, 0x7FE1, 0x0021)), rng.choice((0x10, 0x11, 0xFF))
    if rng.random() < 0.9:
        _put(elems, Elem(group << 16 | block, rng.choice((b"LO", b"LO", b"UN", b"SH")), rng.choice(_PRIVATE)))
    for _ in range(rng.randrange(3)):
        value = rng.choice((said(rng), b"1000\\8\\0\\0", pack("<f", 1000.0), b"1.2.3", b"20240315", b"M", bytes(600)))
        tag = group << 16 | block << 8 | rng.choice((0x0C, 0x39, 0x03, 0x08, 0x10, 0x20, rng.randrange(256)))
        _put(elems, Elem(tag, rng.choice(VRS[:33]), value))


def _picture(elems: Elems, rng: random.Random) -> None:
    """The pixel value cut, lengthened, in fragments, of another kind, or gone."""
    made = rng.choice((
        Elem(0x7FE00010, b"OW", bytes(8) + said(rng)), Elem(0x7FE00010, b"OB", b"\1\2"), fragments((said(rng),)),
        Elem(0x7FE00008, b"OF", bytes(16)), Elem(0x7FE00009, b"OD", bytes(32)),
        fragments((b"\xff\xd8\xff\xfe\0\x20" + said(rng), b"\xff\xd9")),
        Elem(0x7FE00010, b"UN", bytes(8)), Elem(0x7FE00010, b"OW", bytes(8), is_open=True),
    ))  # fmt: skip
    _put(elems, made)
    if rng.random() < 0.3:
        number = rng.choice((0, 1, 2, 255, 65535))
        _put(elems, Elem(rng.choice((0x00280010, 0x00280011, 0x00280100, 0x00280002)), b"US", pack("<H", number)))


_ALL: tuple[Callable[[Elems, random.Random], None], ...] = (
    _change, _change, _change, _change, _change, _delete, _again, _swap, _insert, _insert, _group_length, _charset,
    _private, _private, _picture,
)  # fmt: skip


def mutate(elems: Elems, rng: random.Random) -> None:
    """One mutation, in place."""
    if not elems:
        elems.append(Elem(0x00081030, b"LO", said(rng)))
        return
    rng.choice(_ALL)(elems, rng)
