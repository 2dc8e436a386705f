"""What a consent covers is read in the words of lists, kept in one order, and crosses as terms of a fixed form."""

from __future__ import annotations

import pytest

from isocentre.core.consent import SCOPES, read_scope, scope_in_words, terms
from isocentre.core.subjects import fits_consent


@pytest.mark.parametrize(
    ("text", "scope"),
    [("", ""), ("future; Study", "study,future"), ("Use outside the UK, research by companies", "companies,abroad"),
     ("future,future", "future"), ("everything", None), ("study, x", None)],
)  # fmt: skip
def test_a_scope_is_read_in_its_words(text: str, scope: str | None) -> None:
    assert read_scope(text) == scope


def test_terms_have_the_form_that_crosses() -> None:
    assert terms("", "") == ()
    assert terms("2.0", "study,future") == ("2.0", "covers this research study", "covers future research")
    assert all(fits_consent(term) for term in terms("2.0", ",".join(SCOPES)))
    assert scope_in_words("study,abroad") == "this research study, use outside the UK"
    assert scope_in_words("") == ""
