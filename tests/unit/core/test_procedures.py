"""Planned procedures against what headers call an examination."""

from __future__ import annotations

import pytest

from isocentre.core.procedures import agrees


@pytest.mark.parametrize(
    ("planned", "codes", "words", "more"),
    [
        ("", (), "CT KNEE", ""), (" ; ", (), "CT KNEE", ""),
        ("CT chest", (), "CT Thorax, with contrast", ""), ("CT chest", (), "", "Knee routine"),
        ("CT chest; CCHAPC", ("cchapc",), "CT KNEE", ""), ("CCHAPC", (), "CT KNEE", ""),
        ("169069000", (), "CT KNEE", ""), ("169069000", ("169069000",), "", ""),
        ("CT CAP", (), "CT chest/abdo/pelvis", ""),
        ("PET CT", (), "PETCT half body", ""), ("MRI brain", (), "Head", "MR head T1"),
        ("CHEST", ("X",), "Chest CT", ""),
    ],
)  # fmt: skip
def test_these_agree_or_nothing_says_otherwise(planned: str, codes: tuple[str, ...], words: str, more: str) -> None:
    assert agrees(planned, codes=codes, study_words=words, protocol=more)


@pytest.mark.parametrize(
    ("planned", "codes", "words"),
    [
        ("CT chest", (), "CT KNEE"), ("169069000", ("1234",), "CT chest"), ("CCHAPC", ("CKNEE",), "CT KNEE"),
        ("CT chest with contrast; CT CAP", (), "CT chest"), ("CT chest", ("CKNEE",), "CT KNEE"),
        ("CT chest; CCHES", (), "CT KNEE"), ("CT chest; 169069000", (), "CT KNEE"),
    ],
)  # fmt: skip
def test_these_do_not(planned: str, codes: tuple[str, ...], words: str) -> None:
    assert not agrees(planned, codes=codes, study_words=words)
