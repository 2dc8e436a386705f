"""One STOW request: read its parts as a stream, check each, make its blob durable, index the batches."""

from __future__ import annotations

import hashlib
import mmap
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from isocentre.core import points
from isocentre.core.actor import SYSTEM, Actor
from isocentre.core.dicom.header import read_header
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.dicomweb.facts import (
    CANNOT_UNDERSTAND,
    NO_AGREEMENT,
    OUT_OF_SCOPE,
    REFUSED,
    TOMBSTONED,
    Facts,
    NotAdmitted,
    admit,
)
from isocentre.core.dicomweb.media import DICOM, parse_media
from isocentre.core.dicomweb.multipart import Limits, Part, Read, parts
from isocentre.rooms.archive import erasing, mapping, storing, tombstones
from isocentre.rooms.archive.models import Instance
from isocentre.rooms.archive.ports import Ports
from isocentre.rooms.archive.scoping import CANARY, storable
from isocentre.rooms.archive.storing import Outcome, StoredObject
from isocentre.rooms.register import door as register

IN_MEMORY = 16 * 1024 * 1024
"""Largest object held in memory, in bytes; bigger ones pass through a temporary file."""
BATCH = 100
SPOOL = "incoming"
"""The folder, in the zone's own, of objects on their way in that are too big for memory."""
REVISION = "x-isocentre-revision"


class Arriving:
    """Takes the parts of one request. `study_uid` limits it to one scan (POST /studies/{uid}), empty for any."""

    def __init__(self, *, by: Actor, ports: Ports, home: Path, study_uid: str = "") -> None:
        self._by = by
        self._ports = ports
        self._home = home
        self._mapped = mapping.of(by)
        self._study_uid = study_uid if self._mapped is None else self._mapped.held(study_uid)
        self._unagreed: dict[tuple[str, str], str] = {}
        self._waiting: list[StoredObject] = []
        self._outcomes: list[Outcome] = []

    def take(self, read: Read, boundary: str, limits: Limits) -> list[Outcome]:
        """Store every part that may be stored; the outcomes. BadMultipart or TooLarge when the body breaks off.

        What came whole before the break is indexed all the same: sending again is safe.
        """
        try:
            for part in parts(read, boundary, limits):
                refused = self._one(part)
                if refused is not None:
                    self._outcomes.append(refused)
                if len(self._waiting) >= BATCH:
                    self._flush()
        finally:
            self._flush()
        return self._outcomes if self._mapped is None else [self._mapped.answered(one) for one in self._outcomes]

    def _flush(self) -> None:
        if self._waiting:
            batch, self._waiting = self._waiting, []
            request = storing.Request(self._by, batch, tombstones.read(self._home))
            self._outcomes += self._not_recalled(storing.store_together(request), batch, request.stones)
            points.reach("index.committed")

    def _not_recalled(
        self, outcomes: list[Outcome], batch: list[StoredObject], stones: Mapping[str, int]
    ) -> list[Outcome]:
        """What was recalled while this stored it goes again: its tombstone was not there yet when it was asked for."""
        now = tombstones.read(self._home)
        if now is stones:
            return outcomes
        risen = {
            str(o.facts.object_uid): now[o.facts.object_uid]
            for o, done in zip(batch, outcomes, strict=True)
            if done.stored and now.get(o.facts.object_uid, -1) >= o.revision
        }
        if not risen:
            return outcomes
        erasing.erase(by=SYSTEM, stones=risen, reason="recalled as it came", recalled=True, home=self._home)
        words = "this object was recalled while it was sent, and may not come again"
        return [replace(one, failure=TOMBSTONED, reason=words) if one.object_uid in risen else one
                for one in outcomes]  # fmt: skip

    def _one(self, part: Part) -> Outcome | None:
        """Check one part and make its blob durable; its outcome when refused, None when it waits for the index."""
        try:
            revision = _revision(part)
            with _spooled(part, self._home / SPOOL) as spooled:
                if self._mapped is None:
                    return self._keep(*spooled, revision)
                with _spooled(Part({}, self._mapped.taken_back(spooled[0])), self._home / SPOOL) as held:
                    return self._keep(*held, revision)
        except MalformedDicom as error:
            return Outcome("", "", CANNOT_UNDERSTAND, f"the object cannot be read: {error}")
        except NotAdmitted as refused:
            return Outcome("", "", refused.failure, refused.reason)

    def _keep(self, whole: bytes | mmap.mmap, sha256: str, file: Path | None, revision: int) -> Outcome | None:
        header = read_header(whole)
        named = (_uid(header.text(0x00080018)), _uid(header.text(0x00080016)))
        try:
            facts = admit(whole, header, self._ports.second_check)
        except NotAdmitted as refused:
            return Outcome(*named, refused.failure, refused.reason)
        if self._study_uid and facts.study_uid != self._study_uid:
            return Outcome(*named, REFUSED, "the object is of another scan than the address names")
        if not storable(self._by, facts.research_study, facts.site, facts.study_uid):
            return Outcome(*named, OUT_OF_SCOPE, "the sender may not store for this research study and site")
        # What is held already is no news: an answer that was lost on its way is given again.
        if (why_not := self._why_not(facts)) and not _is_stored(facts.object_uid, revision, sha256):
            return Outcome(*named, NO_AGREEMENT, why_not)
        if self._by.scope.selection is not None and (revision or _is_held(facts.object_uid, sha256)):
            return Outcome(*named, REFUSED, "only new objects are stored through a Selection: give it a UID of its own")
        blobs = self._ports.blobs
        # A small one is synced with its batch, just before the index: `storing.store_together`.
        size = blobs.take(sha256, file) if file else blobs.put(sha256, [memoryview(whole)], settled=False)
        self._waiting.append(StoredObject(facts, revision, sha256, sha256, size))
        return None

    def _why_not(self, facts: Facts) -> str:
        """Why no contribution agreement lets this in, asked once a request and place; empty when it may come."""
        place = (facts.research_study, facts.site)
        if facts.research_study == CANARY:
            return ""
        if place not in self._unagreed:
            self._unagreed[place] = register.agreements.why_not_send(research_study=place[0], site=place[1])
        return self._unagreed[place]


