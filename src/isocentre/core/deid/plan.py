"""What the engine hands back: subject context in; plan of new bytes and spans, report and outcome out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from isocentre.core.dicom.walk import Buffer

CHUNK = 1024 * 1024
Status = Literal["done", "held", "left_out"]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Bytes made anew each time they are streamed, from the buffer that spans refer to: a picture too large to keep.

    `length` in bytes; `make` gives them in parts of any size, the same bytes every time.
    """

    length: int
    make: Callable[[Buffer], Iterator[bytes]] = field(repr=False)


Piece: TypeAlias = bytes | tuple[int, int] | Made


def length_of(piece: Piece) -> int:
    """Bytes of one piece."""
    if isinstance(piece, bytes):
        return len(piece)
    return piece.length if isinstance(piece, Made) else piece[1]


def parts(piece: Piece, buffer: Buffer) -> Iterator[bytes]:
    """The bytes of one piece, in parts that fit in memory."""
    if isinstance(piece, bytes):
        yield piece
    elif isinstance(piece, Made):
        yield from _made(piece, buffer)
    else:
        begin, end = piece[0], sum(piece)
        yield from (bytes(buffer[at : min(at + CHUNK, end)]) for at in range(begin, end, CHUNK))


def _made(piece: Made, buffer: Buffer) -> Iterator[bytes]:
    left = piece.length
    for part in piece.make(buffer):
        left -= len(part)
        yield part
    if left:
        raise RuntimeError("a picture came out in another size than when it was planned")


@dataclass(frozen=True, slots=True)
class SubjectContext:
    """Who and what the object belongs to, as the new object shall say it; nothing in it but `known` identifies.

    `known`: identifiers known of the patient, for cleaning text and the second check. `shift_weeks`: whole weeks dates
    go back. `scanner`: the network's own id of the scanner, where there is one.
    """

    pseudonym: str
    subject_id: str
    sponsor: str
    protocol_id: str
    protocol_name: str
    site_id: str
    site_name: str
    time_point_id: str
    time_point_description: str
    study_day: int | None
    face_waiver: bool
    shift_weeks: int
    scanner: str = ""
    known: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """The new object as pieces: new bytes, (offset, length) spans of the input, bytes made while streaming; in order.

    `head_pieces`: how many pieces come before the pixel value. `size` in bytes.
    """

    pieces: tuple[Piece, ...] = field(repr=False)
    head_pieces: int
    size: int
    sop_class_uid: str
    object_uid: str
    study_uid: str
    series_uid: str
    transfer_syntax: str

    def chunks(self, buffer: Buffer) -> Iterator[bytes | memoryview]:
        """Stream the new object from the input it was made of, in chunks of at most 1 MiB, copying no span.

        Let go of the last chunk before a mapped file is closed: chunks are views into it."""
        yield from _stream(self.pieces, buffer)

    def head(self, buffer: Buffer) -> bytes:
        """The bytes before the pixel value, which the second check reads whole."""
        return b"".join(_stream(self.pieces[: self.head_pieces], buffer))

    def picture(self, buffer: Buffer) -> Iterator[bytes | memoryview]:
        """The pixel value, in chunks as `chunks`; nothing where there is none, or the data set is deflated."""
        yield from _stream(self.pieces[self.head_pieces :], buffer)


def _stream(pieces: tuple[Piece, ...], buffer: Buffer) -> Iterator[bytes | memoryview]:
    with memoryview(buffer) as view:
        for piece in pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            if isinstance(piece, Made):
                for part in _made(piece, buffer):
                    yield from (memoryview(part)[at : at + CHUNK] for at in range(0, len(part), CHUNK))
                continue
            offset, length = piece
            for at in range(offset, offset + length, CHUNK):
                yield view[at : min(at + CHUNK, offset + length)]


@dataclass(frozen=True, slots=True)
class Blacked:
    """One place of a picture where text is or may be: a box of a frame (from 1; 0: of all), and why it is black.

    `box`: left, top, right, bottom in pixels, right and bottom outside. `why`: `text`, `device`, `outside_regions`,
    `label` (of a slide), or the name of a rule.
    """

    frame: int
    box: tuple[int, int, int, int]
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was done: elements by action (kept K, removed X, emptied Z, dummy D, UID U, cleaned or shifted C), profile.

    `cleaned`: words that went from text that was cleaned, by reason.
    """

    profile: str
    profile_sha256: str
    actions: dict[str, int]
    cleaned: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Done with a plan; or held or left out with a reason code and words a person can act on.

    `pixels`: what was blacked out of its picture or, when it is held for text in it, where text was found. `faceless`:
    the face was taken out of its series, and out of this object where it lay in it. `rules`: names of the rules that
    people made by which something of it went, stayed or passed. `unread`: of its kind a sample of pictures is read, and
    this one is no part of it, or not whole.
    """

    status: Status
    reason: str
    words: str
    plan: Plan | None
    report: Report
    pixels: tuple[Blacked, ...] = ()
    faceless: bool = False
    rules: tuple[str, ...] = ()
    unread: bool = False
