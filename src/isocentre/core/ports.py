"""Ports: what the rooms need from outside, filled by `config/wiring.py`; one contract test each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from isocentre.core.ids import NhsNumber
from isocentre.core.optout import Sweep, Verdict

if TYPE_CHECKING:
    from isocentre.core.deid.faces.cut import Cut
    from isocentre.core.deid.faces.geometry import Grid, Plane
    from isocentre.core.deid.pixels.layout import Layout
    from isocentre.core.dicom.walk import Buffer
    from isocentre.core.pull.lines import Asked
    from isocentre.core.pull.match import StudyFound
    from isocentre.core.pull.series import SeriesFound


TOO_MANY: Final = "too_many"
"""Cause of a refused association: as many are open as the sender may have."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Answer to a calling peer: the peer's name when admitted, else why not (words for a person).

    `idle_seconds`: how long an association must have said nothing to give way when all `max_associations` are in use.
    """

    peer: str | None
    reason: str = ""
    max_associations: int = 16
    idle_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Received:
    """One object as the DIMSE receiver or an import leaves it: a closed Part 10 file in quarantine, not yet durable.

    `path`: the temp file (preamble zeroed, our file meta, then the data set exactly as it came).
    `dataset_offset`: bytes before the data set. `buffer`: the whole file when it is small enough to be at hand.
    """

    path: Path
    dataset_offset: int
    size: int
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    calling_ae: str
    called_ae: str
    address: str
    peer: str
    association: str
    buffer: bytes | bytearray | memoryview | None = None


class NotKept(Exception):
    """An object is refused. `status`: for its sender (PS3.7 annex C); `cause`: a key of intake's `refusals.CAUSES`.

    `words` say why in at most 64 characters and name nobody: they go back to the sender as its error comment.
    """

    def __init__(self, status: int, cause: str, words: str) -> None:
        super().__init__(cause)
        self.status = status
        self.cause = cause
        self.words = words


class Receiving(Protocol):
    """What the DIMSE receiver asks of intake."""

    def admit(self, *, calling_ae: str, called_ae: str, address: str) -> Admission:
        """Decide on a calling peer before anything is accepted."""

    def temporary(self) -> Path:
        """A fresh path in quarantine to write one object to."""

    def keep(self, received: Received) -> int:
        """Make the object durable and recorded; return the DIMSE status for the peer (0x0000 only when it is safe).

        NotKept when the object is refused; the caller discards it and tells `refused`.
        """

    def refused(
        self, *, calling_ae: str, called_ae: str, address: str, peer: str, association: str, cause: str, words: str
    ) -> None:
        """Count what an admitted peer was refused, for the people here. `cause` and `words` as in `NotKept`."""

    def leave(self) -> None:
        """Let go of what the calling thread holds: its association has ended."""


class Hearing(Protocol):
    """What the HL7 listener asks of intake."""

    def hear(self, data: bytes, *, address: str) -> bytes:
        """The acknowledgement of one message, which was taken durably, or refused, when this returns."""

    def leave(self) -> None:
        """Let go of what the calling thread holds: its connection has ended."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How fetching ended, as the PACS told it: images it says it sent, could not send, and words for a person.

    `sent` and `failed` are None where it did not say. `words` are empty when it ended well.
    """

    sent: int | None
    failed: int | None
    words: str = ""


class PacsAway(OSError):
    """The PACS could not be asked, or broke off; `words` say what happened and what to do, and name nobody."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class TakesIn(Protocol):
    """Where objects go that a PACS hands over on the line we opened to it: the same way as all that arrives here."""

    def temporary(self) -> Path:
        """A fresh path in quarantine to write one Part 10 file to."""

    def take(self, file: Path) -> str:
        """Keep one Part 10 file, using it up; why it was not kept, in words that name nobody, empty when it was."""


