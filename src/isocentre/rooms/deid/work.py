"""Moves claimed rows across: de-identify, check again, send on, record (design §3). A crash at any point replays."""

from __future__ import annotations

import hashlib
import hmac
import mmap
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import groupby
from typing import Any

import structlog
from django.utils import timezone

from isocentre.core import points
from isocentre.core.deid import engine, identity, recheck
from isocentre.core.deid import facts as told
from isocentre.core.deid.profile import BadProfile, Profile
from isocentre.core.deid.reviewed import Reviewed
from isocentre.core.dicom.header import read_header
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.dicomweb.facts import NO_AGREEMENT
from isocentre.core.ids import Pseudonym
from isocentre.core.ports import Outgoing
from isocentre.jobs import claims
from isocentre.profiles import load
from isocentre.rooms.deid import away, door, faces, findings, opt_out, pictures, poison, ruling, sampling
from isocentre.rooms.intake import door as intake

log = structlog.get_logger()
BATCH = 64
CANARY = "canary"


@dataclass
class _Ready:
    row: Any
    outgoing: Outgoing
    fields: dict[str, Any]
    passed: sampling.Passed
    texts: dict[tuple[int, str], str]
    unread: bool = False


@dataclass(frozen=True)
class Terms:
    """What a research study asks of its scans, read once a batch."""

    study: Any
    config: dict[str, Any]
    profile: Profile
    key: bytes
    people: dict[str, tuple[Pseudonym, int]] = field(default_factory=dict)

    def person(self, canonical: str) -> tuple[Pseudonym, int]:
        """Pseudonym and weeks by which dates go back, made once a person: a scan has hundreds of images."""
        if canonical not in self.people:
            self.people[canonical] = identity.pseudonym(self.key, canonical), identity.shift_weeks(self.key, canonical)
        return self.people[canonical]


def move(worker: str) -> int:
    """Claim a batch and take it as far as it goes, then by itself what failed before; returns how many rows changed."""
    if away.waiting():
        return 0
    rows = intake.claim_pending(worker=worker, limit=BATCH)
    moved = _move(rows, worker) if rows else 0
    return moved + poison.each_alone(worker, _move, stop=away.waiting)


def _move(rows: list[Any], worker: str) -> int:
    points.reach("move.claimed")
    intake.charter_notes.note_decided(rows)
    ids = [row.pk for row in rows]
    with claims.held(intake.LedgerRow, ids, worker=worker), ExitStack() as stack:
        terms = cache(_terms)
        said: dict[int, tuple[str, ...]] = {}
        heads, rules = faces.Heads(), ruling.in_force()
        read, agreed = pictures.Series(rows), intake.contribution.Agreed()

        def prepared(row: Any) -> _Ready | intake.Outcome | faces.Wait:
            if why_not := agreed.why_not(row.research_study, row.site):
                return intake.Outcome(row.pk, "held", intake.contribution.CAUSE, why_not)
            return _prepare(row, terms(row.research_study), stack, heads, rules, said, read)

        made = [poison.guarded(row, worker, partial(prepared, row)) for row in rows]
        waiting = heads.put_off(worker)
        read.keep()
        for at, one in enumerate(made):
            if isinstance(one, _Ready) and one.unread and read.tells(one.row):  # found since it was made
                made[at] = poison.guarded(one.row, worker, partial(prepared, one.row))
        outcomes = [one for one in made if isinstance(one, intake.Outcome)]
        ready = [one for one in made if isinstance(one, _Ready)]
        outcomes += _send(ready, worker)
        sent = {one.row_id for one in outcomes if one.disposition == "sent_on"}
        poison.told("not_drawn", sampling.draw, (one.passed for one in ready if one.row.pk in sent))
        texts = ((one.row, one.texts) for one in ready if one.row.pk in sent)
        poison.told("texts_not_noted", findings.texts_cleaned, texts)
    if ruling.in_force() is not rules:
        outcomes = _without_stale(outcomes, worker)
    moved = poison.record(outcomes, {row.pk: row for row in rows}, worker, said)
    points.reach("move.recorded")
    pictures.sent_unread(one.row for one in ready if one.unread and one.row.pk in sent)
    ruling.count_uses((one.row_id, _rules_in(one)) for one in outcomes if one.disposition == "sent_on")
    return moved + waiting


def _without_stale(outcomes: list[intake.Outcome], worker: str) -> list[intake.Outcome]:
    """A rule came into force meanwhile: pictures that were held without it are looked at again."""
    stale = {one.row_id for one in outcomes if one.cause in findings.HELD_CAUSES}
    claims.release(intake.LedgerRow, list(stale), worker=worker, error="", attempts=1)
    return [one for one in outcomes if one.row_id not in stale]


