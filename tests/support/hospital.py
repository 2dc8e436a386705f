"""A hospital for tests: two accepted research studies, a scanner, and objects that arrive without files or sockets."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import Client
from django.utils import timezone

from isocentre.core.actor import Actor, Scope
from isocentre.core.dicom.header import read_header
from isocentre.core.routing import Route
from isocentre.people.models import RoleAssignment, User
from isocentre.rooms.intake import canary, door
from isocentre.rooms.intake.ledger import Kept, Newcomer, record_arrivals
from isocentre.rooms.intake.models import Enrolment, LedgerRow, ResearchStudy, Scanner
from isocentre.rooms.intake.reroute import Router

LEAD = Actor(
    "person", "lead", "imaging_lead", Scope.everything(), frozenset({"held_act", "held_view", "enrolment_edit"})
)
OTHER = Actor("person", "other", "radiographer", Scope.everything(), frozenset({"held_act", "held_view"}))
NAME, NUMBER, ACCESSION = "Needlova^Zuzana", "NM777001", "ACCNEEDLE1"
SERIAL = "SER1"
EVENT = {
    "id": "baseline", "name": "Baseline CT", "time_point": "Baseline", "modalities": ["CT"], "body_parts": ["CHEST"],
    "procedure": "", "window": [-30, 30],
}  # fmt: skip
UNASSIGNED = Route("unassigned", "held", "not_part", "Not part of a research study here.")


def config(slug: str, **changes: Any) -> dict[str, Any]:
    """A proposal as the national side makes it."""
    return {
        "slug": slug, "title": f"Trial {slug}", "sponsor": "Northmoor", "protocol_name": "P1", "intake_mode": "listed",
        "sites": ["RNM01"], "profile": "trial-ct-mr.v2", "legal_basis": "consent", "ae_title": "",
        "face_waiver": {"waived": False, "reason": ""}, "receive": True, "planned_events": [EVENT],
        "prior_imaging": False, "version": 1, **changes,
    }  # fmt: skip


def hospital() -> None:
    """A listed and a dedicated research study in force, one known scanner."""
    for slug, mode in (("lungs", "listed"), ("own", "dedicated")):
        proposal = config(slug, intake_mode=mode)
        ResearchStudy.objects.create(
            slug=slug, title=proposal["title"], proposal=proposal, accepted=proposal, accepted_by="lead",
            accepted_at=timezone.now(),
        )  # fmt: skip
    Scanner.objects.create(code="NM-CT1", site="RNM01", serial=SERIAL, modality="CT")


def newcomer(uid: str = "1.2.3.1", *, route: Route = UNASSIGNED, **changes: Any) -> Newcomer:
    """One CT object of the needle's scan 1.2.3, acquired today."""
    facts = {
        "patient_id": NUMBER, "issuer": "", "patient_name": NAME, "birth_date": "19600101", "accession": ACCESSION,
        "study_uid": "1.2.3", "series_uid": "1.2.3.0", "modality": "CT", "body_part": "CHEST", "serial": SERIAL,
        "station_name": "", "study_description": "CT thorax", "acquired": timezone.localdate().isoformat(),
        **changes.pop("facts", {}),
    }  # fmt: skip
    values: dict[str, Any] = {
        "path": f"originals/{uid}.dcm", "size": 100, "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
        "sop_instance_uid": uid, "transfer_syntax": "1.2.840.10008.1.2.1", "header_sha256": "h", "pixel_sha256": "p",
        "source": "dimse", "peer": "ct", "association": "a1", "facts": facts, "site": "RNM01", "scanner": "NM-CT1",
        "routes": (route,), "arrived_at": timezone.now(), "by": LEAD, **changes,
    }  # fmt: skip
    return Newcomer(**values)


def arrive(*items: Newcomer) -> list[Kept]:
    """Record a batch, as the group committer does."""
    with transaction.atomic():
        return record_arrivals(list(items))


def images(home: Path, count: int) -> list[str]:
    """So many real images of a dedicated research study, waiting their turn with their originals; their UIDs."""
    folder = home / "quarantine" / "originals"
    folder.mkdir(parents=True, exist_ok=True)
    uids = []
    for _ in range(count):
        data = canary.made()
        header = read_header(data)
        uid, facts = header.text(0x00080018), {"study_uid": header.text(0x0020000D)}
        (folder / f"{uid}.dcm").write_bytes(data)
        arrive(newcomer(uid, route=Route("own"), facts=facts))
        uids.append(uid)
    return uids


def held(cause: str = "not_part", slug: str = "unassigned", uids: tuple[str, ...] = ("1.2.3.1", "1.2.3.2")) -> int:
    """A scan of these images held for a cause; its key."""
    route = Route(slug, "held", cause, "A reason.")
    arrive(*(newcomer(uid, route=route) for uid in uids))
    return LedgerRow.objects.filter(sop_instance_uid__in=uids).order_by("pk")[0].pk


def enrolled(slug: str = "lungs", **changes: Any) -> Any:
    """The needle's person enrolled, consented a month ago, day 0 today."""
    today: date = timezone.localdate()
    facts: dict[str, Any] = {"consented_on": today - timedelta(days=30), "day_zero": today, "subject_id": "01/007"}
    return door.enrol(by=LEAD, research_study=slug, hospital_number=NUMBER, name=NAME, **{**facts, **changes})


def signed_in(role: str, research_study: str = "*", site: str = "*") -> Client:
    """A client of a person in this role."""
    user = User.objects.create(username=f"{role}-{research_study}-{site}", name="Sam Lee")
    RoleAssignment.objects.create(user=user, role=role, research_study=research_study, site=site)
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    """The whole answer as text."""
    return b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode()


def routed(one: Enrolment, uid: str = "1.1", **facts: str) -> LedgerRow:
    """An image of theirs in the research study `lungs` that is routed as it arrives."""
    arrive(newcomer(uid, route=Route("lungs", enrolment_id=one.pk), facts=facts))
    row = LedgerRow.objects.select_related("arrival").get(sop_instance_uid=uid)
    [placed] = Router().placed(row)
    where = {"disposition": placed.route.disposition, "cause": placed.route.cause, "words": placed.route.words}
    LedgerRow.objects.filter(pk=row.pk).update(**where)
    row.refresh_from_db()
    return row
