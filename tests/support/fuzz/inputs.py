"""Input number N of a seed: a base, thinned, mutated as a tree, written in an encoding, then broken as bytes."""

from __future__ import annotations

import random
import re
import zlib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from struct import pack

from isocentre.core.deid.profile import Profile, parse
from isocentre.profiles import everyone
from support.dicom_bytes import BIG, DEFLATED, EXPLICIT, IMPLICIT, JPEG, el
from support.fuzz import fuzz_tree
from support.fuzz.mutate import mutate, needle, said
from support.fuzz.seeds import OTHER, PEOPLE, REPEATS, SURE, Base, bases

_SYNTAXES = {
    EXPLICIT: fuzz_tree.EXPLICIT, IMPLICIT: fuzz_tree.IMPLICIT, BIG: fuzz_tree.BIG,
    DEFLATED: fuzz_tree.EXPLICIT,
}  # fmt: skip
_OFTEN = (EXPLICIT, EXPLICIT, EXPLICIT, IMPLICIT, IMPLICIT, BIG, DEFLATED)
_LIES = (
    *_SYNTAXES,
    JPEG,
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.95",
    "1.2.3",
    "",
    "\xff",
)
_OPENED, _TOGETHER = 0.85, 16_384
_WHOLE = 0.1
_PASS = "  - uid: {}\n    do: pass\n    why: To be walked.\n"
_BYTES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF, 0x20, 0x5C, 0x1B)


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its bytes, the name of the profile it is tried under, and what it was made of."""

    number: int
    base: str
    profile: str
    data: bytes = field(repr=False)


@cache
def profiles() -> dict[str, Profile]:
    """Every profile that ships, by name: as it is, and `opened` so that each base is let pass and walked."""
    kinds = sorted({one.sop_class for one in bases()})
    found = {f"{one.name}@{one.version}": one for one in everyone()}
    return found | {f"{name} opened": _opened(one.text, kinds) for name, one in found.items()}


def _opened(text: str, kinds: list[str]) -> Profile:
    more = " ".join(kind for kind in kinds if kind not in text.split())
    return parse(re.sub("do: (hold|leave_out|clean_[a-z_ ]+)", "do: pass", text) + _PASS.format(more))


def made(seed: int, number: int) -> Input:
    """The same bytes every time, at one version of the sources."""
    rng = random.Random(seed << 64 | number)
    base = rng.choice(bases())
    elems = list(base.elems) if rng.random() < _WHOLE else _thinned(base, rng)
    # Many small changes are held at the first; few of them go deep.
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 5))):
        mutate(elems, rng)
    data = _file(base, elems, rng)
    if rng.random() < 0.25:
        data = _broken(data, rng)
    return Input(number, base.name, _profile(seed, number), data)


def _thinned(base: Base, rng: random.Random) -> list[fuzz_tree.Elem]:
    """The person, what an object cannot come out without, half of what repeats the person, and a quarter of the rest.

    An element that is not there costs no time; which are there beside a mutated one differs with every input. Nobody
    else is named, so that what the engine keeps of the people in a header serves the next input too.
    """
    half = rng.getrandbits(len(base.elems))
    quarter = half & rng.getrandbits(len(base.elems))
    kept = {SURE: -1, REPEATS: half, OTHER: quarter, PEOPLE: 0}
    return [one for at, (one, part) in enumerate(zip(base.elems, base.parts, strict=True)) if kept[part] >> at & 1]


def _profile(seed: int, number: int) -> str:
    """One for many inputs in a row: the engine keeps what it found out about a profile."""
    return _profile_of(seed, number // _TOGETHER)


@lru_cache(maxsize=4)
def _profile_of(seed: int, many: int) -> str:
    rng = random.Random(seed << 64 | 1 << 63 | many)
    names = list(profiles())
    return rng.choice(names[len(names) // 2 :] if rng.random() < _OPENED else names)


def _file(base: Base, elems: list[fuzz_tree.Elem], rng: random.Random) -> bytes:
    syntax = base.compressed or rng.choice(_OFTEN)
    encoding = _SYNTAXES.get(syntax, fuzz_tree.EXPLICIT)
    if rng.random() < 0.03:
        syntax = rng.choice(_LIES)
    body = fuzz_tree.written(elems, encoding)
    if syntax == DEFLATED:
        machine = zlib.compressobj(level=1, wbits=-15)
        body = machine.compress(body + rng.choice((b"", b"", b"", needle(rng)))) + machine.flush()
        body += rng.choice((b"", b"", b"\0", needle(rng)))
    preamble = bytes(128) if rng.random() < 0.8 else (needle(rng) * 9)[:128].ljust(128)
    return preamble + b"DICM" + _meta(base, syntax, rng) + body


def _meta(base: Base, syntax: str, rng: random.Random) -> bytes:
    sop_class = base.sop_class if rng.random() < 0.97 else rng.choice(("1.2.840.10008.1.3.10", "", "1.2"))
    meta = _usual(sop_class, syntax)
    if rng.random() < 0.1:
        meta += el(0x00020016, "AE", said(rng)) + el(0x00020102, "OB", said(rng))
    length = len(meta) if rng.random() < 0.95 else rng.choice((0, 4, 0xFFFFFFFF))
    return el(0x00020000, "UL", pack("<L", length)) + meta


@lru_cache(maxsize=1024)
def _usual(sop_class: str, syntax: str) -> bytes:
    meta = el(0x00020001, "OB", b"\0\1") + el(0x00020002, "UI", sop_class) + el(0x00020003, "UI", "1.2.3.4")
    return meta + el(0x00020010, "UI", syntax.encode("latin-1")) + el(0x00020012, "UI", "1.2.9")


def _broken(data: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut, repeated, put in or taken out, anywhere."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(rng.choice((0, 132, 132, 132)), len(out) + 1) if len(out) > 132 else 0
        how = rng.randrange(7)
        if how == 0 and at < len(out):
            out[at] ^= 1 << rng.randrange(8)
        elif how == 1 and at < len(out):
            out[at] = rng.choice(_BYTES)
        elif how == 2:
            del out[at:]
        elif how == 3:
            out[at:at] = needle(rng)
        elif how == 4:
            del out[at : at + rng.choice((1, 2, 4, 8, 12, 40))]
        elif how == 5:
            out[at:at] = out[at : at + rng.choice((8, 12, 40, 200))]
        else:
            out[at:at] = pack("<L", rng.choice((0, 1, 8, 0xFFFFFFFF, 0xFFFEE000, 0xE00DFFFE, rng.getrandbits(32))))
    return bytes(out)
