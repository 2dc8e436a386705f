"""What a researcher computes from private elements is the same before and after, per maker; and nothing else stays."""

import io
import math
import warnings
from datetime import datetime
from struct import unpack_from

import numpy as np
import pydicom
import pytest
from support.data import data_path
from support.dicom_bytes import PET, slice_of
from support.safe_private import KEY, V1, V2, WHO, one

from isocentre.core.deid import _safe_private, private, recheck
from isocentre.core.deid.engine import deidentify
from isocentre.core.deid.profile import parse
from isocentre.profiles import load

EVERY = parse(V2.text.replace("do: hold", "do: pass").replace("do: leave_out", "do: pass"))
HEAD = WHO.__class__(**{name: getattr(WHO, name) for name in WHO.__slots__} | {"face_waiver": True})
KEEPING = {"trial-ct-mr": V2} | {name: load(name).without_cleaning() for name in ("repository", "radiotherapy", "pet")}
"""Profiles that promise quantities of MR and PET, by name."""
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def written(ds):
    out = io.BytesIO()
    ds.save_as(out)
    return out.getvalue()


def after(data, profile=EVERY):
    """The object de-identified, after both roads agreed and the second check had no complaint."""
    fast = deidentify(data, profile=profile, study_key=KEY, context=HEAD)
    slow = deidentify(data, profile=profile, study_key=KEY, context=HEAD, slow=True)
    out = b"".join(fast.plan.chunks(data))
    assert out == b"".join(slow.plan.chunks(data))
    assert recheck.check(out) == []
    return pydicom.dcmread(io.BytesIO(out))


def adc(pairs, b_value, signal):
    """Diffusion coefficient of each pixel from images of two b values."""
    low, high = sorted(pairs, key=b_value)
    with np.errstate(all="ignore"):
        return np.log(signal(low) / signal(high)) / (b_value(high) - b_value(low))


def block(ds, group, creator):
    return ds.private_block(group, creator)


def ge(ds):
    """b value, direction, signal."""
    parm, acqu = block(ds, 0x43, "GEMS_PARM_01"), block(ds, 0x19, "GEMS_ACQU_01")
    return parm[0x39].value[0] % 10**9, [float(acqu[n].value) for n in (0xBB, 0xBC, 0xBD)], ds.pixel_array * 1.0


def philips(ds):
    """b value, direction, signal in floating-point values: (stored * RS + RI) / (RS * SS)."""
    dd, mr = block(ds, 0x2001, "Philips Imaging DD 001"), block(ds, 0x2005, "Philips MR Imaging DD 001")
    slope, shift = float(ds.RescaleSlope), float(ds.RescaleIntercept)
    signal = (ds.pixel_array * slope + shift) / (slope * mr[0x0E].value) + mr[0x0D].value
    return dd[0x03].value, [mr[n].value for n in (0xB0, 0xB1, 0xB2)], signal


def siemens(ds):
    """b value, direction, signal, from the MR header."""
    mr = block(ds, 0x19, "SIEMENS MR HEADER")
    return mr[0x0C].value, list(mr[0x0E].value) if mr[0x0C].value else [], ds.pixel_array * 1.0


def mosaic():
    """Two real mosaics, made diffusion images (the real ones have no b value) of which one says 1000."""
    out = []
    for path, b in zip(sorted(data_path("vendors/siemens-mosaic").glob("*.dcm"))[:2], (0, 1000), strict=True):
        ds = pydicom.dcmread(path)
        mr = block(ds, 0x19, "SIEMENS MR HEADER")
        mr.add_new(0x0C, "IS", str(b))
        mr.add_new(0x0D, "CS", "DIRECTIONAL" if b else "NONE")
        if b:
            mr.add_new(0x0E, "FD", [0.6, -0.8, 0.0])
            mr.add_new(0x27, "FD", [360.0, -480.0, 0.0, 640.0, 0.0, 0.0])
        out.append(written(ds))
    return out


def files(folder, *names):
    return [(data_path(folder) / name).read_bytes() for name in names]


MAKERS = {
    "ge": (ge, lambda: files("vendors/ge-dwi", "01_i22_1.dcm", "01_i24_3.dcm"), "GEMS_PARM_01"),
    "philips": (philips, lambda: files("vendors/philips-dwi", "IM_0494.dcm", "IM_0497.dcm"), "Philips Imaging DD 001"),
    "siemens": (siemens, mosaic, "SIEMENS MR HEADER"),
}


