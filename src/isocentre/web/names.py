"""What people call things: the title of a research study, the name of a site or a person. Who knows them tells once.

Pages ask for the names of what they show anyway, in one batch a page; a code that nobody knows is its own name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping

Source = Callable[[Collection[str] | None], Mapping[str, str]]
"""Names by code, of these codes; of all that are known when None."""

_studies: list[Source] = []
_sites: list[Source] = []
_selections: list[Source] = []
_people: list[Source] = []


def tell(
    *, research_studies: Source | None = None, sites: Source | None = None, selections: Source | None = None,
    people: Source | None = None,
) -> None:  # fmt: skip
    """Name what an app knows; called once, when it is ready."""
    told = ((_studies, research_studies), (_sites, sites), (_selections, selections), (_people, people))
    for known, source in told:
        if source is not None and source not in known:
            known.append(source)


def research_studies(slugs: Collection[str] | None = None) -> dict[str, str]:
    """Titles by short name, in order of title; with the short name behind it where two have the same title."""
    found = _named(_studies, slugs)
    twice = {title for title, count in Counter(found.values()).items() if count > 1}
    named = {slug: f"{title} ({slug})" if title in twice else title for slug, title in found.items()}
    return dict(sorted(named.items(), key=lambda one: (one[1].casefold(), one[0])))


def sites(codes: Collection[str] | None = None) -> dict[str, str]:
    """`Northmoor General Hospital (RZN01)` by ODS code, in order of name."""
    named = {
        code: f"{name} ({code})" if name and name != code else code for code, name in _named(_sites, codes).items()
    }
    return dict(sorted(named.items(), key=lambda one: (one[1].casefold(), one[0])))


def selections() -> dict[str, str]:
    """Selections that serve today, by name: `lung-reads: readers of LUMEN`; with the name where two read the same."""
    found = _named(_selections, None)
    count = Counter(found.values())
    named = {name: f"{words} ({name})" if count[words] > 1 else words for name, words in found.items()}
    return dict(sorted(named.items(), key=lambda one: (one[1].casefold(), one[0])))


def people(usernames: Collection[str] | None = None) -> dict[str, str]:
    """People's names by sign-in name; with the sign-in name behind it where two have the same name."""
    return _named(_people, usernames)


def person(username: str) -> str:
    """One person's name."""
    return people([username]).get(username, username) if username else ""


def research_study(slug: str) -> str:
    """One title."""
    return research_studies([slug]).get(slug, slug) if slug else ""


def site(code: str) -> str:
    """One site's name with its code."""
    return sites([code]).get(code, code) if code else ""


def _named(sources: list[Source], codes: Collection[str] | None) -> dict[str, str]:
    found: dict[str, str] = {code: code for code in codes or ()}
    for source in sources if codes is None or codes else ():
        found.update({code: name for code, name in source(codes).items() if name})
    return found
