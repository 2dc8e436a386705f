"""Coded entries: published ones stay but for who is known; a hospital's own are cleaned as what they are, free text."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from support.data import data_path
from support.dicom_bytes import BIG, EXPLICIT, IMPLICIT, el, item, seq, slice_of
from test_deid_descriptors import made, outcome, profile_of

from isocentre.core.deid.clean import CODE, MEANING, Known, clean, schemes
from isocentre.core.deid.cleaner import Cleaner

SMITH = Known(["Smith^John^Paul", "Featherstone-O'Hara^Zoë", "7654321", "9434765919", "王^小明"], ["St Elsewhere"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Device Observer Name", "Device Observer Name"),
        ("Xyzzy syndrome", "Xyzzy syndrome"),
        ("Age over 97 years", "Age over 97 years"),
        ("T4 b 12 (3/4)", "T4 b 12 (3/4)"),
        ("Dr Bloggs clinic", "clinic"),
        ("Mr. Bloggs", ""),
        ("DR chest", "DR chest"),
        ("Prof liver", "Prof liver"),
        ("seen 13/02/1940", "seen"),
        ("seen at SW1A 1AA", "seen at"),
        ("tel 0113 243 2799", "tel"),
        ("NHS 401 023 2137", "NHS"),
        ("hospital no 7654321", "hospital no"),
        ("hospital no 1234567", "hospital no"),
        ("code 123456", "code 123456"),
        ("JSMITH review", "review"),
        ("smithj review", "review"),
        ("jpsmith review", "review"),
        ("johnsmith review", "review"),
        ("Smith01 review", "review"),
        ("Sm1th review", "review"),
        ("htims review", "review"),
        ("Smtih review", "review"),
        ("Smyth review", "review"),
        ("Smiths review", "review"),
        ("John review", "review"),
        ("J.S. review", "review"),
        ("oharafeatherstone review", "review"),
        ("xFeatherstonex review", "review"),
        ("Xx7654321 review", "review"),
        ("王小明的胸部 review", "review"),
        ("brain", "brain"),
    ],
)
def test_a_published_meaning_loses_only_who_is_known_and_what_has_a_form(text: str, left: str) -> None:
    assert clean(text, MEANING, SMITH).text == left


def test_a_word_of_the_trade_that_is_like_a_name_stays_in_a_meaning() -> None:
    assert clean("Brain lesion", MEANING, Known(["Brian^Ada"])).whole
    assert clean("Bran lesion", MEANING, Known(["Brian^Ada"])).text == "lesion"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("CCHAPC", "CCHAPC"),
        ("RADDL078", "RADDL078"),
        ("99TOST000B-0001", "99TOST000B-0001"),
        ("123-45-67", ""),
        ("AB123456", ""),
        ("5.10.3-1", "5.10.3-1"),
        ("JSMITH", ""),
        ("7654321", ""),
        ("4010232137", ""),
        ("X7654321", ""),
        ("Dr Bloggs", ""),
        ("CT chest", "CT chest"),
        ("MRHEARTANDLUNGSANDMORE", ""),
    ],
)
def test_a_code_of_their_own_stays_where_it_is_a_short_technical_one(text: str, left: str) -> None:
    assert clean(text, CODE, SMITH).text == left


@pytest.mark.parametrize(
    ("scheme", "value", "yes"),
    [
        ("DCM", "121322", True),
        ("DCM", "MR", True),
        ("DCM", "9434765919", False),
        ("SCT", "410668003", True),
        ("SCT", "410668004", False),
        ("SCT", "9434765919", False),
        ("SRT", "T-D1100", True),
        ("SRT", "7654321", False),
        ("UCUM", "mGy.cm", True),
        ("UCUM", "{X-Ray sources}", True),
        ("LN", "18748-4", True),
        ("99GEMS", "1", False),
        ("", "1", False),
    ],
)
def test_codes_of_published_schemes_have_their_form(scheme: str, value: str, yes: bool) -> None:
    assert schemes.is_code(scheme, value) is yes


def test_every_scheme_has_its_form_and_its_reason() -> None:
    path = Path(schemes.__file__).with_name("schemes.tsv")
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("# ")]
    assert {len(row) for row in rows} == {3}
    assert all(all(row) for row in rows)
    assert {"DCM", "SCT", "SRT", "UCUM", "LN", "FMA", "RADLEX"} <= {row[0] for row in rows}
    assert not {"NICIP", "99GEMS", "L"} & {row[0] for row in rows}


def cleaned(tag: int, value: bytes, scheme: bytes, known: Known = SMITH) -> bytes:
    return Cleaner(known).value(tag, b"SH", value, b"", scheme).value


def test_an_entry_is_cleaned_by_its_scheme() -> None:
    assert cleaned(schemes.MEANING, b"Zyx review", b"SCT") == b"Zyx review"
    assert cleaned(schemes.MEANING, b"Zyx review", b"99RXH") == b"review"
    assert cleaned(schemes.MEANING, b"Zyx", b"") == b"REMOVED"
    assert cleaned(schemes.MEANING, b"", b"") == b""
    assert cleaned(schemes.CODE_VALUE, b"121322", b"DCM") == b"121322"
    assert cleaned(schemes.CODE_VALUE, b"121322", b"DCM", Known(["121322"])) == b"REMOVED"
    assert cleaned(schemes.CODE_VALUE, b"JSMITH", b"DCM") == b"REMOVED"
    assert cleaned(schemes.LONG_VALUE, b"Dr Bloggs clinic list for Tuesdays", b"99RXH") == b"REMOVED"
    assert cleaned(schemes.DESIGNATOR, b"SCT", b"SCT") == b"SCT"
    assert cleaned(schemes.DESIGNATOR, b"99SMS_CTMR", b"99SMS_CTMR") == b"99SMS_CTMR"
    assert cleaned(schemes.DESIGNATOR, b"99SMITH", b"99SMITH") == b"REMOVED"
    assert cleaned(schemes.VERSION, b"20020904", b"99X") == b"REMOVED"
    assert cleaned(schemes.VERSION, b"01", b"DCM") == b"01"


def test_text_that_is_utf_8_without_saying_so_is_read_as_such() -> None:
    known = Known(["Müller^Ada"])
    for charset in (b"", b"ISO_IR 100"):
        assert (
            Cleaner(known).value(schemes.MEANING, b"LO", "Müller review".encode(), charset, b"SCT").value == b"review"
        )
    latin = "Müller review".encode("latin-1")
    assert Cleaner(known).value(schemes.MEANING, b"LO", latin, b"ISO_IR 100", b"SCT").value == b"review"


def entry(scheme: str | None, meaning: str, syntax: str = EXPLICIT, value: str = "1", twice: bool = False) -> bytes:
    said = el(0x00080102, "SH", scheme, syntax) if scheme is not None else b""
    said += el(0x00080102, "SH", "DCM", syntax) if twice else b""
    return item(el(0x00080100, "SH", value, syntax) + said + el(0x00080104, "LO", meaning, syntax), syntax)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_both_roads_see_the_scheme_of_each_item(syntax: str) -> None:
    inner = seq(0x00080121, [entry("SCT", "Zyx", syntax)], syntax)
    nested = item(
        el(0x00080100, "SH", "1", syntax) + el(0x00080102, "SH", "99X", syntax)
        + el(0x00080104, "LO", "Zyx liver", syntax) + inner + el(0x00080122, "LO", "Zyx", syntax), syntax,
    )  # fmt: skip
    late = item(el(0x00080104, "LO", "Zyx", syntax) + el(0x00080102, "SH", "SCT", syntax), syntax)
    entries = [
        entry("SCT", "Zyx chest of Smithson", syntax), entry("99X", "Zyx chest of Smithson", syntax),
        entry(None, "Zyx", syntax), entry("99X", "Zyx", syntax, twice=True), late, nested,
        entry("99X", "", syntax, "RXH1234567"),
        item(el(0x00081150, "UI", "1.2.840.10008.1.1", syntax), syntax), item(b"", syntax),
    ]  # fmt: skip
    data = slice_of(syntax, t00081032=seq(0x00081032, entries, syntax))
    got = made(data).ProcedureCodeSequence
    assert [one.get("CodeMeaning") for one in got][:7] == [
        "Zyx chest of",
        "chest of",
        "REMOVED",
        "REMOVED",
        "REMOVED",
        "liver",
        "",
    ]
    assert got[5].EquivalentCodeSequence[0].CodeMeaning == "Zyx"
    assert got[6].CodeValue == "REMOVED"
    assert outcome(data).report.cleaned


@pytest.mark.no_cover
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_real_dose_reports_lose_no_published_entry() -> None:
    profile, seen = profile_of(113104, 113105, 113108), 0
    for path in sorted(data_path("rdsr").glob("*RDSR*.dcm")):
        ds = pydicom.dcmread(path, force=True)
        if "Filters" in str(ds.get("PatientName", "")):
            continue  # a patient called Filters, as the code meaning X-Ray Filters
        new = made_of(path.read_bytes(), profile)
        for one, other in zip(codes(ds), codes(new), strict=True):
            if schemes.is_public(one[1]):
                assert one == other
                seen += 1
    assert seen > 1000


def made_of(data: bytes, profile: object) -> pydicom.Dataset:
    import io

    done = outcome(data, profile)
    assert done.plan is not None
    return pydicom.dcmread(io.BytesIO(b"".join(done.plan.chunks(data))))


def codes(ds: pydicom.Dataset) -> list[tuple[str, str, str]]:
    """Every coded entry of the content tree, in order."""
    found = []
    for one in ds.get("ContentSequence", ()):
        for name in ("ConceptNameCodeSequence", "ConceptCodeSequence"):
            found += [
                (c.get("CodeValue", ""), c.get("CodingSchemeDesignator", ""), c.CodeMeaning) for c in one.get(name, ())
            ]
        found += codes(one)
    return found
