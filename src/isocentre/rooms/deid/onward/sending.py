"""Hands copies to their destinations: claim, make again and compare, hand over, record. A crash at any point replays.

One batch to one destination at a time, and one association there at once: the destination itself is leased. What goes
is to the byte what the national side acknowledged, by the SHA-256 in the ledger, or it does not go.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM
from isocentre.core.ports import Handed, Outgoing, RecipientAway
from isocentre.jobs import claims
from isocentre.jobs.loop import where
from isocentre.rooms.deid import door, poison, work
from isocentre.rooms.deid.onward import queue
from isocentre.rooms.deid.onward.rows import OnwardCopy, SendNode
from isocentre.rooms.intake import door as intake

log = structlog.get_logger()
AT_ONCE, AT_A_TURN = 16, 4
OTHERWISE = (
    "Made again today it would not be what the national side acknowledged: its profile, a rule, or what is known of "
    "the person changed since."
)
NOT_TOLD = "The destination did not say what became of it"
FREE: dict[str, Any] = {"claimed_by": "", "lease_until": None}


@dataclass
class _Batch:
    """What is handed to one destination now; `stack` keeps files and leases until it was."""

    node: SendNode
    worker: str
    stack: ExitStack
    ready: list[tuple[OnwardCopy, Handed]]


@dataclass(frozen=True)
class _Known:
    """What is read once for a batch: terms of research studies, contribution agreements."""

    terms: work.Found
    agreed: intake.contribution.Agreed


def turn(worker: str) -> int:
    """Make one batch for each destination that is free, and hand it over in a thread of its own: a destination may take
    minutes to answer. Returns how many were begun."""
    begun = 0
    # Not as many as there are: making them keeps this worker from its other tasks.
    while begun < AT_A_TURN and (batch := _taken(worker)) is not None:
        _begin(batch)
        begun += 1
    return begun


def _begin(batch: _Batch) -> None:
    threading.Thread(target=_apart, args=(batch,), name="copies", daemon=True).start()


def send(worker: str) -> int:
    """Queue what is due; then as `turn`, of one destination, and done when it comes back. How many copies were handed
    over or not taken."""
    queue.fill()
    batch = _taken(worker)
    return 0 if batch is None else _carried(batch)


def _apart(batch: _Batch) -> None:
    try:
        _carried(batch)
    except Exception as error:  # noqa: BLE001 - told in the log; all of it is taken again when its lease ends
        log.error("copies_failed", error=type(error).__name__, where=where(error))
    finally:
        connection.close()


def _taken(worker: str) -> _Batch | None:
    """The next destination for which something is due, leased, with a batch made for it; None when there is none."""
    for node in claims.claim(queue.nodes(), worker=worker, limit=1):
        SendNode.objects.filter(pk=node.pk).update(used_at=timezone.now())
        mine = queue.waiting().filter(node=node)
        copies = claims.untried(mine, worker=worker, limit=AT_ONCE)
        if not copies and (one := claims.tried(mine, worker=worker)) is not None:
            copies = [one]
        with ExitStack() as stack:
            stack.enter_context(claims.held(SendNode, [node.pk], worker=worker))
            stack.enter_context(claims.held(OnwardCopy, [one.pk for one in copies], worker=worker))
            batch = _Batch(node, worker, stack, [])
            _make(batch, copies)
            batch.stack = stack.pop_all()
        return batch
    return None


def _make(batch: _Batch, copies: Sequence[OnwardCopy]) -> None:
    """The file of each copy; what cannot be made, or may not go, is recorded."""
    rows, known = queue.rows_of(copies), _Known(work.terms_once(), intake.contribution.Agreed())
    words: dict[int, str] = {}
    for one in copies:
        made = _guarded(one, rows.get(one.row), known, batch)
        if isinstance(made, Path):
            batch.ready.append((one, Handed(one.object_uid, made)))
        elif made:
            words[one.pk] = made
    _record(batch, [], words)


def _carried(batch: _Batch) -> int:
    """Hand a batch over and let its destination go; of one that is not there, only later again."""
    node, mine = batch.node, SendNode.objects.filter(pk=batch.node.pk, claimed_by=batch.worker)
    with batch.stack:
        going = queue.offered(node, [one for one, _ in batch.ready], batch.worker) if batch.ready else set()
        _free([one for one, _ in batch.ready if one.pk not in going], batch.worker)
        ready = [(one, handed) for one, handed in batch.ready if one.pk in going]
        try:
            settled = _record(batch, *_handed(node, ready, batch.worker)) if ready else 0
        except RecipientAway as away:
            claims.release(SendNode, [node.pk], worker=batch.worker, error=away.words, attempts=node.attempts)
            return 0
    mine.update(**FREE, attempts=0, last_error="", not_before=None)
    return settled


def _handed(
    node: SendNode, ready: Sequence[tuple[OnwardCopy, Handed]], worker: str
) -> tuple[list[int], dict[int, str]]:
    """(taken, why not by copy) of what the destination answered for; the rest is given back."""
    copies = [one for one, _ in ready]
    try:
        told = door.recipient(node).store([handed for _, handed in ready])
    except RecipientAway as away:
        if not away.reached:
            OnwardCopy.objects.filter(pk__in=[one.pk for one in copies], claimed_by=worker).update(
                **FREE, attempts=F("attempts") - 1, last_error=away.words[:300]
            )
            raise
        return [], _given_back(copies, worker, away.words)
    answers = {one.object_uid: one for one in told}
    taken = [one.pk for one in copies if one.object_uid in answers and answers[one.object_uid].stored]
    refused = {
        one.pk: f"The destination refused it: {answers[one.object_uid].reason}"
        for one in copies
        if one.object_uid in answers and not answers[one.object_uid].stored
    }
    # Nothing of these is there, and nobody need ask for it, unless they were handed over before.
    never = [one.pk for one in copies if one.pk in refused and one.offered_at is None]
    OnwardCopy.objects.filter(pk__in=never, state=OnwardCopy.WAITING).update(offered_at=None)
    return taken, refused | _given_back([one for one in copies if one.object_uid not in answers], worker, NOT_TOLD)


def _given_back(copies: Sequence[OnwardCopy], worker: str, words: str) -> dict[int, str]:
    """Give copies back, each to be tried by itself; why not, of those tried too often."""
    worn = {one.pk: f"Tried {one.attempts} times. {words}" for one in copies if one.attempts >= claims.MAX_ATTEMPTS}
    for one in copies:
        if one.pk not in worn:
            claims.release(OnwardCopy, [one.pk], worker=worker, error=words, attempts=one.attempts)
    return worn


def _guarded(one: OnwardCopy, row: Any, known: _Known, batch: _Batch) -> Path | str:
    """The file of a copy, or why there is none; empty when it was given back after a failure nobody foresaw."""
    if one.attempts > claims.MAX_ATTEMPTS and not one.last_error:  # the last try ended the worker
        return f"Tried {one.attempts - 1} times without success. The last time: {poison.ENDED}."
    try:
        return queue.why_not(one, row, known.agreed) or _made(one, row, known.terms, batch.stack)
    except OperationalError:
        raise  # the database is busy, which is no fault of the copy
    except Exception as error:  # noqa: BLE001 - logged by kind and place
        log.error("copy_failed", copy=one.pk, attempts=one.attempts, error=type(error).__name__, where=where(error))
        found = _given_back([one], batch.worker, f"{type(error).__name__} in {where(error)}")
        return found.get(one.pk, "")


def _made(one: OnwardCopy, row: Any, terms: work.Found, stack: ExitStack) -> Path | str:
    """The file of what was sent on, made once more; why not where it would be another."""
    for read in (False, True):
        with ExitStack() as opened:
            made = work.again(row, opened, terms, read=read)
            if isinstance(made, str):
                return made or "It cannot be made again."
            path = stack.enter_context(_temporary())
            if _written(made, path) == one.sha256 and made.object_uid == one.object_uid:
                return path
            path.unlink()
        if door.pixels() is None:
            break
    return OTHERWISE


def _written(made: Outgoing, path: Path) -> str:
    """Write it; its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for chunk in made.chunks:
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


