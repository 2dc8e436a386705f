"""Collects what is wrong with something a person typed: one sentence a field, in words that say how to mend it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from isocentre.core.ids import holds_nhs_number

_TRIAL = re.compile(r"(?<!\d)\d{4}-\d{6}-\d{2}(?:-\d{2})?(?!\d)")
"""EudraCT and EU clinical trial numbers (2019-001234-56, 2022-500123-12-00), whose digits may pass as an NHS number."""


NHS_NUMBER = "Take the NHS number out: nothing here may name a patient"
_TITLES = frozenset({"mrs", "miss", "prof", "the", "unknown", "anonymous", "phantom", "test"})
"""Words that stand where names do and tell of nobody."""


def holds_patient_number(text: str) -> bool:
    """Whether an NHS number stands in the text; the number of a trial is none."""
    return holds_nhs_number(_TRIAL.sub(" ", text))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


class NotFound(LookupError):
    """Nothing of that name that this actor may see: absent and out of scope look the same."""


class Unfit(ValueError):
    """What was given cannot be kept; `errors` maps a field's name to the sentence for it."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("not fit to keep: " + ", ".join(sorted(errors)))
        self.errors = errors


class Checks:
    """Gathers errors, the first of each field only, and raises them together."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}

    def that(self, holds: bool, name: str, words: str) -> None:
        """Note `words` against the field when `holds` is false."""
        if not holds:
            self.errors.setdefault(name, words)

    def filled(self, name: str, value: str, words: str, *, most: int = 200) -> None:
        """The field needs text, of at most `most` characters, on one line."""
        self.that(bool(value.strip()), name, words)
        self.brief(name, value, most=most)

    def brief(self, name: str, value: str, *, most: int = 200) -> None:
        """The field may be empty, and has at most `most` printable characters."""
        self.that(len(value) <= most, name, f"Use {most} characters or fewer")
        self.that(value.isprintable(), name, "Remove line breaks and control characters")

    def nobody(self, name: str, value: str, words: str = NHS_NUMBER, *, known: Iterable[str] = ()) -> None:
        """The text, which is kept or shown where no patient may be known, holds no NHS number and nothing `known`.

        `known`: names and numbers of the patients it is about. A word of a name counts, in any case; a number counts
        however it is spaced. What has under three characters says nothing of anybody.
        """
        self.that(not holds_patient_number(value), name, words)
        said, run = set(_words(value)), "".join(_words(value))
        for one in known:
            names = [word for word in _words(one) if len(word) > 2 and word not in _TITLES]
            number = "".join(_words(one))
            told = said.intersection(names) or (len(number) > 5 and not number.isalpha() and number in run)
            self.that(not told, name, "Take the patient's name or number out: nothing here may name a patient")

    def form(self, name: str, value: str, form: re.Pattern[str], words: str) -> None:
        """The whole value has this form."""
        self.that(form.fullmatch(value) is not None, name, words)

    def one_of(self, name: str, value: str, allowed: Collection[str], words: str) -> None:
        """The value is one of a few."""
        self.that(value in allowed, name, words)

    def done(self) -> None:
        """Raise Unfit when anything was noted."""
        if self.errors:
            raise Unfit(self.errors)
