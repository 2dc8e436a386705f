"""Contribution agreements as the register answers for them: which are in force, and what they let be done.

Where the national side does not ask for agreements (`required`), nothing is stopped for want of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date

from django.db import transaction
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import ANY, SYSTEM, Actor
from isocentre.core.agreements import NONE, AgreementTerms, Confirmed, Standing, standing
from isocentre.core.checks import Checks, NotFound
from isocentre.jobs import door as jobs
from isocentre.rooms.network import door as network
from isocentre.rooms.register.models import AgreementVersion, ResearchStudy, StudySite
from isocentre.rooms.register.scoping import studies_within

VIEW, ENTER, CONFIRM = "agreements_view", "agreements_enter", "agreements_confirm"
REQUIRE = "settings_manage"
_REQUIRED = "agreements_required"
STATES = {"entered": "Waits for a second person", "confirmed": "Confirmed", "discarded": "Discarded"}


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """One version: what it says, who entered and who confirmed it, and whether it was ended early."""

    number: int
    state: str
    edits: int
    terms: AgreementTerms
    entered_by: str
    confirmed_by: str
    ended_on: date | None
    ended_by: str
    end_reason: str


@dataclass(frozen=True, slots=True)
class AgreementRecord:
    """The agreement of a trust for a research study: how it stands today, its sites there, its versions newest first.

    `versions` is empty where the trust takes part and nothing is recorded.
    """

    research_study: str
    title: str
    organisation: str
    name: str
    sites: tuple[str, ...]
    standing: Standing
    versions: tuple[VersionRecord, ...]

    @property
    def waiting(self) -> VersionRecord | None:
        """The version that waits for a second person."""
        return next((one for one in self.versions if one.state == "entered"), None)

    @property
    def deciding(self) -> VersionRecord | None:
        """The confirmed version that says how the agreement stands."""
        return next((one for one in self.versions if one.number == self.standing.number), None)

    @property
    def key(self) -> str:
        """Its name in lists, and in the audit trail."""
        return f"{self.research_study} {self.organisation}"


def required() -> bool:
    """True when nothing is sent on or released without an agreement in force."""
    return jobs.recall(_REQUIRED) is True


def settle() -> None:
    """Decide once whether this national side asks for agreements: a new one does. One that has research studies from
    before there were agreements does not, until an administrator says so: its hospitals must not stop overnight."""
    if jobs.recall(_REQUIRED) is None:
        with transaction.atomic():
            _set(SYSTEM, not ResearchStudy.objects.exists(), "Set by itself when this version was started first")


def require(*, by: Actor, required: bool, reason: str) -> None:
    """Ask for agreements from now on, or not any more, with a reason. Audited; safe to repeat."""
    if not by.may(REQUIRE) or not by.scope.allows(ANY, ANY):
        raise PermissionError("Only an administrator who acts for every research study sets this.")
    checks = Checks()
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.nobody("reason", reason)
    checks.done()
    with transaction.atomic():
        if jobs.recall(_REQUIRED) is not required:
            _set(by, required, reason)


def _set(by: Actor, wanted: bool, reason: str) -> None:
    jobs.remember(_REQUIRED, wanted)
    detail = {"required": "yes" if wanted else "no"}
    audit.record(by=by, entries=[audit.Entry("agreements_set", "setting", "agreements", detail, reason)])


def why_not_release(*, research_study: str, site: str, day: date) -> str:
    """Why what this site contributed to the research study may not be released on a day; empty when it may."""
    if not required():
        return ""
    found = standings([(research_study, site)], day)
    return found[research_study, site].why_not


def may_release(*, research_study: str, site: str, day: date) -> bool:
    """True when what this site contributed to the research study may be released on a day."""
    return not why_not_release(research_study=research_study, site=site, day=day)


def why_not_send(*, research_study: str, site: str) -> str:
    """Why nothing may be taken from this site for the research study now; empty when it may."""
    return why_not_release(research_study=research_study, site=site, day=timezone.localdate())


def standings(places: Iterable[tuple[str, str]], day: date) -> dict[tuple[str, str], Standing]:
    """How the agreement of each (research study, site)'s trust stands on a day, whether agreements are asked for or
    not. A site that nobody knows has none."""
    wanted = sorted(set(places))
    trusts = {one.ods: one.organisation_ods for one in network.sites(ods={site for _, site in wanted})}
    rows: dict[tuple[str, str], list[AgreementVersion]] = {}
    found = AgreementVersion.objects.filter(
        research_study__slug__in={slug for slug, _ in wanted}, organisation__in=set(trusts.values())
    )
    for row in found.exclude(state="discarded").select_related("research_study").order_by("number"):
        rows.setdefault((row.research_study.slug, row.organisation), []).append(row)
    return {
        (slug, site): _standing(rows.get((slug, trusts[site]), []), day) if site in trusts else Standing(NONE)
        for slug, site in wanted
    }


def _standing(rows: Iterable[AgreementVersion], day: date) -> Standing:
    found = list(rows)
    confirmed = [Confirmed(row.number, terms_of(row), row.ended_on) for row in found if row.state == "confirmed"]
    return standing(confirmed, day, waiting=any(row.state == "entered" for row in found))


def terms_of(row: AgreementVersion) -> AgreementTerms:
    """The row as what the agreement says."""
    return AgreementTerms(**{one.name: getattr(row, one.name) for one in fields(AgreementTerms)})


def listed(*, by: Actor, slugs: Iterable[str] | None = None, day: date | None = None) -> list[AgreementRecord]:
    """The agreement of each trust that takes part in a research study in scope, or did, by research study and name.

    Of a trust of which the actor sees no site that takes part, nothing.
    """
    if not by.may(VIEW):
        raise PermissionError("This role does not see contribution agreements.")
    studies = ResearchStudy.objects.filter(studies_within(by.scope)).distinct().order_by("title", "slug")
    if slugs is not None:
        studies = studies.filter(slug__in=sorted(set(slugs)))
    known = {one.ods: one for one in network.sites()}
    sites: dict[tuple[str, str], list[str]] = {}
    for slug, site in StudySite.objects.filter(research_study__in=studies).values_list("research_study__slug", "site"):
        if site in known and by.scope.allows(slug, site):
            sites.setdefault((slug, known[site].organisation_ods), []).append(site)
    rows: dict[tuple[str, str], list[AgreementVersion]] = {}
    for row in AgreementVersion.objects.filter(research_study__in=studies).select_related("research_study"):
        rows.setdefault((row.research_study.slug, row.organisation), []).append(row)
    called = {one.organisation_ods: one.organisation_name for one in known.values()}
    titles = dict(studies.values_list("slug", "title"))
    found = [
        _record(
            titles[slug], slug, trust, called[trust], here, rows.get((slug, trust), []), day or timezone.localdate()
        )
        for (slug, trust), here in sites.items()
    ]
    return sorted(found, key=lambda one: (one.title, one.research_study, one.name, one.organisation))


def agreement(*, by: Actor, slug: str, organisation: str) -> AgreementRecord:
    """One agreement; NotFound where the trust does not take part, or it is out of scope."""
    found = next((one for one in listed(by=by, slugs=[slug]) if one.organisation == organisation), None)
    if found is None:
        raise NotFound("no trust of this code takes part in the research study")
    return found


def _record(
    title: str, slug: str, trust: str, name: str, sites: list[str], rows: list[AgreementVersion], day: date
) -> AgreementRecord:
    rows = sorted(rows, key=lambda row: -row.number)
    shown = _standing([row for row in rows if row.state != "discarded"], day)
    return AgreementRecord(slug, title, trust, name, tuple(sorted(sites)), shown, tuple(map(record_of, rows)))


def record_of(row: AgreementVersion) -> VersionRecord:
    """The row as a record."""
    return VersionRecord(
        row.number,
        row.state,
        row.edits,
        terms_of(row),
        row.entered_by,
        row.confirmed_by,
        row.ended_on,
        row.ended_by,
        row.end_reason,
    )


def may(by: Actor, permission: str, one: AgreementRecord) -> bool:
    """True when the actor may enter or confirm this agreement: as what was agreed, by who acts for every site."""
    return by.may(permission) and by.scope.allows(one.research_study, ANY)
