"""The work of `isocentre deid`: check what was asked, run the engine over everything at SRC, tell of it, and go on."""

from __future__ import annotations

import hashlib
import json
import signal
import sqlite3
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType

import typer

from isocentre.adapters.syncing import sync_files
from isocentre.cli import deid_account, deid_names, deid_report, deid_series, deid_words
from isocentre.cli.deid_files import FULL, Cut, Done, Settings, one
from isocentre.cli.deid_key import any_key, key, usage
from isocentre.cli.deid_people import People
from isocentre.cli.deid_pool import Pool
from isocentre.cli.deid_progress import Shown
from isocentre.cli.deid_sources import Entry, Unusable, entries
from isocentre.cli.deid_state import Foreign, Known, Origin, State
from isocentre.core.deid.profile import BadProfile, Profile
from isocentre.core.deid.reviewed import BadRules, parse
from isocentre.profiles import load_any

STOPPED, ENDED = 130, 143
"""Exit codes: stopped by Ctrl-C, and by SIGTERM, as a system does when it shuts down."""
_EACH_SECONDS, _EACH_FILES = 2.0, 2000
_TOGETHER_SECONDS, _TOGETHER_FILES = 0.5, 128
"""Copies that are forced to the disk at once: one by one, each waits for the disk by itself."""
_REMEMBERED = ("done", "left_out")
"""What was held or failed is tried again: a waiver may have come, or a disk."""
Step = tuple[Entry, Cut, bool, bool]
"""An entry, the cut of its face, whether anything is to be found out, whether its copy is to be written."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line. `account`: where to write what was done, for a person."""

    source: Path
    destination: Path | None
    profile: str
    key_file: Path | None = None
    jobs: int = 1
    report: Path | None = None
    maps: Path | None = None
    account: Path | None = None
    face_waiver: str = ""
    dry_run: bool = False
    as_json: bool = False
    rules: Path | None = None


def run(asked: Asked) -> None:
    """Check what was asked, do it, and tell of it; always ends in `typer.Exit`."""
    try:
        profile = load_any(asked.profile)
    except BadProfile as error:
        raise usage(f"The profile cannot be used: {error}.") from None
    _check(asked)
    rules = _rules(asked.rules)
    made_with = hashlib.sha256((profile.sha256 + rules).encode()).hexdigest() if rules else profile.sha256
    study_key = any_key(asked.key_file) if asked.dry_run else key(asked.key_file)
    waiver = bool(asked.face_waiver.strip())
    state = None
    if asked.destination is not None and not asked.dry_run:
        state = _state(asked.destination, Origin(asked.source, made_with, study_key, waiver))
    settings = Settings(profile.text, study_key, state.parts if state else None, waiver, asked.maps is not None, rules)
    raise typer.Exit(_run(asked, profile, settings, state))


def _rules(file: Path | None) -> str:
    """The text of a file of rules that can be used; empty without one."""
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="utf-8")
        parse(text)
    except (OSError, UnicodeDecodeError):
        raise usage("--rules: the file cannot be read.") from None
    except BadRules as error:
        raise usage(f"--rules: the file cannot be used: {error}.") from None
    return text


def _check(asked: Asked) -> None:
    if not asked.source.exists():
        raise usage("There is nothing at SRC.")
    if asked.dry_run and (asked.maps or asked.account):
        raise usage("--dry-run writes nothing: leave out --maps and --what-was-done.")
    if asked.destination is None and not asked.dry_run:
        raise usage("Name DST, the folder for the copies; --dry-run and --explain FILE need none.")
    if asked.report is not None and (asked.report.is_dir() or not asked.report.parent.is_dir()):
        raise usage("--report: name a file in a folder that is there.")
    if asked.maps is not None and asked.maps.exists() and not asked.maps.is_dir():
        raise usage("--maps: name a folder; there is a file of this name.")
    if asked.account is not None:
        _check_account(asked.account)
    if asked.destination is not None:
        _check_apart(asked, asked.destination)


