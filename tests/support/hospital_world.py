"""The hospital side with everything its addresses name: scans held, sent on, of a head; findings, rules, people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from isocentre.adapters.ocr import painter
from isocentre.core.actor import Actor, Scope
from isocentre.core.deid.engine import PixelCleaner
from isocentre.core.deid.faces.clean import FaceCleaner
from isocentre.core.deid.faces.cut import Cut
from isocentre.core.deid.faces.geometry import Grid, Plane
from isocentre.core.pull.lines import Asked
from isocentre.core.pull.match import StudyFound, judge
from isocentre.core.pull.series import Chosen, SeriesFound
from isocentre.core.routing import Route
from isocentre.people.models import RoleAssignment, Token, User
from isocentre.rooms.deid import deciding, door, findings, sampling, work
from isocentre.rooms.deid.models import FaceSeries, Finding, RefusedReport, Rule, SampledScan
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake import mending, subject_ids
from isocentre.rooms.intake.identities import asking as numbers
from isocentre.rooms.intake.models import (
    Decision,
    Enrolment,
    EnrolmentChange,
    IdentityQuestion,
    LedgerRow,
    ListedAccession,
    NightReport,
    Peer,
    Refusal,
    RefusedPeer,
    RejectionNote,
    ResearchStudy,
)
from isocentre.rooms.intake.nights import keeping
from isocentre.rooms.intake.nights import ports as night_ports
from isocentre.rooms.intake.pull import asking
from isocentre.rooms.intake.pull import ports as pull_ports
from isocentre.rooms.intake.trust import ports as trust_ports
from support import hospital
from support.burned import Pulled, Told, burned, text
from support.dicom_bytes import CT, US, el
from support.faces import Taken, slice_of
from support.gateway_ports import NO_PACS, TRUST, MemoryVault, MemoryWall, PlainTypesetter
from support.onward_book import Memory, asked_back, entered
from support.optouts import MemoryOptOuts
from support.world import World

BY = Actor("person", "a", "imaging_lead", Scope.everything(), frozenset({"*"}))
GREY = bytes(range(1, 241))
SENT, HELD, HEAD, DECIDED, BACK = "1.2.4.1", "1.2.3.1", "1.2.5.1", "1.2.6.1", "1.2.7.1"
NEAR = "1.2.8.1"
"""Scans: sent on and drawn for the sample, held for what is in its picture, of a head, decided about, taken back."""
WRONG = "Scanned under the one before"
SUBJECT = "77/301"


@contextmanager
def hospital_world(folder: Path, settings: Any, patch: pytest.MonkeyPatch) -> Iterator[World]:
    """The world in the test's database, originals in `folder`, the ports of the room in memory."""
    settings.ZONE, settings.ZONE_HOME = "gateway", folder
    ports = door.Ports(vault=MemoryVault(), wall=MemoryWall(), opt_outs=MemoryOptOuts())
    ports.pixels, ports.painter = PixelCleaner(Told(text(2, 3, 8, 6)), Pulled()), painter()
    ports.faces = FaceCleaner(Taken(), Pulled())
    ports.recipients = lambda node: Memory()
    patch.setattr(door, "ports", ports)
    patch.setattr(pull_ports, "_ports", [NO_PACS])
    patch.setattr(trust_ports, "_ports", [TRUST])
    patch.setattr(night_ports, "_ports", [night_ports.Ports(PlainTypesetter())])
    hospital.hospital()
    door.accept(by=BY, slug="lungs")
    person = hospital.enrolled(nhs_number="9990000018", subject_id=SUBJECT)
    sampling.set_percent(by=BY, wanted=100, reason="All of them")
    (folder / "quarantine" / "originals").mkdir(parents=True)
    chest = {"t00180015": el(0x00180015, "CS", "CHEST")}
    for uid, sop_class in ((SENT, CT), (HELD, US)):
        _arrive(folder, person.pk, uid, sop_class, burned(GREY, sop_class=sop_class, **chest))
    work.move("w")
    _head(folder, person.pk)
    findings.gather("w")
    findings.look("w")
    yield _world(person.pk)


