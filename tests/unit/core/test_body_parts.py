"""Body parts: which words and codes agree, and which do not."""

from __future__ import annotations

import pytest
from pydicom.sr._snomed_dict import mapping

from isocentre.core.body_parts import CODES, agree, covers


@pytest.mark.parametrize(
    ("planned", "said"),
    [
        ("CHEST", "CHEST"), ("CHEST", "Thorax"), ("CHEST", "LUNG"), ("LIVER", "ABDOMEN"), ("CHEST", "CHEST_TO_PELVIS"),
        ("ABDOMEN", "CHEST TO PELVIS"), ("PELVIS", "Pelvis to chest"), ("CHEST", "CHESTABDPELVIS"),
        ("PELVIS", "CHEST/ABDO/PELVIS"), ("CHEST", "51185008"), ("CHEST", "T-D3000"), ("PELVIS", "416775004"),
        ("BRAIN", "HEAD"), ("KNEE", "Left knee"), ("PROSTATE", "WHOLEBODY"), ("LSPINE", "SPINE"),
        ("KNEE", "EXTREMITY"), ("WRIST", "Extremity"), ("CHEST", "THORAX^"),
        ("CHEST", ""), ("", "KNEE"), ("ODD PART", "odd_part"), ("TSPINE", "CSPINE TO TSPINE"), ("BREAST", "t-04000 "),
    ],
)  # fmt: skip
def test_these_agree(planned: str, said: str) -> None:
    assert agree([planned], [said])


@pytest.mark.parametrize(
    ("planned", "said"),
    [
        ("CHEST", "KNEE"), ("LIVER", "KIDNEY"), ("CHEST", "ABDOMEN"), ("ABDOMEN", "HEAD TO NECK"), ("HEAD", "72696002"),
        ("CHEST", "ODD PART"), ("LIVER", "CHEST AND PELVIS"), ("BRAIN", "SKULL"), ("CHEST", "TO"), ("CHEST", "LEFT"),
    ],
)  # fmt: skip
def test_these_do_not(planned: str, said: str) -> None:
    assert not agree([planned], [said])


def test_one_of_several_is_enough() -> None:
    assert agree(["CHEST", "PELVIS"], ["HEAD", "PROSTATE"])
    assert agree([], ["HEAD"])
    assert agree(["HEAD"], [])
    assert covers("") == frozenset()


def test_every_code_is_of_snomed_and_the_older_ones_say_the_same() -> None:
    newer = {code: name for code, name in CODES.items() if code.isdigit()}
    for code, name in CODES.items():
        if not code.isdigit():
            assert newer[mapping["SRT"][code]] == name
        assert covers(name) != frozenset({name}) or name in covers(name)