def _check_account(account: Path) -> None:
    if account.suffix.lower() not in (".html", ".htm"):
        raise usage("--what-was-done: name a .html file; a browser prints it as a PDF of two pages.")
    if account.is_dir() or not account.parent.is_dir():
        raise usage("--what-was-done: name a file in a folder that is there.")


def _check_apart(asked: Asked, destination: Path) -> None:
    inside, source = destination.resolve(), asked.source.resolve()
    if destination.exists() and not destination.is_dir():
        raise usage("DST is a file: name a new or an empty folder.")
    if inside == source or source in inside.parents:
        raise usage("DST is inside SRC: choose a folder apart.")
    for words, path in (("--report", asked.report), ("--maps", asked.maps), ("--key-file", asked.key_file)):
        if path is not None and (path.resolve() == inside or inside in path.resolve().parents):
            raise usage(f"{words}: it leads back to patients, and DST is for copies alone: choose a folder apart.")


def _state(destination: Path, origin: Origin) -> State:
    try:
        return State.open(destination, origin)
    except Foreign as foreign:
        raise usage(str(foreign)) from None
    except (OSError, sqlite3.OperationalError) as error:
        typer.echo(f"DST cannot be written. {_unwritten(error)}", err=True)
        raise typer.Exit(1) from None


def _run(asked: Asked, profile: Profile, settings: Settings, state: State | None) -> int:
    totals = deid_report.Totals()
    try:
        with ExitStack() as stack, _stoppable():
            if state is not None:
                stack.callback(state.close)
            _through(asked, settings, state, totals, stack)
            if asked.account is not None and state is not None:
                with deid_report.private(asked.account) as stream:
                    stream.write(deid_account.page(profile, totals, state.counts()[1], asked.face_waiver))
    except Unusable as error:
        raise usage(str(error)) from None
    except KeyboardInterrupt as stop:
        ended = isinstance(stop, _Ended)
        typer.echo(deid_words.stopped(totals, asked.dry_run, ended=ended), err=True)
        return ENDED if ended else STOPPED
    except BrokenProcessPool:
        typer.echo(deid_words.BROKEN, err=True)
        return 1
    except (OSError, sqlite3.OperationalError) as error:
        typer.echo(f"{_unwritten(error)} What is done is kept: the same command goes on.", err=True)
        return 1
    if asked.as_json:
        typer.echo(json.dumps(deid_words.plain(totals, asked.dry_run), indent=1))
    else:
        typer.echo("\n".join(deid_words.lines(totals, asked.dry_run)))
    bad = totals.statuses["held"] or totals.statuses["failed"] or not totals.statuses.total()
    return 1 if bad else 0


def _unwritten(error: OSError | sqlite3.OperationalError) -> str:
    """Why a copy, the state or a report could not be written, in words."""
    if isinstance(error, sqlite3.OperationalError):
        full, words = error.sqlite_errorcode == sqlite3.SQLITE_FULL, f"what is done cannot be noted ({error})"
    else:
        full, words = error.errno in FULL, str(error.strerror)
    return deid_words.FULL if full else f"This could not be written: {words}."


class _Ended(KeyboardInterrupt):
    """A polite request to end (SIGTERM) is met as Ctrl-C is."""


@contextmanager
def _stoppable() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what is done is being kept: asked once is enough
        raise _Ended

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _through(
    asked: Asked, settings: Settings, state: State | None, totals: deid_report.Totals, stack: ExitStack
) -> None:
    """Everything at SRC, in order: into DST, the state, the report, the maps and the totals."""
    report = maps = None
    if asked.report is not None:
        report = deid_report.Report(stack.enter_context(deid_report.private(asked.report)))
    if asked.maps is not None:
        maps = deid_report.Maps(asked.maps)
        stack.callback(maps.close)
    shown = stack.enter_context(Shown(asked.source))
    # Closed before all else: nobody writes any more when the state is closed.
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="isocentre-")))
    pool = stack.enter_context(Pool(asked.jobs))
    for done in stack.enter_context(closing(_results(settings, asked.source, pool, state, shown, folder))):
        totals.add(done)
        if report is not None:
            report.add(done)
        if maps is not None:
            maps.add(done)
    if state is not None:
        state.commit()
    if report is not None:
        report.end(totals)
    if maps is not None:
        maps.write()


