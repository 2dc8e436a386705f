"""Intake's side of receiving: admit peers, keep objects durably, answer only after the row is committed."""

from __future__ import annotations

import ipaddress
import itertools
import mmap
import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from isocentre.audit.files import sync_folder
from isocentre.core import points
from isocentre.core.actor import SYSTEM
from isocentre.core.deid.facts import facts as told_by
from isocentre.core.dicom.header import Header, hashes, read_header
from isocentre.core.dicom.rejection import RejectionNote, rejection_note
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.ports import Admission, NotKept, Received
from isocentre.core.routing import Led, Route, ScanFacts, StudyRules, route, route_nobody
from isocentre.core.routing_facts import Enrolled
from isocentre.jobs import door as jobs
from isocentre.jobs.commit import GroupCommitter
from isocentre.rooms.intake import accessions, leading, ledger, peers, persons, refusals, rejections, studies
from isocentre.rooms.intake import facts as header_facts
from isocentre.rooms.intake.models import CANARY, Peer, Scanner
from isocentre.rooms.intake.pull import fetching

log = structlog.get_logger()
SUCCESS, CANNOT_UNDERSTAND, OUT_OF_RESOURCES = 0x0000, 0xC000, 0xA700
CANARY_AE = "ISO_CANARY"
MIN_FREE = 512 * 1024 * 1024
ANSWER_SECONDS = 1.0
A_FOLDER = 256
"""Originals that follow each other into one of the 256 folders: the files of a batch then share the folder's sync."""
T = TypeVar("T")


def canary_site() -> str:
    """The first site of this hospital, for which canaries are sent; empty until study-config was fetched."""
    sites = jobs.recall("sites", [])
    return str(sites[0]) if sites else ""


def quarantine() -> Path:
    """The folder originals lie in until they are erased."""
    return Path(settings.ZONE_HOME) / "quarantine"


