"""Search: where is my scan, and who must act; one line a scan. What was typed is kept nowhere: it may be a name.

Scans that arrived, by accession number, hospital number, NHS number, name, subject id, or StudyInstanceUID; those a
list is fetching; people enrolled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count, Max, Q, QuerySet
from django.urls import reverse

from isocentre.audit import door as audit
from isocentre.core import following
from isocentre.core.actor import Actor
from isocentre.core.hooks import Hit
from isocentre.core.ids import is_uid
from isocentre.rooms.intake import causes, life_steps, recalling, unassigned, viewing
from isocentre.rooms.intake.models import UNASSIGNED, Disposition, Enrolment, LedgerRow
from isocentre.rooms.intake.pull import making, telling
from isocentre.rooms.intake.pull.rows import Pull, PullLine, PullSeries
from isocentre.rooms.intake.scans import Name, named, representatives
from isocentre.web import formats

HITS = 20
LEAST = 2
NOBODY = "Nobody has to act."
LOOKS_AFTER = "the research radiographer or the imaging lead"
_WHO = {
    "gate_unmet": "the study team", "no_agreement": "the study team", "withdrawn": "the study team",
    "unknown_scanner": "the national administrator",
    "no_key": "the administrator", "profile_differs": "the administrator", "no_text_reader": "the administrator",
    "no_face_remover": "the administrator", "failed_here": "the administrator", "not_accepted": "the imaging lead",
    "subject_id_tells": "the imaging lead or the data protection officer", "original_lost": "the PACS manager",
    "opt_out_list": "the imaging lead", "opt_out_not_asked": "the imaging lead",
}  # fmt: skip
"""Who acts on what is held for a cause; for every other, who decides about what is held."""
_LINES = {
    PullLine.WAITING: "the PACS has not answered yet", PullLine.SEVERAL: "the PACS has several: somebody chooses",
    PullLine.NONE: "the PACS does not have it", PullLine.OTHER: "the PACS answered with something else",
    PullLine.LEFT: "somebody left it out",
}  # fmt: skip


def search(actor: Actor, text: str) -> list[Hit]:
    """What the words find, in the actor's scope; that somebody searched, and how much was found, is audited."""
    words = text.strip()
    if len(words) < LEAST:
        return []
    titles = viewing.titles()
    hits: list[Hit] = []
    if actor.may("arrivals_view"):
        hits += _scans(actor, words, titles)
    if actor.may("pulls_view"):
        hits += _fetching(actor, words)
    if actor.may("enrolment_view"):
        for one in _enrolled(actor, words).order_by("subject_id")[:HITS]:
            title = one.person.name.replace("^", " ").strip() or one.subject_id or "Person"
            url = reverse("intake:person", args=[one.pk])
            subject = f"{titles.get(one.research_study, one.research_study)}, subject {one.subject_id or 'not given'}"
            hits.append(Hit(title, "Person enrolled", url, subject))
    if hits:
        audit.record(by=actor, entries=[audit.Entry("people_searched", "search", "people", {"hits": len(hits)})])
    return hits


def _enrolled(actor: Actor, words: str) -> QuerySet[Enrolment]:
    squeezed = words.replace(" ", "")
    return viewing.enrolments(actor).filter(
        Q(subject_id__iexact=words) | Q(person__hospital_number__iexact=words) | Q(person__nhs_number=squeezed)
        | Q(person__name__icontains=words) | Q(person__name__icontains=words.replace(" ", "^"))
    )  # fmt: skip


def _scans(actor: Actor, words: str, titles: Mapping[str, str]) -> list[Hit]:
    squeezed = words.replace(" ", "")
    who = Q(arrival__accession__iexact=words) | Q(arrival__patient_id__iexact=words)
    who |= Q(arrival__patient_id=squeezed) | Q(arrival__facts__patient_name__icontains=words.replace(" ", "^"))
    who |= Q(enrolment__in=_enrolled(actor, words))
    if is_uid(words):
        who |= Q(study_uid=words)
    rows = viewing.visible(actor).filter(who).exclude(recalling.OUT).exclude(disposition=Disposition.OPTED_OUT)
    page = list(representatives(rows).order_by("-pk")[:HITS])
    standing = _standing(actor, page)
    return [_hit(row, titles, standing.get((row.research_study, row.study_uid), "")) for row in page]