def _arrive(folder: Path, person: int, uid: str, sop_class: str, data: bytes, **facts: str) -> None:
    """One image of a scan of its own, its original in quarantine."""
    study = uid.rpartition(".")[0]
    (folder / "quarantine" / "originals" / f"{uid}.dcm").write_bytes(data)
    route = Route("lungs", enrolment_id=person, time_point="Baseline", study_day=0)
    said = {"study_uid": study, "series_uid": f"{study}.0", **facts}
    hospital.arrive(hospital.newcomer(uid, routes=(route,), facts=said, sop_class_uid=sop_class))


def _head(folder: Path, person: int) -> None:
    """A head whose face was taken off; it and another scan are held."""
    for uid in (HEAD, DECIDED, BACK):
        _arrive(folder, person, uid, CT, slice_of(), body_part="HEAD")
        held = LedgerRow.objects.filter(sop_instance_uid=uid)
        held.update(disposition="held", cause="face_left", words="A reason.")
    grid = Grid(Plane((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), 20, 12), (0.0, 0.0, 1.0), 1)
    axes = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    cut = Cut(grid, (0.0, 0.0, 0.0), axes, (0.0, 0.0), 2.0, 1, 1, bytes(4), -1000.0, {"surface_left": 0.0})
    study = HEAD.rpartition(".")[0]
    FaceSeries.objects.create(
        research_study="lungs", study_uid=study, series_uid=f"{study}.0", state="found", cut=cut.dump(), images=1,
        figures={"surface_left": 0.01}, found_at=timezone.now(),
    )  # fmt: skip


def _more() -> tuple[Rule, Decision, User]:
    """What people did: a rule of one scan, a decision that may be undone, a sender, refusals, a colleague."""
    finding = Finding.objects.get()
    asked = deciding.Asked("redact", "Names above the picture", ((1, 1, 8, 6),), only_scan=True)
    rule = deciding.decide(by=BY, pk=finding.pk, asked=asked).rules[0]
    Finding.objects.update(state="open", rule=None, decision="", decided_by="", decided_at=None)
    gone = LedgerRow.objects.get(sop_instance_uid=BACK)
    intake.recalling.recall(by=BY, key=gone.pk, series=[gone.arrival.series_uid], reason=WRONG)
    RejectionNote.objects.create(sop_instance_uid=SENT, code="113001", images=[["1.2.4", SENT]], found=1, row=gone.pk,
                                 state=RejectionNote.ASKED, at=timezone.now(), reason=WRONG)  # fmt: skip
    key = LedgerRow.objects.get(sop_instance_uid=DECIDED).pk
    intake.reject(by=BY, keys=[key], cause="face_left", reason="Sent by mistake")
    Peer.objects.create(name="PACS", calling_ae="PACS", address="10.0.0.9", site="RNM01")
    now = timezone.now()
    RefusedPeer.objects.create(
        calling_ae="X", called_ae="ISO", address="10.0.0.8", reason="Not on the list", count=1, last_at=now
    )
    Refusal.objects.create(peer="PACS", cause="no_uid", objects_refused=2, first_at=now, last_at=now)
    colleague = User.objects.create(username="colleague", name="Alex Doe")
    RoleAssignment.objects.create(user=colleague, role="auditor", ends=now.date() + timedelta(days=9))
    ResearchStudy.objects.create(slug="new", title="New", proposal=hospital.config("new"))
    ResearchStudy.objects.filter(slug="lungs").update(proposal=hospital.config("lungs", profile="basic"))
    Token.objects.create(user=colleague, label="Of before", digest="d", scope=[], expires_at=now + timedelta(days=1))
    return rule, Decision.objects.latest("pk"), colleague


def _mended() -> int:
    """Somebody enrolled without a scan, whose number was corrected; the enrolment."""
    today = timezone.localdate()
    one = intake.enrol(by=BY, research_study="lungs", hospital_number="RNM7700", name="OTHERLY^Olive",
                       consented_on=today, day_zero=today, subject_id="77/302")  # fmt: skip
    typed = {"subject_id": "77/303", "hospital_number": "RNM7701", "surname": "Otherly"}
    mending.correct(by=BY, enrolment=one.pk, typed=typed, reason="Two digits were changed round")
    return int(one.pk)


