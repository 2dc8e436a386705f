"""Import of folders: the same way in as a C-STORE, from files on disk."""

from __future__ import annotations

import mmap
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from isocentre.core.dicom.header import read_header
from isocentre.core.dicom.part10 import file_meta
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.ports import NotKept, Received
from isocentre.rooms.intake import facts
from isocentre.rooms.intake.receive import CANNOT_UNDERSTAND, Intake, unfit

FROM: Mapping[str, str] = {"calling_ae": "IMPORT", "called_ae": "", "address": "127.0.0.1", "peer": "import"}
SOP_CLASS, SOP_INSTANCE = 0x00080016, 0x00080018


def files(source: Path) -> Iterator[Path]:
    """Files of a folder in order, or the one file; links that lead outside are not followed."""
    if source.is_file():
        yield source
        return
    for path in sorted(source.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name != "DICOMDIR":
            yield path


def import_files(
    source: Path, *, research_study: str, site: str = "", progress: Callable[[Path, str], None] | None = None
) -> tuple[int, int]:
    """Bring every DICOM file under `source` in for a research study; returns (taken, not taken).

    `progress` hears of each file why it was not taken; empty words when it was.
    """
    intake = Intake(source="import", research_study=research_study, site=site)
    association = uuid.uuid4().hex
    taken = failed = 0
    for path in files(source):
        why = take(intake, path, whence=FROM, association=association)
        taken, failed = taken + (not why), failed + bool(why)
        if progress is not None:
            progress(path, why)
    return taken, failed


def take(intake: Intake, path: Path, *, whence: Mapping[str, str], association: str) -> str:
    """Why the file was not taken; empty when it was. `whence`: who it is of, as `FROM` has it."""
    copy = intake.temporary()
    try:
        if not path.stat().st_size:
            raise NotKept(CANNOT_UNDERSTAND, "empty", "The file is empty")
        intake.keep(_copied(path, copy, whence, association))
    except (MalformedDicom, NotKept) as error:
        copy.unlink(missing_ok=True)
        why = error if isinstance(error, NotKept) else unfit(error)
        intake.refused(**whence, association=association, cause=why.cause, words=why.words)
        return why.words
    return ""


def _copied(path: Path, copy: Path, whence: Mapping[str, str], association: str) -> Received:
    """The data set under a file meta of ours; MalformedDicom, or NotKept where no file meta can be written."""
    with path.open("rb") as file:
        # Mapped, for an object of gigabytes is found whole only at its end, and is never held in memory.
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
            header = read_header(buffer)
            named = header.text(SOP_CLASS), header.text(SOP_INSTANCE)
            try:
                facts.read(header, sop_class_uid=named[0], sop_instance_uid=named[1])
            except facts.BadHeader as error:
                raise unfit(error) from None
        meta = file_meta(*named, header.transfer_syntax)
        file.seek(header.dataset_offset)
        with copy.open("wb") as out:
            out.write(meta)
            shutil.copyfileobj(file, out, 1 << 20)
    return Received(
        path=copy, dataset_offset=len(meta), size=copy.stat().st_size, sop_class_uid=named[0],
        sop_instance_uid=named[1], transfer_syntax=header.transfer_syntax, association=association,
        calling_ae=whence["calling_ae"], called_ae=whence["called_ae"], address=whence["address"], peer=whence["peer"],
    )  # fmt: skip
