"""Fills ports with adapters and lists who hears which event; called once by each entry point, never at import."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings

from isocentre.core.deid import recheck
from isocentre.core.events import ScanStored
from isocentre.core.ports import Pacs, PacsAway, Recipient, RecipientAway
from isocentre.core.trust.facts import Spoken, Surroundings
from isocentre.jobs import door as jobs
from isocentre.jobs import loop
from isocentre.jobs.loop import Task

CANARY_EVERY = 300.0


def wire() -> None:
    """Wire the rooms installed in this process."""
    if apps.is_installed("isocentre.rooms.deid"):
        from isocentre.adapters.dicomweb.wall import HttpWall
        from isocentre.adapters.documents.typesetting import Typst
        from isocentre.adapters.faces import face_cleaner
        from isocentre.adapters.nhs.optout_file import FileOptOuts
        from isocentre.adapters.ocr import painter, pixel_cleaner
        from isocentre.adapters.vault import named as vaults
        from isocentre.rooms.deid import door as deid
        from isocentre.rooms.deid import opt_out
        from isocentre.rooms.deid.onward.asking_back import copies_of, total_of
        from isocentre.rooms.deid.onward.words import told
        from isocentre.rooms.intake import door as intake

        home = settings.ZONE_HOME
        intake.pulling.configure(intake.pulling.Ports(_pacs, opt_out.not_to_ask, _web_servers))
        intake.elsewhere.configure(intake.elsewhere.Told(copies_of, total_of))
        intake.nightly.configure(intake.nightly.Ports(Typst(), lambda: settings.MAIL_TO))
        around = partial(_surroundings, "gateway")
        intake.trust.configure(intake.trust.Ports(_spoken, around, Typst(), _in_force, _administrators, told))
        deid.configure(
            vault=vaults.opened(home), wall=HttpWall(home), opt_outs=FileOptOuts(home), pixels=pixel_cleaner(),
            faces=face_cleaner(), painter=painter(), recipients=_recipient, web_servers=_web_servers,
        )  # fmt: skip
    if apps.is_installed("isocentre.rooms.archive"):
        from isocentre.adapters.blobs import named
        from isocentre.adapters.documents.typesetting import Typst
        from isocentre.rooms.archive import conformance as archive_statement
        from isocentre.rooms.archive import door as archive
        from isocentre.rooms.archive import recalls, upkeep
        from isocentre.rooms.register import work as register

        archive_statement.configure(archive_statement.Ports(lambda: _surroundings("platform"), Typst()))
        archive.configure(blobs=named.opened(settings.BLOBS), renderer=_Renderer(), second_check=recheck.check)
        jobs.listen(ScanStored, "register.match", recalls.unless_gone(register.scan_stored))
        jobs.listen(ScanStored, "archive.canary", upkeep.heard)


def _spoken() -> Spoken:
    """What the DIMSE code speaks, loaded when it is asked for: it takes in the way to a PACS."""
    from isocentre.adapters.dimse.spoken import spoken

    return spoken()


def _in_force(slug: str) -> tuple[str, int] | None:
    """Name and version of the profile of a research study."""
    from isocentre.rooms.deid import door as deid

    found = deid.in_force(slug)
    return (found.name, found.version) if found else None


def _administrators() -> tuple[str, ...]:
    """Who administers this side, as people call them."""
    from isocentre.people import first

    return tuple(one.get_full_name() or one.get_username() for one in first.administrators())


def _surroundings(zone: str) -> Surroundings:
    from isocentre.config import trust

    return trust.surroundings(zone)


def _pacs(node: Any) -> Pacs:
    """The way to a PACS, loaded with the first question: its library takes as long as all else here."""
    from isocentre.rooms.intake import door as intake

    if node.way == node.WEB:
        from isocentre.adapters.dicomweb.pacs import WebPacs

        server = _servers().get(node.web)
        if server is None:
            raise PacsAway("The configuration names no DICOMweb server for this PACS (dicomweb.json)")
        return WebPacs(server, intake.pulling.Taking(node))
    from isocentre.adapters.dimse.getting import GetPacs
    from isocentre.adapters.dimse.pacs import DimsePacs

    where = (node.host, node.port, node.ae_title, node.calling_ae, node.destination)
    return GetPacs(*where, taking=intake.pulling.Taking(node)) if node.way == node.GET else DimsePacs(*where)


def _recipient(node: Any) -> Recipient:
    """The way to a destination of copies."""
    if node.way == node.STOW:
        from isocentre.adapters.dicomweb.recipient import WebRecipient

        try:
            server = _servers().get(node.web)
        except PacsAway as away:
            raise RecipientAway(away.words) from None
        if server is None:
            raise RecipientAway("The configuration names no DICOMweb server for this destination (dicomweb.json)")
        return WebRecipient(server)
    from isocentre.adapters.dimse.recipient import DimseRecipient

    return DimseRecipient(node.host, node.port, node.called_ae, node.calling_ae)


def _servers() -> dict[str, Any]:
    """The DICOMweb servers of the configuration; PacsAway in words when it cannot be read."""
    from isocentre.adapters.dicomweb.named import servers

    try:
        return {**servers(settings.ZONE_HOME)}
    except (ValueError, OSError) as error:
        raise PacsAway(str(error) if isinstance(error, ValueError) else "dicomweb.json cannot be read") from None


def _web_servers() -> list[str]:
    return sorted(_servers())


class _Renderer:
    """The archive's renderer, loaded with the first picture: with its codecs it takes as long as all else here."""

    def render(self, file: bytes, **wanted: Any) -> bytes:
        from isocentre.adapters.rendering import Rendering

        return Rendering().render(file, **wanted)


