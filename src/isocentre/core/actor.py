"""Who does a thing, and over what: `Actor` and `Scope`.

A Scope is a set of (research study or `*`, site or `*`) pairs, or one Selection; never both (design §3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ANY = "*"
Kind = Literal["person", "token", "gateway", "system"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be seen: pairs of (research study slug, site ODS code), `*` for any; or one Selection by id."""

    pairs: frozenset[tuple[str, str]] = frozenset()
    selection: str | None = None

    def __post_init__(self) -> None:
        if self.pairs and self.selection is not None:
            raise ValueError("a scope is pairs or one Selection, never both")

    def allows(self, research_study: str, site: str) -> bool:
        """True when a pair covers this research study and site."""
        return any(s in (ANY, research_study) and o in (ANY, site) for s, o in self.pairs)

    @property
    def empty(self) -> bool:
        """True when nothing can be seen."""
        return not self.pairs and self.selection is None

    @classmethod
    def everything(cls) -> Scope:
        """All research studies at all sites."""
        return cls(frozenset({(ANY, ANY)}))

    @classmethod
    def parse(cls, texts: list[str]) -> Scope:
        """From `study:SLUG`, `study:SLUG@ODS`, `site:ODS`, `selection:ID` or `*`; ValueError otherwise."""
        pairs: set[tuple[str, str]] = set()
        for text in texts:
            kind, _, value = text.partition(":")
            if text == ANY:
                pairs.add((ANY, ANY))
            elif kind == "study" and value:
                study, _, site = value.partition("@")
                pairs.add((study, site or ANY))
            elif kind == "site" and value:
                pairs.add((ANY, value))
            elif kind == "selection" and value and len(texts) == 1:
                return cls(selection=value)
            else:
                raise ValueError(f"scope {text!r} is not study:SLUG, study:SLUG@ODS, site:ODS, selection:ID or *")
        return cls(frozenset(pairs))

    def texts(self) -> list[str]:
        """The scope as `parse` reads it, sorted."""
        if self.selection is not None:
            return [f"selection:{self.selection}"]
        return sorted(_text(study, site) for study, site in self.pairs)


def _text(study: str, site: str) -> str:
    if study == ANY:
        return ANY if site == ANY else f"site:{site}"
    return f"study:{study}" if site == ANY else f"study:{study}@{site}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person in one role, a token, a gateway, or the system itself; `scope` bounds what they may touch."""

    kind: Kind
    name: str
    role: str = ""
    scope: Scope = field(default_factory=Scope)
    permissions: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        """True when this actor holds the permission (noun_verb)."""
        return permission in self.permissions or ANY in self.permissions

    @property
    def person(self) -> str:
        """Whoever acts, at a page or by one of their tokens (`sam#3`)."""
        return _person(self.name)

    def same_person(self, name: str) -> bool:
        """True when this name, as it was written down, is of whoever acts: one person is never two."""
        return _person(name) == self.person


def _person(name: str) -> str:
    return name.partition("#")[0]


SYSTEM = Actor("system", "isocentre", scope=Scope.everything(), permissions=frozenset({ANY}))
