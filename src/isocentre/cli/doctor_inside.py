"""What `isocentre doctor` asks of a zone's own database: is it of this version, and who administers the side."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict

from isocentre.cli import zone as zones
from isocentre.cli.finding import Finding


def ask(zone: str) -> list[Finding]:
    """Asked in a process of the zone's own: one process is one zone."""
    command = [sys.executable, "-m", "isocentre", "doctor", "--inside", zone]
    run = subprocess.run(command, env=zones.own_environment(zone), capture_output=True, text=True, check=False)
    try:
        return [Finding(**one) for one in json.loads(run.stdout)]
    except ValueError:
        said = run.stderr.strip().splitlines()
        return [Finding(f"{zone} database", "bad", said[-1][:200] if said else "could not be asked")]


def told(zone: str) -> str:
    """What the zone's own process answers, as JSON."""
    zones.use(zone)
    return json.dumps([asdict(one) for one in look(zone)])


def look(zone: str) -> list[Finding]:
    """The findings; of a database that does not answer only that."""
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    about = f"{zone} database"
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        where = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
        words = f"{where} does not answer ({type(error).__name__}): look at ISOCENTRE_DATABASE_URL and at the disk"
        return [Finding(about, "bad", words)]
    if behind:
        return [Finding(about, "bad", "is not of this version: `isocentre up` brings it up to date")]
    findings = [Finding(about, "good", f"{connection.vendor} answers, and is of this version"), _administrators(zone)]
    findings.append(_set_aside(zone))
    return [*findings, _refused(), _untold(), _failed(), *_pacs()] if zone == "gateway" else findings


def _set_aside(zone: str) -> Finding:
    """Messages between parts whose listener failed each time."""
    from isocentre.jobs import door as jobs

    about, count = f"{zone} messages set aside", jobs.backlog()["events_set_aside"]
    if not count:
        return Finding(about, "good", "none")
    return Finding(about, "warning", f"{count:,} failed each time: see why, and try again, on Status, set aside")


def _untold() -> Finding:
    """What the national side would not be told."""
    from isocentre.rooms.deid import door as deid

    about, count = "reports refused", deid.reports_refused()
    if not count:
        return Finding(about, "good", "none")
    return Finding(about, "warning", f"{count:,} by the national side: see why on the page Reports refused")


def _failed() -> Finding:
    """Images that this program could not work on."""
    from isocentre.rooms.intake import door as intake

    about = "images not worked on"
    count = intake.LedgerRow.objects.filter(disposition="held", cause=intake.FAILED).count()
    if not count:
        return Finding(about, "good", "none")
    return Finding(about, "warning", f"{count:,} failed each time: see why on Held, could not be worked on here")


def _pacs() -> list[Finding]:
    """Whether each PACS that scans are fetched from answers us."""
    from isocentre.rooms.intake import door as intake

    zones.config("wiring").wire()
    told = intake.pulling.answering()
    return [
        Finding(f"PACS {name}", "bad" if words else "good", words or f"answers, and offers {way}")
        for name, way, words in told
    ]


def _refused() -> Finding:
    """Objects that never became arrivals."""
    from isocentre.rooms.intake import door as intake

    about, told = "objects refused", intake.refusals.told()
    if not told.objects:
        return Finding(about, "good", "none")
    words = f"{told.objects:,} of admitted senders and imports, the last at {told.last_at:%Y-%m-%d %H:%M} UTC"
    return Finding(about, "warning", f"{words}: see why on the page Senders, Objects refused")


def _administrators(zone: str) -> Finding:
    from allauth.mfa.models import Authenticator

    from isocentre.people import first

    about, people = f"{zone} administrators", first.administrators()
    owned = set(Authenticator.objects.filter(type=Authenticator.Type.TOTP).values_list("user_id", flat=True))
    without = [one.username for one in people if one.pk not in owned]
    if not people:
        return Finding(about, "warning", f"there is none: `isocentre administrator first --zone {zone}` prints a link")
    if zones.environment(zone).demo:
        return Finding(about, "good", f"{len(people):,}, made up")
    if without:
        return Finding(about, "warning", f"no second step yet: {', '.join(without)}; they set it up when they sign in")
    if len(people) == 1:
        return Finding(about, "warning", "only one: make a second, so that one lost phone locks nobody out")
    return Finding(about, "good", f"{len(people):,}, each with a second step")