def _results(
    settings: Settings, source: Path, pool: Pool, state: State | None, shown: Shown, folder: Path
) -> Generator[Done, None, None]:  # fmt: skip
    def unknown(entry: Entry) -> bool:
        return state is None or state.known(entry) is None

    things = shown.each("looking at headers", entries(source))
    people = None if state is None else People(settings.study_key)
    settings, cuts = deid_series.found(settings, things, pool, unknown, folder, people)
    waiting: deque[tuple[Entry, Known | None]] = deque()

    def steps() -> Iterator[Step]:
        for entry in entries(source):
            known = _named(state, entry, people, settings.study_key) if state is not None else None
            waiting.append((entry, known))
            # What is done already is looked at again for the maps alone, which are remembered nowhere.
            yield entry, cuts.of(entry), known is None or settings.maps, known is None

    last = time.monotonic()
    # Closed here: an interrupt's traceback would keep the processes at work.
    with closing(pool.ordered(partial(_step, settings), steps())) as results:
        for count, made in enumerate(_durable(shown.each("de-identifying", results), settings.parts), 1):
            entry, known = waiting.popleft()
            if made is not None and made.part and people is not None:
                made.wanted = deid_names.without(made.wanted, people.tells, settings.study_key)
            yield _again(entry, known, made) if known else _settled(state, entry, made)
            if state is not None and (count % _EACH_FILES == 0 or time.monotonic() - last > _EACH_SECONDS):
                state.commit()
                last = time.monotonic()


def _durable(results: Iterable[Done | None], parts: Path | None) -> Iterator[Done | None]:
    """The results, once their copies are on the disk: no copy has a name before, so a broken run leaves no half one."""
    batch: list[Done | None] = []
    began = time.monotonic()
    for made in results:
        batch.append(made)
        if len(batch) >= _TOGETHER_FILES or time.monotonic() - began > _TOGETHER_SECONDS:
            yield from _forced(batch, parts)
            batch, began = [], time.monotonic()
    yield from _forced(batch, parts)


def _forced(batch: list[Done | None], parts: Path | None) -> list[Done | None]:
    if parts is not None:
        sync_files(parts / made.part for made in batch if made is not None and made.part)
    return batch


def _named(state: State, entry: Entry, people: People | None, study_key: bytes) -> Known | None:
    """What an earlier run did; its copy has another name when somebody came to SRC of whom the old one tells."""
    known = state.known(entry)
    if known is None or known.output is None or people is None:
        return known
    fit = deid_names.without(known.output, people.tells, study_key)
    return known if fit == known.output else replace(known, output=state.renamed(entry, known.output, fit))


def _step(settings: Settings, step: Step) -> Done | None:
    """In any process: one file; None when nothing is to be found out."""
    entry, cut, needed, writing = step
    if not needed:
        return None
    return one(settings if writing else replace(settings, parts=None), entry, cut)


def _again(entry: Entry, known: Known, made: Done | None) -> Done:
    """What an earlier run did."""
    done = Done(entry.name, known.output, **json.loads(known.body), person=known.person)
    if made is not None:
        done.uids, done.patient = made.uids, made.patient
    return done


def _settled(state: State | None, entry: Entry, made: Done | None) -> Done:
    """Give a copy its name, and remember what was done."""
    if made is None:  # only what is known is left alone
        raise AssertionError
    if state is None:
        return made
    if made.part:
        try:
            made.output = state.place(made.part, made.wanted)
        except OSError as error:
            if error.errno in FULL:
                raise
            return Done(entry.name, None, "failed", "file", f"It could not be read or written: {error.strerror}.")
    if made.status in _REMEMBERED:
        state.keep(entry, deid_report.body(made), output=made.output, size=made.size, person=made.person)
    return made
