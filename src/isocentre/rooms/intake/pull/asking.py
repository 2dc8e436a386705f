"""Asks a PACS about the lines of lists: which scan is meant, and which of its series are fetched."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from isocentre.core.ports import Pacs, PacsAway
from isocentre.core.pull.match import Match, StudyFound, judge
from isocentre.core.pull.series import Chosen, SeriesRule, choose
from isocentre.jobs import claims
from isocentre.rooms.intake.pull import slots
from isocentre.rooms.intake.pull.forgetting import NOTHING
from isocentre.rooms.intake.pull.ports import ports
from isocentre.rooms.intake.pull.rows import Pull, PullLine, PullSeries

log = structlog.get_logger()
SHOWN = 20
"""Candidates of a line that are kept to choose from."""
OPT_OUT = ("opt_out_list", "opt_out_not_asked", "opt_out_no_number")
"""States of lines about which the PACS is not asked before there is an answer about opt-outs."""


def take(worker: str) -> PullLine | None:
    """A line the PACS may be asked about now, claimed."""
    going = Pull.objects.filter(state__in=(Pull.ASKING, Pull.FETCHING), pacs__paused=False)
    return slots.first(PullLine, going, state=PullLine.WAITING, worker=worker)


def ask(row: PullLine, worker: str) -> None:
    """Ask about a claimed line, and record the answer."""
    pull = row.pull
    stop = ports().stop(pull.research_study, row.patient_id)
    if stop is not None:
        _stopped(row, worker, *stop)
        return
    try:
        pacs = ports().open_pacs(pull.pacs)
        with claims.held(PullLine, [row.pk], worker=worker):
            match = judge(row.asked, pacs.scans(row.asked))
            chosen = _series(pacs, pull, match.found[0]) if match.judged == PullLine.ONE else []
    except PacsAway as away:
        log.warning("pacs_not_asked", phase="pull", error=type(away).__name__)
        slots.give_back(row, worker, away.words)
        return
    record(row, worker, match, chosen)


def _stopped(row: PullLine, worker: str, cause: str, words: str) -> None:
    """Nothing was asked. Of who opted out nothing is kept but that there was a line."""
    blank: dict[str, Any] = dict(NOTHING) if cause == "opted_out" else {}
    with transaction.atomic():
        if slots.let_go(row, worker, state=cause, words=words, **blank):
            settle(row.pull)


def _series(pacs: Pacs, pull: Pull, scan: StudyFound) -> list[tuple[Chosen, int | None]]:
    """The series of the scan that is meant, why any is left out, and how many images each has."""
    chosen = choose(rule_of(pull), pacs.series(scan.study_uid))
    return [
        (one, len(pacs.images(scan.study_uid, one.series.series_uid))
         if one.series.images is None and not one.why_not else one.series.images)
        for one in chosen
    ]  # fmt: skip


def rule_of(pull: Pull) -> SeriesRule:
    """Which series the list asks for."""
    said = pull.rule
    return SeriesRule(
        frozenset(said.get("modalities", ())), frozenset(said.get("body_parts", ())), tuple(said.get("words", ())),
        tuple(said.get("without", ())), int(said.get("least_images", 0)),
    )  # fmt: skip


def record(row: PullLine, worker: str, match: Match, chosen: list[tuple[Chosen, int | None]]) -> None:
    """Keep what the PACS answered to a line, in one transaction; once, whoever comes first."""
    several = match.judged == PullLine.SEVERAL
    found = [_plain(one) for one in match.found[:SHOWN]] if several else [_plain(one) for one in match.found]
    with transaction.atomic():
        fields = {"state": match.judged, "words": match.words, "differs": list(match.differs), "found": found}
        if not slots.let_go(row, worker, **fields):
            return
        if match.judged == PullLine.ONE:
            add_series(row, match.found[0], chosen)
        settle(row.pull)


def _plain(one: StudyFound) -> dict[str, Any]:
    """A candidate as it is kept: what tells scans apart, and no name."""
    said = asdict(one)
    del said["patient_name"]
    return said | {"day": one.day.isoformat() if one.day else "", "modalities": list(one.modalities)}


def add_series(row: PullLine, scan: StudyFound, chosen: list[tuple[Chosen, int | None]]) -> None:
    """The series of a line's scan, each once in its list: two lines may mean the same scan."""
    wanted = PullSeries.WAITING if row.pull.state == Pull.FETCHING else PullSeries.LISTED
    PullSeries.objects.bulk_create(
        [
            PullSeries(
                pull=row.pull, line=row, study_uid=scan.study_uid, series_uid=one.series.series_uid,
                modality=one.series.modality[:16], body_part=one.series.body_part[:16],
                description=one.series.description[:64], number=one.series.number, expected=images,
                availability=scan.availability[:10], state=PullSeries.LEFT if one.why_not else wanted,
                words=one.why_not,
            )
            for one, images in chosen
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def settle(pull: Pull) -> None:
    """Once no line waits for an answer, the list is ready to be fetched; once no series waits either, it is done."""
    if pull.lines.filter(state=PullLine.WAITING).exists():
        return
    Pull.objects.filter(pk=pull.pk, state=Pull.ASKING).update(state=Pull.READY)
    if not pull.series.filter(state=PullSeries.WAITING).exists():
        Pull.objects.filter(pk=pull.pk, state=Pull.FETCHING).update(state=Pull.DONE, ended_at=timezone.now())


def again(pull: Pull) -> int:
    """Lines the PACS had nothing for, or that could not be asked about, are asked about again; how many."""
    silent = pull.lines.filter(state__in=(PullLine.NONE, PullLine.OTHER, *OPT_OUT))
    return silent.update(state=PullLine.WAITING, attempts=0, not_before=None, words="", last_error="")
