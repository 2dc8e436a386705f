"""Names of the copies: the original's own, except that a part that tells of the patient becomes the pseudonym."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from isocentre.core.deid.needles import prepare, search
from isocentre.core.dicom.header import Header

_NAMES = (0x00100010, 0x00101001, 0x00101005, 0x00101060, 0x00080090)
_NUMBERS = (0x00100020, 0x00101000, 0x00080050, 0x00200010)
_UIDS = (0x00080018, 0x0020000D, 0x0020000E)
_BIRTH = 0x00100030
_DATES = (0x00080012, 0x00080020, 0x00080021, 0x00080022, 0x00080023)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a header says that a name may not: `numbers` that alone tell of the patient, `telling` wherever it stands.

    `known`: what the second check looks for.
    """

    numbers: frozenset[str] = field(repr=False)
    known: tuple[str, ...] = field(repr=False)
    telling: tuple[str, ...] = field(repr=False)


def facts(header: Header) -> Facts:
    """What is known of the patient from one header."""
    names = {header.text(tag) for tag in _NAMES}
    numbers = {header.text(tag) for tag in _NUMBERS}
    uids = {header.text(tag) for tag in _UIDS}
    dates = {header.text(tag)[:8] for tag in _DATES}
    known = {value for value in names | numbers | uids | {header.text(_BIRTH)} if len(value) >= 4}
    telling = known | {value for value in numbers | names | dates if len(value) >= 3}
    return Facts(frozenset(numbers - {""}), tuple(sorted(known)), tuple(sorted(telling)))


def proposed(name: str, pseudonym: str, said: Facts) -> str:
    """The name of the copy of `name` (both with /), before it is known whether it is free."""
    parts = [_safe(part, pseudonym, said) for part in PurePosixPath(name).parts]
    if parts[-1] != PurePosixPath(name).name:
        parts[-1] += ".dcm"
    return "/".join(parts)


def _safe(part: str, pseudonym: str, said: Facts) -> str:
    words = set(re.split(r"[^\w]+|_", part))
    if part in said.numbers or Path(part).stem in said.numbers:
        return pseudonym
    if any(len(number) >= 2 and number in words for number in said.numbers):
        return pseudonym
    # Underscores join words in file names but would hide a name from a search for whole words; signs cut numbers.
    for form in (part, part.replace("_", " "), re.sub(r"[\W_]+", "", part)):
        # Not every name on a disk is Unicode: its bytes are looked at as they are.
        if search(os.fsencode(form), prepare(said.telling)) is not None:
            return pseudonym
    return part


def free(name: str, taken: Callable[[str], bool]) -> str:
    """The name, with a count where another copy has it; `taken` is asked without case, as some disks know none."""
    path, count = PurePosixPath(name), 1
    made, stem = path, path.stem
    while taken(str(made).casefold()):
        count += 1
        made = path.with_name(f"{stem}-{count}{path.suffix}")
    return str(made)
