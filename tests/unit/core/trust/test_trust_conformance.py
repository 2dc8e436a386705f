"""The conformance statement says what the facts say, and nothing that they do not; a table cannot be broken out of."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from isocentre.core.deid import explain
from isocentre.core.trust import conformance, services
from isocentre.core.trust.document import Document, Section, markdown, table
from isocentre.core.trust.facts import Hl7, Hospital, Named, National, PacsFacts, Sender, Spoken, Surroundings
from isocentre.profiles import load

AROUND = Surroundings("0.1", port=8001, dicom_port=11112)
SPOKEN = Spoken(
    "1.2.3", "V1", (Named("1.2.840.10008.1.1", "Verification"), Named("1.2.4", "CT")), (Named("1.2.5", "Implicit"),),
    (("0000", "Success", "Kept."),), (("C000", "No data"),), (("1, 1, 3", "Not admitted"),), (("Longest", "1"),),
    (("FIND", "1.2.6", "Finding"),), (Named("1.2.7", "US by GET"),), (Named("1.2.8", "RLE by GET"),),
    (("STUDY", "AccessionNumber"),),
)  # fmt: skip
MOVE = PacsFacts("Main", "move", "10.0.0.9", 104, "PACS", "US", "HERE", "", "19:00 to 07:00", 2, 0, False)


def text(facts: Hospital) -> str:
    return markdown(conformance.hospital(facts))


def test_what_is_spoken_is_told_with_its_role_and_what_is_not_with_its_reason() -> None:
    said = text(Hospital(AROUND, SPOKEN, reasons=(("C000", "Not readable"),)))
    for line in ("| CT | 1.2.4 | SCP |", "| Implicit | 1.2.5 |", "| 0000 | Success | Kept. |", "| C000 | No data |",
                 "| C000 | Not readable |", "| 1, 1, 3 | Not admitted |", "port 11112, on all addresses"):  # fmt: skip
        assert line in said, line
    for service in ("Storage Commitment", "Modality Worklist", "MPPS"):
        assert f"| {service}" in said or f"({service})" in said
    assert "scanners purge what is committed" in said
    assert "no association is opened" in said
    assert "No research study is accepted here yet" in said
    assert "Off: no port is set" in said


@pytest.mark.parametrize(
    ("node", "row"),
    [(MOVE, "| Main | C-MOVE | 10.0.0.9:104 | PACS | US | HERE | 19:00 to 07:00 | 2 | No limit |"),
     (replace(MOVE, way="get", paused=True, images_a_minute=60),
      "| Main (paused) | C-GET | 10.0.0.9:104 | PACS | US |  | 19:00 to 07:00 | 2 | 60 |"),
     (replace(MOVE, way="web", web="East"), "| Main | DICOMweb | https://east.example |  |  |  | 19:00 to 07:00 | 2 |"),
     (replace(MOVE, way="web", web="West"), "| Main | DICOMweb | not in the configuration |")],
)  # fmt: skip
def test_each_pacs_stands_with_its_way(node: PacsFacts, row: str) -> None:
    around = replace(AROUND, web_servers=(("East", "https://east.example"),), demo=True)
    said = text(Hospital(around, SPOKEN, pacs=(node,), senders=(Sender("A", "B", "10.0.0.1", 4, 60),)))
    assert row in said
    assert ("US by GET" in said) == ("RLE by GET" in said) == (node.way == "get")
    assert "this computer only (demonstration). 1 senders" in said
    assert "10.0.0.1" not in said, "senders are counted, not listed"


def test_hl7_and_the_titles_of_research_studies() -> None:
    off = Hospital(replace(AROUND, hl7=Hl7(2575, ("127.0.0.1/32",), False)), SPOKEN, titles=(("TRIAL1", "own"),))
    assert "port 2575, without TLS, from this computer only" in text(off)
    assert "| TRIAL1 | own |" in text(off)
    on = Hospital(replace(AROUND, hl7=Hl7(2575, ("10.0.0.0/8",), True)), SPOKEN)
    assert "over TLS, with a certificate of the sender's" in text(on)


def test_what_profiles_in_force_do_stands_once_for_each() -> None:
    profile, other = load("trial-ct-mr", 1), load("basic", 1)
    said = text(Hospital(AROUND, SPOKEN, profiles=(("a", profile), ("b", profile), ("c", other))))
    assert said.count(f"## Annex A: {profile.name} version 1") == 1
    assert f"SHA-256 {profile.sha256}" in said
    assert "| Patient's Name | (0010,0010) |" in said
    assert "| b | trial-ct-mr | 1 |" in said
    told = {one.attribute.code: one for one in explain.everything(profile, explain.passing(profile))}
    kept = next(code for code, one in told.items() if set(one.top) == {explain.KEPT})
    assert f"| {kept} |" not in said.partition("Annex A: trial-ct-mr")[2]
    safe = [one for one in (profile, other) if 113111 in one.options]
    assert said.count("those listed as safe") == len(safe)
    assert said.count("Private attributes: none is kept") == 2 - len(safe)


def test_the_national_side_names_each_address_limit_and_reason() -> None:
    facts = National(AROUND, (("GET", "studies", "QIDO-RS"),), (("A910", "Not de-identified"),), (("Parts", "10"),))
    said = markdown(services.national(facts))
    for line in ("| GET | studies | QIDO-RS |", "| A910 | Not de-identified |", "| Parts | 10 |",
                 "at http://127.0.0.1:8001/dicomweb", "| StudyInstanceUID (0020,000D) | study | always |",
                 "| AccessionNumber (0008,0050) | study | never held",
                 "| SeriesDate (0008,0021) | series | where asked"):  # fmt: skip
        assert line in said, line
    assert "https://n.example/dicomweb" in markdown(
        services.national(replace(facts, around=replace(AROUND, public_url="https://n.example")))
    )


def test_a_cell_ends_neither_its_cell_nor_its_line_and_an_empty_table_is_not_shown() -> None:
    made = Document("T", ("W",), (Section("S", ("P",), (table("A", ["x"], [["a|b\n| c"]]), table("B", ["x"], []))),))
    assert markdown(made) == "# T\n\nW\n\n## S\n\nP\n\n### A\n\n| x |\n|---|\n| a\\|b \\| c |\n"
    assert json.loads(json.dumps(made.plain()))["sections"][0]["tables"][0]["rows"] == [["a|b\n| c"]]