class Pacs(Protocol):
    """What the gateway asks of a hospital's PACS. PacsAway from each when there is no connection, or it breaks."""

    def echo(self) -> None:
        """Whether it answers, and offers the way we fetch by."""

    def scans(self, asked: Asked) -> list[StudyFound]:
        """What it answers to one line of a list (PS3.4 C.6.2, PS3.18 10.6); at most `MOST_ANSWERS`."""

    def series(self, study_uid: str) -> list[SeriesFound]:
        """The series of one scan."""

    def images(self, study_uid: str, series_uid: str) -> list[str]:
        """The SOPInstanceUIDs of one series, sorted; at most `MOST_IMAGES`."""

    def fetch(self, study_uid: str, series_uid: str, images: Sequence[str] = ()) -> Moved:
        """Have one series, or some of its images, come here: sent to our AE title (C-MOVE, PS3.4 C.4.2), or handed
        over on our own line (C-GET, PS3.4 C.4.3; WADO-RS, PS3.18 10.4). Returns when the PACS says it is done.
        """


MOST_IMAGES: Final = 20_000
MOST_ANSWERS: Final = 200
"""Answers to one question that are read: a PACS that takes no notice of a key answers with all it has."""


class RecipientAway(OSError):
    """A recipient could not be asked, or broke off; `words` say what happened and what to do, and name nobody.

    `reached`: it answers, but broke off over what it was handed.
    """

    def __init__(self, words: str, *, reached: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.reached = reached


@dataclass(frozen=True, slots=True)
class Handed:
    """One de-identified object to be handed to a recipient: its UID, and the closed Part 10 file that holds it."""

    object_uid: str
    path: Path


class Recipient(Protocol):
    """A named destination of copies, outside the hospital and the national side. RecipientAway when it is not there."""

    def echo(self) -> None:
        """Whether it answers us (C-ECHO, PS3.4 annex A; a question by QIDO-RS, PS3.18 10.6)."""

    def store(self, objects: Sequence[Handed]) -> list[SendResult]:
        """Hand these over (C-STORE, PS3.4 annex B; STOW-RS, PS3.18 10.5), byte for byte; one result each it answered
        for. Safe to repeat: the same object again changes nothing there."""


class Typesetter(Protocol):
    """Makes documents that people print and keep."""

    def pdf(self, template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
        """The document that a room's template and these texts and tables make; `at`: the time that it bears."""


class Blobs(Protocol):
    """Write-once store of objects, keyed by content. Durable when `put` returns; carries no wall-clock time."""

    def put(self, key: str, chunks: Iterable[bytes | memoryview], *, settled: bool = True) -> int:
        """Store under key, replacing nothing (same key: success); return the size in bytes.

        With `settled` false it is durable only after `settle`, which many blobs may share.
        """

    def settle(self, keys: Iterable[str]) -> None:
        """Make what was put under these keys durable."""

    def take(self, key: str, file: Path) -> int:
        """Store a closed file under key as `put` does, using it up where that saves a copy; return its size in bytes.

        The caller removes what is left of it."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes | memoryview]:
        """Chunks (≤ 1 MiB) of a stored object; KeyError when absent."""

    def size(self, key: str) -> int:
        """Size in bytes; KeyError when absent."""

    def delete(self, key: str) -> None:
        """Remove for good; absent is success."""

    def keys(self) -> Iterator[str]:
        """Every key, for rebuild and verify."""

    def sweep(self, before: float) -> int:
        """Remove what a crash left half written before this time (seconds since 1970); return how many files."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One de-identified object to be sent on: its UIDs, size, and a way to stream its bytes (repeatable)."""

    sop_class_uid: str
    object_uid: str
    size: int
    chunks: Iterable[bytes | memoryview]
    revision: int = 0


@dataclass(frozen=True, slots=True)
class SendResult:
    """The platform's answer for one object: stored, or refused with a DICOM failure reason and words."""

    object_uid: str
    stored: bool
    failure: int = 0
    reason: str = ""


class MessageRefused(Exception):
    """The other side will not have a message: `place` in it, like `sent[3].subject_id`; `words`, never a value."""

    def __init__(self, place: str, words: str) -> None:
        super().__init__(words)
        self.place = place
        self.words = words


class Wall(Protocol):
    """The gateway's one way out: STOW-RS of objects, and the two JSON messages."""

    def send(self, research_study: str, site: str, objects: list[Outgoing]) -> list[SendResult]:
        """STOW the batch; one result an object. OSError when the platform is away."""

    def post_receipts(self, message: dict[str, object]) -> dict[str, object]:
        """Send a `receipts` message up; what the platform answered. MessageRefused when a part of it is refused,
        OSError when the platform is away."""

    def fetch_study_config(self) -> dict[str, object]:
        """Fetch `study-config` for this gateway; OSError when the platform is away."""


class Vault(Protocol):
    """Study keys, wrapped by a master key that is in no backup."""

    def study_key(self, research_study: str) -> bytes:
        """The 32-byte study key; KeyError when there is none."""

    def create(self, research_study: str) -> None:
        """Make the study key once; present is success."""


class OptOuts(Protocol):
    """The National Data Opt-out service, as far as the gateway uses it: ask about people, take the answer, look up.

    An answer is kept only until the next one, is in no backup, and is never written beside a person.
    """

    def ask(self, numbers: frozenset[NhsNumber]) -> None:
        """Remember, durably, whom the next answer is about; what was asked before and not answered is forgotten."""

    def asked(self) -> frozenset[NhsNumber]:
        """Whom the next answer is about."""

    def take(self, allowed: frozenset[NhsNumber], *, answered_on: date) -> Sweep:
        """Keep the answer to what was asked, durably, in place of the last one; ValueError when it names others."""

    def sweep(self) -> Sweep | None:
        """The answer in force; None when there has been none."""

    def look_up(self, number: NhsNumber) -> Verdict:
        """What the answer in force says of one number."""


class NoReader(RuntimeError):
    """Text in pictures cannot be read here: the reader or its model is not installed."""


class NoPicture(ValueError):
    """The picture cannot be decoded."""


@dataclass(frozen=True, slots=True)
class FoundText:
    """Text found in a frame. `box`: left, top, right, bottom in pixels, right and bottom outside; `text` identifies.

    `confidence` (0 to 1) is of the reading: that there is text at all is beyond doubt enough to be told.
    """

    box: tuple[int, int, int, int]
    text: str = field(repr=False)
    confidence: float


class TextFinder(Protocol):
    """Finds text in pictures, in four rotations and mirrored."""

    def find(self, layout: Layout, data: bytes) -> list[FoundText]:
        """All text in one native frame of `layout.frame_bytes` bytes; NoReader when the model is missing."""


class PixelDecoder(Protocol):
    """Undoes the compression of pictures, and compresses frames without loss."""

    def decode(self, layout: Layout, buffer: Buffer) -> tuple[Layout, Iterator[bytes]]:
        """Native frames (little-endian, pixel by pixel) of the pixel value at the layout's offset, and their layout.

        Colours stay as the compression holds them where it is exact to do so. NoPicture when it cannot be decoded.
        """

    def pack(self, layout: Layout, data: bytes) -> bytes:
        """One native frame as RLE Lossless, the same bytes every time."""


class Painter(Protocol):
    """Makes frames into what a browser shows."""

    def paint(self, layout: Layout, data: bytes, longest: int) -> bytes:
        """One native frame as PNG, made smaller until no side is longer than `longest` pixels."""


class NoRemover(RuntimeError):
    """Faces cannot be removed here: what does it is not installed."""


class NoFace(ValueError):
    """The face was not found, or could not be removed for certain; the message says why, and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One frame of a volume: where it lies, its native pixels, and what makes them HU or signal (PS3.3 C.11.1)."""

    plane: Plane
    layout: Layout
    data: bytes = field(repr=False)
    slope: float
    intercept: float


class FaceRemover(Protocol):
    """Finds where the face of a head is taken off, and which pixels of a slice that are."""

    def find(self, grid: Grid, slices: Iterable[Slice], hounsfield: bool) -> Cut:
        """The cut of a volume, checked on its result; NoFace when it fails. `hounsfield`: CT numbers."""

    def runs(self, cut: Cut, plane: Plane) -> list[tuple[int, int]]:
        """Runs of pixels to empty in a frame, (first, count), row by row, ascending and never over each other."""

    def show(self, cut: Cut, slices: Iterable[Slice], hounsfield: bool) -> bytes:
        """A PNG of the head before (left) and after (right), for people who may see the original."""
