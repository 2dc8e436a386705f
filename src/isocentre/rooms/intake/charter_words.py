"""What the radiographer is told of verdicts by the charter: at home, on the scan's page, in a step of its life."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.core.charter.judging import Verdict
from isocentre.core.hooks import Figure, Step, WorkItem
from isocentre.rooms.intake import charter_checks
from isocentre.rooms.intake.charter_checks import Checked
from isocentre.rooms.intake.models import LedgerRow
from isocentre.rooms.intake.scans import Scan
from isocentre.web import formats

AT_HOME = timedelta(hours=24)
"""How long a scan to repeat stands on the first page: later nobody is still on the table."""
MOST = 5
TITLE = "Checked against the imaging charter"
ARRIVING = "Not complete yet: images are still arriving"
UNKNOWN = "Not judged: its images could not be read"
WORDS = {
    "pass": "Pass", "repeat": "Repeat, or send what is missing",
    "not_covered": "Not judged: the charter says nothing of such a scan",
}  # fmt: skip

SHORT = {"pass": ("Pass", "green"), "repeat": ("Repeat", "red"), "not_covered": ("Not judged", "grey")}


def words(one: Checked) -> str:
    """Where a scan stands, in a few words."""
    if one.arriving:
        return ARRIVING
    return UNKNOWN if one.verdict is None else WORDS[one.verdict.state]


def tag(one: Checked | None) -> tuple[str, str]:
    """(words, colour) for a list; nothing where no charter holds."""
    if one is None:
        return "", ""
    if one.arriving or one.verdict is None:
        return ("Not complete yet", "blue") if one.arriving else ("Not judged", "grey")
    return SHORT[one.verdict.state]


def why(verdict: Verdict, most: int = 50) -> str:
    """Every deviation in a sentence of its own."""
    told = [one.words for one in verdict.deviations[:most]]
    more = len(verdict.deviations) - len(told)
    return ". ".join([*told, *([f"And {more} more"] if more > 0 else [])])


def steps(scan: Scan) -> list[Step]:
    """The step of the scan's life, where its research study has a charter."""
    one = charter_checks.of_scan(scan.first.research_study, scan.first.study_uid)
    if one is None:
        return []
    when = formats.moment(one.check.judged_at) if one.verdict and one.check.judged_at else ""
    by = f"charter version {one.verdict.version}" if one.verdict else ""
    repeat = one.verdict is not None and one.verdict.state == "repeat"
    detail = f"{words(one)}. {why(one.verdict)}" if repeat and one.verdict else words(one)
    following = "Repeat it while the patient is still there, or send the series that are missing." if repeat else ""
    state = "now" if one.arriving or repeat else "done"
    return [Step("assigned", TITLE, state, when, by, detail, next=following)]  # type: ignore[arg-type]  # a literal


def rows(scan: Scan) -> list[tuple[str, str]]:
    """The line in the head of the scan's page."""
    one = charter_checks.of_scan(scan.first.research_study, scan.first.study_uid)
    return [("Imaging charter", words(one))] if one else []


def worklist(actor: Actor) -> list[WorkItem]:
    """Scans to repeat, each with the reason, for who may still reach the patient."""
    if not actor.may("enrolment_edit"):
        return []
    lately = charter_checks.to_repeat(actor).filter(judged_at__gte=timezone.now() - AT_HOME)
    found = list(lately.order_by("-judged_at")[:MOST])
    first = {row.pk: row for row in LedgerRow.objects.filter(pk__in=[c.row for c in found]).select_related("arrival")}
    items = []
    for check in found:
        verdict = charter_checks.checked(check).verdict
        if verdict is not None and check.row in first:
            said = f"scan to repeat: {_title(first[check.row])}. {why(verdict, 2)}"
            items.append(WorkItem(1, said, reverse("scan", args=[check.row]), check.judged_at))
    more = lately.count() - len(items)
    if more > 0:
        text = f"more {'scan' if more == 1 else 'scans'} to repeat"
        items.append(WorkItem(more, text, f"{reverse('intake:arrivals')}?charter=repeat"))
    return items


def figures(actor: Actor) -> list[Figure]:
    """The last verdict, and how many scans of the last 30 days passed."""
    last = next((one for one in charter_checks.recent(actor, 1)), None)
    if last is None:
        return []
    since = timezone.now() - timedelta(days=30)
    counts = charter_checks.judged(actor).filter(judged_at__gte=since).aggregate(
        passed=Count("pk", filter=Q(outcome="pass")), repeat=Count("pk", filter=Q(outcome="repeat"))
    )  # fmt: skip
    said = [Figure(words(last), "last scan checked against its charter", reverse("scan", args=[last.key]),
                   formats.ago(last.check.judged_at) or "")]  # fmt: skip
    total = counts["passed"] + counts["repeat"]
    if total:
        said.append(Figure(f"{counts['passed']} of {total}", "scans meet their charter, last 30 days"))
    return said


def _title(row: LedgerRow) -> str:
    from isocentre.rooms.intake.life_steps import title  # which shows what is said here

    return title(row)
