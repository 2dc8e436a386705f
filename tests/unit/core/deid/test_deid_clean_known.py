"""What is known of a person is found in other codings; what only looks like it is known stays."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest

from isocentre.core.deid.clean import Known, clean

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
