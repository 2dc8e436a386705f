"""Whole slide images: kinds by image type, labels left out or black, numbers of specimens gone, tissue as it was."""

import io
from dataclasses import replace

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from support.burned import GREY, WHO, Pulled, Told, burned, text
from support.corpus.made import fresh
from support.corpus.made_others import code
from support.dicom_bytes import el

from isocentre.core.deid import recheck
from isocentre.core.deid.difference import difference
from isocentre.core.deid.engine import PixelCleaner, deidentify
from isocentre.core.deid.explain import passing
from isocentre.core.deid.pixels import slide
from isocentre.core.deid.profile import BadProfile, parse
from isocentre.profiles import load

WSI = "1.2.840.10008.5.1.4.1.1.77.1.6"
PROFILE = load("wsi", 1)
ACCESSION = "S19-40712"
KNOWN = (*WHO.known, ACCESSION)
PATIENT = replace(WHO, known=KNOWN)
ROWS, COLUMNS = 20, 60
GLASS = bytes(range(1, 241)) * 5


def image(flavour, pixels=GREY, rows=12, columns=20, **more):
    said = {"t00080008": el(0x00080008, "CS", f"DERIVED\\PRIMARY\\{flavour}\\NONE" if flavour else "DERIVED\\PRIMARY")}
    return burned(pixels, sop_class=WSI, rows=rows, columns=columns, **said, **more)


def run(data, finder=None, profile=PROFILE):
    cleaner = PixelCleaner(finder or Told(), Pulled())
    return deidentify(data, profile=profile, study_key=b"k" * 32, context=PATIENT, pixels=cleaner)


@pytest.mark.parametrize(
    ("flavour", "status", "reason"),
    [
        ("VOLUME", "done", ""),
        ("THUMBNAIL", "done", ""),
        ("LABEL", "left_out", "left_out_by_profile"),
        ("VOLUME\\LABEL", "left_out", "left_out_by_profile"),
        ("LOCALIZER", "held", "held_by_profile"),
        ("", "held", "held_by_profile"),
        ("OVERVIEW", "done", ""),
    ],
)
def test_what_becomes_of_an_image_goes_by_its_type(flavour, status, reason):
    outcome = run(image(flavour))
    assert (outcome.status, outcome.reason) == (status, reason)
    assert outcome.words or status == "done"


def test_a_profile_says_what_it_does_by_image_type_too():
    assert "clean_pixels" not in {rule.disposition for rule in PROFILE.sop_classes.values()}
    assert [getattr(PROFILE, one) for one in ("cleans_pixels", "cleans_faces")] == [True, False]
    assert not PROFILE.keeps_uids
    kept = PROFILE.text.replace("options:\n", "options:\n  - code: 113110\n    why: A test.\n")
    assert parse(kept).keeps_uids


@pytest.mark.parametrize("flavour", ["VOLUME", "THUMBNAIL"])
def test_an_image_that_says_it_shows_the_label_is_held(flavour):
    shown = {"t00480010": el(0x00480010, "CS", "YES")}
    assert run(image(flavour, **shown)).reason == "burned_in"
    assert run(image(flavour, t00480010=el(0x00480010, "CS", "NO"))).status == "done"
    assert run(image("OVERVIEW", GLASS, ROWS, COLUMNS, **shown)).status == "done"


def overview(finder, **more):
    data = image("OVERVIEW", GLASS, ROWS, COLUMNS, **more)
    outcome = run(data, finder)
    assert outcome.status == "done", outcome
    out = b"".join(outcome.plan.chunks(data))
    assert recheck.check(out, needles=KNOWN) == []
    return outcome, pydicom.dcmread(io.BytesIO(out)).PixelData


def expected(*ranges):
    out = bytearray(GLASS)
    for left, right in ranges:
        for row in range(ROWS):
            out[row * COLUMNS + left : row * COLUMNS + right] = bytes(right - left)
    return bytes(out)


def test_the_end_of_the_glass_with_text_is_black_and_the_other_stays():
    outcome, pixels = overview(Told(text(2, 3, 18, 8)))
    assert pixels == expected((0, 23))
    assert [(one.frame, one.why) for one in outcome.pixels] == [(0, "label")]
    _, pixels = overview(Told(text(45, 3, 58, 8)))
    assert pixels == expected((37, 60))


@pytest.mark.parametrize(
    "found",
    [
        (),
        (text(2, 3, 18, 8, confidence=0.5),),
        (text(2, 3, 18, 8, words="- I"),),
        (text(2, 3, 18, 8), text(50, 3, 58, 8, words="X", confidence=0.4)),
        (text(2, 3, 40, 8),),
    ],
)
def test_where_it_is_not_sure_both_ends_are_black(found):
    outcome, pixels = overview(Told(*found))
    assert pixels == expected((0, 23), (37, 60))
    assert {one.why for one in outcome.pixels} == {"label"}