@contextmanager
def _temporary() -> Iterator[Path]:
    """A path for a file that is needed while it is handed over; what a crash leaves is swept with what came half."""
    folder = intake.quarantine() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"copy-{uuid.uuid4().hex}.dcm"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _free(copies: Sequence[OnwardCopy], worker: str) -> None:
    """Give back what is not to go now; it is looked at again."""
    if copies:
        OnwardCopy.objects.filter(pk__in=[one.pk for one in copies], claimed_by=worker).update(**FREE)


def _record(batch: _Batch, taken: Sequence[int], words: dict[int, str]) -> int:
    """Write down what became of copies still held; what was taken back meanwhile stays to be deleted there."""
    if not taken and not words:
        return 0
    now = timezone.now()
    with transaction.atomic():
        mine = OnwardCopy.objects.filter(claimed_by=batch.worker)
        sent = mine.filter(pk__in=taken, state__in=(OnwardCopy.WAITING, OnwardCopy.FAILED))
        n = sent.update(state=OnwardCopy.SENT, sent_at=now, words="", last_error="")
        mine.filter(pk__in=taken, state=OnwardCopy.RECALL_ASKED).update(sent_at=now)
        failed = 0
        for pk, why in words.items():
            state = OnwardCopy.DROPPED if isinstance(why, queue.Never) else OnwardCopy.FAILED
            failed += mine.filter(pk=pk, state=OnwardCopy.WAITING).update(state=state, words=why[:300])
        mine.filter(pk__in=[*taken, *words]).update(**FREE, not_before=None)
        about = ("send_node", str(batch.node.pk))
        told = {"destination": batch.node.name}
        entries = [(audit.Entry("copy_sent", *about, told), n), (audit.Entry("copy_not_sent", *about, told), failed)]
        audit.record_counted(by=SYSTEM, entries=[(entry, count) for entry, count in entries if count])
    return n + failed
