"""What a person's consent covers, as terms that cross to the national side: a few fixed words, never free text."""

from __future__ import annotations

import re

SCOPES = {
    "part": "taking part",
    "future": "future research",
    "linkage": "linking with other health records",
    "companies": "research by companies",
    "abroad": "use outside the UK",
}
"""What a person may agree to, by the word a list uses."""
LIKE = "Write one or more of: " + ", ".join(SCOPES)


def _squeezed(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


_KNOWN = {_squeezed(said): name for name, words in SCOPES.items() for said in (name, words)}


def read_scope(text: str) -> str | None:
    """The scope as kept (part,future), from words with commas or semicolons between; None when one is unknown."""
    said = {_KNOWN.get(_squeezed(one), "") for one in re.split("[,;]", text) if one.strip()}
    return None if "" in said else ",".join(name for name in SCOPES if name in said)


def scope_in_words(scope: str) -> str:
    """A kept scope as people read it."""
    return ", ".join(SCOPES[name] for name in scope.split(",") if name)


def terms(version: str, scope: str) -> tuple[str, ...]:
    """The terms in force, as the national side is told of them: the version of the form, then what it covers."""
    return (*filter(None, [version]), *(f"covers {SCOPES[name]}" for name in scope.split(",") if name))
