"""`isocentre verify`: proves that nothing is lost, doubled, changed or risen again, on each side and across both."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from isocentre.cli import zone as zones
from isocentre.core.proof import Apart, Proof, apart

SIDES = {"gateway": "Hospital side", "platform": "National side", "across": "Both sides"}
NAMES = {
    "rows": "rows of the ledger", "sent_on": "sent on", "received": "received", "originals": "originals in quarantine",
    "objects": "stored objects", "held": "stored, recalled or erased", "direct": "stored here directly",
}  # fmt: skip
LOOKS, PAUSE = 4, 2.0
"""How often, and how many seconds apart, the two sides are compared before an object counts as missing."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)


def verify(
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="also read and hash every file")] = False,
    uids: Annotated[Path | None, typer.Option(help="only write the UIDs sent on or held to this new file")] = None,
) -> None:
    """Hold the ledger, the index, the files and the audit trail against each other; exit 1 when something is wrong."""
    told = os.environ.get("ISOCENTRE_ZONE")
    if uids and not told:
        raise typer.BadParameter("--uids is for one zone: set ISOCENTRE_ZONE to gateway or platform")
    if uids and (as_json or deep):
        raise typer.BadParameter("--uids only writes its list: leave --json and --deep out")
    if uids and (uids.exists() or not uids.parent.is_dir()):
        raise typer.BadParameter("name a file that is not there yet, in a folder that is", param_hint="--uids")
    if uids and told:
        _list(told, uids)
        return
    answer: dict[str, Any] = {told: _of(told, deep)} if told else _all(deep)
    clean = not any(zone["findings"] for zone in answer.values())
    if as_json:
        typer.echo(json.dumps({"clean": clean, "zones": answer}))
    else:
        for line in words(answer):
            typer.echo(line)
    raise typer.Exit(0 if clean else 1)


def _of(zone: str, deep: bool) -> dict[str, Any]:
    """The proof of this process's zone."""
    _enter(zone)
    from django.conf import settings

    home = Path(settings.ZONE_HOME)
    if zone == "gateway":
        from isocentre.rooms.intake import door as intake

        proof = intake.proof.prove(deep=deep)
    else:
        from isocentre.rooms.archive import door as archive

        proof = archive.proof.prove(home=home, deep=deep)
    trail = _trail(home, proof)
    _note(proof)
    return asdict(proof) | {"audit": trail}


def _note(proof: Proof) -> None:
    """Let the status page say when this side was proved; on a database that takes no writes the answer says so."""
    from django.db import DatabaseError
    from django.utils import timezone

    from isocentre.jobs import door as jobs

    try:
        jobs.remember("verified", {"at": timezone.now().isoformat(), "findings": len(proof.findings)})
    except DatabaseError:
        proof.note("not_noted", 1, "run of this command that the database takes no note of: it takes no writes now")


def _list(zone: str, path: Path) -> None:
    """One line an object: `sent_on`, `sent_before` or `held`, and its UID. Never a UID of the scan as it came."""
    _enter(zone)
    lists: dict[str, Iterable[str]] = {}
    if zone == "gateway":
        from isocentre.rooms.intake import door as intake

        lists = {"sent_on": intake.proof.sent_on(), "sent_before": intake.proof.sent_before()}
    else:
        from isocentre.rooms.archive import door as archive

        lists = {"held": archive.proof.held()}
    with path.open("x", encoding="ascii") as file:
        file.writelines(f"{word} {uid}\n" for word, uids in lists.items() for uid in uids)


def _enter(zone: str) -> None:
    zones.use(zone)
    zones.config("wiring").wire()


def _trail(home: Path, proof: Proof) -> dict[str, Any]:
    """The audit trail, its findings added to the proof; the unsealed tail is named, and is no finding."""
    from isocentre.audit import door as audit

    report = audit.verify(home)
    for finding in report.findings:
        proof.find(f"audit_{finding.kind}", 1, f"in the audit trail: {finding.words}")
    for note in report.notes:
        proof.note(f"audit_{note.kind}", 1, f"in the audit trail: {note.words}")
    since = report.unsealed_since
    return {"sealed": report.sealed, "unsealed": report.unsealed, "unsealed_since": since and since.isoformat()}


