"""The row `pixel_rate`: pictures a second in which text is read and blacked out, by the sizes that modalities send."""

from __future__ import annotations

import io
import random
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from bench.overlays import drawn
from bench.servers import Row
from isocentre.adapters.ocr import pixel_cleaner
from isocentre.core.deid.pixels.clean import PixelCleaner
from isocentre.core.deid.rules import Held
from isocentre.core.deid.screen import STORAGE
from isocentre.core.dicom.header import read_header

KNOWN = ("BENCH^MARK", "RXH1234567")


@dataclass(frozen=True)
class Kind:
    """What one modality sends: objects, frames, rows, columns, samples, bits, texts in one; `like`: its ground."""

    name: str
    sop_class: str
    like: str
    objects: int
    frames: int
    rows: int
    columns: int
    samples: int = 1
    bits: int = 16
    texts: tuple[int, ...] = (2, 3, 4)

    def words(self) -> str:
        """For the table."""
        colour = "RGB" if self.samples == 3 else f"{self.bits} bits"
        frames = f", {self.frames} frames each" if self.frames > 1 else ""
        texts = f"{self.texts[0]} to {self.texts[-1]} texts in each" if self.texts[-1] else "no text, one in 20 is read"
        return f"{self.name}: {self.objects} of {self.columns} × {self.rows}, {colour}{frames}, {texts}"


KINDS = (
    Kind("US", "6.1", "us", 6, 1, 600, 800, 3, 8), Kind("SC", "7", "sc", 6, 1, 512, 512, 3, 8),
    Kind("XA", "12.1", "cr", 1, 8, 1024, 1024, 1, 8), Kind("DX", "1.1", "cr", 2, 1, 2500, 2048),
    Kind("MG", "1.2", "cr", 2, 1, 3328, 2560), Kind("CT", "2", "ct", 100, 1, 512, 512, texts=(0,)),
)  # fmt: skip


def pixel_rate() -> list[Row]:
    """A row for each kind, of processor time: text looked for, blacked out, looked for again until none is left."""
    return [_measured(kind) for kind in KINDS]


def _measured(kind: Kind) -> Row:
    cleaner = pixel_cleaner()
    objects = [_object(kind, number) for number in range(kind.objects)]
    _clean(cleaner, _object(KINDS[1], -1))  # the models are loaded once in a process
    held, began = 0, time.process_time()
    for data in objects:
        held += _clean(cleaner, data)
    rate = kind.objects * kind.frames / (time.process_time() - began)
    words = f"{kind.words()}; processor time of one core, pictures read, cleaned and read again; {held} held"
    return Row("pixel_rate", round(rate, 2), None, "", None, "pictures/s", words)


def _clean(cleaner: PixelCleaner, data: bytes) -> bool:
    """Clean the picture of one object; True when it would be held."""
    try:
        cleaner.clean(read_header(data), KNOWN)
    except Held:
        return True
    return False


def _object(kind: Kind, number: int) -> bytes:
    """Part 10 bytes of one object; the texts of a film stand still while the rest of it changes."""
    chance = random.Random(f"{kind.name}:{number}")
    grey, _ = drawn(kind.like, kind.rows, kind.columns, chance, kind.texts)
    noise = np.random.default_rng(chance.getrandbits(64))
    frames = [np.clip(grey + noise.normal(0, 2, grey.shape), 0, 255) for _ in range(kind.frames)]
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = STORAGE + kind.sop_class, f"1.2.3.4.{number + 1}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.Modality = "1.2.3.1", f"1.2.3.2.{number + 1}", kind.name
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.SamplesPerPixel, ds.Rows, ds.Columns = kind.samples, kind.rows, kind.columns
    ds.PhotometricInterpretation = "RGB" if kind.samples == 3 else "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = kind.bits, min(kind.bits, 12), min(kind.bits, 12) - 1
    ds.PixelRepresentation = 0
    if kind.samples == 3:
        ds.PlanarConfiguration = 0
    if kind.frames > 1:
        ds.NumberOfFrames = kind.frames
    ds.PixelData = b"".join(_stored(kind, frame) for frame in frames)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def _stored(kind: Kind, frame: Any) -> bytes:
    if kind.bits == 16:
        return bytes((frame * 16).astype("<u2").tobytes())
    return bytes(np.repeat(frame.astype(np.uint8)[:, :, None], kind.samples, axis=2).tobytes())
