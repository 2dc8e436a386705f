"""What is looked for in the bytes of one patient, less the words of trade."""

from __future__ import annotations

from isocentre.core.deid import needles


def test_words_of_trade_are_left_out_and_what_was_made_for_them_is_kept() -> None:
    wanted = needles.prepare.__wrapped__(("PHILIPS^JOHN", "1234567890"))
    named = [one.text for one in wanted.raw.needles if one.text.isalpha()]
    assert named

    less = wanted.without(named[:1])

    assert {one.text for one in less.needles} == {one.text for one in wanted.raw.needles} - set(named[:1])
    assert wanted.without(named[:1]) is less
    assert wanted.without([b"siemens"]) is wanted.raw


def test_only_some_sets_of_words_are_kept_so_that_a_patient_of_many_makers_fills_no_memory() -> None:
    wanted = needles.prepare.__wrapped__(tuple(f"NAMEONE{chr(65 + n)}^GIVEN{chr(65 + n)}" for n in range(12)))
    words = [one.text for one in wanted.raw.needles if one.text.isalpha()]
    assert len(words) > 8

    sets = [wanted.without([word]) for word in words]

    assert len(wanted.less) == 8
    assert all(word not in {one.text for one in less.needles} for word, less in zip(words, sets, strict=True))
    assert wanted.without(words[:1]) is sets[0]
    assert wanted.without(words[-1:]) is not sets[-1]
