"""Codes and references of a header: found, bounded, and never a reason to refuse an object."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dicom_bytes import CT, EXPLICIT, IMPLICIT, el, item, part10, seq

from isocentre.core.dicom import linked
from isocentre.core.dicom.header import Header, read_header

RDSR = Path("../shared/data/rdsr/CT-RDSR-Siemens_Flash-TAP-SS.dcm")


def header(*parts: bytes, syntax: str = EXPLICIT) -> Header:
    return read_header(part10(el(0x00080016, "UI", CT, syntax) + b"".join(parts), syntax))


def code(value: str, meaning: str = "", *, tag: int = 0x00080100, syntax: str = EXPLICIT) -> bytes:
    said = el(0x00080104, "LO", meaning, syntax) if meaning else b""
    first, second = (el(tag, "SH", value, syntax), said)
    return item(first + second if tag < 0x00080104 else second + first, syntax)


def node(concept: str, uid: str, *inner: bytes) -> bytes:
    named = seq(0x0040A043, [code(concept)])
    return item(named + el(0x0040A124, "UI", uid) + (seq(0x0040A730, list(inner)) if inner else b""))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_codes_with_their_meanings(syntax: str) -> None:
    many = [code(f"C{n}", syntax=syntax) for n in range(12)]
    found = header(seq(0x00081032, [code("CCHES", "CT chest", syntax=syntax)], syntax),
                   seq(0x00082218, many, syntax), syntax=syntax)  # fmt: skip
    assert linked.codes(found, linked.PROCEDURES[0]) == (("CCHES", "CT chest"),)
    assert len(linked.codes(found, linked.ANATOMY)) == linked.MOST_CODES
    assert linked.codes(found, linked.PROCEDURES[1]) == ()
    assert linked.codes(header(seq(0x00082218, [item(b"")])), linked.ANATOMY) == ()
    assert linked.codes(header(seq(0x00082218, [code("LONGONE", tag=0x00080119)])), linked.ANATOMY) == (
        ("LONGONE", ""),
    )


def test_the_issuer_of_an_accession_number() -> None:
    local, other = el(0x00400031, "UT", "RNM"), el(0x00400032, "UT", "1.2.3")
    assert linked.issuer(header(seq(0x00080051, [item(local + other)]))) == "RNM"
    assert linked.issuer(header(seq(0x00080051, [item(other)]))) == "1.2.3"
    assert linked.issuer(header()) == linked.issuer(header(seq(0x00080051, []))) == ""


def test_a_report_says_which_scans_it_is_of() -> None:
    body = [
        seq(0x00081110, [item(el(0x00081150, "UI", CT) + el(0x00081155, "UI", "1.2.7"))]),
        seq(0x0040A370, [item(el(0x00080050, "SH", "ACC1") + el(0x0020000D, "UI", "1.2.8"))]),
        seq(0x0040A375, [item(el(0x0020000D, "UI", "1.2.9"))]),
        seq(0x0040A385, [item(el(0x0020000D, "UI", "1.2.99"))]),
        seq(0x0040A730, [node("113704", "1.2.3", node("110180", "1.2.10"), node("113769", "1.2.11")),
                         node("110180", "1.2.7"), item(el(0x0040A124, "UI", "1.2.12"))]),
    ]  # fmt: skip
    found = linked.references(header(*body))
    assert (found.studies, found.accessions, found.events) == (
        ["1.2.7", "1.2.8", "1.2.9", "1.2.10"], ["ACC1"], ["1.2.11"]
    )  # fmt: skip


def test_hostile_reports_cost_little_and_say_nothing() -> None:
    deep = node("110180", "1.2.3")
    for n in range(40):
        deep = node("113704", f"1.2.{n}", deep)
    assert linked.references(header(seq(0x0040A730, [deep]))).studies == []
    wide = linked.references(
        header(seq(0x0040A730, [node("110180", f"1.2.{n}") for n in range(linked.MOST_ITEMS + 9)]))
    )
    assert len(wide.studies) == linked.MOST_REFERENCES
    bad = [node("110180", "../../x"), node("110180", ""), node("110180", "1.2.3")]
    assert linked.references(header(seq(0x0040A730, bad))).studies == ["1.2.3"]
    long = item(el(0x00080050, "SH", "A" * 2000) + el(0x0020000D, "UI", "1.2.3"))
    assert linked.references(header(seq(0x0040A370, [long]))).accessions == []
    no_sequence = header(el(0x0040A370, "LO", "1.2.3"), el(0x0040A730, "OB", "\x00" * 12))
    assert linked.references(no_sequence).studies == []
    broken = header(el(0x00080051, "UN", "\xff" * 30), el(0x00082218, "UN", "garbage garbage!"))
    assert (linked.codes(broken, linked.ANATOMY), linked.issuer(broken)) == ((), "")
    vast = header(seq(0x00082218, [code("C"), *[item(el(0x00104000, "LT", "A" * 40_000))] * 2]))
    assert linked.codes(vast, linked.ANATOMY) == ()
    odd = item(el(0x0040A043, "LO", "110180") + el(0x0040A124, "UI", "1.2.3"))
    assert linked.references(header(seq(0x0040A730, [odd]))).studies == []


@pytest.mark.skipif(not RDSR.exists(), reason="needs ../shared/data")
def test_a_real_dose_report_names_its_scan_and_events() -> None:
    from pydicom import dcmread

    read = read_header(RDSR.read_bytes())
    found = linked.references(read)
    assert dcmread(RDSR).StudyInstanceUID in found.studies
    assert found.events