@pytest.mark.parametrize("profile", KEEPING)
@pytest.mark.parametrize("maker", MAKERS)
def test_b_values_directions_and_diffusion_coefficients_are_equal(maker, profile, monkeypatch):
    look, images, creator = MAKERS[maker]
    data, profile = images(), KEEPING[profile]
    before, then = [pydicom.dcmread(io.BytesIO(one)) for one in data], [after(one, profile) for one in data]
    for old, new in zip(before, then, strict=True):
        assert look(old)[:2] == look(new)[:2]
        assert np.array_equal(look(old)[2], look(new)[2])
    was, now = (adc(pair, lambda ds: look(ds)[0], lambda ds: look(ds)[2]) for pair in (before, then))
    assert np.isfinite(was).any()
    assert np.array_equal(was, now, equal_nan=True)
    with pytest.raises(KeyError):
        look(after(data[1], V1))
    # The rule taken out: the test would fail.
    fewer = {name: rule for name, rule in private.rules().items() if name != creator.encode()}
    monkeypatch.setattr(private, "rules", lambda: fewer)
    with pytest.raises(KeyError):
        look(after(data[1], profile))


@pytest.mark.no_cover
def test_every_private_number_of_philips_is_equal():
    """Slopes and b values of all images, with their quirks of rounding."""
    for path in sorted(data_path("vendors/philips-dwi").glob("IM_*.dcm")):
        data = path.read_bytes()
        old, new = philips(pydicom.dcmread(io.BytesIO(data))), philips(after(data))
        assert old[:2] == new[:2]
        assert np.array_equal(old[2], new[2])


def test_attributes_of_enhanced_mr_beside_a_philips_image_are_equal_but_for_dates():
    """Standard attributes in a private sequence: acceleration and partial Fourier stay, the date in there moves."""
    data = (data_path("vendors/philips-dwi") / "IM_0512.dcm").read_bytes()
    old, new = (block(ds, 0x2005, "Philips MR Imaging DD 005")[0x0F].value[0]
                for ds in (pydicom.dcmread(io.BytesIO(data)), after(data)))  # fmt: skip
    for word in ("ParallelReductionFactorInPlane", "PartialFourier", "MRAcquisitionPhaseEncodingStepsInPlane"):
        assert old[word].value == new[word].value
    assert old.AcquisitionDateTime != new.AcquisitionDateTime


def test_slices_and_times_of_a_mosaic_are_equal(monkeypatch):
    listed = set(_safe_private.CSA)
    for path in sorted(data_path("vendors/siemens-mosaic").glob("*.dcm")):
        data = path.read_bytes()
        old, new = pydicom.dcmread(io.BytesIO(data)), after(data)
        was, now = (block(ds, 0x19, "SIEMENS MR HEADER") for ds in (old, new))
        assert all(was[number].value == now[number].value for number in (0x0A, 0x28, 0x29))
        for number in (0x10, 0x20):
            was, now = (csa_values(block(ds, 0x29, "SIEMENS CSA HEADER")[number].value) for ds in (old, new))
            assert now == {name: values for name, values in was.items() if name in listed}
            assert len(now) > 8
        assert len([v for v in csa_values(mosaic_header(new))["MosaicRefAcqTimes"] if v]) > 20
    monkeypatch.setattr(private.csa, "rewrite", lambda _: None)
    with pytest.raises(KeyError):
        block(after(data), 0x29, "SIEMENS CSA HEADER")


def mosaic_header(ds):
    return block(ds, 0x29, "SIEMENS CSA HEADER")[0x10].value


def csa_values(data):
    """Values that are filled in, by field, of a CSA header as scanners write it."""
    data, pos, found = bytes(data), 16, {}
    for _ in range(unpack_from("<L", data, 8)[0]):
        name, count = data[pos : pos + 64].partition(b"\0")[0].decode(), unpack_from("<l", data, pos + 76)[0]
        pos += 84
        found[name] = []
        for _ in range(count):
            size = unpack_from("<4l", data, pos)[1]
            found[name].append(data[pos + 16 : pos + 16 + size].partition(b"\0")[0].decode("latin-1").strip())
            pos += 16 + (size + 3) // 4 * 4
    return found


