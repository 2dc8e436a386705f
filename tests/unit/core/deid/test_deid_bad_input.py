"""Where names hide that nobody expects: split, coded, disguised, beside the picture, in what is one of a kind."""

from __future__ import annotations

import io
from base64 import b64encode
from dataclasses import replace
from zlib import compress

import pydicom
import pytest
from support.dicom_bytes import CT, ENHANCED_CT, JPEG, MR, el, item, part10, raw, seq, slice_of
from support.needles import Search
from support.safe_private import KEY, V1, V2, WHO

from isocentre.core.deid import recheck
from isocentre.core.deid.engine import Outcome, deidentify
from isocentre.core.deid.profile import Profile
from isocentre.profiles import load

BASIC = load("basic", 1)
EVERY = {"basic": BASIC, "v1": V1, "v2": V2}
NAME, NUMBER = "Brathwickle^Ottoline", "RXH7730194"
KNOWN = (NAME, NUMBER, "9434765919", "19270213")
SEARCH = Search([*KNOWN, "wickle", "Brathw"])
PERSON = {"t00100010": el(0x00100010, "PN", NAME), "t00100020": el(0x00100020, "LO", NUMBER),
          "t00100030": el(0x00100030, "DA", "19270213")}  # fmt: skip
DEPTH = el(0x00280100, "US", b"\x10\0")
who = replace(WHO, face_waiver=True, known=KNOWN)


def outcome(data: bytes, profile: Profile) -> Outcome:
    fast, slow = (deidentify(data, profile=profile, study_key=KEY, context=who, slow=road) for road in (False, True))
    assert (fast.status, fast.reason) == (slow.status, slow.reason)
    if fast.plan:
        assert fast.report == slow.report
        assert b"".join(fast.plan.chunks(data)) == b"".join(slow.plan.chunks(data))
    return fast


def written(data: bytes, profile: Profile) -> bytes:
    """What is put out, the second check being asked too; empty when it is held."""
    done = outcome(data, profile)
    if done.plan is None or recheck.check(done.plan.head(data), needles=KNOWN):
        return b""
    return b"".join(done.plan.chunks(data))


def scan(**changes: bytes) -> bytes:
    return slice_of(**(PERSON | changes))


def text(tag: int, value: str | bytes, vr: str = "LO") -> dict[str, bytes]:
    return {f"t{tag:08X}": el(tag, vr, value)}


FRAMES = [item(seq(0x00209111, [item(el(0x00209158, "LT", part))])) for part in ("of Brathw", "ickle", "Otto", "line")]
NUMBERED = "1.2.826.0.1.7730194.19270213"
COMMENTS, SERIES = 0x00204000, 0x0008103E
HIDDEN = {
    "over elements": text(0x00081030, "CT Brathw") | text(SERIES, "ickle chest") | text(0x00181030, "Otto\\line"),
    "over frames": {"t52009230": seq(0x52009230, FRAMES)},
    "in UIDs": text(0x00200052, NUMBERED, "UI") | text(0x0020000D, NUMBERED + ".1", "UI")
    | {"t00081140": seq(0x00081140, [item(el(0x00081155, "UI", NUMBERED + ".2"))])},
    "in a UID that is none": text(0x00200052, NAME, "UI"),
    "in a packed private blob": text(0x00290010, NAME) | text(0x00291010, compress((NAME * 9).encode()), "OB"),
    "in private text": text(0x00290010, "SIEMENS CSA HEADER") | text(0x00291010, NAME, "OB"),
    "in padding": text(0xFFFCFFFC, NAME, "OB"),
    "in an icon": {"t00880200": seq(0x00880200, [item(el(0x7FE00010, "OW", raw(NAME)))])},
    "in a picture within a sequence": {"t00081140": seq(0x00081140, [item(el(0x7FE00010, "OW", raw(NAME)))])},
    "in base64": text(SERIES, "chest " + b64encode(b"Brathwickle").decode())
    | text(COMMENTS, b64encode(f"{NAME} {NUMBER}".encode()), "LT"),
    "in hexadecimal": text(SERIES, "chest " + b"BRATHWICKLE".hex(" ")) | text(COMMENTS, NAME.encode().hex(), "LT"),
    "backwards": text(SERIES, "chest elkciwhtarB") | text(COMMENTS, NUMBER[::-1], "LT"),
    "in hidden signs": text(0x00080005, "ISO_IR 192", "CS") | text(SERIES, "Bra\u200bth\u2060wickle chest".encode())
    | text(COMMENTS, "\u202eelkciwhtarB\u202c \u200fBrathwickle".encode(), "LT"),
    "in letters that look alike": text(0x00080005, "ISO_IR 192", "CS") | text(SERIES, "Вrаthwісklе chest".encode()),
    "in wide letters": text(0x00080005, "ISO_IR 192", "CS") | text(SERIES, "Ｂｒａｔｈｗｉｃｋｌｅ chest".encode()),
    "in another character set": text(0x00080005, "\\ISO 2022 IR 87", "CS")
    | text(SERIES, b"chest " + "Ｂｒａｔｈｗｉｃｋｌｅ".encode("iso2022_jp")),
    "in UTF-16": text(SERIES, "Brathwickle".encode("utf-16-le")),
    "letter by letter": text(SERIES, "B r a t h w i c k l e chest") | text(COMMENTS, "B.R.A.T.H.W.I.C.K.L.E.", "LT"),
    "dates in text": text(SERIES, "born 13 Feb 1927 chest") | text(COMMENTS, "1927-02-13, 13.02.1927", "LT"),
}  # fmt: skip