def _is_stored(object_uid: str, revision: int, sha256: str) -> bool:
    """True when this very object is held."""
    found = Instance.objects.filter(object_uid=object_uid, revision=revision, sha256=sha256, state="stored")
    return found.exists()


def _is_held(object_uid: str, sha256: str) -> bool:
    """True when another object has this UID; the same one again is success."""
    return Instance.objects.filter(object_uid=object_uid).exclude(sha256=sha256).exists()


def _uid(text: str) -> str:
    # A refused object may carry a source UID, or worse, where its own UID should be: only ours are echoed.
    return text if text.startswith(("2.25.", "1.2.840.10008.")) and len(text) <= 64 else ""


def _revision(part: Part) -> int:
    kind = part.headers.get("content-type", DICOM)
    if parse_media(kind).kind != DICOM:
        raise NotAdmitted(CANNOT_UNDERSTAND, f"a part is not {DICOM}")
    text = part.headers.get(REVISION, "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise NotAdmitted(CANNOT_UNDERSTAND, "the revision of a part is not a whole number")
    return int(text)


@contextmanager
def _spooled(part: Part, folder: Path) -> Iterator[tuple[bytes | mmap.mmap, str, Path | None]]:
    """The whole part as a buffer (memory up to 16 MiB, else a mapped temporary file, named), and its SHA-256."""
    digest = hashlib.sha256()
    held: list[bytes] = []
    size = 0
    chunks = part.chunks()
    for chunk in chunks:
        digest.update(chunk)
        held.append(chunk)
        size += len(chunk)
        if size > IN_MEMORY:
            break
    if size <= IN_MEMORY:
        yield b"".join(held), digest.hexdigest(), None
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / secrets.token_hex(16)
    try:
        with path.open("x+b") as file:
            file.writelines(held)
            held.clear()
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                yield mapped, digest.hexdigest(), path
    finally:
        path.unlink(missing_ok=True)
