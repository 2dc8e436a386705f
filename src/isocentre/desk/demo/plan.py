"""What the demo is made of: sites, scanners, research studies, people and their visits, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from isocentre.core.agreements import AgreementTerms
from isocentre.core.record_types import FaceWaiver, PlannedEvent, ScannerEntry
from isocentre.core.register import ResearchStudyTerms
from isocentre.desk.demo.objects import Machine, Patient

ORGANISATION = ("RNM", "Northmoor Demonstration NHS Trust")
SITES = (("RNM01", "Northmoor General"), ("RNM02", "Eastfield Hospital"), ("RNM03", "St Bride's Imaging Centre"))


@dataclass(frozen=True)
class Box:
    """One scanner: where it stands and what it writes into its headers."""

    code: str
    site: str
    modality: str
    machine: Machine


BOXES = (
    Box("NM-CT1", "RNM01", "CT", Machine("SIEMENS", "SOMATOM Force", "DM70011", "NMCT1", "Northmoor General")),
    Box("NM-MR1", "RNM01", "MR", Machine("SIEMENS", "MAGNETOM Vida", "DM70012", "NMMR1", "Northmoor General")),
    Box("EF-CT1", "RNM02", "CT", Machine("GE MEDICAL SYSTEMS", "Revolution CT", "DM70021", "EFCT1", "Eastfield")),
    Box("EF-MR1", "RNM02", "MR", Machine("Philips", "Ingenia", "DM70022", "EFMR1", "Eastfield")),
    Box("SB-PET1", "RNM03", "PT", Machine("CPS", "Biograph mCT", "DM70031", "SBPET1", "St Bride's")),
    Box("SB-CT1", "RNM03", "CT", Machine("Canon Medical Systems", "Aquilion ONE", "DM70032", "SBCT1", "St Bride's")),
)


SONO = Machine("NORTHSONO", "Sono 5", "DM70013", "NMUS1", "Northmoor General")
"""An ultrasound machine that writes names into its pictures; nobody plans for it, so the network does not list it."""


def scanner_entries() -> list[ScannerEntry]:
    """The scanners as the network lists them."""
    return [
        ScannerEntry(
            code=b.code, site=b.site, manufacturer=b.machine.manufacturer, model=b.machine.model,
            serial=b.machine.serial, station_name=b.machine.station, ae_title="", modality=b.modality,
        )
        for b in BOXES
    ]  # fmt: skip


def _event(
    code: str, name: str, point: str, modalities: tuple[str, ...], parts: tuple[str, ...], first: int, last: int
) -> PlannedEvent:  # fmt: skip
    return PlannedEvent(code, name, point, modalities, parts, "", (first, last))


WAIVED = FaceWaiver(True, "Made-up heads without a face: agreed by the demonstration's sponsor.")
NO_WAIVER = FaceWaiver(False, "")
QUICK, QUICK_PET = "trial-ct-mr.v2", "pet.v1"
"""The last versions that read no pictures: the next keep a core busy for each series, and the demo is to be quick."""
STUDIES = (
    ResearchStudyTerms("onco-ct", "LUMEN: CT response in lung cancer", "Northmoor University", "LUMEN",
                       "listed", QUICK, "consent", iras="300101", status="open"),
    ResearchStudyTerms("neuro-mr", "MEMENTO: MR in memory clinics", "Northmoor University", "MEMENTO",
                       "listed", QUICK, "s251", iras="300102", face_waiver=WAIVED, status="open"),
    ResearchStudyTerms("fdg-pet", "GLOW: FDG PET/CT response", "Eastfield Research Charity", "GLOW",
                       "listed", QUICK_PET, "consent", iras="300103", status="open"),
    ResearchStudyTerms("demo-mr", "DEMO_MR: send your own scan", "Northmoor University", "DEMO_MR",
                       "dedicated", QUICK, "consent", iras="300104", ae_title="DEMO_MR",
                       face_waiver=WAIVED, status="open"),
)  # fmt: skip
EVENTS = {
    "onco-ct": (
        _event("base-ct", "Baseline CT", "Baseline", ("CT",), ("CHEST",), -28, 0),
        _event("wk8-ct", "Week 8 CT", "Week 8", ("CT",), ("CHEST",), 49, 63),
        _event("wk16-ct", "Week 16 CT", "Week 16", ("CT",), ("CHEST",), 105, 119),
    ),
    "neuro-mr": (_event("base-mr", "Baseline MR", "Baseline", ("MR",), ("HEAD", "BRAIN"), -28, 28),),
    "fdg-pet": (_event("base-pet", "Baseline PET/CT", "Baseline", ("PT", "CT"), ("WHOLEBODY", "CHEST"), -28, 7),),
    "demo-mr": (),
}
AT = {"onco-ct": ("RNM01", "RNM02"), "neuro-mr": ("RNM01", "RNM02"), "fdg-pet": ("RNM03",), "demo-mr": ("RNM01",)}


AGREEMENT = AgreementTerms(
    controllers="Northmoor University (sponsor) and Northmoor Demonstration NHS Trust",
    processor="The national side of this demonstration",
    purposes="The research study as its ethics committee approved it, and research on scans that follows from it.",
    dpia="DPIA-DEMO-7",
    caldicott_name="Made-up Guardian", caldicott_post="Medical Director",
    siro_name="Made-up Risk Owner", siro_post="Chief Digital Officer",
    exit_terms="keep",
)  # fmt: skip
"""What the trust of the demo agreed for each research study; its days are counted from the day the demo is made."""
AGREED_DAYS = {"onco-ct": 900, "neuro-mr": 700, "fdg-pet": 35, "demo-mr": 900}
"""Days until each agreement ends: one soon."""
AGREED_BY = {
    "onco-ct": ("sana", "ines"),
    "neuro-mr": ("felix", "ines"),
    "fdg-pet": ("felix", "ines"),
    "demo-mr": ("sana", "ines"),
}
"""Who of the demo's people entered each, and who confirmed it."""


