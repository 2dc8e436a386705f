"""Of which series a picture was read for text: shared by all movers, so that each keeps to what one of them found.

Only where a profile reads a sample: one picture of a series before any other of it goes on, one in so many after that,
and all of it once text was found. What went on unread before that becomes a finding: the hospital must tell about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from isocentre.core.deid import engine
from isocentre.rooms.deid import door, ruling
from isocentre.rooms.deid.models import Finding, ReadSeries
from isocentre.rooms.intake import door as intake
from isocentre.web import formats

LATE = "text_late"
"""Cause of a finding about a series in which text was found after images of it had been sent on unread."""
Name = tuple[str, str]  # research study, SeriesInstanceUID


class Series:
    """What is known of the series of one batch of rows."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = {_name(row): row for row in rows}
        self._known: dict[Name, bool] = {}
        self._hits: dict[Name, int] = {}
        self._recall()

    def _recall(self) -> None:
        """What other movers found, and those before a restart."""
        cleaner = door.pixels()
        if cleaner is None or not self._rows:
            return
        uids = {series for _, series in self._rows}
        found = ReadSeries.objects.filter(series_uid__in=uids).values_list("research_study", "series_uid", "text")
        for slug, series, text in found:
            self._known[slug, series] = text
            cleaner.note(series.encode(), text)

    def looked(self, row: Any, made: engine.Outcome) -> None:
        """Note in which image text was found."""
        if any(place.why == "text" for place in made.pixels):
            self._hits.setdefault(_name(row), row.pk)

    def keep(self) -> None:
        """Write down what was found in this batch, before any image of it goes on; and see what others found."""
        cleaner = door.pixels()
        if cleaner is None:
            return
        for name, row in self._rows.items():
            text, known = cleaner.series.get(name[1].encode()), self._known.get(name)
            if text is None or known or known == text:
                continue
            with transaction.atomic():
                one, new = ReadSeries.objects.get_or_create(
                    research_study=name[0], series_uid=name[1],
                    defaults={"study_uid": row.study_uid, "text": text, "row": self._hits.get(name, row.pk)},
                )  # fmt: skip
                if text and not new and not one.text:
                    row_id = self._hits.get(name, row.pk)
                    ReadSeries.objects.filter(pk=one.pk).update(text=True, row=row_id)
        self._recall()

    def tells(self, row: Any) -> bool:
        """Whether text was found in a picture of this row's series."""
        return self._known.get(_name(row), False)


def _name(row: Any) -> Name:
    return row.research_study, row.arrival.series_uid


def sent_unread(rows: Iterable[Any]) -> None:
    """Count images that were sent on without their pictures being read, by series."""
    for (slug, series), count in Counter(map(_name, rows)).items():
        ReadSeries.objects.filter(research_study=slug, series_uid=series).update(unread=F("unread") + count)


def tell() -> int:
    """Make findings of series in which text was found late, or bring those that are there up to date."""
    late = list(ReadSeries.objects.filter(Q(text=True), unread__gt=F("told"))[:100])
    for one in late:
        row = intake.LedgerRow.objects.filter(pk=one.row).select_related("arrival").first()
        if row is not None:
            _found(one, row)
        ReadSeries.objects.filter(pk=one.pk).update(told=one.unread)
    return len(late)


def _found(one: ReadSeries, row: Any) -> None:
    from isocentre.rooms.deid import findings  # it gathers what this module tells

    like = findings.likeness(row)
    scan = ReadSeries.objects.filter(research_study=one.research_study, study_uid=one.study_uid, text=True)
    images = scan.aggregate(all=Sum("unread"))["all"]
    values = {
        "site": row.site, "what": "picture", "sop_class": like.sop_class, "manufacturer": like.manufacturer[:64],
        "model": like.model[:64], "rows": like.rows, "columns": like.columns, "row": row.pk, "images": images,
        "words": f"Text was found in this picture after {formats.plural(images, 'image')} of its series had been sent "
        "on without being read",
        "first_at": timezone.now(), "look": "wanted", **ruling.REOPENED,
    }  # fmt: skip
    Finding.objects.update_or_create(
        research_study=one.research_study, study_uid=one.study_uid, cause=LATE, like=ruling.digest(like),
        defaults=values,
    )  # fmt: skip


def forget(worker: str) -> int:
    """Let go of what is known of series of which no original is here any more; returns of how many."""
    kept = ReadSeries.objects.values_list("pk", "research_study", "study_uid", "series_uid")
    gone = [pk for pk, *name in kept if not intake.any_here(*name)]
    return ReadSeries.objects.filter(pk__in=gone).delete()[0] if gone else 0
