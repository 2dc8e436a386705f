"""Contract: the engine on real files of many makers: nothing known stays, pixels are equal, no new error of form."""

import io
import re
import subprocess
import warnings
from collections import Counter
from pathlib import Path

import pydicom
import pydicom.data
import pytest
from support import peers
from support.data import data_path
from support.parts import part

from isocentre.core.deid import recheck
from isocentre.core.deid.engine import SubjectContext, deidentify
from isocentre.core.deid.profile import parse
from isocentre.core.dicom.header import hashes, read_header
from isocentre.profiles import load, load_any

KEY = b"k" * 32
WHO = SubjectContext(
    pseudonym="P-ABCDEFGHIJKL", subject_id="S-01", sponsor="Sponsor", protocol_id="PROT1", protocol_name="Protocol",
    site_id="RXH", site_name="", time_point_id="WK8", time_point_description="", study_day=56, face_waiver=True,
    shift_weeks=10, known=(),
)  # fmt: skip
KNOWN = ("PatientID", "PatientName", "AccessionNumber", "PatientBirthDate", "ReferringPhysicianName", "StudyID",
         "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")  # fmt: skip
TEST_FILES = sorted((Path(pydicom.data.__file__).parent / "test_files").rglob("*.dcm"))


def everything(name):
    """A profile that lets every kind of object pass, to try the engine on them."""
    return parse(load(name).text.replace("do: hold", "do: pass").replace("do: leave_out", "do: pass"))


def with_options(dates, *options):
    """A profile that lets every kind of object pass, with these options."""
    said = "".join(f"\n  - {{code: {code}, why: test}}" for code in options)
    text = everything("basic").text.replace("dates: removed", f"dates: {dates}")
    return parse(text.replace("options: []", f"options:{said}"))


PROFILES = [everything("basic"), everything("trial-ct-mr"),
            with_options("full", 113103, 113104, 113106, 113108, 113109, 113110, 113111, 113112),
            with_options("shifted", 113107, 113108, 113109, 113111)]  # fmt: skip


def tried(data, profile):
    """Outcome, after holding both roads equal, and the output clean, readable and equal in its pixels."""
    fast = deidentify(data, profile=profile, study_key=KEY, context=WHO)
    slow = deidentify(data, profile=profile, study_key=KEY, context=WHO, slow=True)
    assert (fast.status, fast.reason) == (slow.status, slow.reason)
    if fast.plan is None:
        return fast
    out = b"".join(fast.plan.chunks(data))
    assert out == b"".join(slow.plan.chunks(data))
    before, after = read_header(data), read_header(out)
    assert hashes(data, before)[1] == hashes(out, after)[1]
    keyed = 113110 not in profile.options
    assert recheck.check(out, keyed_uids=keyed) == recheck.check(fast.plan.head(data), keyed_uids=keyed) == []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydicom, about values in real files that break the rules of their VR
        list(pydicom.dcmread(io.BytesIO(out)).iterall())
    return fast


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.name)
def test_pydicoms_own_files(path):
    for profile in PROFILES:
        status = tried(path.read_bytes(), profile).status
        assert status == "left_out" if "DICOMDIR" in path.name else status in ("done", "held")


NO_IMAGES = ("LICENSE", "LICENSE.txt", "README.md")


@pytest.mark.parametrize("folder", ["vendors", "acr-phantom", "rdsr"])
def test_files_of_many_makers(folder):
    seen = Counter()
    files = (one for one in data_path(folder).rglob("*") if one.is_file() and one.name not in NO_IMAGES)
    for path in part(sorted(files), 3):
        for profile in PROFILES[1:]:
            seen[tried(path.read_bytes(), profile).status] += 1
    assert seen["done"] > 10