def _rules_in(outcome: intake.Outcome) -> list[str]:
    return [name for name in outcome.fields.get("actions", {}) if name.startswith(door.RULE)]


def _terms(slug: str) -> Terms | tuple[str, str]:
    """The terms in force, or (cause, words) why its scans are held."""
    study = intake.study(slug)
    pinned = door.in_force(slug)
    if slug != CANARY and pinned is None:
        return "not_accepted", "No profile has been accepted for this research study."
    differs = "profile_differs", "The installed profile is not the accepted one."
    try:
        profile = load(pinned.name, pinned.version) if pinned else load("basic")
    except BadProfile:
        return differs
    if pinned and profile.sha256 != pinned.sha256:
        return differs
    try:
        key = door.vault().study_key(slug)
    except (KeyError, ValueError):
        words = "The key of this research study is missing or the master key does not open it: nothing is sent."
        return "no_key", words
    return Terms(study, (study.accepted if study else None) or {}, profile, key)


def _prepare(
    row: Any, terms: Terms | tuple[str, str], stack: ExitStack, heads: faces.Heads, rules: Reviewed,
    said: dict[int, tuple[str, ...]], read: pictures.Series,
) -> _Ready | intake.Outcome | faces.Wait:  # fmt: skip
    if isinstance(terms, tuple):
        return intake.Outcome(row.pk, "held", *terms)
    if row.enrolment is not None and row.enrolment.status == intake.withdrawing.WITHDRAWN:  # since it was routed
        return intake.Outcome(row.pk, "held", intake.withdrawing.WITHDRAWN, intake.withdrawing.WORDS)
    stop = opt_out.stopped(row, terms.config)
    if stop is not None:
        return intake.Outcome(row.pk, stop.disposition, stop.cause, stop.words)
    buffer = _opened(row, stack)
    if buffer is None:
        words = "The original is not here any more: ask for it to be sent again."
        return intake.Outcome(row.pk, "held", intake.LOST, words)
    facts = told_by(buffer)
    context = context_of(row, facts, terms)
    if row.enrolment and not set(facts.own) <= set(intake.known_of(row.enrolment)):
        said[row.enrolment_id] = facts.own  # enrolled after it arrived
    face = heads.of(row, terms.profile, context)
    if isinstance(face, intake.Outcome | faces.Wait):
        return face
    texts: dict[tuple[int, str], str] = {}
    made = engine.deidentify(
        buffer, profile=terms.profile, study_key=terms.key, context=context, pixels=door.pixels(), face=face,
        texts=texts, reviewed=rules,
    )  # fmt: skip
    read.looked(row, made)
    if made.reason == "face_late":
        return heads.late(row)
    if made.status != "done" or made.plan is None:
        return intake.Outcome(row.pk, made.status, made.reason, made.words)
    findings = recheck.check(
        made.plan.head(buffer), needles=context.known, allowed=rules.kept, picture=made.plan.picture(buffer)
    )
    if findings:
        return intake.Outcome(row.pk, "held", "second_check", f"The second check found: {findings[0].words}")
    return _Ready(*_sendable(row, terms, buffer, made, made.plan, context.pseudonym), texts, made.unread)


Found = Callable[[str], Terms | tuple[str, str]]


def terms_once() -> Found:
    """The terms in force of a research study, read once for as long as this is used."""
    return cache(_terms)


def again(row: Any, stack: ExitStack, terms: Found, *, read: bool = False) -> Outgoing | str:
    """The object of a row that was sent on, made once more from its original; or why it cannot be, as a sentence.

    Writes nothing down: what its series and its head ask for was settled when it was sent on. `read`: its picture is
    read though it is in no sample now, as that of the first image of a series was.
    """
    series = pictures.Series([row])
    cleaner = door.pixels()
    if read and cleaner is not None:
        cleaner.series.pop(row.arrival.series_uid.encode(), None)
    made = _prepare(row, terms(row.research_study), stack, faces.Heads(), ruling.in_force(), {}, series)
    if isinstance(made, faces.Wait):
        return "Where its face was taken off is not known here any more."
    return made.words if isinstance(made, intake.Outcome) else made.outgoing


def _sendable(
    row: Any, terms: Terms, buffer: mmap.mmap, made: engine.Outcome, plan: engine.Plan, pseudonym: str
) -> tuple[Any, Outgoing, dict[str, Any], sampling.Passed]:
    """What is to be sent, what its row will say of it, and what is drawn for people to look at."""
    digest = hashlib.sha256()
    for chunk in plan.chunks(buffer):
        digest.update(chunk)
    return (
        row,
        Outgoing(plan.sop_class_uid, plan.object_uid, plan.size, _Chunks(plan, buffer), row.arrival.revision),
        {
            "object_uid": plan.object_uid, "object_study_uid": plan.study_uid,
            "event_id": _event_id(terms.key, row.arrival.facts),
            "pseudonym": pseudonym, "profile": f"{terms.profile.name} v{terms.profile.version}",
            "actions": made.report.actions | dict.fromkeys(made.rules, 1), "sent_sha256": digest.hexdigest(),
        },
        sampling.Passed(row, terms.key, [[one.frame, *one.box, one.why] for one in made.pixels], list(made.rules)),
    )  # fmt: skip


