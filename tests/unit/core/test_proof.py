"""What verify says, and how two sides differ."""

from __future__ import annotations

from isocentre.core.proof import Apart, Finding, Proof, apart


def test_only_what_there_is_becomes_a_finding_or_a_note() -> None:
    proof = Proof()
    for count in (0, 2):
        proof.find("blob", count, "objects have lost their file")
        proof.note("stray", count, "files belong to nothing")
    assert proof.findings == [Finding("blob", 2, "objects have lost their file")]
    assert proof.notes == [Finding("stray", 2, "files belong to nothing")]


def test_the_sides_differ_by_uid_and_an_earlier_revision_may_be_held_or_not() -> None:
    found = apart({"a", "b"}, {"c", "d"}, {"b", "c", "e"})
    assert (found.not_held, found.not_sent) == ({"a"}, {"e"})
    assert found
    assert not apart({"a"}, {"c"}, {"a"})


def test_what_was_on_its_way_is_no_difference() -> None:
    first = Apart(frozenset("ab"), frozenset("x"))
    assert Apart(frozenset("bc"), frozenset("y")).still(first) == Apart(frozenset("b"), frozenset())