def planted(data):
    """The file with an identifier in every place people put one, and the identifiers."""
    ds = pydicom.dcmread(io.BytesIO(data))
    needles = {
        "PatientName": "QUILLFEATHER^Ottoline", "PatientID": "RXH7745512", "OtherPatientNames": "OLDNAME^Zebedee",
        "PatientBirthDate": "19310203", "AccessionNumber": "ACC99812", "InstitutionName": "St Mungo Infirmary",
        "ReferringPhysicianName": "GREENGRASS^Dorcas", "OperatorsName": "FILCHWORTH^Argus",
        "PatientAddress": "7 Elm Row",
        "PatientComments": "NHS 9434765919", "StudyDescription": "brain of Quillfeather", "ImageComments": "RXH7745512",
        "RequestingPhysician": "GREENGRASS^Dorcas", "AdditionalPatientHistory": "Quillfeather fell at home",
    }  # fmt: skip
    for keyword, value in needles.items():
        setattr(ds, keyword, value)
    item = pydicom.Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    item.PatientName, item.PatientID = needles["PatientName"], needles["PatientID"]
    ds.ReferencedImageSequence = [item]
    block = ds.private_block(0x0029, "QUILLFEATHER PRIVATE", create=True)
    block.add_new(0x10, "LO", "9434765919")
    ds.preamble = b"QUILLFEATHER".ljust(128, b"!")
    ds.file_meta.SourceApplicationEntityTitle = "MUNGO_AE"
    out = io.BytesIO()
    ds.save_as(out)
    words = {"9434765919", "QUILLFEATHER", "Ottoline", "Mungo", "MUNGO_AE", "Greengrass", "Filchworth", "7 Elm Row",
             "Zebedee", *needles.values(), *(str(ds[k].value) for k in KNOWN if k in ds)}  # fmt: skip
    return out.getvalue(), tuple(sorted(words - {""}))


PHRASES = {"brain of Quillfeather", "Quillfeather fell at home"}
"""Of these the words that tell of nobody stay where text is cleaned."""


@pytest.mark.parametrize("profile", ["basic.v1", "trial-ct-mr.v1", "trial-ct-mr.v2"])
def test_planted_identifiers_leave_no_trace(profile):
    files = sorted(data_path("head-mr").glob("*.dcm"))[::48] + sorted(data_path("acr-phantom").rglob("*.dcm"))[::5]
    for path in files:
        data, known = planted(path.read_bytes())
        source = pydicom.dcmread(io.BytesIO(data))
        if profile == "trial-ct-mr.v2":
            known = tuple(word for word in known if word not in PHRASES)
        made = deidentify(data, profile=load_any(profile), study_key=KEY, context=WHO)
        out = b"".join(made.plan.chunks(data))
        assert recheck.check(out, needles=known) == []
        assert {f.code for f in recheck.check(data, needles=known)} >= {
            "identifier",
            "preamble",
            "file_meta",
            "private",
        }
        head = made.plan.head(data).lower()
        assert [word for word in known if word.lower().encode() in head] == []
        assert pydicom.dcmread(io.BytesIO(out)).PixelData == source.PixelData


def errors(path):
    """Error lines of dciodvfy, without the parts that name a place in the file, and UIDs."""
    said = subprocess.run([peers.DCIODVFY, str(path)], capture_output=True, text=True, check=False, errors="replace")
    lines = (said.stderr + said.stdout).splitlines()
    found = {line.strip() for line in lines if line.startswith("Error") and "Group 0x0012" not in line}
    return {re.sub(r"InstanceUID \S+$", "InstanceUID", line) for line in found}


def judged(paths, profiles, folder):
    """How many objects were made, after seeing that none has an error that its source has not."""
    done = 0
    for path in paths:
        data, before = path.read_bytes(), None
        for profile in profiles:
            made = deidentify(data, profile=profile, study_key=KEY, context=WHO)
            if made.plan is not None:
                after = folder / "after.dcm"
                after.write_bytes(b"".join(made.plan.chunks(data)))
                before = errors(path) if before is None else before
                assert errors(after) - before == set(), (path.name, profile.options)
                done += 1
    return done


@pytest.mark.peers("dciodvfy")
def test_no_new_error_of_form_in_pydicoms_files(tmp_path):
    small = [path for path in TEST_FILES if path.stat().st_size < 3_000_000]
    assert judged(small, PROFILES, tmp_path) > 140


@pytest.mark.peers("dciodvfy")
def test_no_new_error_of_form_in_files_of_many_makers(tmp_path):
    sample = sorted(data_path("head-mr").glob("*.dcm"))[:1] + sorted(data_path("acr-phantom").rglob("*.dcm"))[::12]
    sample += [p for p in sorted(data_path("vendors").rglob("*")) if p.is_file() and "LICENSE" not in p.name][::9]
    sample += sorted(data_path("vendors/pet").glob("*.dcm")) + sorted(data_path("rdsr").glob("*.dcm"))
    assert judged(sample, PROFILES, tmp_path) > 60
