"""Names of the copies: the original's own, except for what tells of the patient, or might of another one.

A part that holds anything known of the patient becomes the pseudonym. A file may lie in a folder that is named after
somebody else, whom its header does not know: so a folder's name stays only when it is made of words of the trade, and
is else replaced by one made with the key.
"""

from __future__ import annotations

import hmac
import os
import re
from base64 import b32encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path, PurePosixPath

from isocentre.core.deid import facts as told
from isocentre.core.deid.clean import vocabulary
from isocentre.core.deid.needles import apart, prepare, search
from isocentre.core.dicom.header import Header

_NUMBERS = (0x00100020, 0x00101000, 0x00080050, 0x00200010)
"""What alone is the name of a folder or file is one of these, however short."""
_OF_DISKS = """
archive data dataset dcm dicom disc disk download downloads dvd export exports file files folder iec image images img
import imports incoming out pacs scan scans series session sessions slices studies study sub temp test tmp usb visit
volume volumes week
"""
"""What folders are called, beside the words that descriptions keep."""
_BEFORE_NUMBERS = """
cd disc disk dvd im image img part phase scan se series session st visit volume week wk
"""
_NUMBERED = frozenset(_BEFORE_NUMBERS.split())
"""What has a number that is no person's: a patient's own stands alone, or beside other words."""
_LONGEST = 3
"""Digits of such a number, after its zeros."""
_DATES = (0x00080012, 0x00080020, 0x00080021, 0x00080022, 0x00080023)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a header says that a name may not: `numbers` that alone tell of the patient, `telling` wherever it stands.

    `known`: what the header says of the patient, people around and the scan (`core.deid.facts`).
    """

    numbers: frozenset[str] = field(repr=False)
    known: tuple[str, ...] = field(repr=False)
    telling: tuple[str, ...] = field(repr=False)


def facts(header: Header) -> Facts:
    """What is known of the patient from one header."""
    known = told.facts(header).known
    numbers = {value for tag in _NUMBERS for value in header.text(tag).split("\\")}
    dates = {header.text(tag)[:8] for tag in _DATES}
    telling = {*known, *(value for value in numbers | dates if len(value) >= 3)}
    return Facts(frozenset(numbers - {""}), known, tuple(sorted(telling)))


def proposed(name: str, pseudonym: str, said: Facts, study_key: bytes) -> str:
    """The name of the copy of `name` (both with /), before it is known whether it is free."""
    *folders, last = PurePosixPath(name).parts
    parts = []
    for folder in folders:
        safe = _safe(folder, pseudonym, said)
        parts.append(safe if safe != folder or is_plain(folder) else keyed(folder, study_key))
    safe = _safe(last, pseudonym, said)
    return "/".join([*parts, safe if safe == last else f"{safe}.dcm"])


OURS = re.compile(r"[PF]-[A-Z2-7]{12}(?:-[0-9]+)?(?:\.dcm)?")
"""What stands for a name already."""


def without(name: str, tells: Callable[[str], bool], study_key: bytes) -> str:
    """The name of a copy (with /) without what tells of somebody: a part that does becomes one made with the key."""
    parts = PurePosixPath(name).parts
    made = [keyed(part, study_key) if tells(part) and not OURS.fullmatch(part) else part for part in parts]
    return "/".join([*made[:-1], made[-1] if made[-1] == parts[-1] else f"{made[-1]}.dcm"])


def is_trade(word: str) -> bool:
    """Whether a short word says what a file or folder is."""
    return word in _kept() or word in _NUMBERED


def keyed(folder: str, study_key: bytes) -> str:
    """What stands for the name of a folder that may tell of somebody: the same for the same name, under one key."""
    digest = hmac.digest(study_key, b"folder\0" + os.fsencode(folder), "sha256")
    return "F-" + b32encode(digest)[:12].decode()


@lru_cache(maxsize=4096)
def is_plain(folder: str) -> bool:
    """Whether a folder's name is made of words of the trade alone, with small numbers behind those that have one."""
    pieces: list[str] = []
    for run in re.findall(r"[^\W_]+", folder.lower()):
        pieces += [run] if run in _kept() else re.findall(r"\d+|\D+", run)
    for before, piece, after in zip(["", *pieces], pieces, [*pieces[1:], ""], strict=False):
        if piece.isdigit():
            plain = before in _NUMBERED and len(piece.lstrip("0")) <= _LONGEST
        else:  # two letters may be initials
            plain = piece in _kept() or (piece in _NUMBERED and after.isdigit())
        if not plain:
            return False
    return bool(pieces)


@cache
def _kept() -> frozenset[str]:
    trade = {word for word in vocabulary.words("description") if len(word) > 2 and not word.isdigit()}
    return frozenset((trade - vocabulary.ambiguous()) | vocabulary.MODALITIES | set(_OF_DISKS.split()) | {"t1", "t2"})


def _safe(part: str, pseudonym: str, said: Facts) -> str:
    named, uids = apart(said.telling)
    if _tells(part, said.numbers, named):
        return pseudonym
    shortest = min((len(uid.text) for uid in uids), default=0)  # coded, they are longer still
    forms = _forms(part) if uids and len(os.fsencode(part)) >= shortest else ()
    return pseudonym if any(search(os.fsencode(form), prepare(()), uids) for form in forms) else part


@lru_cache(maxsize=4096)
def _tells(part: str, numbers: frozenset[str], named: tuple[str, ...]) -> bool:
    """Whether a part of a name tells of the patient; the files of a series ask the same of their folders."""
    words = set(re.split(r"[^\w]+|_", part))
    if part in numbers or Path(part).stem in numbers:
        return True
    if any(len(number) >= 2 and number in words for number in numbers):
        return True
    # Not every name on a disk is Unicode: its bytes are looked at as they are.
    return any(search(os.fsencode(form), prepare(named)) for form in _forms(part))


def _forms(part: str) -> Iterable[str]:
    """Underscores join words in file names but would hide a name from a search for whole words; signs cut numbers."""
    return dict.fromkeys((part, part.replace("_", " "), re.sub(r"[\W_]+", "", part)))


def free(name: str, taken: Callable[[str], bool]) -> str:
    """The name, with a count where another copy has it; `taken` is asked without case, as some disks know none."""
    path, count = PurePosixPath(name), 1
    made, stem = path, path.stem
    while taken(str(made).casefold()):
        count += 1
        made = path.with_name(f"{stem}-{count}{path.suffix}")
    return str(made)
