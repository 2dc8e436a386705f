"""What is known of a person is found in other codings; what only looks like it is known stays."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest

from isocentre.core.deid.clean import MEANING, Known, clean

ADA = Known(["SMITHSON^ADA MAY", "Müller-Høyer^Zoë"])


def test_a_body_part_in_an_id_is_no_name_and_in_a_name_it_is() -> None:
    ids = Known(["PANCREAS_0001", "GREEN_0002", "SMITH_3"])
    assert clean("pancreas head", known=ids).whole
    for text in ("pancreas 0001", "PANCREAS_0001", "green", "Smith"):
        assert clean(text, known=ids).text == ""
    assert clean("pancreas head", known=Known(["PANCREAS^ADA 2"])).text == "head"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Thornmere CT CHEST", "CT CHEST"),
        ("CT Thornmere", "CT"),
        ("chest Thornmere CT", "chest"),
        ("chest Thornmere CT 943 476 5919", "chest"),
        ("Thornmere, MT chest", "chest"),
        ("Dotarem 10 ml Marshmere", "Dotarem 10 ml"),
        ("Dotarem 10ml Marshmere", "Dotarem 10ml"),
        ("Dotarem ml Marshmere", "Dotarem"),
        ("ml Marshmere chest", "chest"),
    ],
)
def test_initials_are_not_taken_from_what_is_a_modality_or_a_unit_where_it_stands(text: str, left: str) -> None:
    known = Known(["Thornmere^Clementia", "Marshmere^Lysandra", "Thornmere^Mary"])
    assert clean(text, known=known).text == left


@pytest.mark.parametrize("case", [str.title, str.lower, str.upper])
@pytest.mark.parametrize("name", ["Smithson", "Ada May Smithson", "Smithson Ada May", "SMITHSON^ADA MAY", "Zoë"])
def test_a_known_name_in_another_coding_goes(case: Callable[[str], str], name: str) -> None:
    if "^" not in name:
        name = case(name)
    for coded in (b64encode(name.encode()).decode(), name.encode().hex(), name.encode().hex(" ").upper()):
        assert clean(f"ct {coded}", known=ADA).text == "ct"


def test_what_names_make_as_one_word_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert clean("jlunn review", MEANING, Known(["Lunn^Jon"])).text == "review"
    monkeypatch.setattr("isocentre.core.deid.clean.known._MOST_HANDLES", 0)
    assert clean("jlunn review", MEANING, Known(["Lunn^Jon"])).text == "jlunn review"


def test_a_short_surname_goes_alone_unless_it_is_a_unit_or_a_modality() -> None:
    known = Known(["Ng^Mo", "Us^Ms", "Ma^Le"])
    assert clean("Ng liver", known=known).text == "liver"
    assert clean("liver ng 5", known=known).text == "liver 5"
    assert clean("150 ma US liver", known=known).text == "150 ma US liver"
    assert clean("Us liver", known=known).text == "liver"


def test_a_particle_of_a_surname_is_nobody_alone() -> None:
    known = Known(["van der Thornmere^Ada"])
    assert clean("den van der ct liver", known=known).text == "ct liver"
    assert clean("la liver", known=Known(["de la Thornmere^Ada"])).whole
    assert clean("liver la Thornmere", known=Known(["de la Thornmere^Ada"])).text == "liver"


def test_part_of_an_id_is_known_by_its_digits() -> None:
    known = Known(["RX-77345/12"])
    for text in ("liver 77345", "liver 7734512", "liver 77 345", "liver rx7734512"):
        assert clean(text, known=known).text == "liver"