def test_text_between_the_ends_is_black_as_well():
    _, pixels = overview(Told(text(2, 3, 18, 8), text(26, 4, 30, 6)))
    assert pixels != expected((0, 23))
    assert pixels[4 * COLUMNS + 26 : 4 * COLUMNS + 30] == bytes(4)


def test_a_glass_that_stands_has_its_label_at_top_or_bottom():
    layout = burned(GLASS, rows=COLUMNS, columns=ROWS)
    from isocentre.core.deid.pixels.layout import layout_of
    from isocentre.core.dicom.header import read_header

    standing = layout_of(read_header(layout))
    assert slide.label(standing, [text(1, 1, 10, 5)]) == [(0, 0, 20, 23)]
    assert slide.label(standing, []) == [(0, 0, 20, 23), (0, 37, 20, 60)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"frames": 2, "rows": 10}, "tiles"), ({"rows": 30, "columns": 40}, "no whole slide")],
)
def test_an_overview_whose_label_cannot_be_found_is_held(changes, why):
    held = run(image("OVERVIEW", GLASS, **({"rows": ROWS, "columns": COLUMNS} | changes)))
    assert (held.status, held.reason) == ("held", "pixels_unreadable")
    assert why in held.words


def test_a_label_is_never_cleaned():
    cleaning = parse(PROFILE.text.replace("do: leave_out", "do: clean_pixels"))
    held = run(image("LABEL", GLASS, ROWS, COLUMNS), profile=cleaning)
    assert (held.status, held.reason) == ("held", "pixels_unreadable")


