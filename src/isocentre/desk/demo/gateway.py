"""Seeds the hospital side: senders admitted, research studies accepted, people enrolled, then scans sent by C-STORE."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from pydicom.dataset import Dataset

from isocentre.core.actor import Actor, Scope
from isocentre.desk.demo import letters, objects, phantoms, plan
from isocentre.desk.demo.objects import Visit
from isocentre.desk.demo.phantoms import Lesion
from isocentre.rooms.deid import door as deid
from isocentre.rooms.intake import door as intake

Send = Callable[[str, str, Iterable[Path]], list[tuple[Path, int]]]
"""(calling AE, called AE, files) -> (file, status) of a C-STORE to this machine's own intake."""

MAY = frozenset({"study_config_accept", "optout_upload", "rules_confirm"})
LEAD = Actor("person", "demo.lead", "imaging_lead", Scope.everything(), MAY)
CT_SPACING, MR_SPACING, PET_SPACING = (5.0, 3.6), (3.0, 2.4), (5.0, 3.6)
PLACES = ((0.5, 0.52, 0.32), (0.5, 0.5, 0.68))


def prepare(today: date) -> None:
    """Senders, acceptances, enrolments, the national data opt-out; safe to repeat."""
    for calling, name, site in (("STORESCU", "your own storescu", "RNM01"), ("DEMO_SEND", "demo scanners", "")):
        intake.admit_peer(by=LEAD, calling_ae=calling, address="127.0.0.1", name=name, site=site)
    for terms in plan.STUDIES:
        deid.accept(by=LEAD, slug=terms.slug, face_waiver=terms.face_waiver.reason)
    deid.set_sample(
        by=LEAD, percent=100, reason="There are few scans in the demonstration: people look at all of them."
    )
    asked = {terms.slug for terms in plan.STUDIES if terms.legal_basis == "consent"}
    for person in plan.participants(today):
        consented = person.day_zero - timedelta(days=28)
        intake.enrol(
            by=LEAD, research_study=person.research_study, hospital_number=person.patient.hospital_number,
            nhs_number=person.patient.nhs_number, name=person.patient.name, birth_date=person.patient.birth_date,
            subject_id=person.subject_id, consented_on=consented if person.research_study in asked else None,
            day_zero=person.day_zero,
        )  # fmt: skip
    numbers = deid.ask_opt_out(by=LEAD).decode().split()
    returned = "\n".join(number for number in numbers if number != f"{plan.OPTED_OUT},")
    deid.take_opt_out(by=LEAD, allowed=returned, answered_on=today)


def scans(today: date) -> list[Dataset]:
    """Every image of the planned visits, in order."""
    made: list[Dataset] = []
    for person in plan.participants(today):
        box = next(b for b in plan.BOXES if b.code == person.scanner)
        for point, sizes in person.sizes.items():
            accession = f"{person.subject_id[:3]}{person.subject_id[-3:]}{list(person.days).index(point) + 1}"
            visit = Visit(person.patient, box.machine, person.on(point), accession, f"{box.modality} {point}")
            lesions = [Lesion(at, size) for at, size in zip(PLACES, sizes, strict=False)]
            made += _scan(visit, box.modality, lesions)
    return made


def _scan(visit: Visit, modality: str, lesions: list[Lesion]) -> list[Dataset]:
    seed = int(objects.uid(visit.accession)[-6:])
    if modality == "CT":
        return objects.series(visit, 1, "CT", "CHEST", phantoms.thorax(24, CT_SPACING, lesions, seed), CT_SPACING)
    if modality == "MR":
        return objects.series(visit, 1, "MR", "HEAD", phantoms.head(24, MR_SPACING, lesions, seed), MR_SPACING)
    low = objects.series(visit, 1, "CT", "CHEST", phantoms.thorax(20, PET_SPACING, lesions, seed), PET_SPACING)
    hot = phantoms.tracer(20, PET_SPACING, lesions, seed)
    return low + objects.series(visit, 2, "PT", "CHEST", hot, PET_SPACING)


def oddities(today: date) -> list[Dataset]:
    """Scans whose fate is not "sent on": one left out, one of an unknown person, one with text in its picture."""
    first = plan.participants(today)[0]
    box = plan.BOXES[0]
    visit = Visit(first.patient, box.machine, first.on("Week 8"), "ODD2", "MR knee")
    head = phantoms.head(3, MR_SPACING, [], 7)
    stranger = replace(first.patient, name="Nowak^Jan", hospital_number="NM999999", nhs_number="")
    unknown = replace(visit, patient=stranger, accession="ODD3", description="CT chest")
    second = plan.participants(today)[1]
    marked = Visit(second.patient, plan.BOXES[2].machine, second.on("Week 8"), "ODD4", "CT chest, key image")
    [key_image] = objects.series(marked, 1, "CT", "CHEST", phantoms.thorax(1, CT_SPACING, [], 7), CT_SPACING)
    key_image.BurnedInAnnotation = "YES"
    return [
        key_image,
        *objects.series(visit, 1, "MR", "KNEE", head, MR_SPACING),
        *objects.series(unknown, 1, "CT", "CHEST", head, MR_SPACING),
    ]


def send_all(today: date, send: Send) -> int:
    """Send everything by C-STORE; a few again (duplicates, one with a corrected header); returns refused objects."""
    with tempfile.TemporaryDirectory(prefix="isocentre-demo-") as folder:
        made = scans(today)
        paths = objects.write(made + oddities(today), Path(folder))
        results = send("DEMO_SEND", "ISOCENTRE", paths)
        own = _own_mr(today)
        results += send("STORESCU", "DEMO_MR", objects.write(own, Path(folder) / "own"))
        results += send("DEMO_SEND", "ISOCENTRE", paths[:2])
        corrected = made[-1]
        corrected.StudyDescription = "PET/CT baseline (corrected)"
        results += send("DEMO_SEND", "ISOCENTRE", objects.write([corrected], Path(folder) / "corrected"))
    return sum(status != 0 for _, status in results)


def _own_mr(today: date) -> list[Dataset]:
    patient = objects.Patient("Volunteer^Victor", "VOL0001", "", date(1980, 5, 5), "M")
    box = plan.BOXES[1]
    visit = Visit(patient, box.machine, today, "VOL1", "MR head volunteer")
    second = replace(patient, name="Volunteer^Vera", hospital_number="VOL0002", birth_date=date(1985, 6, 17), sex="F")
    made = objects.series(visit, 1, "MR", "HEAD", phantoms.head(12, MR_SPACING, [], 12), MR_SPACING)
    for number, one in enumerate((patient, second)):
        scan = Visit(one, plan.SONO, today, f"VOL{number + 2}", "Ultrasound abdomen")
        made += objects.series(scan, 1, "US", "ABDOMEN", _marked(one, number), MR_SPACING)
    return made


def _marked(patient: objects.Patient, seed: int) -> phantoms.Slices:
    """An ultrasound picture as the machine writes it: name, number and date of birth above, its maker's mark below."""
    picture = phantoms.sector(seed)
    name = patient.name.upper().replace("^", " ")
    letters.write(picture[0], name, 12, 12, 2, 900)
    letters.write(picture[0], f"{patient.hospital_number} {patient.birth_date:%d.%m.%Y}", 34, 12, 2, 900)
    letters.write(picture[0], "NORTHSONO", 336, 350, 2, 900)
    return picture
