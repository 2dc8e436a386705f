"""`isocentre restore`: each side from a backup into an empty data folder; what was recalled since stays recalled."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from isocentre.adapters.blobs import named
from isocentre.adapters.private import write_private
from isocentre.adapters.vault import named as vaults
from isocentre.cli import copying, databases, postgresql
from isocentre.cli import zone as zones
from isocentre.cli.backup import HEAD, JOINED, KEYS, STONES

KEPT = {*KEYS, HEAD, STONES, "logs"}
"""What may lie in a folder that is restored into: keys a person brought, and logs that outlived the database."""


class Refused(RuntimeError):
    """The restore would do harm; the text says why and what to do."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(restore)


def restore(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="folder of a backup", exists=True, file_okay=False)],
    stones: Annotated[
        list[Path] | None,
        typer.Option("--tombstones", help="a newer tombstones.jsonl: of the lost machine, or of a later backup",
                     exists=True, dir_okay=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: what is to be done, and the proof")] = False,
    checked: Annotated[bool, typer.Option("--checked", hidden=True)] = False,
) -> None:  # fmt: skip
    """Restore each side of a backup into an empty data folder, verify it, and say what a person has to do."""
    told = os.environ.get("ISOCENTRE_ZONE")
    source = source.expanduser().resolve()
    present = [z for z in ([told] if told else zones.ZONES) if (source / z / copying.MANIFEST).is_file()]
    if not present:
        raise typer.BadParameter("there is no backup in this folder: it has no gateway/manifest.json or platform/…")
    notes: dict[str, list[str]] = {}
    try:
        if checked and told:
            _told(told, source / told, stones or [])
            return
        with _not_running(zones.environment(present[0]).home):
            for zone in present:
                _may_restore(zone, copying.check(source / zone))
            for zone in present:
                notes[zone] = _in_its_zone(zone, source, stones or [], quiet=as_json)
    except (Refused, copying.Broken, databases.CannotCopy, postgresql.NoDatabase) as error:
        raise zones.fail(f"Not restored: {error}") from None
    raise typer.Exit(_verified(notes) if as_json else _verify())


def _verify() -> int:
    typer.echo("Now verifying what was restored:")
    return subprocess.run([sys.executable, "-m", "isocentre", "verify"], env=dict(os.environ), check=False).returncode


def _verified(notes: dict[str, list[str]]) -> int:
    """Say for programs what was put back, with what `verify` says of it."""
    command = [sys.executable, "-m", "isocentre", "verify", "--json"]
    run = subprocess.run(command, env=dict(os.environ), check=False, stdout=subprocess.PIPE, text=True)
    proof = json.loads(run.stdout) if run.stdout.strip() else None
    zoned = {zone: {"restored": True, "notes": words} for zone, words in notes.items()}
    typer.echo(json.dumps({"zones": zoned, "verify": proof}, indent=1))
    return run.returncode


@contextmanager
def _not_running(home: Path) -> Iterator[None]:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Isocentre is running on {home}: stop it, or set ISOCENTRE_HOME to another folder") from None
        yield


def _may_restore(zone: str, facts: dict[str, Any]) -> None:
    """Refuse a folder with anything in it that a restore would mix with."""
    env = zones.environment(zone)
    if facts["zone"] != zone:
        raise Refused(f"the backup in {zone}/ is of the {facts['zone']}")
    there = {path.name for path in env.zone_home.iterdir()} if env.zone_home.is_dir() else set()
    if there - KEPT:
        raise Refused(f"{env.zone_home} is not empty: move it away, or set ISOCENTRE_HOME to another folder")
    if zone == "platform" and env.blobs and next(iter(named.opened(env.blobs).keys()), None):
        raise Refused("the store of images named by ISOCENTRE_BLOBS is not empty: name another")


def _in_its_zone(zone: str, source: Path, stones: list[Path], *, quiet: bool) -> list[str]:
    """Restore a side in a process of its own; what that said, when it is not to be shown as it comes (`quiet`)."""
    command = [sys.executable, "-m", "isocentre", "restore", str(source), "--checked"]
    for path in stones:
        command += ["--tombstones", str(path)]
    out = subprocess.PIPE if quiet else None
    run = subprocess.run(command, env=zones.own_environment(zone), check=False, stdout=out, text=True)
    if run.returncode:
        home = zones.environment(zone).zone_home
        raise Refused(f"the {zone} could not be put back; empty {home} before trying again")
    return [line.strip() for line in (run.stdout or "").splitlines()]


def _told(zone: str, source: Path, stones: list[Path]) -> None:
    """Restore this process's zone; its database gets its name last of all."""
    facts = copying.manifest(source)
    env = zones.environment(zone)
    final: Path | None = None
    if facts["engine"] == "sqlite":
        database = zones.config("environment").database(env.database_url, env.zone_home / "isocentre.sqlite3")
        final = Path(database["NAME"])
        os.environ["ISOCENTRE_DATABASE_URL"] = f"sqlite:///{databases.beside(final)}"
    elif url := postgresql.of(zone):
        postgresql.ensure(url)
    new_secret = _files(env.zone_home, source)
    zones.use(zone)
    zones.config("wiring").wire()
    if databases.unknown(facts["migrations"]):
        raise Refused(f"the backup was made by a newer Isocentre ({facts['isocentre']}): install that version")
    databases.load(source, facts["engine"])
    _settle(zone, source, facts, stones, new_secret)
    if final is not None:
        databases.settle(databases.beside(final), final)
    if zone == "gateway":
        _vault(env.zone_home)


def _files(home: Path, source: Path) -> bool:
    """Put the files of the backup in place, but for the database; True when a new secret key had to be made."""
    (home / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    new_secret = not (home / "secret.key").exists()
    if new_secret:
        write_private(home / "secret.key", secrets.token_urlsafe(50).encode())
    for entry in copying.entries(source):
        name = entry["path"]
        if name == JOINED or name.startswith("vault/"):
            copying.place(source / name, home / name)
        elif name.startswith("originals/"):
            copying.place(source / name, home / "quarantine" / name)
    _head(home / HEAD, source / HEAD)
    return new_secret


def _head(mine: Path, theirs: Path) -> None:
    """The head file that says more: one that outlived the database, when it goes on where the backup's ends."""
    backed_up = theirs.read_bytes() if theirs.exists() else b""
    here = mine.read_bytes() if mine.exists() else b""
    if here.startswith(backed_up) and mine.exists():
        return
    if not backed_up.startswith(here):
        raise Refused(f"{mine} is of another system than the backup: move it away")
    mine.unlink(missing_ok=True)
    if theirs.exists():
        copying.place(theirs, mine)


def _settle(zone: str, source: Path, facts: dict[str, Any], stones: list[Path], new_secret: bool) -> None:
    """Bring the database to this version and to what is here now, and say what that meant."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from isocentre.audit import door as audit
    from isocentre.core.actor import SYSTEM

    home = Path(settings.ZONE_HOME)
    call_command("migrate", verbosity=0, interactive=False)
    typer.echo(f"{zone}: restored from the backup made at {facts['made_at']}")
    audit.accept_restored(home)
    if zone == "gateway":
        _hospital()
    else:
        _national(home, source, stones)
    _sign_ins(zone, new_secret)
    audit.record(by=SYSTEM, entries=[audit.Entry("backup_restored", "backup", facts["id"])])
    audit.seal(home)
    connection.close()


def _hospital() -> None:
    from isocentre.core.actor import SYSTEM
    from isocentre.rooms.intake import door as intake

    lost = intake.proof.settle_restored(by=SYSTEM)
    if lost:
        typer.echo(f"  {lost:,} images waited here and their originals are not in the backup: they are held as "
                   "“original lost”; ask for them to be sent again.")  # fmt: skip


def _national(home: Path, source: Path, stones: list[Path]) -> None:
    """The blobs, then what may not return, last of all."""
    from django.conf import settings

    from isocentre.core.actor import SYSTEM
    from isocentre.rooms.archive import door as archive

    store = named.opened(settings.BLOBS)
    for entry in copying.entries(source):
        if entry["path"].startswith("blobs/"):
            store.put(Path(entry["path"]).name, copying.pieces(source / entry["path"]))
    outlived = (home / STONES).exists()
    archive.proof.take_stones(home=home, logs=[source / STONES, *stones])
    gone = archive.proof.settle_restored(by=SYSTEM, home=home)
    if gone:
        typer.echo(f"  {gone:,} objects were recalled or erased after the backup's database was copied: they are gone.")
    if not (stones or outlived):
        typer.echo("  What was recalled or erased after the backup is not known here. If the old machine's "
                   f"{STONES} or a later backup exists, empty the folder and restore with --tombstones.")  # fmt: skip


def _sign_ins(zone: str, new_secret: bool) -> None:
    """Sessions of the backup's day do not come back; second steps cannot be read without the old secret key."""
    from allauth.mfa.models import Authenticator
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()
    if new_secret:
        Authenticator.objects.all().delete()
        typer.echo(f"  No {zone}/secret.key was brought, so there is a new one: second steps are set up again at the "
                   "next sign-in.")  # fmt: skip
    typer.echo("  Tokens, roles and gateways are as on the day of the backup: end again what was ended since.")


def _vault(home: Path) -> None:
    """Say whether the study keys can be opened: without the master key nothing is sent on."""
    slugs = [path.stem for path in sorted((home / "vault").glob("*.key"))]
    if not (home / "gateway.key").exists():
        typer.echo("  This gateway's own key is in no backup: on one machine `isocentre up` joins by itself; elsewhere "
                   "ask for an invite, then `isocentre gateway join`.")  # fmt: skip
    if not slugs:
        return
    if not (vaults.elsewhere() or (home / "master.key").exists()):
        typer.echo("  BEFORE `isocentre up`: two people bring the master key back from its printed split, with")
        typer.echo(f"  `isocentre master-key join`. It opens {len(slugs):,} study keys; without it nothing is sent on.")
        return
    try:
        vault = vaults.opened(home)
        for slug in slugs:
            vault.study_key(slug)
    except ValueError as error:
        if vaults.elsewhere():
            typer.echo(f"  BEFORE `isocentre up`: {error}. Until then nothing is sent on.")
            return
        raise Refused(f"{home / 'master.key'} does not open the study keys of this backup: bring the one that wrapped "
                      "them") from None  # fmt: skip
    else:
        whose = "vault that ISOCENTRE_VAULT names" if vaults.elsewhere() else "master key here"
        typer.echo(f"  The {whose} opens all {len(slugs):,} study keys.")
