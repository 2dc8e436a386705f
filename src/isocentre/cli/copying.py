"""One zone's backup as a folder: every file listed with size and SHA-256, durable, and read again before it counts.

`files.jsonl` lists the files, one a line; `manifest.json` says what the backup is and holds the hash of that list.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

FORMAT = 1
MANIFEST, FILES = "manifest.json", "files.jsonl"
STEP = 1024 * 1024


class Broken(RuntimeError):
    """A backup is not whole; the text says what is wrong, in words."""


class Copy:
    """A backup being written into a new folder that only its owner may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.linked = self.files = self.size = 0
        folder.mkdir(mode=0o700, parents=True)
        self._list = (folder / FILES).open("x", encoding="utf-8")

    def path(self, name: str) -> Path:
        """Where a file of this name lies, its folders made."""
        path = self.folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def take(self, source: Path, name: str, *, link: bool = False) -> bool:
        """Take a file in, as a hard link where `link` and the disk allow it; False when it is gone."""
        path = self.path(name)
        try:
            if link and _linked(source, path):
                self.linked += 1
            else:
                shutil.copyfile(source, path)
                os.utime(path, ns=(0, 0))  # no hour of arrival beside a shifted date (design §3, Dates)
        except FileNotFoundError:
            return False
        self.add(name)
        return True

    def write(self, name: str, chunks: Iterable[bytes | memoryview]) -> bool:
        """Take in what is read from elsewhere; False when it is gone (KeyError, as the port of blobs says it)."""
        path = self.path(name)
        try:
            with path.open("xb") as file:
                for chunk in chunks:
                    file.write(chunk)
        except KeyError:
            path.unlink()
            return False
        os.utime(path, ns=(0, 0))
        self.add(name)
        return True

    def add(self, name: str) -> None:
        """List a file that is written, durable from now on."""
        path = self.folder / name
        _sync(path)
        size, digest = path.stat().st_size, sha256(path)
        self._list.write(json.dumps({"path": name, "size": size, "sha256": digest}) + "\n")
        self.files, self.size = self.files + 1, self.size + size

    def finish(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Close the list and write the manifest, then the folders: durable when this returns. The manifest."""
        self._list.close()
        _sync(self.folder / FILES)
        whole = {"format": FORMAT, **facts, "files": self.files, "bytes": self.size,
                 "files_sha256": sha256(self.folder / FILES)}  # fmt: skip
        path = self.folder / MANIFEST
        path.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
        _sync(path)
        for folder, _, _ in os.walk(self.folder, topdown=False):
            _sync(Path(folder))
        return whole


def rename(folder: Path, final: Path) -> None:
    """Give a whole backup its name; only then does it count."""
    folder.rename(final)
    _sync(final.parent)


def manifest(folder: Path) -> dict[str, Any]:
    """What a backup says it is; Broken when that cannot be read or is of another format."""
    try:
        facts = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        wanted = int(facts["format"])
    except (OSError, ValueError, KeyError, TypeError):
        raise Broken(f"{folder / MANIFEST} cannot be read") from None
    if wanted != FORMAT:
        raise Broken(f"{folder} has format {wanted}, and this version reads {FORMAT}: use the version that made it")
    return dict(facts)


def check(folder: Path) -> dict[str, Any]:
    """Hold every file of a backup against its list; returns the manifest. Broken in words at the first difference."""
    facts = manifest(folder)
    if not (folder / FILES).is_file() or sha256(folder / FILES) != facts["files_sha256"]:
        raise Broken(f"the list of files in {folder} is missing or was changed")
    count = 0
    for entry in entries(folder):
        path = folder / entry["path"]
        count += 1
        if not path.is_file() or path.is_symlink():
            raise Broken(f"a file of the backup is missing: {path}")
        if path.stat().st_size != entry["size"] or sha256(path) != entry["sha256"]:
            raise Broken(f"a file of the backup was changed: {path}")
    if count != facts["files"]:
        raise Broken(f"the list of files in {folder} is not whole")
    return facts


def entries(folder: Path) -> Iterator[dict[str, Any]]:
    """The files of a backup, in the order they were taken in; Broken for a name that leads out of it."""
    with (folder / FILES).open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            name = PurePosixPath(entry["path"])
            if name.is_absolute() or ".." in name.parts:
                raise Broken("the list of files names one outside the backup")
            yield entry


def sha256(path: Path) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(STEP):
            digest.update(piece)
    return digest.hexdigest()


def pieces(path: Path) -> Iterator[bytes]:
    """A file in pieces of 1 MiB."""
    with path.open("rb") as file:
        while piece := file.read(STEP):
            yield piece


def place(source: Path, target: Path) -> None:
    """Copy a file to a place where nothing may be yet, for its owner only; durable but for its folder."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with target.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        for piece in pieces(source):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _linked(source: Path, path: Path) -> bool:
    try:
        os.link(source, path)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or one without links: then it is a copy
        return False
    return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