def _doubted() -> tuple[int, int]:
    """Two people whose subject ids may tell who they are, a held scan of each: one to decide about, one accepted."""
    made = []
    for at, (name, subject) in enumerate((("OPENSHAW^Olga", "OPEN/304"), ("ACCEPT^Agnes", "ACC/305"))):
        one = intake.enrol(by=BY, research_study="lungs", hospital_number=f"RNM771{at}", name=name, subject_id=subject)
        route = Route("lungs", "held", "no_consent", "A reason.", enrolment_id=one.pk)
        hospital.arrive(hospital.newcomer(f"1.2.7{at}.1", route=route, facts={"study_uid": f"1.2.7{at}"}))
        made.append(one.pk)
    second = replace(BY, name="b")
    subject_ids.accept(by=second, enrolment=made[1], reason="The letters are those of the site")
    return made[0], made[1]


def _unassigned(person: int) -> tuple[int, int]:
    """A scan left out by three days, and an accession number that is listed; the row of the scan, and that number."""
    route = Route("lungs", "left_out", "no_visit", "Outside.", enrolment_id=person, study_day=33)
    day = (timezone.localdate() + timedelta(days=33)).isoformat()
    hospital.arrive(hospital.newcomer(NEAR, route=route, facts={"study_uid": "1.2.8", "acquired": day}))
    intake.accessions.add(by=BY, research_study="lungs", named=[("LISTED77", "")])
    return LedgerRow.objects.get(sop_instance_uid=NEAR).pk, ListedAccession.objects.get().pk


def _fetched() -> tuple[int, int, int]:
    """A list of which the PACS has several scans for one line; the PACS, the list, the line."""
    node = intake.pulling.set_node(
        by=BY,
        name="Store",
        host="10.0.0.7",
        port=104,
        ae_title="STORE",
        calling_ae="ISO",
        destination="ISO",
        site="RNM01",
    )
    asked = [(2, Asked(accession="FETCH0001")), (3, Asked(accession="FETCH0002"))]
    pull = intake.pulling.make(by=BY, research_study="lungs", pacs=node.pk, name="Baseline of spring", asked=asked)
    line, other = pull.lines.order_by("number")
    found = [StudyFound(f"1.2.9.{n}", "FETCH0001", "RNM7", "", date(2026, 3, n), "101500", "CT") for n in (1, 2)]
    pull.lines.update(claimed_by="w")
    asking.record(line, "w", judge(line.asked, found), [])
    chosen = [Chosen(SeriesFound("1.2.9.3.1", "CT", "CHEST", "Thorax", 1, 40))]
    one = StudyFound("1.2.9.3", "FETCH0002", "RNM7", "", date(2026, 3, 3))
    asking.record(other, "w", judge(other.asked, [one]), [(each, 40) for each in chosen])
    return node.pk, pull.pk, line.pk


def _night() -> int:
    """The record of a day on which something came, and a list was being fetched."""
    counts = {"received": 2, "stored": 1, "duplicates": 0, "sent_on": 1, "held": 1, "left_out": 0, "rejected": 0,
              "opted_out": 0, "pending": 0}  # fmt: skip
    night = keeping.Night(
        [keeping.Came("lungs", "RNM01", counts)], [keeping.Held("lungs", "RNM01", "ultrasound", 1, 1)],
        [keeping.Listed(1, "Baseline of spring", "lungs", "RNM01", "Store", 2, 1, 1, 0, 40, 39)],
        [keeping.Short(1, "lungs", "RNM01", 2, 1, "CT", 20, 19, 3)],
    )  # fmt: skip
    now = timezone.now()
    return NightReport.objects.create(day=now.date() - timedelta(days=1), made_at=now, said=asdict(night)).pk


def _elsewhere() -> int:
    """A destination that waits for a second person, at which a copy is to be deleted."""
    node = entered(slug="lungs")
    asked_back(node, LedgerRow.objects.get(sop_instance_uid=SENT))
    return node.pk