CHARTERS = {
    "onco-ct": """
title: LUMEN imaging charter
scans:
  - name: CT of the chest
    modalities: [CT]
    time_points: [Baseline, Week 8, Week 16]
    series:
      - name: Axial CT
        modality: CT
        minimum_images: 20
        rules:
          - {attribute: SliceThickness, range: {most: 5}, unit: mm}
          - {attribute: KVP, one_of: [100, 120], unit: kV}
          - {attribute: PixelSpacing, range: {most: 4}, unit: mm}
          - {attribute: ConvolutionKernel, present: true}
""",
    "fdg-pet": """
title: GLOW imaging charter
scans:
  - name: PET/CT
    modalities: [PT, CT]
    series:
      - {name: PET, modality: PT, minimum_images: 20, rules: [{attribute: DecayCorrection, exact: START}]}
      - {name: CT for attenuation, modality: CT, minimum_images: 20}
""",
}
"""Imaging charters by research study; the planned scans of the demo meet them."""
OPTED_OUT = "9990000220"
"""The one whose number the opt-out service does not return."""


@dataclass(frozen=True)
class Participant:
    """One made-up person in one research study; `sizes` are lesion diameters (mm) by time point: the known truth."""

    research_study: str
    subject_id: str
    patient: Patient
    scanner: str
    day_zero: date
    days: dict[str, int]
    sizes: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def on(self, time_point: str) -> date:
        """The date of a visit."""
        return self.day_zero + timedelta(days=self.days[time_point])


def _patient(number: int, name: str, nhs: str, born: date, sex: str) -> Patient:
    return Patient(name, f"NM{number:06d}", nhs, born, sex)


def participants(today: date) -> list[Participant]:
    """The people of the demo; their day 0 lies so that the last visit is a few days before `today`."""
    zero = today - timedelta(days=120)
    visits = {"Baseline": -7, "Week 8": 56, "Week 16": 112}
    return [
        Participant("onco-ct", "LUM-001", _patient(1, "Marlowe^Edith", "9990000018", date(1951, 4, 2), "F"), "NM-CT1",
                    zero, visits, {"Baseline": (32, 20), "Week 8": (24, 15), "Week 16": (16, 10)}),
        Participant("onco-ct", "LUM-002", _patient(2, "Achebe^Tunde", "9990000050", date(1962, 9, 30), "M"), "EF-CT1",
                    zero, visits, {"Baseline": (22, 14), "Week 8": (27, 18), "Week 16": (34, 24)}),
        Participant("onco-ct", "LUM-003", _patient(3, "Zołądek^Ewa", "", date(1948, 1, 17), "F"), "NM-CT1",
                    zero, visits, {"Baseline": (26,), "Week 8": (26,), "Week 16": (25,)}),
        Participant("neuro-mr", "MEM-001", _patient(4, "Pritchard^Owen", "9990000204", date(1944, 7, 8), "M"), "NM-MR1",
                    today - timedelta(days=20), {"Baseline": 3}, {"Baseline": (9,)}),
        Participant("neuro-mr", "MEM-002", _patient(5, "Hussain^Nadia", "9990000212", date(1950, 12, 24), "F"),
                    "EF-MR1", today - timedelta(days=15), {"Baseline": 2}, {"Baseline": (7,)}),
        Participant("neuro-mr", "MEM-003", _patient(7, "Delaney^Rose", OPTED_OUT, date(1947, 2, 11), "F"), "NM-MR1",
                    today - timedelta(days=12), {"Baseline": 4}, {"Baseline": (8,)}),
        Participant("fdg-pet", "GLO-001", _patient(6, "Lindqvist^Karin", "", date(1957, 3, 3), "F"), "SB-PET1",
                    today - timedelta(days=10), {"Baseline": 1}, {"Baseline": (22,)}),
    ]  # fmt: skip
