"""Plant identifiers into an object: in every place where people put them, in several shapes, at depth."""

from __future__ import annotations

import random
from base64 import b64encode
from datetime import date, timedelta

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from isocentre.core.score.answers import Plant
from isocentre.core.score.model import ANYWHERE
from support.corpus import planting_more, planting_unnamed
from support.corpus.made import fresh, reference
from support.corpus.made_others import code
from support.corpus.people import Person, person
from support.corpus.planting_more import place

LEAST = 4
UNNAMED = "id in an unnamed place"
VOCABULARY = (
    "CT CHEST",
    "MR BRAIN T2 AX",
    "T1 MPRAGE SAG",
    "ABDOMEN PELVIS PV PHASE",
    "LUNG 1.0 B60f",
    "DWI b1000 TRA",
    "PORTABLE AP",
    "FDG WHOLE BODY",
    "KNEE LEFT PD FS",
    "AORTA 3 MM",
)
AGENTS = ("OMNIPAQUE 350", "IOHEXOL", "GADOVIST", "Dotarem 10 ml", "ULTRAVIST 300")
_DESCRIPTIONS = (
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "PerformedProcedureStepDescription",
    "RequestedProcedureDescription",
    "ImageComments",
    "PatientComments",
    "AdditionalPatientHistory",
    "StudyComments",
    "DerivationDescription",
    "AcquisitionComments",
    "ReasonForStudy",
    "VisitComments",
    "ContrastBolusAgent",
)
_PEOPLE = (
    "OperatorsName",
    "PerformingPhysicianName",
    "NameOfPhysiciansReadingStudy",
    "RequestingPhysician",
    "PhysiciansOfRecord",
    "ScheduledPerformingPhysicianName",
    "ConsultingPhysicianName",
    "ContentCreatorName",
    "ReviewerName",
)
SAFE_VALUES = (
    (0x0019, "SIEMENS MR HEADER", 0x0C, "IS", "1000"),
    (0x0043, "GEMS_PARM_01", 0x39, "IS", "1000\\8\\0\\0"),
    (0x2001, "Philips Imaging DD 001", 0x03, "FL", 1000.0),
)


