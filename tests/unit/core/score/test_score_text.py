"""Texts compared as people read them."""

import pytest

from isocentre.core.score.text import folded, holds, removed, retained


@pytest.mark.parametrize(
    ("wanted", "there", "yes"),
    [
        ("CT CHEST", "ct  chest for review", True),
        ("CHEST CT", "CT of the chest", True),
        ("CT CHEST", "CT", False),
        ("1.50", "1.5", True),
        ("12", "13", False),
        ("12", "twelve", False),
    ],
)
def test_what_is_retained(wanted, there, yes):
    assert retained(wanted, there) is yes


@pytest.mark.parametrize(
    ("unwanted", "there", "yes"),
    [
        ("Quillfeather^Otto", "CT CHEST", True),
        ("Quillfeather^Otto", "CT for OTTO", False),
        ("Quillfeather", "for quill\u200bfeather", False),
        ("Jürgen", "JU\u0308RGEN", False),
        ("The Lane", "the ward", True),
        ("12", "12.0", False),
        ("12", "13", True),
        ("21/10/2016", "Dotarem 10 ml", True),
        ("21/10/2016", "in 2016", False),
        ("REMOVED", "REMOVED", True),
        ("Ann", "Annex", True),
    ],
)
def test_what_is_removed(unwanted, there, yes):
    assert removed(unwanted, there) is yes


def test_short_texts_are_looked_for_as_words():
    assert holds(folded("seen by Ann."), "ANN")
    assert not holds(folded("annex"), "ANN")
    assert holds(folded("xxQuillfeatherxx"), "quillfeather")
    assert not holds("anything", "")
