"""Profiles for one field each: they say what they do, and their own kinds of object come out clean."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from support.burned import Pulled, Told
from support.dicom_bytes import CT, IMPLICIT, MR, PET, SC, SR, US, el, part10, slice_of

from isocentre.core.deid import recheck
from isocentre.core.deid.engine import PixelCleaner, SubjectContext, deidentify
from isocentre.core.deid.explain import passing
from isocentre.profiles import everyone, is_draft, load

WHO = SubjectContext("P-ABCDEFGHIJKL", "S-01", "Sponsor", "PROT1", "Protocol", "RXH", "", "WK8", "", 56, True, 10)
ROOT = "1.2.840.10008.5.1.4.1.1."
XA = f"{ROOT}12.1"
LAID = {
    "t00280103": el(0x00280103, "US", b"\0\0"),
    "t00280002": el(0x00280002, "US", b"\1\0"), "t00280004": el(0x00280004, "CS", "MONOCHROME2"),
    "t00280101": el(0x00280101, "US", b"\x10\0"),
}  # fmt: skip
FIELDS = ("repository", "radiotherapy", "pet", "mammo", "us-xa")


def made(data: bytes, name: str, cleaner: PixelCleaner | None = None):
    outcome = deidentify(data, profile=load(name), study_key=b"k" * 32, context=WHO, pixels=cleaner)
    if outcome.plan is None:
        return outcome.status
    whole = b"".join(outcome.plan.chunks(data))
    assert recheck.check(whole, needles=("SMITHSON", "RXH1234567", "ACC77421")) == []
    return pydicom.dcmread(io.BytesIO(whole), force=True)


@pytest.mark.parametrize("name", FIELDS)
def test_each_is_released_reads_pictures_and_gives_a_reason_for_everything(name: str) -> None:
    profile = load(name)
    assert not is_draft(profile)
    assert profile.cleans_pixels
    assert profile.cleans_faces == (name in ("repository", "radiotherapy", "pet"))
    assert (profile.sample == 50) == (name != "us-xa")
    assert all(len(why) > 20 for why in profile.justifications.values())
    assert {113105, 113107, 113108, 113111} <= set(profile.options)
    assert (113109 in profile.options) == (name != "repository")


@pytest.mark.parametrize(
    ("name", "passes", "held", "out"),
    [
        ("repository", (CT, MR, PET, f"{ROOT}1.2"), (SR,), (SC,)),
        ("us-xa", (), (SR, CT), (SC,)),
        ("radiotherapy", (CT, MR, f"{ROOT}481.3"), (US, SR, f"{ROOT}1.2"), (SC,)),
        ("pet", (PET, CT, MR), (US, SR, f"{ROOT}481.3"), (SC,)),
        ("mammo", (f"{ROOT}1.2", f"{ROOT}13.1.3"), (US, SR, SC, CT), ()),
    ],
)
def test_kinds_of_object_pass_are_held_or_left_out(name: str, passes: tuple, held: tuple, out: tuple) -> None:
    for sop_class in passes:
        ds = made(slice_of(sop_class=sop_class, **LAID), name, PixelCleaner(Told(), Pulled()))
        assert (ds.PatientName, ds.StudyDate != "20240315") == (WHO.pseudonym, True)
        assert ds.StudyDescription.startswith("CT chest")
        assert ds.DeviceSerialNumber == ("SN-555" if name != "repository" else "REMOVED")
    for wanted, classes in (("held", held), ("left_out", out)):
        assert {made(slice_of(sop_class=sop_class), name) for sop_class in classes} <= {wanted}


@pytest.mark.parametrize("name", ["repository", "us-xa"])
def test_pictures_that_may_have_text_pass_only_when_they_are_cleaned(name: str) -> None:
    profile = load(name)
    assert {profile.rule(uid).disposition for uid in (US, XA, f"{ROOT}12.2")} == {"clean_pixels"}
    assert made(slice_of(sop_class=US), name) == "held"  # nothing here cleans pictures


@pytest.mark.filterwarnings("ignore::UserWarning")  # the files of pydicom have UIDs that are none
def test_radiotherapy_keeps_doses_contours_and_beams() -> None:
    pairs = {}
    for file in ("rtplan", "rtdose", "rtstruct"):
        data = Path(str(get_testdata_file(f"{file}.dcm"))).read_bytes()
        if data[128:132] != b"DICM":
            data = part10(data, IMPLICIT, f"{ROOT}481.3")
        pairs[file] = (pydicom.dcmread(io.BytesIO(data)), made(data, "radiotherapy"))
    old, new = pairs["rtdose"]
    assert (new.PixelData, new.DoseGridScaling) == (old.PixelData, old.DoseGridScaling)
    assert new.GridFrameOffsetVector == old.GridFrameOffsetVector
    old, new = (ds.ROIContourSequence[0].ContourSequence[0].ContourData for ds in pairs["rtstruct"])
    assert old == new
    old, new = (ds.BeamSequence[0].ControlPointSequence[0].GantryAngle for ds in pairs["rtplan"])
    assert old == new


def test_every_profile_that_ships_lets_something_pass_and_claims_no_draft_as_released() -> None:
    released = {f"{p.name} v{p.version}" for p in everyone() if not is_draft(p)}
    lines = (Path(__file__).resolve().parents[4] / "src/isocentre/profiles/RELEASED.sha256").read_text().splitlines()
    assert released == {line.split("  ")[1] for line in lines if not line.startswith("#")}
    assert all(passing(p) for p in everyone())
