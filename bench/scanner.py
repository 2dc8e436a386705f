"""CT slices as a scanner sends them, of many people: what the rows of de-identification are fed. All of it is made up.

525 KB and 261 elements each: 120 of the standard, as a helical chest CT has them, with names, dates and free text in
them; the rest private ones of one maker, by their own VRs. A person has 100 slices, in four series.
"""

from __future__ import annotations

import hashlib
import io
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydicom._private_dict import private_dictionaries
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from bench.scanner_values import MOVING, PRIVATE, SEQUENCES, VALUES
from bench.scanner_values import SERIES as SERIES_WORDS

ELEMENTS, SIDE = 261, 512
PIXELS = 12 + 2 * SIDE * SIDE
"""Bytes of the last element."""
EACH, SERIES = 100, 25
"""Slices of a person, and of one of their series."""
CREATOR = "GEMS_ACQU_01"
_SURNAMES = (
    "Hargreaves",
    "Kowalczyk",
    "Okonkwo",
    "Macpherson",
    "Thistlewood",
    "Bhattacharya",
    "O'Sullivan",
    "Fairweather",
)
_FORENAMES = ("Winifred", "Tadeusz", "Ngozi", "Alasdair", "Rosalind", "Priyanka", "Cormac", "Bernadette")
_DOCTORS = ("Ashworth^Helen", "Pemberton^James", "Vasquez^Lucia", "Lindqvist^Erik")


@dataclass(frozen=True)
class Person:
    """One made-up person, and the visit at which they were scanned."""

    number: int
    surname: str
    forename: str
    patient_id: str
    nhs_number: str
    born: str
    accession: str
    doctor: str
    scanned: str

    @property
    def known(self) -> tuple[str, ...]:
        """What a gateway knows of them: from the header, and from the enrolment."""
        name = f"{self.surname}^{self.forename}"
        return tuple(sorted((self.patient_id, name, self.accession, self.born, self.study_uid, self.nhs_number)))

    @property
    def study_uid(self) -> str:
        """Of the visit."""
        return _uid(self, "study")


@lru_cache(maxsize=1024)
def person(number: int) -> Person:
    """The person of this number, the same each time."""
    chance = random.Random(f"scanner:{number}")
    return Person(
        number, _SURNAMES[number % 8], _FORENAMES[number // 8 % 8], f"RXH{chance.randint(10**6, 10**7 - 1)}",
        _nhs_number(chance), f"{chance.randint(1940, 2004)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}",
        f"RA{chance.randint(10**7, 10**8 - 1)}", chance.choice(_DOCTORS),
        f"2026{chance.randint(1, 9):02}{chance.randint(1, 28):02}",
    )  # fmt: skip


def _nhs_number(chance: random.Random) -> str:
    while True:
        digits = [chance.randint(0, 9) for _ in range(9)]
        check = -sum(digit * (10 - n) for n, digit in enumerate(digits)) % 11
        if digits[0] > 3 and check < 10:
            return "".join(map(str, [*digits, check]))


def slices(count: int) -> Iterator[bytes]:
    """Part 10 bytes of `count` slices, a new person after each `EACH`."""
    noise = np.random.default_rng(1).integers(-1000, 1000, (SERIES, SIDE, SIDE), dtype=np.int16)
    for number in range(count):
        out = io.BytesIO()
        _slice(number, noise[number % SERIES].tobytes()).save_as(out, enforce_file_format=True)
        yield out.getvalue()


def folder(at: Path, count: int) -> int:
    """Write `count` slices as discs and exports have them, a folder for each series; returns their bytes."""
    size = 0
    for number, data in enumerate(slices(count)):
        path = at / f"{number // EACH:04d}" / f"series {number % EACH // SERIES + 1}" / f"IM{number % SERIES:04d}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        size += len(data)
    return size


def _slice(number: int, pixels: bytes) -> Dataset:
    said = _said(number)
    ds = _filled(VALUES, said)
    for keyword, item in SEQUENCES.items():
        setattr(ds, keyword, [_filled(item, said)])
    ds.PixelData = pixels
    block = ds.private_block(0x0019, CREATOR, create=True)
    for element, vr in _private()[: ELEMENTS - len(ds)]:
        block.add_new(element, vr, _with(MOVING.get(element, PRIVATE[vr]), said))
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = CTImageStorage, ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return ds


def _said(number: int) -> dict[str, Any]:
    """What differs between slices, by the names that the values have for it."""
    who, series, at = person(number // EACH), number % EACH // SERIES, number % SERIES
    words, protocol, derivation = SERIES_WORDS[series]
    said = {
        **asdict(who), "number": who.number, "doctor_surname": who.doctor.partition("^")[0], "date": who.scanned,
        "year": who.scanned[:4], "month": who.scanned[4:6], "day": who.scanned[6:], "age": 2026 - int(who.born[:4]),
        "series": series + 1, "slice": at + 1, "second": at, "position": f"{-120.5 + 1.25 * at:.2f}",
        "current": 180 + at, "exposure": 90 + at // 2, "study_id": 4000 + who.number, "study_uid": who.study_uid,
        "series_uid": _uid(who, series), "sop_uid": _uid(who, series, at), "first_uid": _uid(who, 0, 0),
        "event_uid": _uid(who, "event", series), "frame_uid": _uid(who, "frame"), "step_uid": _uid(who, "step"),
    }  # fmt: skip
    for name, template in (("series_words", words), ("protocol", protocol), ("derivation", derivation)):
        said[name] = template.format(**said)
    return said


def _uid(who: Person, *parts: object) -> str:
    """As its scanner makes them: the maker's root, and numbers. Some tools can hash no UID of few parts."""
    digits = str(int(hashlib.sha256("|".join(map(str, (who.number, *parts))).encode()).hexdigest()[:16], 16))
    return f"1.2.840.113619.2.404.3.{digits[:9]}.{who.number + 1}.{digits[-6:].lstrip('0')}"


def _filled(values: Mapping[str, Any], said: Mapping[str, Any]) -> Dataset:
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, _with(value, said))
    return ds


def _with(value: Any, said: Mapping[str, Any]) -> Any:
    return value.format(**said) if isinstance(value, str) else value


@cache
def _private() -> list[tuple[int, str]]:
    """Elements that the maker has in group 0019, as pydicom lists them: their last two digits, and their VRs."""
    found = private_dictionaries[CREATOR].items()
    return [(int(tag[6:], 16), facts[0]) for tag, facts in sorted(found) if re.fullmatch("0019xx[0-9A-F]{2}", tag)]
