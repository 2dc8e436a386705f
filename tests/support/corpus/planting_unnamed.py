"""Identifiers in text that Table E.1-1 does not name: orders, comments, labels, technical attributes, codes, UIDs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from isocentre.core.score.answers import Plant
from support.corpus.people import person
from support.corpus.planting_more import place

if TYPE_CHECKING:
    from support.corpus.planting import Planter

KIND = "text the table does not name"
LONGEST = {"SH": 16, "LO": 64, "CS": 64}
# What is of no use without the patient: orders, comments, other calendars, addresses of systems.
GOING = (
    "CommentsOnTheScheduledProcedureStep", "PlacerOrderNumberProcedure", "FillerOrderNumberProcedure", "DoseComment",
    "FillerOrderNumberImagingServiceRequestRetired", "PlacerOrderNumberImagingServiceRequestRetired",
    "FrameOfReferenceTransformationComment", "TreatmentStatusComment", "SetupImageComment", "OverrideReason",
    "PatientBirthDateInAlternativeCalendar", "CommentsOnPatientPerformanceOfVisualField", "SurfaceComments",
    "InstructionPerformanceComment", "RetrieveURL", "ContactDisplayName",
)  # fmt: skip
# Labels and descriptions, as free as those of the table.
LABELS = (
    "AcquisitionProtocolName", "FrameLabel", "ReconstructionDescription", "FrameOfInterestDescription", "RTImageName",
    "RTImageDescription", "BeamName", "AcquisitionContextDescription", "TreatmentProtocols", "PatientSetupLabel",
)  # fmt: skip
# What machines write, and what is to stay of it where nothing was added.
TECHNICAL = (
    ("ConvolutionKernel", "Br40d"), ("FilterType", "WEDGE_2"), ("ReceiveCoilName", "HeadNeck_64"),
    ("TransmitCoilName", "Body"), ("SoftwareVersions", "syngo MR E11"), ("SoftwareVersions", "5.4.12"),
    ("RescaleType", "HU"), ("WindowCenterWidthExplanation", "LUNG"), ("PulseSequenceName", "*tfl3d1_16ns"),
    ("Radiopharmaceutical", "FDG -- fluorodeoxyglucose"), ("DetectorDescription", "AMORPHOUS SILICON 14.1x11"),
    ("StackID", "Q1"), ("LUTExplanation", "NK5"), ("CollimatorGridName", "Upper,1349"),
    ("ReconstructionMethod", "OSEM2D 2i8s"), ("ApplicatorID", "A10x10"), ("AlgorithmVersion", "2019.10"),
)  # fmt: skip
CODES = ("SequenceVariant", "TherapyDescription", "ScanOptions", "ContentLabel")


def plant(planter: Planter) -> None:
    """Plant into some of each, in most objects; what machines write stands alone in others, and has to stay."""
    rng = planter.rng
    if rng.random() < 0.7:
        _free(planter, rng.sample(GOING, 3))
        _labels(planter, rng.sample(LABELS, 2))
    for keyword, value in rng.sample(TECHNICAL, 3):
        if keyword not in planter.ds:
            setattr(planter.ds, keyword, value)
    if rng.random() < 0.3:
        _technical(planter, *rng.choice(TECHNICAL))
    if rng.random() < 0.3:
        _codes(planter)
    if rng.random() < 0.2:
        number = planter.who.nhs_number
        planter.ds.MultiFrameSourceSOPInstanceUID = f"1.2.840.10008.{number}"
        _note(planter, place("MultiFrameSourceSOPInstanceUID"), number)


def _note(planter: Planter, path: str, text: str, keep: str = "") -> None:
    planter.plants.append(Plant(path, text, KIND, keep))
    planter.nowhere(text, KIND)


def _free(planter: Planter, keywords: list[str]) -> None:
    for keyword in keywords:
        words, text, _ = planter.phrase()
        if keyword.startswith("PatientBirthDate"):
            words = text = f"Showa {planter.who.birth:%d-%m-%d}"
        if keyword == "RetrieveURL":
            text = planter.who.patient_id.replace("/", "-")
            words = f"https://pacs.example.org/{text}"
        if not text.isascii() or len(words) > LONGEST.get(dictionary_VR(keyword), 999):
            words = text = planter.who.accession
        setattr(planter.ds, keyword, words)
        _note(planter, place(keyword), text)


def _labels(planter: Planter, keywords: list[str]) -> None:
    for keyword in keywords:
        words, text, _ = planter.phrase()
        value = planter.rng.choice([f"CT CHEST {words}", f"{words} CT CHEST"])
        if not text.isascii() or len(value) > LONGEST.get(dictionary_VR(keyword), 999):
            continue
        setattr(planter.ds, keyword, value)
        _note(planter, place(keyword), text, "CT CHEST")


def _identifier(planter: Planter) -> tuple[str, str]:
    """What the header says of the patient, or what has the form of an identifier, as it is written; what must go."""
    who, rng = planter.who, planter.rng
    family, stranger = who.spoken.split()[-1], person(rng).doctor.split("^")[0]
    n = who.nhs_number
    told = [
        (who.patient_id, who.patient_id), (who.accession, who.accession), (n, n), (who.phone, who.phone),
        (f"NHS {n[:3]} {n[3:6]} {n[6:]}", f"{n[:3]} {n[3:6]} {n[6:]}"), (who.email, who.email),
        (f"{who.birth:%d/%m/%Y}", f"{who.birth:%d/%m/%Y}"), (f"Dr {stranger}", stranger),
    ]  # fmt: skip
    if family.isascii() and len(family) > 4:
        told += [(family, family), (family.upper(), family), (f"J{family}", family)]
    return rng.choice([one for one in told if one[0].isascii()])


def _technical(planter: Planter, keyword: str, value: str) -> None:
    said, text = _identifier(planter)
    if len(f"{value} {said}") <= LONGEST.get(dictionary_VR(keyword), 999):
        setattr(planter.ds, keyword, f"{value} {said}")
        _note(planter, place(keyword), text)


def _codes(planter: Planter) -> None:
    """In a code that is none, and as the value of a code of the hospital's own."""
    tag = Tag(planter.rng.choice(CODES))
    said, text = _identifier(planter)
    if not said.replace(" ", "").isupper() or len(said) > LONGEST["SH"]:
        planter.ds.add_new(tag, "CS", f"for {said}")
        _note(planter, place(tag), text)
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = planter.who.patient_id, "99LOCAL", "CT chest"
    planter.ds.RequestedProcedureCodeSequence = Sequence([item])
    before = place("RequestedProcedureCodeSequence") + "[0]"
    _note(planter, place("CodeValue", before), planter.who.patient_id)