def gateway_tasks(number: int) -> list[Task]:
    """What a gateway worker does; the first one also runs what must run once."""
    from isocentre.audit import counted, sealer
    from isocentre.rooms.deid import away, faces, findings, messages, pictures, recalls, reports, verdicts, work
    from isocentre.rooms.deid.onward import asking_back, queue, sending
    from isocentre.rooms.intake import door as intake

    tasks = [
        Task("move", work.move, batch=work.BATCH), Task("events", loop.deliver_events, batch=loop.EVENTS_AT_ONCE),
        Task("faces", faces.find, every=1), Task("text_in_findings", findings.look, every=1),
    ]  # fmt: skip
    if number:
        return tasks
    return [
        *tasks,
        Task("person_checks", intake.still_same.fill, every=60),
        Task("pull", intake.pulling.turn, every=0.5),
        Task("study_config", away.unless(messages.fetch_config), every=10),
        Task("recalls", away.unless(recalls.tell), every=1),
        Task("copies_back", asking_back.look, every=2),
        Task("copies_queued", queue.fill, every=10),
        Task("copies", sending.turn, every=1),
        Task("followers", intake.leading.settle, every=2),
        Task("rejections", intake.rejections.carry_out, every=1),
        Task("receipts", away.unless(messages.post_receipts), every=2),
        Task("verdicts", away.unless(verdicts.post), every=5),
        Task("receipts_again", reports.again, every=10),
        Task("seal", lambda _: sealer.seal(Path(settings.ZONE_HOME)), every=1),
        Task("audit_counts", lambda _: counted.write(), every=5),
        Task("charter_checks", intake.charter_checks.judge_due, every=2),
        Task("upkeep", intake.upkeep.run, every=60),
        Task("nights", intake.nightly.keep, every=60),
        Task("night_mail", intake.nightly.send, every=10),
        Task("faces_forgotten", faces.forget, every=600),
        Task("pictures_forgotten", pictures.forget, every=600),
        Task("findings", findings.gather, every=2),
        Task("runs_by_rule", findings.run_again, every=0.5),
        Task("canary", canaries(send_canary), every=5),
        Task("canary_seen", intake.canary.observe, every=2),
    ]


def platform_tasks() -> list[Task]:
    """What a platform worker does."""
    from isocentre.audit import sealer
    from isocentre.rooms.archive import recalls, upkeep

    heard = [Task("demo", demo_stored, every=2)] if settings.DEMO else []
    return [
        *heard,
        Task("events", loop.deliver_events, batch=loop.EVENTS_AT_ONCE),
        Task("seal", lambda _: sealer.seal(Path(settings.ZONE_HOME)), every=1),
        Task("recalls", recalls.carry_out, every=1),
        Task("metadata", upkeep.rebuild_metadata, every=2),
        Task("canary", upkeep.erase_canaries, every=60),
        Task("strays", upkeep.sweep_strays, every=600),
    ]


def demo_stored(worker: str) -> int:
    """The hospital side's demo process says in a file beside both zones that all of it was stored."""
    if not (settings.HOME / "demo" / "stored").exists() or jobs.recall("demo", {}).get("stored"):
        return 0
    jobs.remember("demo", {"stored": True})
    return 1


def canaries(send: Callable[[str], int], clock: Callable[[], float] = time.monotonic) -> Callable[[str], int]:
    """Send one at once and then every five minutes; one that could not be sent is tried again at the next turn.

    A hospital side that starts before its national side, or joins later, is then ready seconds after it is told sites.
    """
    due = [clock()]

    def turn(worker: str) -> int:
        if clock() < due[0]:
            return 0
        sent = send(worker)
        if sent:
            due[0] = clock() + CANARY_EVERY
        return sent

    return turn


def send_canary(worker: str) -> int:
    """Send a canary through our own intake, once the hospital's sites are known."""
    import tempfile

    from isocentre.adapters.dimse import client
    from isocentre.rooms.deid import door as deid
    from isocentre.rooms.intake import door as intake

    if not intake.canary_site():
        return 0
    deid.vault().create("canary")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "canary.dcm"
        path.write_bytes(intake.canary.made())
        results = client.send("127.0.0.1", settings.DICOM_PORT, "ISO_CANARY", "ISO_CANARY", [path])
    return int(results[0][1] == 0)