def _asked(person: int) -> int:
    """A question about a number of that person, which holds nothing: a scan the PACS does not have any more."""
    one = IdentityQuestion(kind="gone", source="pacs", told_by="PACS", before=[[hospital.NUMBER, ""]],
                           before_person=Enrolment.objects.get(pk=person).person)  # fmt: skip
    numbers.ask(one)
    return one.pk


def _world(person: int) -> World:
    rule, decision, colleague = _more()
    near, listed = _unassigned(person)
    node, pull, line = _fetched()
    doubted, accepted = _doubted()
    free, sent = _mended(), LedgerRow.objects.get(sop_instance_uid=SENT).pk
    RefusedReport.objects.create(key=sent, words="It was refused.", said="", at=timezone.now())
    held = LedgerRow.objects.get(sop_instance_uid=HELD).pk
    head = LedgerRow.objects.get(sop_instance_uid=HEAD).pk
    drawn = SampledScan.objects.get().pk
    profile = {"name": "trial-ct-mr", "version": 1, "pk": held, "old": "trial-ct-mr", "was": 1}
    return World(
        named={"slug": "lungs", "key": held, "cause": "ultrasound", "act": "try-again", "topic": "held"},
        under={
            "/intake/enrolment/": {"pk": person},
            "/intake/enrolment/undo/": {"pk": EnrolmentChange.objects.get().pk},
            "/intake/enrolment/<int:pk>/subject-id/": {"pk": doubted},
            "/intake/enrolment/<int:pk>/subject-id/undo": {"pk": accepted},
            "/intake/enrolment/<int:pk>/correct": {"pk": free},
            "/intake/enrolment/<int:pk>/remove": {"pk": free},
            "/intake/arrivals/unassigned/": {"pk": near},
            "/intake/fetching/": {"pk": pull, "line": line},
            "/intake/fetching/pacs/": {"pk": node},
            "/api/v1/fetches": {"key": pull},
            "/intake/numbers/": {"pk": _asked(person)},
            "/intake/recalls/": {"pk": held},
            "/intake/reconciliation/nights/": {"pk": _night()},
            "/intake/recalls/notes/": {"pk": RejectionNote.objects.get().pk},
            "/intake/senders/": {"pk": Peer.objects.get(name="PACS").pk},
            "/intake/senders/refused/": {"pk": RefusedPeer.objects.get().pk},
            "/deid/held/undo/": {"pk": decision.pk},
            "/deid/review/": {"pk": Finding.objects.get().pk, "frame": 1, "side": "original"},
            "/deid/review/sample/": {"pk": drawn, "image": 1, "frame": 1, "side": "result"},
            "/deid/review/rules/": {"pk": rule.pk},
            "/deid/onward/": {"pk": _elsewhere()},
            "/deid/faces/": {"pk": head, "series": FaceSeries.objects.get().pk},
            "/deid/profiles/": profile,
            "/deid/profiles/<slug:name>/<int:version>/from/": {"version": 2},
            "/accounts/tokens/": {"pk": Token.objects.get().pk},
            "/accounts/people/": {"pk": colleague.pk, "assignment": colleague.roles.get().pk, "act": "end-sessions"},
        },
        objects=frozenset({"pk", "key", "slug", "series", "line"}),
        words=(SUBJECT, "OPEN/304", hospital.NUMBER, "Needlova", f"/scan/{held}/", f"/intake/enrolment/{person}\"",
               "/deid/held/ultrasound/", '"cause": "ultrasound"', "Of before",
               WRONG, "FETCH0001", f"/arrivals/unassigned/{near}", "Baseline of spring"),
        studies=("lungs",),
        elsewhere=("own", "RNM02"),
        asked={"/search/": {"q": hospital.ACCESSION}, "/deid/held/<slug:cause>/<slug:act>": {"chosen": held},
               "/deid/reports/again": {"chosen": sent}, "/intake/enrolment/accessions/remove": {"chosen": listed}},
    )  # fmt: skip