class Intake:
    """Implements `core.ports.Receiving` over the ledger; one per process, used by many threads."""

    def __init__(
        self, *, source: str = "dimse", research_study: str = "", site: str = "", pacs: int | None = None
    ) -> None:  # fmt: skip
        self._source, self._study, self._site, self._pacs = source, research_study, site, pacs
        self._commits: GroupCommitter[ledger.Newcomer] = GroupCommitter(ledger.record_arrivals, before=_sync_folders)
        self._refused: GroupCommitter[refusals.Refused] = GroupCommitter(refusals.record)
        self._folders: dict[str, str] = {}
        self._kept = itertools.count()
        self._shelf = ""
        self._answers: dict[tuple[str, ...], tuple[float, Any]] = {}

    def admit(self, *, calling_ae: str, called_ae: str, address: str) -> Admission:
        """Accept a peer on the list (AE title and address); record and refuse any other."""
        for peer in Peer.objects.filter(calling_ae=calling_ae, admitted=True):
            if ipaddress.ip_address(address) in ipaddress.ip_network(peer.address, strict=False):
                return Admission(peer.name, max_associations=peer.max_associations, idle_seconds=peer.idle_seconds)
        if called_ae == CANARY_AE and ipaddress.ip_address(address).is_loopback:
            return Admission(CANARY)
        reason = "This sender is not on the list of admitted senders."
        peers.note_unknown(calling_ae=calling_ae, called_ae=called_ae, address=address, reason=reason)
        return Admission(None, reason)

    def temporary(self) -> Path:
        """A fresh path in quarantine."""
        return Path(self._folder("incoming"), f"{secrets.token_hex(16)}.tmp")

    def keep(self, received: Received) -> int:
        """Durable file, decided route, committed row: then success. NotKept, and no file, when it is refused."""
        points.reach("intake.written")
        room = os.statvfs(received.path.parent)
        if room.f_bavail * room.f_frsize < MIN_FREE:
            received.path.unlink(missing_ok=True)
            raise NotKept(OUT_OF_RESOURCES, "no_room", "There is no room for the object; send it again later")
        with self._commits.coming() as submit:
            try:
                newcomer = self._newcomer(received, self._place(received.path))
            except (MalformedDicom, header_facts.BadHeader) as error:
                received.path.unlink(missing_ok=True)
                raise unfit(error) from None  # its trace would lead a log to the header
            self._settle(received.path, newcomer.path)
            kept: ledger.Kept = submit(newcomer)
        points.reach("intake.committed")
        if not kept.needed:
            (quarantine() / newcomer.path).unlink(missing_ok=True)
        if kept.outcome == "recalled":
            raise NotKept(CANNOT_UNDERSTAND, "recalled", "Taken back here as of the wrong patient: send it corrected")
        return SUCCESS

    def refused(
        self, *, calling_ae: str, called_ae: str, address: str, peer: str, association: str, cause: str, words: str
    ) -> None:
        """Count what was refused, on the list people see; say it in the log, unless a person waits who is told."""
        if self._source != "import":
            log.warning("object_refused", phase="intake", cause=cause, association=association)
        self._refused.submit(refusals.Refused(peer, calling_ae, called_ae, address, cause, words))

    def leave(self) -> None:
        """Close the calling thread's connection to the database: nobody else would."""
        connection.close()

    def _newcomer(self, received: Received, path: str) -> ledger.Newcomer:
        if received.buffer is not None:
            return self._read(received, path, received.buffer)
        with received.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return self._read(received, path, mapped)

    def _read(
        self, received: Received, path: str, buffer: bytes | bytearray | memoryview | mmap.mmap
    ) -> ledger.Newcomer:  # fmt: skip
        header: Header = read_header(buffer, offset=received.dataset_offset, transfer_syntax=received.transfer_syntax)
        facts = header_facts.read(
            header, sop_instance_uid=received.sop_instance_uid, sop_class_uid=received.sop_class_uid
        )
        header_sha256, pixel_sha256 = hashes(buffer, header)
        told: list[str] = []
        scanner, site = self._known(("place", facts.serial, facts.station_name, received.calling_ae, received.peer),
                                    lambda: self._whence(facts, received))  # fmt: skip
        routes = self._routes(facts, received, site)
        if any(one.enrolment_id for one in routes):
            own = told_by(header).own
            self._known(("told", *own), lambda: told.extend(own))
        note = _note(header, received.sop_class_uid)
        return ledger.Newcomer(
            path=path, size=received.size, sop_class_uid=received.sop_class_uid,
            sop_instance_uid=received.sop_instance_uid, transfer_syntax=received.transfer_syntax,
            header_sha256=header_sha256, pixel_sha256=pixel_sha256, source=self._source, peer=received.peer,
            association=received.association, facts=facts.kept(), site=site, scanner=scanner,
            routes=routes if note is None else rejections.routes(routes), note=note, arrived_at=timezone.now(),
            by=SYSTEM, called_ae=received.called_ae, told=tuple(told),
        )  # fmt: skip

    def _whence(self, facts: header_facts.Facts, received: Received) -> tuple[str, str]:
        """(scanner code, site): by DeviceSerialNumber, else StationName, else calling AE; else the peer's site."""
        for column, value in (("serial", facts.serial), ("station_name", facts.station_name),
                              ("ae_title", received.calling_ae)):  # fmt: skip
            scanner = Scanner.objects.filter(**{column: value}).first() if value else None
            if scanner is not None:
                return scanner.code, scanner.site
        if received.called_ae == CANARY_AE and received.peer == CANARY:
            return "", canary_site()
        peer = Peer.objects.filter(name=received.peer).first()
        return "", self._site or (peer.site if peer else "")

    def _routes(self, facts: header_facts.Facts, received: Received, site: str) -> tuple[Route, ...]:
        if received.called_ae == CANARY_AE and received.peer == CANARY:
            return (Route(CANARY),)
        rules = self._known(("rules",), studies.rules)
        kept = facts.kept()
        number = (facts.accession, kept.get("accession_issuer", ""))
        listed = self._known(("listed", *number), lambda: accessions.listed_for(*number))
        scan = header_facts.for_routing(
            kept, called_ae=received.called_ae, research_study=self._study, listed_for=listed
        )  # fmt: skip
        if not facts.patient_id:
            return (self._enrolled(route_nobody(scan, rules), facts, site),)
        who = ("person", facts.patient_id, facts.issuer)
        enrolled = self._known(
            who, lambda: persons.enrolled(persons.find(patient_id=facts.patient_id, issuer=facts.issuer))
        )
        asked = ("pulled", facts.series_uid, received.calling_ae)
        fetched = self._known(asked, lambda: fetching.studies_of(facts.series_uid, received.calling_ae, self._pacs))
        named = [replace(scan, research_study=slug) for slug in fetched] or [scan]
        led = self._leaders(kept, scan, rules, enrolled)
        routes = [one for each in named for one in route(each, rules, enrolled, led)]
        if any(r.enrol for r in routes):
            self._answers.pop(who, None)
        return tuple(self._enrolled(r, facts, site) for r in routes)

    def _leaders(
        self, facts: dict[str, Any], scan: ScanFacts, rules: list[StudyRules], enrolled: list[Enrolled]
    ) -> dict[str, Led]:
        """What became of the scan it belongs to, asked where the image may follow one."""
        if not enrolled or not leading.may(scan, rules):
            return {}
        key = leading.key(facts, *(str(one.enrolment_id) for one in enrolled))
        return self._known(key, lambda: leading.leaders(facts, scan, rules, enrolled))

    def _known(self, key: tuple[str, ...], ask: Callable[[], T]) -> T:
        """An answer of the database, asked again after a second: a scan of 500 images asks once, not 500 times."""
        held = self._answers.get(key)
        now = time.monotonic()
        if held is not None and now - held[0] < ANSWER_SECONDS:
            return held[1]  # type: ignore[no-any-return]  # stored under its own key
        if len(self._answers) > 500:
            self._answers.clear()
        answer = ask()
        self._answers[key] = (now, answer)
        return answer

    def _enrolled(self, decided: Route, facts: header_facts.Facts, site: str) -> Route:
        if decided.enrol:
            enrolment = persons.enrol(
                by=SYSTEM, research_study=decided.research_study, hospital_number=facts.patient_id,
                issuer=facts.issuer, name=facts.patient_name, on_arrival=True,
            )  # fmt: skip
            decided = replace(decided, enrolment_id=enrolment.pk, enrol=False)
        if decided.disposition == "pending" and not site:
            words = "The scanner is not on this hospital's list, so its site is not known."
            return replace(decided, disposition="held", cause="unknown_scanner", words=words)
        return decided

    def _place(self, temporary: Path) -> str:
        """The path within quarantine under which a file will be kept."""
        name, shelf = temporary.name.removesuffix(".tmp"), self._shelf
        if next(self._kept) % A_FOLDER == 0 or not shelf:
            shelf = self._shelf = f"originals/{name[:2]}"
        return f"{shelf}/{name}.dcm"

    def _settle(self, temporary: Path, place: str) -> None:
        """Rename, then fsync; the folder follows with its batch. After this the bytes survive a power cut.

        Named first: a file is nothing until a row names it, and the file's sync takes its name along (one write of
        the disk's journal instead of two).
        """
        shelf, _, name = place.rpartition("/")
        final = f"{self._folder(shelf)}/{name}"
        os.rename(temporary, final)
        points.reach("intake.renamed")
        file = os.open(final, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
        points.reach("intake.synced")

    def _folder(self, name: str) -> str:
        folder = self._folders.get(name)
        if folder is None:
            path = quarantine() / name
            path.mkdir(parents=True, exist_ok=True)
            sync_folder(path.parent)
            folder = self._folders[name] = str(path)
        return folder


def _note(header: Header, sop_class_uid: str) -> RejectionNote | None:
    """The rejection note it is; None where it is none, or one that cannot be read, which is then held as it is."""
    try:
        return rejection_note(header, sop_class_uid)
    except MalformedDicom:
        return None


def unfit(error: MalformedDicom | header_facts.BadHeader) -> NotKept:
    """What cannot be kept, as its sender is told. Words that do not fit a comment (64 characters) are cut."""
    if isinstance(error, header_facts.BadHeader):
        return NotKept(CANNOT_UNDERSTAND, error.cause, error.words)
    key = "not_dicom" if error.phase == "file" else "unreadable"
    return NotKept(CANNOT_UNDERSTAND, key, f"Cannot be read as DICOM: {error.reason}"[:64])


def _sync_folders(newcomers: Sequence[ledger.Newcomer]) -> None:
    """Make the names of a batch's files durable, before any row names them."""
    for shelf in {newcomer.path.rpartition("/")[0] for newcomer in newcomers}:
        sync_folder(quarantine() / shelf)
