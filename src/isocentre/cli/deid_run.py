"""The work of `isocentre deid`: check what was asked, run the engine over the files, write report and maps."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress

from isocentre.cli import keygen
from isocentre.cli.deid_faces import with_cuts
from isocentre.cli.deid_files import Done, Job, Namer, Settings, find, one
from isocentre.core.deid.profile import BadProfile, parse
from isocentre.profiles import load_any

STATUSES = ("done", "held", "left_out", "failed")
_FEW = 64
CHECKS = """
Before anything is sent on, check:
  1. The pictures. Text burned into a picture is found only where the file says so: look at some yourself.
  2. The held files. They were not written; --report FILE.json says which they are, and why.
  3. The key, the report and the maps. They lead back to patients: keep them where the originals are kept.
  4. The people. Pseudonyms come from patient id and issuer alone, without an enrolment list: one person under two
     ids has two pseudonyms, and another key gives other pseudonyms, UIDs and dates."""


def run(
    source: Path, destination: Path, profile: str, key_file: Path | None, *, jobs: int, report: Path | None,
    maps: Path | None, face_waiver: str,
) -> None:  # fmt: skip
    """Check what was asked, do it, and tell of it; always ends in `typer.Exit`."""
    try:
        rules = load_any(profile)
    except BadProfile as error:
        raise _usage(f"The profile cannot be used: {error}.") from None
    if not source.exists():
        raise _usage("There is nothing at SRC.")
    inside = destination.resolve()
    if inside == source.resolve() or source.resolve() in inside.parents:
        raise _usage("DST is inside SRC: choose a folder apart.")
    if report is not None and (report.is_dir() or not report.parent.is_dir()):
        raise _usage("--report: name a file in a folder that is there.")
    if maps is not None and maps.exists() and not maps.is_dir():
        raise _usage("--maps: name a folder; there is a file of this name.")
    key = _key(key_file)
    settings = Settings(source, destination, rules, key, bool(face_waiver.strip()), maps is not None)
    files = find(source)
    done = _run(settings, files, jobs)
    _finish(done, report, maps)


def _usage(words: str) -> typer.Exit:
    typer.echo(words, err=True)
    return typer.Exit(2)


def _key(path: Path | None) -> bytes:
    """The study key; on a terminal one is made when there is none and the person agrees."""
    if path is None or not path.exists():
        wanted = path or Path("study.key")
        if not sys.stdin.isatty():
            there = f"There is no key file {path}" if path else "No key"
            raise _usage(f"{there}: make one with `isocentre keygen FILE` and name it with --key-file.")
        if wanted.exists():
            raise _usage(f"Name the key with --key-file (there is a {wanted.name} here).")
        if not typer.confirm(f"There is no key. Make one as {wanted.name}?"):
            raise _usage("Without a key nothing is done.")
        try:
            keygen.make(wanted)
        except OSError as error:
            raise _usage(f"The key could not be written: {error.strerror}.") from None
        path = wanted
    try:
        return keygen.read(path)
    except OSError as error:
        raise _usage(f"The key file cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise _usage(f"{error}.") from None


def _run(settings: Settings, files: list[Path], jobs: int) -> list[Done]:
    namer = Namer(settings.source)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        reading = progress.add_task("reading headers", total=len(files))
        work: list[Job] = []
        for path in files:
            work.append(namer.job(path, settings.study_key))
            progress.advance(reading)
        finding = progress.add_task("finding faces", total=len(files))
        ready: list[Job] = []
        for job in with_cuts(settings, work, jobs):
            ready.append(job)
            progress.advance(finding)
        doing = progress.add_task("de-identifying", total=len(files))
        out: list[Done] = []
        for result in _results(settings, ready, jobs):
            out.append(result)
            progress.advance(doing)
    return out


def _results(settings: Settings, work: list[Job], jobs: int) -> Iterator[Done]:
    if jobs == 1 or len(work) < _FEW:
        yield from (one(settings, job) for job in work)
        return
    # Not forked: the progress display has a thread.
    context = multiprocessing.get_context("spawn")
    plain = (settings.source, settings.destination, settings.study_key, settings.face_waiver, settings.maps)
    call = partial(_in_process, settings.profile.text, plain)
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        yield from pool.map(call, work, chunksize=16)


_SETTINGS: dict[str, Settings] = {}


def _in_process(text: str, plain: tuple[Path, Path, bytes, bool, bool], job: Job) -> Done:
    """Run in a worker: a profile is compared by identity, so each worker reads it once and keeps it."""
    if text not in _SETTINGS:
        source, destination, key, waiver, maps = plain
        _SETTINGS[text] = Settings(source, destination, parse(text), key, waiver, maps)
    return one(_SETTINGS[text], job)


def _finish(done: list[Done], report: Path | None, maps: Path | None) -> None:
    counts = Counter(entry.status for entry in done)
    totals = {status: counts[status] for status in STATUSES}
    try:
        if report is not None:
            _private(report, json.dumps({"files": [_row(entry) for entry in done], "totals": totals}, indent=1))
        if maps is not None:
            maps.mkdir(parents=True, exist_ok=True, mode=0o700)
            uids = {old: new for entry in done for old, new in entry.uids.items()}
            _private(maps / "uid_map.csv", _csv(uids.items()))
            people = {entry.patient for entry in done if entry.patient}
            _private(maps / "patient_id_map.csv", _csv(sorted(people)))
    except OSError as error:
        raise _usage(f"The report or the maps could not be written: {error.strerror}.") from None
    typer.echo(", ".join(f"{count} {status.replace('_', ' ')}" for status, count in totals.items()) + ".")
    why = Counter((entry.status, entry.reason, entry.words) for entry in done if entry.status != "done")
    for (status, _, words), count in why.most_common():
        typer.echo(f"  {count} {status.replace('_', ' ')}: {words}")
    typer.echo(CHECKS)
    raise typer.Exit(1 if counts["held"] or counts["failed"] or not done else 0)


def _row(entry: Done) -> dict[str, object]:
    return {
        "source": entry.source,
        "output": entry.output,
        "status": entry.status,
        "reason": entry.reason,
        "actions": entry.actions,
        **({"cleaned": entry.cleaned} if entry.cleaned else {}),
        **({"pixels": entry.pixels} if entry.pixels else {}),
        **({"face": entry.face} if entry.face else {}),
    }


def _csv(rows: Iterable[tuple[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("id_old", "id_new"))
    writer.writerows(rows)
    return text.getvalue()


def _private(path: Path, text: str) -> None:
    """Write a file that leads back to patients: its owner alone may read it."""
    path.unlink(missing_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8", newline="") as stream:
        stream.write(text)
