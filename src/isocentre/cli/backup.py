"""`isocentre backup`: a copy of each zone's records, whole, consistent and checked; the keys that open it stay out."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from isocentre.adapters.blobs import named
from isocentre.cli import copying, databases
from isocentre.cli import zone as zones

KEYS = ("master.key", "secret.key", "gateway.key")
"""What opens a backup travels apart from it: the master key is in no backup (threats 3), nor is what signs in."""
HEAD, STONES, JOINED = "audit-head.jsonl", "tombstones.jsonl", "platform.json"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backup)


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DEST", help="folder for the backup; made when it is not there")],
    originals: Annotated[bool, typer.Option("--originals", help="also the originals of the hospital side")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: what is in it, and what is not")] = False,
) -> None:
    """Back up each side into DEST/gateway and DEST/platform, and check the copy. Guard it like the originals."""
    told = os.environ.get("ISOCENTRE_ZONE")
    present = [z for z in ([told] if told else zones.ZONES) if (zones.environment(z).zone_home / "secret.key").exists()]
    folder = folder.expanduser().resolve()
    _may_go_to(folder, present)
    if told:
        _say({told: _told(told, folder, originals)}, as_json)
        return
    # The hospital side first: what the national side then has besides was not recorded as sent on, and is sent again.
    made: dict[str, dict[str, Any]] = {}
    for zone in present:
        options = [*(["--originals"] if originals else []), *(["--json"] if as_json else [])]
        command = [sys.executable, "-m", "isocentre", "backup", str(folder), *options]
        out = subprocess.PIPE if as_json else None
        run = subprocess.run(command, env=zones.own_environment(zone), check=False, stdout=out)
        if run.returncode:
            raise typer.Exit(1)
        if as_json:
            made |= json.loads(run.stdout)["zones"]
    if as_json:
        _say(made, as_json)
        return
    typer.echo(f"Not in it, and needed to use it: {', '.join(KEYS)}. Keep those elsewhere; the backup holds people's "
               "names, so guard it like the originals.")  # fmt: skip


def _may_go_to(folder: Path, present: list[str]) -> None:
    if not present:
        raise zones.fail("Nothing is here yet: start with `isocentre up`.")
    home = zones.environment(present[0]).home
    if folder == home or home in folder.parents:
        raise typer.BadParameter("the backup may not lie inside the data folder it is of")
    for zone in present:
        if (folder / zone).exists():
            raise typer.BadParameter(f"{folder / zone} is there already: choose another folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _say(made: dict[str, dict[str, Any]], as_json: bool) -> None:
    """What each side's backup holds; in words, or for programs."""
    if as_json:
        typer.echo(json.dumps({"zones": made, "keys_left_out": list(KEYS)}, indent=1))
        return
    for zone, told in made.items():
        typer.echo(f"{zone}: {told['files']:,} files, {told['bytes'] / 1e6:,.1f} MB, read again and whole, in "
                   f"{told['folder']}")  # fmt: skip
        if told["hard_links"]:
            typer.echo(f"  {told['hard_links']:,} of them are hard links on the same disk: copy the folder to another "
                       "disk.")  # fmt: skip
        if told["waiting"]:
            typer.echo(f"  {told['waiting']:,} images wait on the hospital side (held or on their way), and their "
                       "originals are not in it: give --originals to take them in.")  # fmt: skip


def _told(zone: str, folder: Path, originals: bool) -> dict[str, Any]:
    unfinished = folder / f".{zone}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)  # of one that was interrupted; ours by its name
    try:
        facts, linked = _write(zone, unfinished, originals)
        copying.check(unfinished)
        copying.rename(unfinished, folder / zone)
    except (copying.Broken, databases.CannotCopy, OSError) as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        # An OSError's text may name a file; its number says enough.
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else str(error)
        raise zones.fail(f"The backup of the {zone} failed, and nothing was kept: {why}") from None
    _record(facts)
    return {
        "folder": str(folder / zone), "files": facts["files"], "bytes": facts["bytes"], "hard_links": linked,
        "originals": originals, "waiting": facts["left_out"]["waiting"], "made_at": facts["made_at"],
    }  # fmt: skip


def _write(zone: str, folder: Path, originals: bool) -> tuple[dict[str, Any], int]:
    """The zone's files into `folder`; the manifest as written, and how many files are hard links."""
    zones.use(zone)
    zones.config("wiring").wire()
    from django.conf import settings

    from isocentre.audit import chain

    home = Path(settings.ZONE_HOME)
    copy = copying.Copy(folder)
    newest = _newest() if zone == "platform" else 0
    # Nothing is sealed meanwhile, so that the head file fits the trail in the copy.
    with chain.only_one(home, wait=True):
        copy.add(databases.dump(folder))
        _small(copy, home, HEAD)
    waiting = _hospital(copy, home, originals) if zone == "gateway" else _national(copy, home, newest)
    engine, migrations = databases.state()
    facts = {
        "isocentre": version("isocentre"), "id": secrets.token_hex(8), "zone": zone,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "engine": engine, "migrations": migrations,
        "left_out": {"keys": list(KEYS), "originals": not originals, "waiting": 0 if originals else waiting},
    }  # fmt: skip
    return copy.finish(facts), copy.linked


def _newest() -> int:
    from isocentre.rooms.archive import door as archive

    return archive.proof.last_row()


def _hospital(copy: copying.Copy, home: Path, originals: bool) -> int:
    """Study keys, wrapped as they lie (threats 3), and where the national side is; images that wait without a copy."""
    from isocentre.rooms.intake import door as intake

    for path in sorted((home / "vault").glob("*.key")):
        _small(copy, home, f"vault/{path.name}")
    _small(copy, home, JOINED)
    if originals:
        for path in intake.quarantine().glob("originals/??/*.dcm"):
            copy.take(path, str(path.relative_to(intake.quarantine())), link=True)
    return intake.proof.waiting()


def _national(copy: copying.Copy, home: Path, newest: int) -> int:
    """Every blob, each row's seen to be there; then the tombstones, last: what went meanwhile is named in them."""
    from django.conf import settings

    from isocentre.rooms.archive import door as archive

    store = named.opened(settings.BLOBS)
    root = None if settings.BLOBS.startswith("s3://") else Path(settings.BLOBS)
    for key in store.keys():  # noqa: SIM118 - the port's method, not a dictionary's
        if root is not None:
            copy.take(root / _place(key), f"blobs/{_place(key)}", link=True)
        else:
            copy.write(f"blobs/{_place(key)}", store.read(key))
    for key, size in archive.proof.blobs_of(upto=newest):
        path = copy.folder / "blobs" / _place(key)
        if not path.is_file() or path.stat().st_size != size:
            raise copying.Broken("a stored object has lost its file: see `isocentre verify`")
    _small(copy, home, STONES)
    return 0


def _place(key: str) -> str:
    return f"{key[:2]}/{key[2:4]}/{key}"


def _small(copy: copying.Copy, home: Path, name: str) -> None:
    """A file that may not be there, and may be appended to: never a link, or the backup would change with it."""
    if (home / name).exists():
        copy.take(home / name, name)


def _record(facts: dict[str, Any]) -> None:
    from isocentre.audit import door as audit
    from isocentre.core.actor import SYSTEM

    detail = {"files": facts["files"], "originals": not facts["left_out"]["originals"]}
    audit.record(by=SYSTEM, entries=[audit.Entry("backup_made", "backup", facts["id"], detail)])
