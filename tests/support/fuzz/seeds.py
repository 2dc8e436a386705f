"""What is mutated: made objects, and small real files of pydicom's wheel with their pictures cut to a few pixels."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from io import BytesIO
from pathlib import Path
from struct import pack

import pydicom
import pydicom.data
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from support.corpus.made import objects
from support.dicom_bytes import CT, MR, PET, header
from support.fuzz.fuzz_tree import Elem

PERSON = ("Brathwickle^Ottoline", "RXH7730194", "9434765919", "19270213", "ACC-58817-Q")
"""Name, hospital number, NHS number, birth date, accession number: the needles."""
LARGEST = 6_000
_LONGEST = 1_500
_WHEEL = 60
SURE, REPEATS, PEOPLE, OTHER = "sure", "repeats", "people", "other"
"""The person and what no object comes out without; what repeats the person; other people and places; all else."""
_SURE = frozenset({
    0x00080016, 0x00080018, 0x00080050, 0x00100010, 0x00100020, 0x00100030, 0x00101002, 0x0020000D, 0x0020000E,
})  # fmt: skip
_REPEATS = frozenset({0x00081030, 0x0008103E, 0x00204000, 0x00290010, 0x00291010, 0x00430010, 0x00431039})
_PEOPLE = frozenset({
    0x00080005, 0x00080080, 0x00080081, 0x00080090, 0x00080092, 0x0008009C, 0x00081040, 0x00081048, 0x00081050,
    0x00081060, 0x00081070, 0x00101000, 0x00101001, 0x00101005, 0x00101040, 0x00101060, 0x00101090, 0x00102154,
    0x00102297,
})  # fmt: skip


@dataclass(frozen=True)
class Base:
    """One object to mutate: its name, SOP class, compressed transfer syntax when it has one, and elements.

    `parts` says of each element what it is to an object that is thinned.
    """

    name: str
    sop_class: str
    compressed: str
    elems: tuple[Elem, ...]

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """For each element, one of SURE, REPEATS, PEOPLE, OTHER."""
        return tuple(_part(one.tag) for one in self.elems)


def _part(tag: int) -> str:
    if tag in _SURE or tag >> 16 in (0x0028, 0x7FE0):
        return SURE
    return REPEATS if tag in _REPEATS else PEOPLE if tag in _PEOPLE else OTHER


@cache
def bases() -> tuple[Base, ...]:
    """Every base, in an order that is the same everywhere."""
    return tuple(_all())


def _all() -> Iterator[Base]:
    for kind in (CT, MR, PET):
        yield _plain(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydicom, about values in real files that break the rules of their VR
        for name, make in objects():
            yield from _base(f"made/{name}", make())
        root = Path(pydicom.data.__file__).parent / "test_files"
        for path in [path for path in sorted(root.glob("*.dcm")) if path.stat().st_size < 300_000][:_WHEEL]:
            try:
                yield from _base(f"pydicom/{path.name}", pydicom.dcmread(BytesIO(path.read_bytes())))
            except (InvalidDicomError, ValueError, TypeError, AttributeError, KeyError, NotImplementedError, OSError):
                continue  # broken on purpose


def _plain(kind: str) -> Base:
    elems = []
    for tag, data in header(sop_class=kind).items():
        elems.append(Elem(tag, data[4:6], data[8:]))
    elems.append(Elem(0x7FE00010, b"OW", bytes(range(1, 9))))
    return Base(f"plain/{kind}", kind, "", _person(sorted(elems, key=lambda one: one.tag)))


def _base(name: str, ds: Dataset) -> Iterator[Base]:
    meta = getattr(ds, "file_meta", Dataset())
    syntax = str(meta.get("TransferSyntaxUID", ""))
    compressed = syntax if meta and "TransferSyntaxUID" in meta and meta.TransferSyntaxUID.is_encapsulated else ""
    if "SOPClassUID" not in ds:
        return
    if "PixelData" in ds and not compressed and "Rows" in ds:
        ds.Rows = ds.Columns = 2
    elems = [one for element in ds if (one := _elem(element, ds)) is not None]
    if sum(len(one.bytes("explicit")) for one in elems) <= LARGEST:
        yield Base(name, str(ds.SOPClassUID), compressed, _person(elems))


def _elem(element: pydicom.DataElement, ds: Dataset) -> Elem | None:
    tag, vr = int(element.tag), element.VR[:2].encode()
    if element.VR == "SQ":
        items = tuple(
            tuple(one for inner in item if (one := _elem(inner, item)) is not None) for item in element.value[:3]
        )
        return Elem(tag, b"SQ", items=items, is_open=element.is_undefined_length)
    if tag == 0x7FE00010:
        size = _picture(ds)
        return Elem(tag, vr, element.value[:size], is_open=element.is_undefined_length)
    out = BytesIO()
    one = Dataset()
    one.add(element)
    try:
        pydicom.dcmwrite(out, one, implicit_vr=False, little_endian=True)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
    data = out.getvalue()
    value = (
        data[12:] if data[4:6] in (b"OB", b"OW", b"UN", b"UT", b"UC", b"UR", b"OF", b"OD", b"OL", b"OV") else data[8:]
    )
    return Elem(tag, data[4:6], value) if len(value) <= _LONGEST else None


def _picture(ds: Dataset) -> int | None:
    """Bytes of a native picture of two by two pixels; None: all of it."""
    if "Rows" not in ds or "BitsAllocated" not in ds or ds["PixelData"].is_undefined_length:
        return None
    frames = int(ds.get("NumberOfFrames", 1) or 1)
    bits = 4 * ds.get("SamplesPerPixel", 1) * ds.BitsAllocated * frames
    return (bits + 7) // 8 + ((bits + 7) // 8 & 1)


def _person(elems: list[Elem]) -> tuple[Elem, ...]:
    """The elements with the person in them, in order."""
    name, number, nhs, birth, accession = (text.encode() for text in PERSON)
    other = (Elem(0x00100020, b"LO", nhs), Elem(0x00100021, b"LO", b"NHS"))
    sure = {
        0x00080050: Elem(0x00080050, b"SH", accession),
        0x00081030: Elem(0x00081030, b"LO", b"CT chest of " + name),
        0x0008103E: Elem(0x0008103E, b"LO", b"T2 AX"),
        0x00100010: Elem(0x00100010, b"PN", name),
        0x00100020: Elem(0x00100020, b"LO", number),
        0x00100030: Elem(0x00100030, b"DA", birth),
        0x00101002: Elem(0x00101002, b"SQ", items=(other,)),
        0x00204000: Elem(0x00204000, b"LT", b"seen with " + name + b", NHS " + nhs),
        0x00290010: Elem(0x00290010, b"LO", b"SIEMENS CSA HEADER"),
        0x00291010: Elem(0x00291010, b"OB", b"SV10\4\3\2\1" + pack("<LL", 0, 77) + name),
        0x00430010: Elem(0x00430010, b"LO", b"GEMS_PARM_01"),
        0x00431039: Elem(0x00431039, b"IS", b"1000\\8\\0\\0"),
    }
    found = {one.tag: one for one in elems} | sure
    return tuple(found[tag] for tag in sorted(found))
