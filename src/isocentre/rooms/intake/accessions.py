"""Accession lists: the scans this hospital names for a research study, by the number the picture archive knows them by.

What is listed passes where neither modality, body part nor visit window would decide; consent, withdrawal and opt-out
hold all the same. A list names a scan, not a person: who it is of must be enrolled. What a list of scans to fetch
names is listed too, once it is started.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM, Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.rooms.intake import viewing
from isocentre.rooms.intake.models import ListedAccession, ResearchStudy

PERMISSION, ONLY = "enrolment_edit", "study_config_accept"
LIST, FETCHING = "list", "fetching"
SOURCES = {LIST: "Typed, pasted or a file", FETCHING: "A list of scans to fetch"}
MOST_LINES, MOST_CHARACTERS, CHUNK = 20_000, 2_000_000, 500
FETCHED_DAYS = 90
"""What a list of scans to fetch named is kept no longer: by then they came, or its lines were forgotten."""
_HEADS = {"accession": 0, "accessionnumber": 0, "issuer": 1, "issuerofaccessionnumber": 1}
Named = tuple[str, str]  # accession number, its issuer or ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: what it names, or what is wrong with it."""

    number: int
    named: Named
    error: str = ""


def listed_for(accession: str, issuer: str) -> frozenset[str]:
    """Research studies whose list names it. An issuer that is not said, in the list or the header, is not compared."""
    if not accession:
        return frozenset()
    rows = ListedAccession.objects.filter(accession=accession)
    rows = rows.filter(Q(issuer="") | Q(issuer=issuer)) if issuer else rows
    return frozenset(rows.values_list("research_study", flat=True))


def listed_for_many(named: Iterable[Named]) -> dict[Named, frozenset[str]]:
    """As `listed_for`, of many at once."""
    wanted = {one for one in named if one[0]}
    found: dict[str, list[tuple[str, str]]] = {}
    rows = ListedAccession.objects.filter(accession__in={number for number, _ in wanted})
    for number, issuer, slug in rows.values_list("accession", "issuer", "research_study"):
        found.setdefault(number, []).append((issuer, slug))
    return {(number, said): frozenset(_named_by(found.get(number, ()), said)) for number, said in wanted}


def _named_by(listed: Iterable[tuple[str, str]], said: str) -> Iterable[str]:
    return (slug for issuer, slug in listed if not issuer or not said or issuer == said)


def visible(by: Actor) -> QuerySet[ListedAccession]:
    """What is listed for the research studies of the actor's scope."""
    named = viewing.slugs(by)
    rows = ListedAccession.objects.all()
    return rows if named is None else rows.filter(research_study__in=named)


def read_list(rows: Sequence[tuple[int, list[str]]]) -> list[Line]:
    """The lines of a table: accession numbers, and their issuers where a second column says them; Unfit on `list`.

    Headings are understood, and not needed: without them the first column is the number.
    """
    if not rows:
        raise Unfit({"list": "Choose a file, or paste accession numbers, one a line"})
    places = [_HEADS.get(re.sub(r"[^a-z]", "", cell.casefold())) for cell in rows[0][1]]
    headed = 0 in places
    if not headed and any(place is not None for place in places):
        raise Unfit({"list": "The headings name no accession number"})
    if len(rows) > MOST_LINES + headed:
        raise Unfit({"list": f"The list has more than {MOST_LINES:,} lines. Send it in parts"})
    number_at = places.index(0) if headed else 0
    issuer_at = (places.index(1) if 1 in places else None) if headed else 1
    lines = [line(number, cells, number_at, issuer_at) for number, cells in rows[headed:]]
    if not lines:
        raise Unfit({"list": "The list has headings but no line"})
    return lines


def line(number: int, cells: list[str], number_at: int = 0, issuer_at: int | None = 1) -> Line:
    """What one line names, or what is wrong with it."""

    def cell(at: int | None) -> str:
        text = cells[at].strip() if at is not None and at < len(cells) else ""
        return text[1:] if re.match(r"'[=+\-@]", text) else text  # as our own export writes it

    named = (cell(number_at), cell(issuer_at))
    error = ""
    if not named[0]:
        error = "The accession number is missing"
    elif len(named[0]) > 16 or not named[0].isprintable() or "\\" in named[0]:
        error = "This is no accession number: it has at most 16 characters"
    elif len(named[1]) > 64 or not named[1].isprintable():
        error = "The issuer has at most 64 characters"
    return Line(number, named, error)


