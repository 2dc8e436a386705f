"""Pictures with text burned in, as whole DICOM objects made byte by byte, and a reader that finds what it is told."""

from __future__ import annotations

from dataclasses import replace
from struct import pack

from isocentre.core.deid.engine import SubjectContext
from isocentre.core.deid.pixels.layout import Layout, layout_of
from isocentre.core.dicom.header import read_header
from isocentre.core.ports import FoundText, NoPicture, NoReader
from support.dicom_bytes import EXPLICIT, US, el, item, part10, seq

WHO = SubjectContext(
    pseudonym="P-ABCDEFGHIJKL", subject_id="S-01", sponsor="Sponsor", protocol_id="PROT1", protocol_name="One",
    site_id="RXH", site_name="", time_point_id="WK8", time_point_description="", study_day=None, face_waiver=True,
    shift_weeks=10, known=("SMITHSON^ADA", "RXH1234567"),
)  # fmt: skip
"""Of whom `burned` makes pictures."""
ROWS, COLUMNS = 12, 20
GREY = bytes(range(1, 241))
"""A picture of that size in which no pixel is black."""


def burned(pixels: bytes, *, syntax=EXPLICIT, sop_class=US, rows=ROWS, columns=COLUMNS, frames=1, samples=1, bits=8,
           photometric="MONOCHROME2", encapsulated=(), regions=(), without=(), **changes) -> bytes:  # fmt: skip
    """A whole object with a picture; `changes` put elements in by `t00280301=bytes`."""
    text = {
        0x00080008: ("CS", "ORIGINAL\\PRIMARY"), 0x00080016: ("UI", sop_class), 0x00080018: ("UI", "1.2.3.4"),
        0x00080060: ("CS", "US"), 0x00080070: ("LO", "MAKER"), 0x00081090: ("LO", "MODEL"),
        0x00100010: ("PN", "SMITHSON^ADA"), 0x00100020: ("LO", "RXH1234567"), 0x0020000D: ("UI", "1.2.3.1"),
        0x0020000E: ("UI", "1.2.3.2"), 0x00280004: ("CS", photometric), 0x00280008: ("IS", str(frames)),
    }  # fmt: skip
    order = ">H" if syntax == "1.2.840.10008.1.2.2" else "<H"
    numbers = {0x00280002: samples, 0x00280010: rows, 0x00280011: columns, 0x00280100: bits, 0x00280101: bits,
               0x00280102: bits - 1, 0x00280103: 0} | ({0x00280006: 0} if samples > 1 else {})  # fmt: skip
    made = {tag: el(tag, vr, value, syntax) for tag, (vr, value) in text.items()}
    made |= {tag: el(tag, "US", pack(order, value), syntax) for tag, value in numbers.items()}
    if regions:
        corners = (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)
        made[0x00186011] = seq(
            0x00186011,
            [
                item(b"".join(el(t, "UL", pack("<L", v), syntax) for t, v in zip(corners, r, strict=False)), syntax)
                for r in regions
            ],
            syntax,
        )
    made |= {int(name[1:], 16): value for name, value in changes.items()}
    if encapsulated:
        body = item(b"") + b"".join(item(part + b"\0" * (len(part) & 1)) for part in encapsulated)
        made[0x7FE00010] = el(0x7FE00010, "OB", body, syntax, 0xFFFFFFFF) + pack("<HHL", 0xFFFE, 0xE0DD, 0)
    elif 0x7FE00010 not in made:
        made[0x7FE00010] = el(0x7FE00010, "OB" if bits == 8 else "OW", pixels, syntax)
    return part10(b"".join(made[tag] for tag in sorted(made) if tag not in without), syntax, sop_class)


class Told:
    """Finds the texts it is told in frames where the first pixel of their box is not black; counts frames read."""

    def __init__(self, *texts: FoundText, stubborn: bool = False, missing: bool = False) -> None:
        self.texts, self.stubborn, self.missing, self.read = texts, stubborn, missing, 0

    def find(self, layout, data):
        if self.missing:
            raise NoReader("none")
        self.read += 1
        size = layout.samples * layout.bits // 8
        found = []
        for one in self.texts:
            at = (max(one.box[1], 0) * layout.columns + max(one.box[0], 0)) * size
            if self.stubborn or any(data[at : at + layout.bits // 8]):
                found.append(one)
        return found


class Pulled:
    """Decodes to the frames it is given; packs a frame to `packed` of its bytes, by default to more than it has."""

    def __init__(self, frames=(), photometric="", missing=0, packed=lambda data: data + bytes(9)) -> None:
        self.frames, self.photometric, self.missing, self.pack_one = frames, photometric, missing, packed

    def pack(self, layout, data):
        return self.pack_one(data)

    def decode(self, layout, buffer):
        if not self.frames:
            raise NoPicture("no frames")
        now = replace(layout, syntax=EXPLICIT, little=True, offset=0, length=0, planar=False,
                      photometric=self.photometric or layout.photometric)  # fmt: skip
        return now, iter(self.frames[: len(self.frames) - self.missing])


def text(left, top, right, bottom, words="SMITHSON", confidence=0.99):
    return FoundText((left, top, right, bottom), words, confidence)


PALETTE = {"t00281101": el(0x00281101, "US", pack("<3H", 2, 0, 8))} | {
    f"t0028{number}": el(int(f"0028{number}", 16), "US" if number < "12" else "OW", value)
    for number, value in [
        ("1102", pack("<3H", 2, 0, 8)),
        ("1103", pack("<3H", 2, 0, 8)),
        ("1201", b"\1\2"),
        ("1202", b"\1\2"),
        ("1203", b"\1\2"),
    ]
}


def layout(data=None, **changes) -> Layout:
    """The layout of a picture, changed as a test needs it."""
    return replace(layout_of(read_header(data or burned(GREY))), **changes)


def blacked(before: bytes, size: int, box: tuple[int, ...], columns: int = COLUMNS, value: bytes = b"") -> bytes:
    """The picture with a box black, `size` bytes a pixel."""
    out = bytearray(before)
    for row in range(box[1], box[3]):
        at = (row * columns + box[0]) * size
        out[at : at + (box[2] - box[0]) * size] = (value or bytes(size)) * (box[2] - box[0])
    return bytes(out)
