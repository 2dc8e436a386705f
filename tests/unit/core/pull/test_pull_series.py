"""Which series are fetched, and in words why the others are not."""

from __future__ import annotations

import pytest

from isocentre.core.pull.series import SeriesFound, SeriesRule, choose

CT = SeriesFound("1.1", "CT", "CHEST", "Thorax 1.0 B31f", 2, 300)


def why(rule: SeriesRule, one: SeriesFound = CT) -> str:
    (chosen,) = choose(rule, [one])
    return chosen.why_not


@pytest.mark.parametrize(
    "rule",
    [
        SeriesRule(), SeriesRule(frozenset({"CT", "PT"})), SeriesRule(body_parts=frozenset({"CHEST"})),
        SeriesRule(words=("lung", "thorax")), SeriesRule(without=("localiser",)), SeriesRule(least_images=300),
    ],
)  # fmt: skip
def test_what_a_rule_asks_for_is_fetched(rule):
    assert why(rule) == ""


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (SeriesRule(frozenset({"MR"})), "modality is CT"), (SeriesRule(body_parts=frozenset({"HEAD"})), "body part"),
        (SeriesRule(words=("lung",)), "none of the words"), (SeriesRule(without=("B31F",)), "leaves it out"),
        (SeriesRule(least_images=301), "300 of at least 301"),
    ],
)  # fmt: skip
def test_what_it_does_not_is_left_out_with_the_reason(rule, words):
    assert words in why(rule)


def test_what_a_pacs_does_not_say_is_no_reason_but_for_words():
    silent = SeriesFound("1.1")
    assert why(SeriesRule(body_parts=frozenset({"CHEST"}), least_images=5), silent) == ""
    assert "not said" in why(SeriesRule(frozenset({"CT"})), silent)
    assert why(SeriesRule(words=("thorax",)), silent)


def test_states_of_people_at_work_come_only_where_they_are_named():
    state = SeriesFound("1.1", "PR")
    assert "only where" in why(SeriesRule(), state)
    assert why(SeriesRule(frozenset({"PR"})), state) == ""


def test_each_series_is_told_once_in_order():
    found = [SeriesFound("1.3", number=None), SeriesFound("1.2", number=4), CT, CT]
    assert [one.series.series_uid for one in choose(SeriesRule(), found)] == ["1.1", "1.2", "1.3"]
