"""What roles, tokens and gateways are over, as choices of what exists and in words: research studies and sites."""

from __future__ import annotations

from collections.abc import Sequence

from isocentre.core.actor import ANY, Actor, Scope
from isocentre.core.checks import Unfit
from isocentre.web import names
from isocentre.web.fields import Field

ALL_STUDIES, ALL_SITES = "All research studies", "All sites"
Options = tuple[tuple[str, str], ...]


def study_options(by: Actor | None = None) -> Options:
    """All, and each research study this side knows; with `by`, those their scope covers any part of."""
    return (ANY, ALL_STUDIES), *_within(names.research_studies(), _part(by, 0))


def site_options(by: Actor | None = None) -> Options:
    """All, and each site this side knows; with `by`, those their scope covers any part of."""
    return (ANY, ALL_SITES), *_within(names.sites(), _part(by, 1))


def _part(by: Actor | None, part: int) -> set[str] | None:
    return None if by is None else {pair[part] for pair in by.scope.pairs}


def _within(known: dict[str, str], covered: set[str] | None) -> Options:
    return tuple(one for one in known.items() if covered is None or ANY in covered or one[0] in covered)


def scope_fields(by: Actor) -> tuple[Field, Field]:
    """What a token may see, to tick: research studies, and at which sites."""
    hint = "Tick only those it is for"
    return (
        Field("research_studies", "Research studies it may see", hint, "ticks", study_options(by)),
        Field("sites", "At which sites", hint, "ticks", site_options(by)),
    )


def scope_of(typed: dict[str, str]) -> list[str]:
    """The scope ticked: every research study at every site. Unfit, in words, when a part is missing or says both."""
    words = {"research_studies": "Tick the research studies, or all of them", "sites": "Tick the sites, or all of them"}
    errors = {name: text for name, text in words.items() if not typed[name]}
    for name in words:
        values = typed[name].split(",")
        if ANY in values and len(values) > 1:  # one of the two is a slip, and only the person knows which
            errors[name] = "Tick either all, or only those it is for: not both"
    if errors:
        raise Unfit(errors)
    studies, sites = (_all_or(typed[name].split(",")) for name in ("research_studies", "sites"))
    return Scope(frozenset((study, site) for study in studies for site in sites)).texts()


def _all_or(values: Sequence[str]) -> Sequence[str]:
    return [ANY] if ANY in values else values


def scopes_in_words(scopes: Sequence[Sequence[str]]) -> list[str]:
    """Scopes of tokens (`Scope.texts`) as read: `LUMEN at all sites; GLOW at Northmoor General (RNM01)`."""
    studies, sites = names.research_studies(), names.sites()

    def words(scope: Scope) -> str:
        if scope.selection is not None:
            return f"Selection {scope.selection}"
        return "; ".join(over(study, site, studies, sites) for study, site in sorted(scope.pairs)) or "Nothing"

    return [words(Scope.parse(list(texts))) for texts in scopes]


def over(study: str, site: str, studies: dict[str, str], sites: dict[str, str]) -> str:
    """One pair in words."""
    where = "all sites" if site == ANY else sites.get(site, site)
    return f"{ALL_STUDIES if study == ANY else studies.get(study, study)} at {where}"
