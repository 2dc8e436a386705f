"""Words of a scan's first steps on the hospital side, and of the head of its page."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from isocentre.core import routing
from isocentre.core.actor import Actor
from isocentre.core.hooks import ScanCard, Step
from isocentre.rooms.intake import causes, charter_words, recalling, viewing
from isocentre.rooms.intake.models import UNASSIGNED, Decision, Disposition, LedgerRow
from isocentre.rooms.intake.scans import Reason, Scan
from isocentre.web import formats, names

SOURCES = {"dimse": "sent from", "import": "imported by", "stow": "sent over the web by",
           "fetched": "fetched from"}  # fmt: skip
ACTIONS = {
    "try_again": "Tried again with",
    "put_into": "Put into a research study:",
    "reject": "Rejected",
    "leave_out": "Left out",
    "keep": "Kept the first of",
    "replace": "Replaced",
    "enrolled": "Went on after an enrolment:",
    "opt_out_checked": "Looked at again after an opt-out check:",
    "check_put_right": "Looked at again after the check of the person was put right:",
    "number_decided": "Looked at again after it was decided whose the number is:",
    "subject_id_settled": "Looked at again after the subject id was decided about:",
    "assigned": "Assigned by a person:",
    "accession_listed": "Went on as the accession list names it:",
    "agreement_in_force": "Went on as the contribution agreement is in force:",
    "followed": "Routed with the scan it belongs to:",
    "withdrawal_undone": "Looked at again after a withdrawal was taken back:",
}
TAGS = {"sent_on": "green", "held": "orange", "pending": "blue", "rejected": "red"}


def title(row: LedgerRow) -> str:
    """`CT scan of 3 March 2026`; without the day when the scan names none."""
    facts = row.arrival.facts
    kind = f"{facts['modality']} scan".strip() if facts["modality"] else "Scan"
    return f"{kind} of {formats.date(date.fromisoformat(facts['acquired']))}" if facts["acquired"] else kind


def label(disposition: str, images: int) -> str:
    """A disposition in words that fit the number of images."""
    if disposition == Disposition.PENDING and images != 1:
        return "on their way"
    return str(dict(Disposition.choices)[disposition])


def decided(one: Decision) -> str:
    """A decision in words."""
    words = f"{ACTIONS.get(one.action, one.action)} {formats.plural(one.images, 'image')}, by {names.person(one.by)}"
    return f"{words}; undone by {names.person(one.undone_by)}" if one.undone_by else words


def state(counts: dict[str, int]) -> tuple[str, str]:
    """(words, tag colour) of a scan by its images' dispositions: one for all, or each counted."""
    present = {d: n for d in Disposition.values if (n := counts.get(d, 0))}
    if len(present) == 1:
        only = next(iter(present))
        return label(only, 1).capitalize(), TAGS.get(only, "grey")
    words = ", ".join(f"{n:,} {label(d, n)}" for d, n in present.items())
    return words, TAGS["held"] if Disposition.HELD in present else TAGS["pending"]


def received(scan: Scan) -> Step:
    """The step `received`."""
    row, parts = scan.first, [formats.plural(scan.images, "image")]
    if scan.corrected:
        parts.append(f"{formats.plural(scan.corrected, 'image')} corrected since")
    if scan.duplicates:
        parts.append(f"{formats.plural(scan.duplicates, 'image')} sent again and counted once")
    if scan.last_at - scan.first_at:
        parts.append(f"the last at {formats.clock(scan.last_at)}")
    place = row.scanner or row.arrival.peer
    who = f"{SOURCES.get(row.arrival.source, 'from')} {place}" if place else ""
    where = f"{who}, site {row.site}" if row.site and who else who
    return Step("received", "Received", "done", formats.moment(scan.first_at), where, "; ".join(parts))


def stopped(reasons: list[Reason], cause_url: bool) -> tuple[str, str, str]:
    """(detail, next, address) of images that go no further, held ones first."""
    reasons = sorted(reasons, key=lambda r: r.disposition != Disposition.HELD)
    told = [
        (f"{formats.plural(r.images, 'image')} {label(r.disposition, r.images)}", causes.cause(r.cause).title, r.words)
        for r in reasons
    ]
    detail = " ".join(f"{images}: {title}. {words}".strip() for images, title, words in told)
    first = reasons[0]
    if first.disposition != Disposition.HELD:
        return detail, "", ""
    url = reverse("deid:held_cause", args=[first.cause]) if cause_url else ""
    return detail, causes.cause(first.cause).advice, url


