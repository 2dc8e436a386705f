"""Members of a zip, one at a time and bounded: never unpacked under a name, never trusted in what they say."""

from __future__ import annotations

import lzma
import mmap
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from isocentre.core.dicom.walk import Buffer

MOST_MEMBERS = 1_000_000
"""Most members: all their names are held in memory, in each process."""
LARGEST = 8 << 30
"""Largest member, in bytes: two of the largest DICOM values."""
RATIO = 200
RATIO_FREE = 16 << 20
"""A member may grow this many times, once it is over so many bytes."""
IN_MEMORY = 64 << 20
LONGEST_NAME, DEEPEST = 1024, 32
_ENCRYPTED = 0x1
_STEP = 1 << 20
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})


class BadMember(Exception):
    """A zip or one of its members cannot be read: reason code and words, no name in them."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason, self.words = reason, words


def members(path: Path) -> list[zipfile.ZipInfo]:
    """All members in the order of the zip's directory; BadMember when it cannot be read or holds too many."""
    try:
        found = _archive(path).infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        raise BadMember("bad_zip", "The zip cannot be opened: it is cut short or broken.") from None
    if len(found) > MOST_MEMBERS:
        raise BadMember("bad_zip", f"The zip holds over {MOST_MEMBERS:,} files: unpack it, and give the folder.")
    return found


def wrong(member: zipfile.ZipInfo) -> tuple[str, str, str] | None:
    """Status, reason and words of a member that is not taken, by what the zip's directory says of it."""
    if stat.S_ISLNK(member.external_attr >> 16):
        return "left_out", "link", "It is a link, and links are not followed."
    if tricky(member.filename.replace("\\", "/")):
        return "failed", "bad_name", "Its name in the zip leads elsewhere, or is too long or too deep."
    if member.flag_bits & _ENCRYPTED:
        return "failed", "encrypted", "It is encrypted: unpack the zip with its password, and give the folder."
    if member.compress_type not in _METHODS:
        return "failed", "compression", "It is compressed in a way that cannot be undone here: unpack it first."
    if member.file_size > LARGEST or too_much(member.file_size, member.compress_size):
        return "failed", "zip_bomb", "It would grow to more than is allowed: unpack it and look at it first."
    return None


def too_much(size: int, packed: int) -> bool:
    """Whether a member of `packed` bytes grows to more than it may, in bytes."""
    return size > RATIO_FREE and size > RATIO * max(packed, 1)


def tricky(name: str) -> bool:
    """Whether a name could lead out of its folder, or is no name that a disk should be asked for."""
    parts = name.split("/")
    odd = name.startswith("/") or ":" in parts[0] or any(ord(sign) < 32 for sign in name)
    long = len(name) > LONGEST_NAME or len(parts) > DEEPEST or any(len(part.encode()) > 255 for part in parts)
    return odd or long or any(part in ("", ".", "..") for part in parts)


@lru_cache(maxsize=2)
def _archive(path: Path) -> zipfile.ZipFile:
    """Open while the process runs: its directory is read once."""
    return zipfile.ZipFile(path)


@contextmanager
def member(path: Path, number: int) -> Iterator[Buffer]:
    """The bytes of one member: in memory, or of a large one in a file without a name that goes with this process."""
    archive = _archive(path)
    info = archive.infolist()[number]
    if info.file_size <= IN_MEMORY:
        yield b"".join(_chunks(archive, info))
        return
    with tempfile.TemporaryFile() as file:
        for chunk in _chunks(archive, info):
            file.write(chunk)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
            yield buffer


def _chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """What comes out of a member, counted: what the zip's directory says of its size is not believed."""
    size = 0
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(_STEP):
                size += len(chunk)
                if size > info.file_size or too_much(size, info.compress_size):
                    raise BadMember("zip_bomb", "It grows to more than is allowed: unpack it and look at it first.")
                yield chunk
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise BadMember("bad_member", "It is broken in the zip, or not what the zip says of it.") from error
    except OSError as error:
        if isinstance(error.errno, int):
            raise
        raise BadMember("bad_member", "It is broken in the zip.") from error  # bz2 and lzma say so
    if size != info.file_size:
        raise BadMember("bad_member", "It is cut short in the zip.")
