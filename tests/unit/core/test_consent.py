"""What a consent covers is read in the words of lists, kept in one order, and crosses as terms of a fixed form."""

from __future__ import annotations

import pytest

from isocentre.core.consent import SCOPES, read_scope, scope_in_words, terms
from isocentre.core.subjects import fits_consent


@pytest.mark.parametrize(
    ("text", "scope"),
    [("", ""), ("future; Taking part", "part,future"), ("future,future", "future"), ("everything", None),
     ("Use outside the UK, research by companies", "companies,abroad"), ("part, x", None)],
)  # fmt: skip
def test_a_scope_is_read_in_its_words(text: str, scope: str | None) -> None:
    assert read_scope(text) == scope


def test_terms_have_the_form_that_crosses() -> None:
    assert terms("", "") == ()
    assert terms("2.0", "part,future") == ("2.0", "covers taking part", "covers future research")
    assert all(fits_consent(term) for term in terms("2.0", ",".join(SCOPES)))
    assert scope_in_words("part,abroad") == "taking part, use outside the UK"
    assert scope_in_words("") == ""