def _all(deep: bool) -> dict[str, Any]:
    """Once per zone present, and across when both are: one process is one zone."""
    present = zones.present()
    if not present:
        raise zones.fail("Nothing is here yet: start with `isocentre up`.")
    answer = {zone: _ask(zone, *(["--deep"] if deep else [])) for zone in present}
    if len(present) == len(zones.ZONES):
        answer["across"] = _across()
    return answer


def _ask(zone: str, *options: str) -> dict[str, Any]:
    run = _run(zone, "--json", *options)
    if run.returncode not in (0, 1) or not run.stdout.strip():
        raise _silent(zone, run)
    return dict(json.loads(run.stdout)["zones"][zone])


def _run(zone: str, *options: str) -> subprocess.CompletedProcess[str]:
    return zones.run(zone, "verify", *options)


def _silent(zone: str, run: subprocess.CompletedProcess[str]) -> typer.Exit:
    return zones.fail(f"The {SIDES[zone].lower()} did not answer: {run.stderr.strip() or 'see `isocentre doctor`'}")


def _across() -> dict[str, Any]:
    """What was sent on is stored, recalled or erased, by UID; what is on its way is given time to arrive."""
    proof = Proof()
    differs: Apart | None = None
    with tempfile.TemporaryDirectory(prefix="isocentre-verify-") as folder:
        for look in range(LOOKS):
            time.sleep(PAUSE if look else 0)
            held = _listed(Path(folder) / f"{look}", "platform")["held"]
            lists = _listed(Path(folder) / f"{look}", "gateway")
            now = apart(lists["sent_on"], lists["sent_before"], held)
            differs = now if differs is None else now.still(differs)
            proof.checked = {"sent_on": len(lists["sent_on"]), "held": len(held)}
            if not differs:
                return asdict(proof)
    assert differs is not None  # it was looked at least once
    proof.find("not_held", len(differs.not_held), "objects were sent on, but the national side does not know them")
    proof.find("not_sent", len(differs.not_sent), "objects are on the national side, but the hospital side does not "
               "say it sent them on; a token may have stored them there before such objects were counted apart, which "
               "is not recorded (ADR 0017)")  # fmt: skip
    return asdict(proof)


def _listed(folder: Path, zone: str) -> dict[str, set[str]]:
    folder.mkdir(exist_ok=True)
    path = folder / zone
    run = _run(zone, "--uids", str(path))
    if run.returncode:
        raise _silent(zone, run)
    lists: dict[str, set[str]] = {"sent_on": set(), "sent_before": set(), "held": set()}
    with path.open(encoding="ascii") as lines:
        for line in lines:
            word, _, uid = line.strip().partition(" ")
            lists[word].add(uid)
    return lists


def words(answer: dict[str, Any]) -> Iterable[str]:
    """The answer as a person reads it."""
    found = 0
    for zone, proof in answer.items():
        looked = ", ".join(f"{n:,} {NAMES.get(name, name)}" for name, n in proof["checked"].items())
        yield f"{SIDES[zone]}: {looked}"
        if trail := proof.get("audit"):
            tail = f", {trail['unsealed']:,} waiting to be sealed" if trail["unsealed"] else ""
            since = f" since {trail['unsealed_since'][:16].replace('T', ' ')} UTC" if tail else ""
            yield f"  audit trail: {trail['sealed']:,} rows sealed{tail}{since}"
        for mark, findings in (("note ", proof["notes"]), ("WRONG", proof["findings"])):
            for finding in findings:
                yield f"  {mark} {finding['count']:,}: {finding['words']}"
        found += len(proof["findings"])
    many = "1 finding" if found == 1 else f"{found:,} findings"
    yield f"{many}: read what is marked WRONG." if found else "Everything is as it should be."