class Planter:
    """Plants one person into one object, and keeps what was planted where."""

    def __init__(self, ds: Dataset, who: Person, rng: random.Random) -> None:
        self.ds, self.who, self.rng = ds, who, rng
        self.plants: list[Plant] = []

    def all(self) -> list[Plant]:
        """Plant everywhere; what was planted."""
        self.ds.SpecificCharacterSet = self.who.charset
        for do in (
            self._unnamed,
            self._patient,
            self._people,
            self._texts,
            self._nested,
            self._deep,
            self._references,
            self._private,
            self._overlay,
            self._reports,
            self._radiotherapy,
            lambda: planting_more.plant(self),
            self._outside,
            lambda: planting_unnamed.plant(self),
        ):
            do()
        return list(dict.fromkeys(self.plants))

    def put(
        self,
        keyword: str,
        value: str,
        texts: tuple[str, ...],
        kind: str,
        keep: str = "",
        item: Dataset | None = None,
        before: str = "",
    ) -> None:
        setattr(self.ds if item is None else item, keyword, value)
        path = place(keyword, before)
        for text in texts:
            self.plants.append(Plant(path, text, kind, keep))
            self.nowhere(text, kind)

    def nowhere(self, text: str, kind: str) -> None:
        if len(text) >= LEAST or not text.isascii():
            self.plants.append(Plant(ANYWHERE, text, kind))

    def _maybe(self, chance: float = 0.5) -> bool:
        return self.rng.random() < chance

    def _patient(self) -> None:
        who = self.who
        birth, age = who.birth.strftime("%Y%m%d"), (date(2019, 3, 14) - who.birth).days // 365
        self.put("PatientName", who.name, who.texts, "name")
        self.put("PatientID", who.patient_id, (who.patient_id,), "id")
        self.ds.IssuerOfPatientID = "QTRUST"
        self.put("PatientBirthDate", birth, (birth,), "date")
        self.ds.PatientSex, self.ds.PatientAge, self.ds.PatientWeight, self.ds.PatientSize = (
            who.sex,
            f"{age:03d}Y",
            "71.5",
            "1.68",
        )
        self.put("AccessionNumber", who.accession, (who.accession,), "id")
        self.put("InstitutionName", who.hospital, (who.hospital,), "place")
        for keyword, value, kind in (
            ("OtherPatientIDs", who.nhs_number, "nhs number"),
            ("PatientAddress", f"{who.address}, {who.town}", "address"),
            ("PatientTelephoneNumbers", who.phone, "phone"),
            ("InstitutionAddress", f"1 Infirmary Way, {who.town}", "place"),
            ("AdmissionID", f"ADM{who.accession[2:]}", "id"),
            ("CurrentPatientLocation", f"Ward 7 {who.hospital}", "place"),
            ("InstitutionalDepartmentName", f"Imaging {who.hospital}", "place"),
            ("MedicalRecordLocator", f"MRL-{who.patient_id}", "id"),
            ("FillerOrderNumberImagingServiceRequest", who.accession + "F", "id"),
            ("PatientReligiousPreference", "Quaybridge Friend", "text"),
            ("RequestedProcedureID", "RP" + who.accession[3:], "id"),
        ):
            if self._maybe():
                self.put(keyword, value, (value,), kind)
        for keyword in ("OtherPatientNames", "PatientBirthName", "PatientMotherBirthName", "ResponsiblePerson"):
            if self._maybe(0.4):
                other = person(self.rng)
                if other.name.isascii():
                    self.put(keyword, other.name, other.texts, "name")

    def _unnamed(self) -> None:
        """In attributes that the table does not name, and so are kept: only a look at the outcome finds these."""
        if not self._maybe(0.05):
            return
        item = code("QCT1", "CT chest", "99LOCAL")
        before = place("ProcedureCodeSequence") + "[0]"
        text = self.who.patient_id
        self.put("CodeMeaning", f"CT chest {text}", (text,), UNNAMED, item=item, before=before)
        self.ds.ProcedureCodeSequence = Sequence([item])

    def _people(self) -> None:
        family = self.who.doctor.split("^")[0]
        self.put("ReferringPhysicianName", self.who.doctor, (family,), "name")
        for keyword in _PEOPLE:
            if self._maybe(0.4):
                name = person(self.rng).doctor
                self.put(keyword, name, (name.split("^")[0],), "name")

    def phrase(self) -> tuple[str, str, str]:
        """Words that identify, as people type them; the part of it that must go; its kind."""
        who, rng = self.who, self.rng
        n, other = who.nhs_number, person(rng)
        day = date(2019, 3, 14) - timedelta(days=rng.randrange(900))
        family, stranger = who.spoken.split()[-1], other.doctor.split("^")[0]
        return rng.choice(
            [
                (f"NHS {n[:3]} {n[3:6]} {n[6:]}", f"{n[:3]} {n[3:6]} {n[6:]}", "nhs number"),
                (f"NHS No: {n}", n, "nhs number"),
                (f"ID {who.patient_id}", who.patient_id, "id"),
                (f"acc {who.accession}", who.accession, "id"),
                (day.strftime("on %d/%m/%Y"), day.strftime("%d/%m/%Y"), "date"),
                (day.strftime("%d %B %Y"), day.strftime("%d %B %Y"), "date"),
                (day.strftime("%Y-%m-%d"), day.strftime("%Y-%m-%d"), "date"),
                (f"DOB {who.birth:%d.%m.%Y}", f"{who.birth:%d.%m.%Y}", "date"),
                (f"tel {who.phone}", who.phone, "phone"),
                (who.email, who.email, "e-mail"),
                (f"at {who.hospital}", who.hospital, "place"),
                (f"Dr {stranger} to review", stranger, "name of a stranger"),
                (f"for Mr {family}", family, "name"),
                (f"{family.upper()}", family, "name"),
                (f"lives {who.address}", who.address, "address"),
                (f"{who.town} QX9 4ZZ", "QX9 4ZZ", "address"),
                *self._disguised(family),
            ]
        )

    def _disguised(self, family: str) -> list[tuple[str, str, str]]:
        """The family name as it is mistyped, split, spelt backwards or coded; nothing where it has other letters."""
        if not family.isascii() or len(family) < LEAST + 2:
            return []
        kind, typo = "name in disguise", family[:3] + ("x" if family[3] != "x" else "y") + family[4:]
        coded = b64encode(family.encode()).decode()
        out = [(f"pt {typo}", typo, kind), (f"note {family[::-1]}", family[::-1], kind), (f"ref {coded}", coded, kind)]
        if self.who.charset == "ISO_IR 192":
            out += [(f"for {family[:3]}\u200b{family[3:]}", family, kind), (f"\u202b{family}\u202c", family, kind)]
        return out

    def _texts(self) -> None:
        for keyword in _DESCRIPTIONS:
            if not self._maybe():
                continue
            keep = self.rng.choice(AGENTS if keyword == "ContrastBolusAgent" else VOCABULARY)
            words, text, kind = self.phrase()
            if text.isascii():  # the others are planted in names, where the character set is theirs
                value = self.rng.choice([f"{keep} {words}", f"{words} {keep}"])[:64]
                if text in value and keep in value:
                    self.put(keyword, value, (text,), kind, keep)

    def _nested(self) -> None:
        who = self.who
        if self._maybe():
            request = Dataset()
            before = place("RequestAttributesSequence") + "[0]"
            for keyword, value in (("RequestedProcedureID", "RP" + who.accession), ("AccessionNumber", who.accession)):
                self.put(keyword, value, (value,), "id", item=request, before=before)
            text = f"CT CHEST {who.patient_id}"
            self.put("ScheduledProcedureStepDescription", text, (who.patient_id,), "id", "CT CHEST", request, before)
            self.ds.RequestAttributesSequence = Sequence([request])
        if self._maybe():
            changed, original = Dataset(), Dataset()
            before = place("OriginalAttributesSequence") + "[0]" + place("ModifiedAttributesSequence") + "[0]"
            original.SourceOfPreviousValues, original.AttributeModificationDateTime = who.hospital, "20190318101112"
            original.ModifyingSystem, original.ReasonForTheAttributeModification = "QPACS", "CORRECT"
            self.put("PatientName", who.name, who.texts, "name", item=changed, before=before)
            self.put("PatientID", "OLD" + who.patient_id, ("OLD" + who.patient_id,), "id", item=changed, before=before)
            original.ModifiedAttributesSequence = Sequence([changed])
            self.ds.OriginalAttributesSequence = Sequence([original])
        if self._maybe():
            other = Dataset()
            before = place("OtherPatientIDsSequence") + "[0]"
            self.put("PatientID", who.nhs_number, (who.nhs_number,), "nhs number", item=other, before=before)
            other.TypeOfPatientID = "TEXT"
            self.ds.OtherPatientIDsSequence = Sequence([other])

    def _deep(self) -> None:
        """Below sequences that stay: a coded entry with modifiers of modifiers, and identifiers in each."""
        if not self._maybe():
            return
        before, item = place("ViewCodeSequence") + "[0]", code("399162004", "cranio-caudal", "SCT")
        self.ds.ViewCodeSequence = Sequence([item])
        for _ in range(self.rng.randrange(1, 6)):
            inner = code("399173006", "left", "SCT")
            item.ViewModifierCodeSequence = Sequence([inner])
            before, item = before + place("ViewModifierCodeSequence") + "[0]", inner
            self.put("PatientName", self.who.name, self.who.texts, "name", item=item, before=before)
        self.put("PersonName", self.who.name, self.who.texts, "name", item=item, before=before)
        self.put(
            "PatientComments",
            f"seen by {self.who.doctor.split('^')[0]}",
            (self.who.doctor.split("^")[0],),
            "name",
            item=item,
            before=before,
        )
        item.StudyDate, item.AcquisitionDateTime = "20190314", "20190314111213.5+0100"
        item.StudyInstanceUID = self.ds.StudyInstanceUID

    def _references(self) -> None:
        for keyword, kind in (("ReferencedImageSequence", "CTImageStorage"), ("SourceImageSequence", "MRImageStorage")):
            if self._maybe() and keyword not in self.ds:
                item = reference(kind, self.ds.SOPInstanceUID, keyword)
                setattr(self.ds, keyword, Sequence([item]))
                self.plants.append(Plant(ANYWHERE, str(item.ReferencedSOPInstanceUID), "uid"))

    def _private(self) -> None:
        if self._maybe(0.4):
            group, creator, element, vr, value = self.rng.choice(SAFE_VALUES)
            self.ds.private_block(group, creator, create=True).add_new(element, vr, value)
        if self._maybe(0.6):
            block = self.ds.private_block(0x0029, "ACME PRIVATE 1.1", create=True)
            family = self.who.spoken.split()[-1]
            block.add_new(0x10, "LO", f"operator {self.who.doctor}")
            block.add_new(0x11, "UN", f"raw {self.who.patient_id} {self.who.phone}".encode())
            inner = Dataset()
            inner.PatientID, inner.InstitutionName = self.who.patient_id, self.who.hospital
            block.add_new(0x12, "SQ", Sequence([inner]))
            for text in (self.who.doctor.split("^")[0], self.who.patient_id, self.who.phone, self.who.hospital):
                self.plants.append(Plant('(0029,"ACME PRIVATE 1.1",10)', text, "private"))
                self.nowhere(text, "private")
            if family.isascii() and self._maybe(0.1):
                self.ds.private_block(0x0031, f"SITE {family}", create=True).add_new(0x01, "LO", "x")
                self.nowhere(family, "private")

    def _overlay(self) -> None:
        if not self._maybe(0.2) or 0x60000010 in self.ds:
            return
        family = self.who.doctor.split("^")[0]
        for element, vr, value in (
            (0x10, "US", 8),
            (0x11, "US", 8),
            (0x40, "CS", "G"),
            (0x50, "SS", [1, 1]),
            (0x100, "US", 1),
            (0x102, "US", 0),
            (0x1500, "LO", "ROI"),
            (0x3000, "OW", bytes(8)),
            (0x4000, "LT", f"drawn for {family}"),
        ):
            self.ds.add_new(0x60000000 | element, vr, value)
        self.plants.append(Plant("(6000,4000)", family, "overlay"))

    def _reports(self) -> None:
        """In the content tree of a report, deep in it: a name, a date, a text."""
        if "ContentSequence" not in self.ds or not self.ds.ContentSequence:
            return
        before, item = place("ContentSequence") + "[0]", self.ds.ContentSequence[0]
        if item.get("ContentSequence"):
            before, item = before + place("ContentSequence") + "[0]", item.ContentSequence[0]
        words, text, kind = self.phrase()
        name, said = Dataset(), Dataset()
        name.RelationshipType, name.ValueType = "HAS OBS CONTEXT", "PNAME"
        name.ConceptNameCodeSequence = Sequence([code("121008", "Person Observer Name")])
        said.RelationshipType, said.ValueType = "CONTAINS", "TEXT"
        said.ConceptNameCodeSequence = Sequence([code("121106", "Comment")])
        self.put(
            "PersonName",
            self.who.doctor,
            (self.who.doctor.split("^")[0],),
            "name",
            item=name,
            before=before + place("ContentSequence") + "[0]",
        )
        self.put(
            "TextValue",
            f"Reviewed: {words}",
            (text,),
            kind,
            item=said,
            before=before + place("ContentSequence") + "[1]",
        )
        item.ContentSequence = Sequence([name, said])

    def _radiotherapy(self) -> None:
        family = self.who.doctor.split("^")[0]
        if self.ds.get("StructureSetROISequence"):
            before = place("StructureSetROISequence") + "[0]"
            self.put("ROIName", f"GTV {family}", (family,), "name", "GTV", self.ds.StructureSetROISequence[0], before)
            self.put("StructureSetLabel", f"PLAN {family}"[:16], (family[:11],), "name")
        if self.ds.get("GraphicAnnotationSequence") and self.ds.GraphicAnnotationSequence[0].get("TextObjectSequence"):
            before = place("GraphicAnnotationSequence") + "[0]" + place("TextObjectSequence") + "[0]"
            text = self.ds.GraphicAnnotationSequence[0].TextObjectSequence[0]
            self.put("UnformattedTextValue", f"measured by {family}", (family,), "name", "measured", text, before)
        if "EncapsulatedDocument" in self.ds:
            body = f"%PDF-1.4 letter about {self.who.patient_id} by {family}".encode()
            self.ds.EncapsulatedDocument = body + b" " * (len(body) % 2)
            self.nowhere(self.who.patient_id, "document")

    def _outside(self) -> None:
        if self._maybe(0.1):
            said = f"{self.who.patient_id} {self.who.doctor}"
            self.ds.add_new(0xFFFCFFFC, "OB", said.encode() + b"\0" * (len(said) % 2))
            self.nowhere(self.who.patient_id, "padding")
        if self._maybe(0.1):
            self.ds.preamble = f"export of {self.who.patient_id}".encode().ljust(128, b"\0")


_CLASSES = frozenset({0x00080016, 0x0008001A, 0x0008001B, 0x00081150, 0x0008115A, 0x0008010C, 0x00080117, 0x00080118})


def renumber(ds: Dataset, *words: object) -> None:
    """Give every UID of an instance, series, study or frame of reference a new one, the same for the same old one."""
    for element in ds.iterall():
        if element.VR != "UI" or int(element.tag) in _CLASSES or not element.value:
            continue
        many = [element.value] if isinstance(element.value, str) else list(element.value)
        new = [old if str(old).startswith("1.2.840.10008.") else fresh(*words, str(old)) for old in many]
        element.value = new[0] if len(new) == 1 else new