def is_phantom(row: LedgerRow) -> bool:
    """Whether the row is of a phantom: it has no subject and needs none."""
    return row.enrolment_id is None and routing.is_phantom(row.arrival.facts)


def assigned(scan: Scan) -> Step:
    """The step `assigned`: which research study, or why none yet."""
    row = scan.first
    reasons = [r for r in scan.reasons if r.disposition not in ("pending", "sent_on") and causes.cause(r.cause).routing]
    if reasons:
        detail, advice, url = stopped(reasons, True)
        found = "No research study yet" if row.research_study == UNASSIGNED else "Not taken in yet"
        text = found if url else "Goes no further"
        return Step("assigned", text, "failed", detail=detail, url=url, link_text="Go to the held scans", next=advice)
    name = viewing.titles().get(row.research_study, row.research_study)
    enrolled = row.enrolment
    subject = f"Subject {enrolled.subject_id}" if enrolled and enrolled.subject_id else "Person enrolled"
    if enrolled is None:
        subject = "Phantom, no subject" if is_phantom(row) else ""
    elif enrolled.enrolled_on_arrival:
        subject = "New person, enrolled on arrival"
    visit = (
        f"{row.time_point}, {formats.study_day(row.study_day)}"
        if row.time_point and row.study_day is not None
        else row.time_point
    )
    detail = ", ".join(part for part in (name, subject, visit) if part)
    return Step("assigned", "Research study found", "done", formats.moment(scan.first_at), detail=detail)


def scanner_in_header(row: LedgerRow) -> str:
    """How the images name their scanner: what whoever adds it to the list of scanners must enter."""
    facts = row.arrival.facts
    device = " ".join(filter(None, (facts.get("manufacturer", ""), facts.get("model", ""))))
    named = (("serial number", facts.get("serial", "")), ("station name", facts.get("station_name", "")))
    told = [device, *(f"{what} {value}" for what, value in named if value)]
    return f"Its images say: {', '.join(filter(None, told))}" if any(told) else ""


def card(scan: Scan, actor: Actor) -> ScanCard:
    """The head of the scan's page: the person only for those who work with arrivals."""
    row, facts = scan.first, scan.first.arrival.facts
    rows = [("Research study", viewing.titles().get(row.research_study, row.research_study))]
    # Another research study of the same image may still need its facts; this one keeps no person.
    if actor.may("arrivals_view") and scan.gone:  # whose it is nobody says; by its number it is put right
        rows += [("Accession number", facts["accession"])]
    elif actor.may("arrivals_view") and row.disposition != Disposition.OPTED_OUT:
        rows += [
            ("Name", facts["patient_name"].replace("^", " ").strip()),
            ("Hospital number", facts["patient_id"]),
            ("Accession number", facts["accession"]),
        ]
    rows += [
        ("What was scanned", ", ".join(filter(None, (facts["study_description"], facts["body_part"])))),
        ("Images", formats.number(scan.images)),
        ("Scanner", row.scanner or f"Not on this hospital's list. {scanner_in_header(row)}".strip()),
        ("Site", names.site(row.site) or "Not known"),
        ("State", "Taken back" if scan.gone else state(scan.counts)[0]),
        *charter_words.rows(scan),
    ]
    links = [("All arrivals", reverse("intake:arrivals"))] if actor.may("arrivals_view") else []
    if row.enrolment_id and actor.may("enrolment_view") and not scan.gone:
        links.append(("The person's enrolment", reverse("intake:person", args=[row.enrolment_id])))
    if actor.may(recalling.PERMISSION):
        back = ("Scans taken back", reverse("intake:recalls"))
        mine = row.disposition != Disposition.OPTED_OUT and not scan.gone
        links.append(("Wrong patient: take this scan back", reverse("intake:recall", args=[row.pk])) if mine else back)
    return ScanCard(title(row), tuple(rows), tuple(links))