def _opened(row: Any, stack: ExitStack) -> mmap.mmap | None:
    """The bytes of a row's original; None when it is not there, or nothing is left in it."""
    try:
        file = stack.enter_context((intake.quarantine() / row.arrival.path).open("rb"))
    except FileNotFoundError:
        return None
    if not os.fstat(file.fileno()).st_size:
        return None
    # An original is read once: it leaves the memory of the machine to what people look at, and to the next image.
    stack.callback(os.posix_fadvise, file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _event_id(key: bytes, facts: dict[str, Any]) -> str:
    """The scan's event id: one a scan, and without the study key nobody can join it to an object UID."""
    return hmac.digest(key, b"event|" + facts["study_uid"].encode(), "sha256").hex()[:32]


@dataclass(frozen=True)
class _Chunks:
    """Repeatable stream of a plan, so that a retry sends the same bytes."""

    plan: engine.Plan
    buffer: mmap.mmap

    def __iter__(self) -> Any:
        return iter(self.plan.chunks(self.buffer))


def told_by(buffer: mmap.mmap) -> told.Facts:
    """What the original's header says of the patient; nothing where it cannot be followed, which the engine holds."""
    try:
        return told.facts(read_header(buffer))
    except MalformedDicom:
        return told.Facts()


def context_of(row: Any, said: told.Facts, terms: Terms) -> engine.SubjectContext:
    """Whose the object is, and what the new one says of it, under these terms. `said`: what its header says."""
    if row.enrolment:
        canonical = row.enrolment.key_used
    elif intake.is_phantom(row):
        canonical = identity.phantom_key(row.scanner, row.site)
    else:
        canonical = identity.canonical_key(patient_id=row.arrival.facts["patient_id"])
    pseudonym, weeks = terms.person(canonical)
    known = dict.fromkeys((*said.known, *intake.known_of(row.enrolment)))
    return engine.SubjectContext(
        pseudonym=pseudonym,
        subject_id=(row.enrolment.subject_id if row.enrolment else "") or pseudonym,
        sponsor=terms.config.get("sponsor", ""),
        protocol_id=row.research_study,
        protocol_name=terms.config.get("protocol_name", ""),
        site_id=row.site,
        site_name="",
        time_point_id=row.time_point,
        time_point_description="",
        study_day=row.study_day,
        face_waiver=bool(terms.study and terms.study.face_waiver),
        shift_weeks=weeks,
        scanner=row.scanner,
        known=tuple(known),
    )


def _refused_as(failure: int) -> str:
    """The cause of what was refused: for want of an agreement it goes on by itself, once one is in force."""
    return intake.contribution.CAUSE if failure == NO_AGREEMENT else "platform_refused"


def _send(ready: list[_Ready], worker: str) -> list[intake.Outcome]:
    outcomes: list[intake.Outcome] = []
    ready.sort(key=lambda r: (r.row.research_study, r.row.site))
    for (slug, site), group in groupby(ready, key=lambda r: (r.row.research_study, r.row.site)):
        batch = list(group)
        try:
            results = {r.object_uid: r for r in door.wall().send(slug, site, [one.outgoing for one in batch])}
        except Exception as error:  # noqa: BLE001 - named in the log; each of them is then sent by itself, or held
            silent = isinstance(error, OSError) and not getattr(error, "status", 0)
            log.warning("platform_away" if silent else "not_sent", error=type(error).__name__, rows=len(batch))
            if silent:
                away.noted(error)
            words = "The national side did not answer" if silent else "The national side could not take it"
            outcomes += poison.not_taken([one.row for one in batch], worker, words, silent=silent)
            continue
        unsaid = [one.row for one in batch if one.outgoing.object_uid not in results]
        if unsaid:
            words = "The national side did not say what became of it"
            outcomes += poison.not_taken(unsaid, worker, words, silent=False)
        for one in batch:
            result = results.get(one.outgoing.object_uid)
            if result is None:
                continue
            if result.stored:
                fields = {**one.fields, "sent_at": timezone.now()}
                outcomes.append(intake.Outcome(one.row.pk, "sent_on", fields=fields))
            else:
                words = f"The national side refused it: {result.reason}"
                outcomes.append(intake.Outcome(one.row.pk, "held", _refused_as(result.failure), words, one.fields))
    return outcomes