def slide_object(sparse=False):
    """A pyramid level with all that a laboratory writes on a slide, as TILED_FULL or TILED_SPARSE."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
    ds.SOPClassUID, ds.SOPInstanceUID = WSI, fresh("slide", sparse)
    ds.StudyInstanceUID, ds.SeriesInstanceUID = fresh("slides"), fresh("slide series")
    ds.ImageType = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
    ds.PatientName, ds.PatientID, ds.AccessionNumber = "SMITHSON^ADA", "RXH1234567", ACCESSION
    ds.StudyDate = ds.ContentDate = "20190314"
    ds.StudyTime = ds.ContentTime = "101112"
    ds.AcquisitionDateTime = "20190314101112"
    ds.Modality, ds.Manufacturer, ds.DeviceSerialNumber = "SM", "Example", "SN1"
    ds.ContainerIdentifier, ds.BarcodeValue, ds.LabelText = f"{ACCESSION}-A-1", ACCESSION, f"SMITHSON {ACCESSION}"
    issuer = Dataset()
    issuer.LocalNamespaceEntityID = "Infirmary pathology"
    ds.IssuerOfTheContainerIdentifierSequence = [issuer]
    specimen, step, said, who = Dataset(), Dataset(), Dataset(), Dataset()
    specimen.SpecimenIdentifier, specimen.SpecimenUID = f"{ACCESSION}-A", fresh("specimen")
    specimen.IssuerOfTheSpecimenIdentifierSequence = [issuer]
    specimen.SpecimenShortDescription = f"Skin for SMITHSON {ACCESSION}"
    said.ValueType, said.ConceptNameCodeSequence = "TEXT", [code("121041", "Specimen Identifier")]
    said.TextValue = f"{ACCESSION}-A"
    who.ValueType, who.ConceptNameCodeSequence = "CODE", [code("111701", "Processing type")]
    who.ConceptCodeSequence = [code("9265001", "Specimen processing", "SCT")]
    step.SpecimenPreparationStepContentItemSequence = [said, who]
    specimen.SpecimenPreparationSequence = [step]
    ds.SpecimenDescriptionSequence = [specimen]
    optical = Dataset()
    optical.OpticalPathIdentifier, optical.ICCProfile = "1", bytes(range(128))
    optical.OpticalPathDescription = "Brightfield"
    ds.OpticalPathSequence = [optical]
    dimensions = Dataset()
    dimensions.DimensionOrganizationUID = fresh("dimensions")
    ds.DimensionOrganizationSequence = [dimensions]
    ds.DimensionOrganizationType = "TILED_SPARSE" if sparse else "TILED_FULL"
    ds.ConcatenationUID, ds.InConcatenationNumber = fresh("concatenation"), 1
    ds.SpecimenLabelInImage, ds.BurnedInAnnotation, ds.VolumetricProperties = "NO", "NO", "VOLUME"
    ds.TotalPixelMatrixColumns, ds.TotalPixelMatrixRows = 32, 16
    if sparse:
        ds.PerFrameFunctionalGroupsSequence = [tile(dimensions, number) for number in range(2)]
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "YBR_FULL_422", 0
    ds.Rows, ds.Columns, ds.NumberOfFrames = 16, 16, 2
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.LossyImageCompression, ds.LossyImageCompressionRatio = "01", "20"
    ds.LossyImageCompressionMethod = "ISO_10918_1"
    ds.PixelData = encapsulate([b"\xff\xd8" + bytes([n]) * 60 + b"\xff\xd9" for n in range(2)])
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def tile(dimensions, number):
    content, position, frame = Dataset(), Dataset(), Dataset()
    content.DimensionIndexValues = [1, number + 1]
    position.ColumnPositionInTotalImagePixelMatrix, position.RowPositionInTotalImagePixelMatrix = 1 + 16 * number, 1
    frame.FrameContentSequence, frame.PlanePositionSlideSequence = [content], [position]
    return frame


@pytest.mark.parametrize("sparse", [False, True])
def test_a_volume_keeps_its_tissue_and_how_it_was_made_and_nothing_of_the_label(sparse):
    data = slide_object(sparse)
    outcome = run(data)
    assert outcome.status == "done", outcome
    out = b"".join(outcome.plan.chunks(data))
    assert recheck.check(out, needles=KNOWN) == []
    assert not [needle for needle in (b"SMITHSON", ACCESSION.encode(), b"Infirmary", b"RXH1234567") if needle in out]
    before, ds = pydicom.dcmread(io.BytesIO(data)), pydicom.dcmread(io.BytesIO(out))
    assert ds.PixelData == before.PixelData
    assert max(piece[1] for piece in outcome.plan.pieces if isinstance(piece, tuple)) >= len(before.PixelData)
    assert ds.OpticalPathSequence[0].ICCProfile == bytes(range(128))
    assert ds.OpticalPathSequence[0].OpticalPathDescription == "Brightfield"
    specimen = ds.SpecimenDescriptionSequence[0]
    assert specimen.SpecimenUID.startswith("2.25.")
    assert specimen.SpecimenShortDescription.startswith("Skin")
    steps = specimen.SpecimenPreparationSequence[0].SpecimenPreparationStepContentItemSequence
    assert steps[1].ConceptCodeSequence[0].CodeMeaning == "Specimen processing"
    assert (ds.ContainerIdentifier, specimen.SpecimenIdentifier) != ("", "")
    assert ds.get("LabelText", "") == ds.get("BarcodeValue", "") == ""
    if sparse:
        places = [one.PlanePositionSlideSequence[0] for one in ds.PerFrameFunctionalGroupsSequence]
        assert [one.ColumnPositionInTotalImagePixelMatrix for one in places] == [1, 17]


def test_uids_that_tie_slides_together_are_the_same_in_every_part():
    made = []
    for sparse in (False, True):
        data = slide_object(sparse)
        made.append(pydicom.dcmread(io.BytesIO(b"".join(run(data).plan.chunks(data)))))
    one, two = made
    assert one.SOPInstanceUID != two.SOPInstanceUID
    assert one.ConcatenationUID == two.ConcatenationUID != fresh("concatenation")
    organised = [ds.DimensionOrganizationSequence[0].DimensionOrganizationUID for ds in made]
    assert organised[0] == organised[1] != fresh("dimensions")
    assert one.SpecimenDescriptionSequence[0].SpecimenUID == two.SpecimenDescriptionSequence[0].SpecimenUID


def test_rules_by_image_type_are_told_compared_and_looked_at_without_pictures():
    assert WSI in passing(PROFILE)
    told = {word: rule.disposition for uid, word, rule in PROFILE.kinds() if uid == WSI}
    assert told == {
        "": "hold",
        "VOLUME": "pass",
        "THUMBNAIL": "pass",
        "OVERVIEW": "clean_pixels",
        "LABEL": "leave_out",
    }
    changed = parse(PROFILE.text.replace("do: clean_pixels", "do: hold"))
    (only,) = difference(PROFILE, changed)
    assert (only.name, only.old, only.new) == (
        "VL Whole Slide Microscopy Image Storage, OVERVIEW",
        "Black out text in the picture, then let pass",
        "Hold",
    )
    seen = PROFILE.without_cleaning()
    assert seen.rule(WSI, ("", "", "OVERVIEW")).disposition == "pass"
    assert seen.rule(WSI, ("", "", "LABEL")).disposition == "leave_out"


TYPED = "  - uid: {uid}\n    image_type: {words}\n    do: pass\n    why: Tried here.\n"


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (TYPED.format(uid="1.2.3", words="VOLUME"), "after the rule of its SOP class"),
        (TYPED.format(uid=WSI, words="VOLUME"), "named once"),
        (TYPED.format(uid=WSI, words="volume"), "capital letters"),
        (TYPED.format(uid=WSI, words='""'), "capital letters"),
        (TYPED.format(uid=WSI, words="VOLUMES\n    other: x"), "and no other"),
    ],
)
def test_a_rule_by_image_type_that_cannot_be_meant_is_refused(entry, why):
    with pytest.raises(BadProfile, match=why):
        parse(PROFILE.text + entry)