@pytest.mark.parametrize("profile", EVERY)
@pytest.mark.parametrize("where", HIDDEN)
def test_nothing_of_the_patient_is_left(where: str, profile: str) -> None:
    made = written(scan(**HIDDEN[where]), EVERY[profile])
    assert made, where
    assert SEARCH.within(made) == set()
    shown = str(pydicom.dcmread(io.BytesIO(made))).casefold()
    assert "wick" not in shown
    assert "otto" not in shown


def test_vocabulary_beside_it_stays() -> None:
    for where in ("in base64", "in hexadecimal", "in hidden signs", "in letters that look alike", "letter by letter"):
        assert pydicom.dcmread(io.BytesIO(written(scan(**HIDDEN[where]), V2))).SeriesDescription == "chest"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (scan() + NAME.encode(), "unparseable"),
        (scan() + bytes(8), "unparseable"),
        (slice_of(pixels=b"\1\2\3\4\5\6\7\x08" + NAME.encode(), **PERSON, t00280100=DEPTH), "picture"),
        (scan(t00081140=el(0x00081140, "SQ", NAME)), "unparseable"),
    ],
)
def test_bytes_that_belong_nowhere_hold_the_scan(data: bytes, reason: str) -> None:
    for profile in EVERY.values():
        done = outcome(data, profile)
        assert (done.status, done.reason) == ("held", reason)
        assert SEARCH.within(repr(done).encode()) == set()


def test_preamble_and_file_meta_start_anew() -> None:
    source = scan()
    data = part10(source[source.index(b"\x08\0\x08\0") :], preamble=f"export of {NAME} {NUMBER}".ljust(128).encode())
    for profile in EVERY.values():
        made = written(data, profile)
        assert made[:128] == bytes(128)
        assert SEARCH.within(made) == set()


@pytest.mark.parametrize(("age", "wanted"), [("097Y", "090Y"), ("1170M", None), ("090Y", "090Y"), ("089Y", "089Y")])
def test_an_age_over_89_names_too_few(age: str, wanted: str | None) -> None:
    nested = {"t00081140": seq(0x00081140, [item(el(0x00101010, "AS", age))])}
    data = scan(
        **text(0x00101010, age, "AS"), **nested, **text(SERIES, "chest 97yo") | text(COMMENTS, "97 years", "LT")
    )
    ds = pydicom.dcmread(io.BytesIO(written(data, V2)))
    assert ds.get("PatientAge") == wanted
    assert ds.SeriesDescription == "chest"
    assert "97" not in ds.get("ImageComments", "")


def test_an_implant_is_one_of_a_kind_and_a_scanner_is_qualified() -> None:
    udi = seq(0x0018100A, [item(el(0x00181009, "UT", "(01)0951(21)IMP-8814"))])
    implant = [el(0x00181000, "LO", "IMP-8814"), el(0x00181002, "UI", "1.2.8814"), udi, el(0x00500016, "DS", "4.5")]
    sequence = {"t00500010": seq(0x00500010, [item(b"".join(implant))])}
    for profile in (V1, V2):
        ds = pydicom.dcmread(io.BytesIO(written(scan(**sequence), profile)))
        (device,) = ds.DeviceSequence
        assert ("DeviceSerialNumber" in device, "UDISequence" in device) == (False, False)
        assert (device.DeviceUID[:5], device.DeviceDiameter) == ("2.25.", 4.5)
        assert ds.DeviceSerialNumber == "SN-555"
    after = {"t00081140": seq(0x00081140, [item(el(0x00181000, "LO", "SN-555"))])}
    ds = pydicom.dcmread(io.BytesIO(written(scan(**sequence, **after), V2)))
    assert ds.ReferencedImageSequence[0].DeviceSerialNumber == "SN-555"


