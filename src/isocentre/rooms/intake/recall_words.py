"""What people are told of recalls: a step in the life of a scan, a line in the list, what is still to be answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Sum
from django.urls import reverse
from django.utils import timezone

from isocentre.core.actor import SYSTEM, Actor
from isocentre.core.hooks import RECALLED, Step, WorkItem
from isocentre.rooms.intake import recalling, rejections, viewing
from isocentre.rooms.intake.models import Recall, RecalledImage, RejectionNote
from isocentre.rooms.intake.scans import Scan
from isocentre.web import formats, names

WRONG, REJECTED = "wrong patient", "rejected in the picture archive"
REPLACED = "The picture archive sends what replaces it, if anything does. Sent again as it was, it is refused."
NEXT = (
    "The picture archive puts the patient right and sends the scan again: it then goes on, once. Sent again as it was, "
    "it is refused."
)
UNANSWERED = timedelta(minutes=10)
"""After which somebody is told that the national side has not answered a recall."""
ANSWERS = {
    RecalledImage.RECALLED: "removed there, confirmed",
    RecalledImage.NOT_HELD: "never there, confirmed",
    RecalledImage.REFUSED: "refused by the national side: ask its administrator",
    RecalledImage.TOLD: "told, not confirmed yet",
    RecalledImage.WAITING: "not told yet: it is told as soon as it answers",
    RecalledImage.KEPT: "had not left the hospital",
}


def receipts(recalls: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    """What became of the images of each of these recalls, on the national side: (state, words with the moment)."""
    rows = RecalledImage.objects.filter(recall__in=list(recalls)).order_by().values("recall", "state")
    found: dict[int, list[tuple[str, str]]] = {}
    for row in rows.annotate(n=Count("pk"), told=Max("told_at"), answered=Max("answered_at")):
        at: datetime | None = row["answered"] or (row["told"] if row["state"] == RecalledImage.TOLD else None)
        when = f" on {formats.moment(at)}" if at else ""
        words = f"{formats.plural(row['n'], 'image')} {ANSWERS[row['state']]}{when}"
        found.setdefault(row["recall"], []).append((row["state"], words))
    order = list(ANSWERS)
    return {key: sorted(some, key=lambda one: order.index(one[0])) for key, some in found.items()}


def again(recalls: Iterable[int]) -> dict[int, int]:
    """How often images of these recalls came once more as they were, and were refused."""
    rows = RecalledImage.objects.filter(recall__in=list(recalls)).order_by().values("recall")
    return {row["recall"]: row["n"] for row in rows.annotate(n=Sum("again"))}


def of_scan(scan: Scan) -> list[Recall]:
    """The recalls of a scan, also those begun from another research study of it, the first one first."""
    return list(Recall.objects.filter(study_uid=scan.first.study_uid).order_by("pk"))


def steps(scan: Scan) -> list[Step]:
    """One a recall. While all of the scan is taken back its life ends there; once put right it began again after it."""
    found = of_scan(scan)
    told, came = receipts(one.pk for one in found), again(one.pk for one in found)
    stage, last = RECALLED if scan.taken_back else "received", found[-1] if found and scan.gone else None
    return [_step(one, told.get(one.pk, []), came.get(one.pk, 0), stage, one is last) for one in found]


def _step(one: Recall, told: list[tuple[str, str]], came: int, stage: str, last: bool) -> Step:
    parts = [f"{formats.plural(one.images, 'image')} taken back{'' if one.whole else ', of some series'}"]
    parts += [words for _, words in told]
    if came:
        parts.append(f"sent again as before and refused: {formats.plural(came, 'time')}")
    detail = f"{'; '.join(parts)}. Why: {one.reason}"
    why = REJECTED if one.note else WRONG
    title = f"Taken back: {why}" if stage == RECALLED else f"Before it was put right, taken back: {why}"
    return Step(
        stage, title, "failed" if last else "done", formats.moment(one.at), who(one), detail,
        next="" if not last else REPLACED if one.note else NEXT,
    )  # fmt: skip


def who(one: Recall) -> str:
    """Who took it back, as people are called on screen."""
    if one.by == SYSTEM.name:
        return "a rejection note" if one.note else "learnt from the national side"
    return names.person(one.by)


def state(recall: Recall, told: Mapping[int, list[tuple[str, str]]]) -> tuple[str, str]:
    """(words, tag colour) of a recall in the list."""
    states = Counter(state for state, _ in told.get(recall.pk, []))
    if states[RecalledImage.REFUSED]:
        return "Refused", "red"
    if states[RecalledImage.WAITING]:
        return "Not told yet", "orange"
    if states[RecalledImage.TOLD]:
        return "Told, not confirmed", "orange"
    return ("Confirmed", "green") if recall.sent else ("Nothing was sent on", "grey")


def worklist(actor: Actor) -> list[WorkItem]:
    """Images taken back of which the national side did not say within minutes what it did, or which it refused."""
    if not actor.may(recalling.PERMISSION):
        return []
    mine = RecalledImage.objects.filter(viewing.within(actor, "site"))
    late = mine.filter(state__in=RecalledImage.OPEN, recall__at__lt=timezone.now() - UNANSWERED)
    url, items = reverse("intake:recalls"), []
    for rows, words in (
        (late, "taken back, not confirmed by the national side"),
        (mine.filter(state=RecalledImage.REFUSED), "taken back, which the national side says are not this hospital's"),
    ):
        found = rows.aggregate(n=Count("pk"), oldest=Min("recall__at"))
        noun = "image" if found["n"] == 1 else "images"
        items.append(WorkItem(found["n"], f"{noun} {words}", url, found["oldest"]))
    asked = rejections.visible(actor).filter(state=RejectionNote.ASKED).aggregate(n=Count("pk"), oldest=Min("at"))
    words = f"rejection {'note' if asked['n'] == 1 else 'notes'} for quality: keep the images in use, or take them back"
    items.append(WorkItem(asked["n"], words, reverse("intake:rejection_notes"), asked["oldest"]))
    return [item for item in items if item.count]
