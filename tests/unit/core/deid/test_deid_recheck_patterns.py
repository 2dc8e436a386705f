"""The second check knows nobody on the national side: what it finds by form alone, where, and what it lets be."""

import pytest
from support.checked import codes, good, says
from support.data import data_path
from support.dicom_bytes import EXPLICIT, IMPLICIT, el, item, seq

from isocentre.core.deid import recheck
from isocentre.core.deid.recheck_patterns import is_checked

SOMEBODY = [
    # NHS number, as people write it; CHI (a date first); H&C
    "NHS 401 023 2137", "4010232137", "note 401-023-2137.", "401.023.2137", "401/023/2137",
    "401 0232137", "401023 2137",
    "4 0 1 0 2 3 2 1 3 7", "40102 32137", "x4010232137x", "CHI 010190 0015", "0101900015", "01 01 90 0015",
    "3200000015", "320 000 0015", "４０１ ０２３ ２１３７", "401\u200b0232137",
    # addresses
    "anne@example.org", "A.B+c@mail.nhs.example", "http://pacs.example.org/x", "see www.example.org",
    # telephone
    "07700 900123", "(020) 7946 0018", "0113 496 0018", "01632960123", "+44 7700 900123", "0044 7700 900123",
    # postcode
    "SW1A 1AA", "lives LS1 4AP,", "LS14AP", "M1 1AE", "EC1A 1BB",
    # dates
    "2019-03-14", "14/03/2019", "14.03.2019", "03/14/2019", "14/03/19", "4/3/19", "14.03.19",
    "20190314", "14032019",
    "20190314101112", "14 Mar 2019", "14th of March 2019", "March 2019", "Mar 14, 2019", "14-MAR-19", "14Mar2019",
    "3rd April", "14 March",
    # people
    "Dr Patel", "seen by Dr. Bloggs", "Mrs Quaybridge", "MISS FARTHING", "Prof Wexquay", "Mr O'Brien",
    "Mr.Wexquay",
    # labels
    "MRN 12345", "hospital no: AB12345", "NHS no 1234", "Hosp. Number 123-4567", "DOB 1", "d.o.b. 14", "born 1931",
    "patient id 00123",
    # ages
    "CT head 97F", "97M chest", "aged 97", "age: 97", "97 yo", "103 years", "97-year-old", "097Y",
    "ninety seven years",
]  # fmt: skip
NOBODY = [
    "1234567890", "401 023 2138", "12 34 56", "0000000000", "5010232138", "4010232137.5", "14010232137",
    "9900000000", "401 023 21 37 1", "1.2.840.10008.1.2", "3.1.10", "2.1.03", "2000 10 12", "512 512 1024",
    "AOP standard RECTANGLE 1242 mm 340 mm 180 mm 240 mm", "b1000", "1.25 mm 0.5",
    "8 in 8,range 0 to 255", "5.7.1.2",
    "453561454581", "00090004", "1.1 Routine Brain", "T1 MPRAGE SAG", "2D1 3D 4CH", "B70f", "SE2 1ep",
    "A1 2B", "ZZ1 1AA",
    "B11AA", "32/13/99", "99999999", "20191314", "may be", "1 mar", "dec", "12 sep", "measured,/MAR", "MR Brain",
    "MR BRAIN", "DR CHEST", "DR Chest", "dr. chest", "Mr Head", "99mTc", "99m Tc", "90Y SIRT", "Y90",
    "090Y", "89F",
    "97 Hz", "age 9", "18F FDG", "TE 97", "97.5", "patient position", "NHS", "hospital", "mrn", "born", "a@b", "@",
    "31 %", "%SiemensSeq%", "Misses", "miss rate", "PROFILE 12", "0123", "+45", "01 02 03",
    "+1 23456789012345678", "100 %",
]  # fmt: skip


@pytest.mark.parametrize("text", SOMEBODY)
def test_what_looks_like_somebody_is_found_at_its_attribute(text):
    charset = {} if text.isascii() else {"t00080005": el(0x00080005, "CS", "ISO_IR 192")}
    (finding, *more) = recheck.check(good(t00184000=el(0x00184000, "LT", text.encode()), **charset))
    assert {one.code for one in (finding, *more)} == {"pattern"}
    assert finding.words.endswith(" at (0018,4000).")
    assert not any(word in finding.words for word in text.split() if len(word) > 4 and word != "patient")


@pytest.mark.parametrize("text", NOBODY)
def test_what_looks_like_nobody_is_let_be(text):
    assert says(text) == set()


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_it_is_found_in_any_text_at_any_depth_and_not_in_numbers(syntax):
    number = "4010232137"
    for tag, vr in ((0x00081030, "LO"), (0x00189423, "LO"), (0x00540400, "SH"), (0x00080119, "UC"), (0x00080008, "CS")):
        assert codes(good(syntax, **{f"t{tag:08X}": el(tag, vr, number, syntax)})) == {"pattern"}
        inside = seq(0x52009229, [item(el(tag, vr, number, syntax), syntax)], syntax)
        assert codes(good(syntax, t52009229=inside)) == {"pattern"}
    for tag, vr in ((0x00181153, "IS"), (0x00180050, "DS")):
        assert codes(good(syntax, **{f"t{tag:08X}": el(tag, vr, number, syntax)})) == set()
    assert codes(good(syntax, t0008002A=el(0x0008002A, "DT", "20190314101112", syntax))) == set()


def test_where_a_number_should_stand_a_text_is_read_like_any():
    assert says("anne@example.org", tag=0x00180050, vr="DS") == {"pattern"}
    assert says("SW1A 1AA", tag=0x00181002, vr="UI") == {"pattern"}
    assert says("1.5\\-2E+4 ", tag=0x00180050, vr="DS") == set()
    assert says("4010232137", tag=0x00184000, vr="UN") == {"pattern"}  # a text by the dictionary
    assert says("4010232137", tag=0x00189423, vr="OB") == set()  # bytes of any kind