PROTOCOLS = ["t1_vibe_DIXON_tra", "T2 BLADE FS", "HASTE cor", "CARE Bolus", "FSPGR BRAVO", "STIR SAG",
             "Judet view left", "MEDIC tra", "GRAPPA2", "SWI Pha", "PROPELLER ax", "Stryker view"]  # fmt: skip


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_protocol_that_looks_like_a_name_stays(protocol: str) -> None:
    ds = pydicom.dcmread(io.BytesIO(written(scan(**text(0x00181030, protocol)), V2)))
    assert ds.ProtocolName == protocol


def test_an_id_that_begins_with_a_body_part_takes_no_body_part_along() -> None:
    ids = text(0x00200010, "PANCREAS_0001", "SH") | text(0x00180015, "PANCREAS", "CS")
    named = ids | {"t00100020": el(0x00100020, "LO", "PANCREAS-0001")} | text(SERIES, "PANCREAS 0001 PANCREAS-0001")
    person = replace(who, known=("PANCREAS-0001", "PANCREAS_0001", NAME))
    for sop_class in (CT, MR, ENHANCED_CT):
        data = slice_of(sop_class=sop_class, **(PERSON | named))
        made = deidentify(data, profile=V2, study_key=KEY, context=person)
        assert recheck.check(made.plan.head(data), needles=person.known) == []
        ds = pydicom.dcmread(io.BytesIO(b"".join(made.plan.chunks(data))))
        assert ds.BodyPartExamined == "PANCREAS"
        assert "0001" not in ds.get("SeriesDescription", "")


def segment(mark: int, said: bytes) -> bytes:
    return b"\xff" + bytes([mark]) + (len(said) + 2).to_bytes(2, "big") + said


def compressed(*fragments: bytes, syntax: str = JPEG) -> bytes:
    pixels = seq(
        0x7FE00010, [item(b""), *(item(one + b"\0" * (len(one) & 1)) for one in fragments)], is_open=True, vr="OB"
    )
    return slice_of(syntax, pixels=None, **(PERSON | {"t7FE00010": pixels}))


SCAN = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x55\xff\xd9"
JFIF = b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\0\0")
J2K = b"\xff\x4f" + segment(0x51, bytes(38))


@pytest.mark.parametrize(
    "fragment",
    [
        JFIF + segment(0xFE, b"scan of Brathwickle, Ottoline") + SCAN,
        JFIF + segment(0xED, b"Photoshop 3.0\0" + NUMBER.encode()) + SCAN,
        JFIF + segment(0xFE, b64encode(b"Brathwickle")) + SCAN,
        J2K + segment(0x64, b"\0\1Brathwickle") + b"\xff\x90\0\x0a",
    ],
)
def test_a_comment_in_a_compressed_picture_that_names_the_patient_holds_it(fragment: bytes) -> None:
    for fragments in ((fragment,), (JFIF + SCAN, fragment)):
        done = outcome(compressed(*fragments), V2)
        assert (done.status, done.reason) == ("held", "picture")
        assert "in a comment" in done.words


@pytest.mark.parametrize(
    "fragment",
    [
        JFIF + SCAN,
        JFIF + segment(0xFE, b"LEAD Technologies 14.5") + SCAN,
        J2K + segment(0x64, b"\0\1Kakadu-v7") + b"\xff\x90\0\x0a",
        JFIF + b"\xff\xfe\xff",
        JFIF + b"\0\0\0\0",
        JFIF + segment(0xE1, b"x") * 300,
        b"\2\0\0\0 run lengths",
        b"",
    ],
)
def test_other_comments_pass(fragment: bytes) -> None:
    data = compressed(fragment)
    assert outcome(data, V2).status == "done"
    nobody = deidentify(data, profile=V2, study_key=KEY, context=replace(who, known=()))
    assert nobody.status == "done"


def test_bytes_after_the_fragments_hold_the_scan() -> None:
    assert written(compressed(JFIF + SCAN), V2)
    assert outcome(compressed(JFIF + SCAN) + NAME.encode(), V2).reason == "unparseable"