def _hit(row: LedgerRow, titles: Mapping[str, str], standing: str) -> Hit:
    facts = row.arrival.facts
    where = "no research study" if row.research_study == UNASSIGNED else titles.get(row.research_study, "")
    name = facts["patient_name"].replace("^", " ").strip()
    what = ", ".join(part for part in (name, facts["accession"] and f"accession {facts['accession']}", where) if part)
    return Hit(life_steps.title(row), "Scan", reverse("scan", args=[row.pk]), f"{what}. {standing}".strip())


def _standing(actor: Actor, page: Sequence[LedgerRow]) -> dict[Name, str]:
    """Where each scan is and who must act, in words: what stopped first, then what goes on."""
    names = {(row.research_study, row.study_uid) for row in page}
    mine = viewing.visible(actor).filter(named(names)).exclude(recalling.OUT).order_by()
    grouped = mine.values("research_study", "study_uid", "disposition", "cause")
    told: dict[Name, list[tuple[int, str, str]]] = {}
    for one in grouped.annotate(n=Count("pk"), at=Max("sent_at")):
        name = (one["research_study"], one["study_uid"])
        if name in names:
            order, words, who = _part(one["disposition"], one["cause"])
            when = f", {formats.moment(one['at'])}" if one["disposition"] == Disposition.SENT_ON and one["at"] else ""
            told.setdefault(name, []).append((order, f"{formats.plural(one['n'], 'image')} {words}{when}", who))
    return {name: _line(sorted(parts)) for name, parts in told.items()}


def _line(parts: Iterable[tuple[int, str, str]]) -> str:
    parts = list(parts)
    acts = list(dict.fromkeys(who for _, _, who in parts if who))
    must = f"{' and '.join(acts)} must act." if acts else NOBODY
    return f"{'; '.join(words for _, words, _ in parts)}. {must[:1].upper()}{must[1:]}"


def _part(disposition: str, cause: str) -> tuple[int, str, str]:
    """(order, what became of these images, who must act; "" for nobody)."""
    title = formats.lower_first(causes.cause(cause).title)
    if disposition == Disposition.HELD:
        return 0, f"held: {title}", "" if cause == following.AWAITS else _WHO.get(cause, LOOKS_AFTER)
    if disposition == Disposition.LEFT_OUT:
        beside = " (if it belongs all the same, see Unassigned)" if cause in unassigned.CAUSES else ""
        return 3, f"left out: {title}{beside}", ""
    if disposition == Disposition.REJECTED:
        return 4, f"rejected: {title}", ""
    return (1, "on the way", "") if disposition == Disposition.PENDING else (2, "sent on", "")


def _fetching(actor: Actor, words: str) -> list[Hit]:
    """Lines of lists of scans to fetch, whose scans have not come: how far each is."""
    asked = Q(accession__iexact=words) | Q(patient_id__iexact=words)
    if is_uid(words):
        asked |= Q(study_uid=words) | Q(series__study_uid=words)
    lists = making.visible(actor).exclude(state=Pull.CANCELLED)
    lines = PullLine.objects.filter(asked, pull__in=lists).select_related("pull").distinct().order_by("-pk")
    return [hit for line in lines[:HITS] if (hit := _fetched(line)) is not None]


def _fetched(line: PullLine) -> Hit | None:
    pull, series = line.pull, list(line.series.values_list("state", flat=True))
    coming = [one for one in series if one in (PullSeries.LISTED, PullSeries.WAITING, PullSeries.SHORT)]
    if line.state == PullLine.ONE and not coming:
        return None  # it is here, and found as a scan
    who = "" if line.state == PullLine.WAITING or pull.state == Pull.FETCHING else "Who made the list"
    if line.state == PullLine.ONE:
        words = "its series came short" if set(coming) == {PullSeries.SHORT} else "being fetched"
        words = words if pull.state == Pull.FETCHING or words != "being fetched" else "found in the PACS, not started"
        who = "The PACS manager" if words == "its series came short" else who
    else:
        words = _LINES.get(line.state, telling.LINES.get(line.state, line.state))
        who = who if line.state == PullLine.WAITING else "Who made the list"
    url = reverse("intake:pull_lines", args=[pull.pk])
    must = f"{who} must act." if who else NOBODY
    return Hit(f"Line {line.number} of {pull.name}", "List to fetch", url, f"Not here yet: {words}. {must}")
