"""Scopes and actors: pairs or one Selection, never both."""

import pytest

from isocentre.core.actor import SYSTEM, Actor, Scope


def test_a_scope_covers_its_pairs_only() -> None:
    scope = Scope(frozenset({("CT1", "RAA01")}))
    assert scope.allows("CT1", "RAA01")
    assert not scope.allows("CT1", "RBB01")
    assert not scope.allows("CT2", "RAA01")
    assert Scope.everything().allows("any", "where")


def test_pairs_and_selection_never_together() -> None:
    with pytest.raises(ValueError, match="never both"):
        Scope(frozenset({("*", "*")}), "S1")


@pytest.mark.parametrize("texts", [["*"], ["study:A"], ["study:A@RAA01", "study:B"], ["site:RAA01"], ["selection:S-1"]])
def test_texts_are_read_back_as_written(texts: list[str]) -> None:
    assert Scope.parse(texts).texts() == texts


@pytest.mark.parametrize("texts", [["nonsense"], ["study:"], ["site:"], ["selection:S-1", "*"]])
def test_other_texts_are_refused(texts: list[str]) -> None:
    with pytest.raises(ValueError, match="is not study:SLUG"):
        Scope.parse(texts)


def test_empty_scope_sees_nothing() -> None:
    assert Scope().empty
    assert not Scope(selection="S-1").empty
    assert not Scope.everything().empty


def test_permissions_are_asked_by_name() -> None:
    assert SYSTEM.may("anything_do")
    assert Actor("person", "ada", permissions=frozenset({"held_view"})).may("held_view")
    assert not Actor("person", "ada").may("held_view")


def test_a_person_and_their_tokens_are_one_and_others_are_not() -> None:
    sam, token = Actor("person", "sam"), Actor("token", "sam#3")
    assert (sam.person, token.person) == ("sam", "sam")
    assert sam.same_person("sam#7")
    assert token.same_person("sam")
    assert not sam.same_person("samantha")
    assert not token.same_person("")