@pytest.mark.parametrize("tag", [0x00181000, 0x00181004, 0x00181020, 0x00081010, 0x0018700A, 0x00080070, 0x00120020])
def test_of_devices_and_the_research_study_the_form_of_a_number_says_nothing(tag):
    for text in ("4010232137", "[2010/06/30]-07:41:13", "00-2.0.0(29Oct2010)", "07700 900123"):
        assert says(text, tag=tag, vr="LO") == set()
    for text in ("anne@example.org", "Dr Patel", "MRN 123456"):
        assert says(text, tag=tag, vr="LO") == {"pattern"}
    assert says("4010232137", ("401 023 2137",), tag=tag, vr="LO") == {"identifier"}


def test_a_code_is_a_number_where_everybody_has_the_scheme_and_may_be_somebodys_where_not():
    def coded(value, scheme, tag=0x00080100):
        elements = {tag: el(tag, "SH" if tag == 0x00080100 else "UC", value)}
        if scheme:
            elements[0x00080102] = el(0x00080102, "SH", scheme)
        body = b"".join(elements[key] for key in sorted(elements)) + el(0x00080104, "LO", "Chest")
        return codes(good(t00081032=seq(0x00081032, [item(body)])))

    for tag in (0x00080100, 0x00080119):
        assert coded("4010232137", "SCT", tag) == coded("4010232137", "99SDM", tag) == set()
        assert coded("4010232137", "99LOCAL", tag) == coded("4010232137", "", tag) == {"pattern"}
        assert coded("Dr Patel", "SCT", tag) == {"pattern"}


def test_an_institution_that_may_stay_has_its_address():
    kept = seq(
        0x00120064, [item(el(0x00080100, "SH", code) + el(0x00080102, "SH", "DCM")) for code in ("113100", "113112")]
    )
    address = el(0x00080081, "ST", "1 Infirmary Way, LS1 4AP, 0113 496 0018")
    assert codes(good(t00120064=kept, t00080081=address)) == set()
    assert codes(good(t00080081=address)) == {"forbidden"}


def test_what_people_let_stay_stays_there_and_nowhere_else():
    data = good(t00184000=el(0x00184000, "LT", "Dr Patel protocol"), t00181030=el(0x00181030, "LO", "CT"))
    assert codes(data) == {"pattern"}
    assert codes(data, allowed=[(0x00184000, "Dr Patel protocol")]) == set()
    assert codes(data, allowed=[(0x00181030, "Dr Patel protocol")]) == {"pattern"}


def test_the_methods_of_the_standard_are_read_once_and_nothing_else_hides_among_them():
    def method(meaning, tail=b""):
        code = el(0x00080100, "SH", "113100") + el(0x00080102, "SH", "DCM") + el(0x00080104, "LO", meaning)
        return seq(0x00120064, [item(code + tail)])

    assert codes(good(t00120064=method("Basic Application Confidentiality Profile"))) == set()
    assert codes(good(t00120064=method("done for Dr Patel"))) == {"pattern"}
    assert codes(good(t00120064=method("Smithson")), needles=("Smithson^Ada",)) == {"identifier"}
    assert codes(good(t00120064=method("x", el(0x00180050, "DS", "1934")))) == set()
    assert codes(good(t00120064=method("x", el(0x00101010, "AS", "097Y")))) == {"pattern"}
    broken = el(0x00120064, "SQ", el(0x00080100, "SH", "113100") + el(0x00080102, "SH", "DCM"))
    assert codes(good(t00120064=broken)) == {"structure"}


def test_what_is_known_is_said_once():
    (finding,) = recheck.check(good(t00184000=el(0x00184000, "LT", "401 023 2137")), needles=("4010232137",))
    assert finding.code == "identifier"


def test_numbers_are_checked_where_they_are_issued():
    assert all(is_checked(digits) for digits in ("9434765919", "4010232137", "0101900015", "3200000015"))
    assert not any(
        is_checked(digits) for digits in ("943476591", "9434765918", "9999999999", "5010232138", "3113900000")
    )


@pytest.mark.no_cover
@pytest.mark.data("rdsr", "vendors", "acr-phantom")
def test_nothing_that_real_files_keep_looks_like_somebody():
    """Texts of real scanners: versions, protocols, codes, comments; the findings are all of the people in them."""
    pydicom = pytest.importorskip("pydicom")
    wrong = []
    for folder in ("rdsr", "vendors", "acr-phantom"):
        for path in sorted(
            path for path in data_path(folder).rglob("*") if path.is_file() and path.stat().st_size < 2e6
        ):
            try:
                ds = pydicom.dcmread(path, stop_before_pixels=True)
            except pydicom.errors.InvalidDicomError:
                continue  # a licence
            for tag in (0x00080008, 0x00080060, 0x00081030, 0x0008103E, 0x00180015, 0x00180022, 0x00181030, 0x00181210):
                text = str(ds[tag].value) if tag in ds else ""
                if text.isascii() and says(text, tag=tag, vr="LO"):
                    wrong.append((path.name, hex(tag), text))
    assert wrong == []


def test_of_several_texts_the_one_that_is_meant_is_told():
    known = ("Smithson^Ada", "1.2.3")
    for text in ("for Smithson", "Dr Patel", "U21pdGhzb24="):
        assert recheck.tells(0x00081030, text, known)
    assert not recheck.tells(0x00081030, "CT chest 1.2.3", known)
    assert not recheck.tells(0x00081030, "Smithson")
    assert not recheck.tells(0x00181000, "4010232137", known)