def frames(ds):
    """b value, direction and bandwidth of phase encoding of each frame of an enhanced MR object."""
    out = []
    for frame in ds.PerFrameFunctionalGroupsSequence:
        diffusion = frame.get("MRDiffusionSequence")
        b = diffusion[0].get("DiffusionBValue") if diffusion else None
        gradient = diffusion[0].get("DiffusionGradientDirectionSequence") if diffusion else None
        siemens_item = block(frame, 0x21, "SIEMENS MR SDI 02")[0xFE].value[0]
        sdi = block(siemens_item, 0x21, "SIEMENS MR SDI 02")
        numbers = [sdi[n].value for n in (0x04, 0x1C, 0x53, 0x65, 0x89) if n in sdi]
        for labelled in frame.get("MRArterialSpinLabelingSequence") or []:
            numbers += [labelled.ASLContext, labelled.ASLSlabSequence[0].ASLPulseTrainDuration]
        out.append((b, list(gradient[0].DiffusionGradientOrientation) if gradient else [], numbers))
    return out


@pytest.mark.no_cover
def test_frames_of_siemens_xa_are_equal(monkeypatch):
    folder = data_path("vendors/siemens-xa30")
    paths = [*folder.glob("1[02]_DWI*.dcm"), *folder.glob("25_asl*.dcm")]
    seen = set()
    for path in sorted(paths):
        data = path.read_bytes()
        old, new = frames(pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)), frames(after(data))
        assert old == new
        seen |= {b for b, _, _ in new}
        assert all(numbers for _, _, numbers in new)
    assert len(seen) > 1
    monkeypatch.setattr(private, "rules", dict)
    with pytest.raises(KeyError):
        frames(after(data))


def suv(ds, start):
    """SUVbw of each pixel, decay corrected to `start`: activity times weight over what is left of the dose."""
    medicine = ds.RadiopharmaceuticalInformationSequence[0]
    injected = time_of(f"{ds.SeriesDate}{medicine.RadiopharmaceuticalStartTime}")
    waited = (start - injected).total_seconds()
    decayed = float(medicine.RadionuclideTotalDose) * math.pow(2, -waited / float(medicine.RadionuclideHalfLife))
    activity = ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)
    return activity * float(ds.PatientWeight) * 1000 / decayed


def time_of(text):
    return datetime.strptime(text[:21] + "+0000", "%Y%m%d%H%M%S.%f%z")


STARTS = {
    "series": lambda ds: time_of(f"{ds.SeriesDate}{ds.SeriesTime}"),
    "siemens": lambda ds: time_of(block(ds, 0x71, "SIEMENS MED PT")[0x22].value),
    "ge": lambda ds: time_of(block(ds, 0x09, "GEMS_PETD_01")[0x0D].value),
}


@pytest.mark.parametrize("profile", KEEPING)
@pytest.mark.parametrize("start", STARTS)
def test_uptake_values_are_equal(start, profile, monkeypatch):
    """Real slices; the private times of makers, which these lack, are put in as scanners write them."""
    for path in sorted(data_path("vendors/pet").glob("*.dcm")):
        ds = pydicom.dcmread(path)
        said = f"{ds.SeriesDate}{ds.SeriesTime}"
        ds.private_block(0x71, "SIEMENS MED PT", create=True).add_new(0x22, "DT", said)
        ds.private_block(0x09, "GEMS_PETD_01", create=True).add_new(0x0D, "DT", said)
        data = written(ds)
        old, new = pydicom.dcmread(io.BytesIO(data)), after(data, KEEPING[profile])
        assert STARTS[start](new) != STARTS[start](old)
        was, now = (suv(one, STARTS[start](one)) for one in (old, new))
        assert was.max() > 0
        assert np.array_equal(was, now)
    if start != "series":
        monkeypatch.setattr(private, "rules", dict)
        with pytest.raises(KeyError):
            STARTS[start](after(data, KEEPING[profile]))