def add(*, by: Actor, research_study: str, named: Iterable[Named]) -> tuple[int, dict[str, int]]:
    """Name scans for a research study, then route those it left out again: (new on the list, images by where they
    went). Audited by count; safe to repeat."""
    viewing.require(by, PERMISSION)
    if research_study not in [slug for slug, _ in viewing.accepted(by)]:
        raise Unfit({"research_study": "Choose the research study the scans are for"})
    wanted = list(dict.fromkeys(named))
    new = keep(by=by, research_study=research_study, named=wanted, source=LIST)
    from isocentre.rooms.intake import rerouting  # which routes, and so asks here

    went: dict[str, int] = {}
    for at in range(0, len(wanted), CHUNK):
        part = [number for number, _ in wanted[at : at + CHUNK]]
        for state, images in rerouting.reroute_listed(by=by, research_study=research_study, accessions=part).items():
            went[state] = went.get(state, 0) + images
    return new, went


def keep(*, by: Actor, research_study: str, named: Sequence[Named], source: str) -> int:
    """Put them on the list, in transactions of some hundred; returns how many were not on it."""
    now, new = timezone.now(), 0
    for at in range(0, len(named), CHUNK):
        rows = [
            ListedAccession(research_study=research_study, accession=number, issuer=issuer, source=source, by=by.name,
                            at=now)
            for number, issuer in named[at : at + CHUNK]
        ]  # fmt: skip
        with transaction.atomic():
            mine = ListedAccession.objects.filter(research_study=research_study)
            before = mine.count()
            ListedAccession.objects.bulk_create(rows, ignore_conflicts=True)
            added = mine.count() - before
            if added:
                detail = {"scans": added, "source": source}
                entry = audit.Entry("accessions_listed", "research_study", research_study, detail)
                audit.record(by=by, entries=[entry])
        new += added
    return new


def remove(*, by: Actor, keys: Iterable[int]) -> int:
    """Take these off their lists; what was taken in by them stays. Returns how many; audited, safe to repeat."""
    viewing.require(by, PERMISSION)
    with transaction.atomic():
        mine = visible(by).filter(pk__in=list(keys))
        by_study: dict[str, int] = {}
        for slug in mine.values_list("research_study", flat=True):
            by_study[slug] = by_study.get(slug, 0) + 1
        mine.delete()
        entries = [
            audit.Entry("accessions_unlisted", "research_study", slug, {"scans": n}) for slug, n in by_study.items()
        ]
        if entries:
            audit.record(by=by, entries=entries)
    return sum(by_study.values())


def set_only(*, by: Actor, research_study: str, only: bool, reason: str) -> bool:
    """Say whether a research study takes its accession list only, from now on; whether that is new. Audited."""
    viewing.require(by, ONLY)
    checks = Checks()
    mine = viewing.research_studies(by).exclude(accepted=None).filter(slug=research_study)
    study = mine.first()
    listed = study is not None and (study.accepted or {}).get("intake_mode", "listed") == "listed"
    checks.that(listed, "research_study", "Choose a research study that takes scans of people on its enrolment list")
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.nobody("reason", reason)
    checks.done()
    with transaction.atomic():
        changed = ResearchStudy.objects.filter(slug=research_study, accessions_only=not only).update(
            accessions_only=only
        )  # fmt: skip
        if changed:
            entry = audit.Entry("accessions_only_set", "research_study", research_study, {"only": only}, reason)
            audit.record(by=by, entries=[entry])
    return bool(changed)


def forget(now: datetime | None = None) -> int:
    """Let go of what lists of scans to fetch named some time ago; returns how many."""
    limit = (now or timezone.now()) - timedelta(days=FETCHED_DAYS)
    with transaction.atomic():
        gone = ListedAccession.objects.filter(source=FETCHING, at__lt=limit).delete()[0]
        if gone:
            entry = audit.Entry("accessions_unlisted", "research_study", "fetching", {"scans": gone})
            audit.record(by=SYSTEM, entries=[entry])
    return gone
