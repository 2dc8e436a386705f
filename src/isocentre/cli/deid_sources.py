"""What lies at SRC of `isocentre deid`: a file, a folder, a zip or what a DICOMDIR lists, found one by one."""

from __future__ import annotations

import mmap
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from isocentre.cli import deid_zip
from isocentre.core.dicom.header import encoding_of, read_meta
from isocentre.core.dicom.walk import Buffer, MalformedDicom, elements, items

DIRECTORY = b"1.2.840.10008.1.3.10"
_RECORDS, _FILE_ID = 0x00041220, 0x00041500
_LONGEST_ID = 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing at SRC: `name` as the report says it, and the file its bytes are in.

    `stamp` changes when its content does. `member`: its place in the zip, -1 outside of one. `wrong`: status, reason
    and words of what cannot be taken.
    """

    name: str
    path: Path
    stamp: str = ""
    member: int = -1
    wrong: tuple[str, str, str] | None = None


class Unusable(Exception):
    """SRC cannot be read at all; the message says why, without a name in it."""


class Refused(Exception):
    """One thing cannot be read: reason code and words."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason, self.words = reason, words


def kind(source: Path) -> str:
    """`folder`, `zip`, `dicomdir` or `file`."""
    if source.is_dir():
        return "folder"
    if is_directory(source):
        return "dicomdir"
    return "zip" if zipfile.is_zipfile(source) and not _is_dicom(source) else "file"


def entries(source: Path) -> Iterator[Entry]:
    """Everything at SRC in a fixed order, found as it is asked for; links are not followed. Raises Unusable."""
    found = kind(source)
    if found == "folder":
        yield from _folder(source)
    elif found == "zip":
        yield from _zip(source)
    else:
        yield _file(source, source.name)
    if found == "dicomdir":
        yield from _listed(source)


@contextmanager
def mapped(path: Path) -> Iterator[Buffer]:
    """The bytes of a file, mapped; an empty file gives empty bytes."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
            yield buffer


@contextmanager
def opened(entry: Entry) -> Iterator[Buffer]:
    """The bytes of one thing; Refused or OSError when they cannot be read."""
    if entry.member < 0:
        with mapped(entry.path) as buffer:
            yield buffer
        return
    try:
        with deid_zip.member(entry.path, entry.member) as buffer:
            yield buffer
    except deid_zip.BadMember as bad:
        raise Refused(bad.reason, bad.words) from None


def _folder(root: Path) -> Iterator[Entry]:
    closed: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=closed.append):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if not path.is_symlink():
                yield _file(path, str(path.relative_to(root)))
        # A folder that cannot be opened is met when its turn comes.
        yield from _unopened(closed, root)
    yield from _unopened(closed, root)


def _unopened(closed: list[OSError], root: Path) -> Iterator[Entry]:
    for error in closed:
        path = Path(os.fsdecode(error.filename))
        words = f"This folder could not be opened: {error.strerror}."
        yield Entry(os.path.relpath(path, root), path, wrong=("failed", "folder", words))
    closed.clear()


def _file(path: Path, name: str) -> Entry:
    try:
        facts = path.lstat()
    except OSError as error:
        return Entry(name, path, wrong=("failed", "file", f"It could not be read: {error.strerror}."))
    if not stat.S_ISREG(facts.st_mode):
        return Entry(name, path, wrong=("left_out", "not_a_file", "It is no ordinary file (a device, pipe or socket)."))
    return Entry(name, path, f"{facts.st_size}:{facts.st_mtime_ns}")


def _zip(source: Path) -> Iterator[Entry]:
    try:
        members = deid_zip.members(source)
    except deid_zip.BadMember as bad:
        raise Unusable(bad.words) from None
    for number, member in enumerate(members):
        if member.is_dir():
            continue
        stamp = f"{member.file_size}:{member.CRC}:{member.header_offset}"
        name = member.filename.replace("\\", "/")
        yield Entry(name, source, stamp, number, deid_zip.wrong(member))


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def is_directory(path: Path) -> bool:
    """Whether a file is a DICOMDIR (PS3.10 section 8): by what it says, not by its name."""
    try:
        with mapped(path) as buffer:
            return read_meta(buffer)[0].get(0x00020002, b"").rstrip(b" \0") == DIRECTORY
    except (MalformedDicom, OSError):
        return False


def _listed(directory: Path) -> Iterator[Entry]:
    """What the records of a DICOMDIR refer to (PS3.3 F.3.2.2), each once."""
    root, seen = directory.parent.resolve(), set[str]()
    try:
        with mapped(directory) as buffer:
            for parts in _file_ids(buffer):
                name = "/".join(parts)
                if name in seen:
                    continue
                seen.add(name)
                yield _referred(root, parts, name)
    except MalformedDicom:
        raise Unusable("The DICOMDIR cannot be read to its end: give its folder as SRC.") from None


def _file_ids(buffer: Buffer) -> Iterator[tuple[str, ...]]:
    meta, start = read_meta(buffer)
    encoding = encoding_of(meta.get(0x00020010, b"").rstrip(b" \0").decode("ascii", "replace"))
    for element in elements(buffer, start, len(buffer), encoding):
        if element.tag != _RECORDS:
            continue
        for item in items(buffer, element, encoding):
            for inside in elements(buffer, item.value, item.stop, encoding, depth=1):
                if inside.tag == _FILE_ID and 0 < inside.stop - inside.value <= _LONGEST_ID:
                    said = bytes(buffer[inside.value : inside.stop]).decode("latin-1")
                    yield tuple(part.strip(" \0") for part in said.split("\\"))


def _referred(root: Path, parts: tuple[str, ...], name: str) -> Entry:
    if deid_zip.tricky(name):
        words = "The DICOMDIR refers to it by a name that leads elsewhere."
        return Entry(name, root, wrong=("failed", "bad_name", words))
    path = _as_written(root, parts)
    if path is None:
        words = "The DICOMDIR refers to it, and it is not there."
        return Entry(name, root, wrong=("failed", "missing", words))
    if not path.resolve().is_relative_to(root) or path.is_symlink():
        words = "The DICOMDIR refers to a link, and links are not followed."
        return Entry(name, root, wrong=("failed", "bad_name", words))
    return _file(path, str(path.relative_to(root)))


def _as_written(root: Path, parts: tuple[str, ...]) -> Path | None:
    """The file of a file id; discs say names in capitals, and systems may show them in small letters."""
    path = root
    for part in parts:
        if not (path / part).exists():
            try:
                alike = [one for one in os.listdir(path) if one.casefold().split(";")[0] == part.casefold()]
            except OSError:
                return None
            if not alike:
                return None
            part = min(alike)
        path = path / part
    return path