def test_factors_of_philips_pet_are_equal():
    """Counts become uptake values by a private factor (none of the real slices is of this maker)."""
    extra = one("Philips PET Private Group", 0x7053, 0x00, "DS", "0.000276340") | one(
        "Philips PET Private Group", 0x7053, 0x09, "DS", "3.21e-05"
    )
    data = slice_of(sop_class=PET, **{f"t{tag:08X}": value for tag, value in extra.items()})
    old, new = pydicom.dcmread(io.BytesIO(data)), after(data)
    for number in (0x00, 0x09):
        was, now = (block(ds, 0x7053, "Philips PET Private Group")[number].value for ds in (old, new))
        assert was == now


def left(ds):
    """Private elements as (creator, group and last two digits), at any depth; creators with nothing under them fail."""
    found = []
    for element in ds:
        if element.tag.is_private_creator:
            under = [e for e in ds if e.tag.group == element.tag.group and e.tag.element >> 8 == element.tag.element]
            assert under, "a creator with nothing under it"
        elif element.tag.is_private:
            creator = ds[element.tag.group, element.tag.element >> 8].value
            found.append((creator, element.tag.group << 8 | element.tag.element & 0xFF))
        if element.VR == "SQ":
            for item in element.value:
                found += left(item)
    return found


@pytest.mark.no_cover
@pytest.mark.parametrize("folder", ["vendors", "acr-phantom", "rdsr", "head-mr"])
def test_nothing_is_left_but_what_the_list_has(folder):
    done = 0
    paths = [path for path in sorted(data_path(folder).rglob("*")) if path.is_file()]
    for path in paths[:: max(1, len(paths) // 60)]:
        data = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = deidentify(data, profile=EVERY, study_key=KEY, context=HEAD)
            if made.plan is None:
                continue
            for creator, key in left(after(data)):
                assert key in _safe_private.ELEMENTS[creator]
        done += 1
    assert done > 10


@pytest.mark.parametrize("path", ["vendors/ge-dwi/01_i24_3.dcm", "vendors/philips-dwi/IM_0497.dcm",
                                  "vendors/siemens-mosaic/cmrr_Asc_6_2.dcm"])  # fmt: skip
def test_needles_in_private_places_leave_nothing(path):
    """A name in every private text and every run of bytes that can hold it, in creators, in elements sent as UN."""
    name = "QUILLFEATHER^Ottoline"
    ds = pydicom.dcmread(data_path(path))
    for element in [e for e in ds if e.tag.is_private and not e.tag.is_private_creator]:
        if element.VR in ("LO", "SH", "LT", "ST", "UT", "CS"):
            element.value = name[: 16 if element.VR in ("SH", "CS") else 60]
        elif element.VR in ("OB", "OW", "UN"):
            element.value = bytes(element.value).replace(b"XProtocol", b"QUILLFEATHER") + name.encode() + b"\0"
    ds.private_block(0x0019, name, create=True).add_new(0x0C, "IS", "1000")
    ds.private_block(0x2001, "Philips Imaging DD 001 " + name, create=True).add_new(0x03, "UN", b"QUILLFEATHER")
    for creator, found in _safe_private.ELEMENTS.items():
        for key, row in list(found.items())[:40]:
            ds.private_block(key >> 8, creator, create=True)
            where = ds.private_block(key >> 8, creator)
            if key & 0xFF not in where and row[0] != "SQ" and (creator, key) != ("HOLOGIC, Inc.", 0x7E0112):
                where.add_new(key & 0xFF, "UN", (name + " " * 3).encode())
    data = written(ds)
    assert b"QUILLFEATHER" in data
    made = deidentify(data, profile=EVERY, study_key=KEY, context=HEAD)
    out = b"".join(made.plan.chunks(data))
    assert recheck.check(out, needles=(name,)) == []
    assert b"quill" not in made.plan.head(data).lower()
    assert b"ottoline" not in made.plan.head(data).lower()


def test_names_hidden_in_numbers_leave_nothing():
    hidden = b"QUILLFEATHER^Ottoline   "
    for creator, found in _safe_private.ELEMENTS.items():
        for key, row in found.items():
            if row[0] in ("FL", "FD", "UL", "SL", "US", "SS", "AT") and not row[2]:
                extra = one(creator, key >> 8, key & 0xFF, row[0], hidden)
                data = slice_of(**{f"t{tag:08X}": value for tag, value in extra.items()})
                made = deidentify(data, profile=V2, study_key=KEY, context=WHO)
                assert hidden not in made.plan.head(data)
