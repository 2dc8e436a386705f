"""`isocentre administrator first | recover`: the first administrator of a side, and one who lost the way in."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from isocentre.cli import zone as zones

app = typer.Typer(help="Make the first administrator of a side, or let one in again.", no_args_is_help=True)
Zone = Annotated[str, typer.Option(help="gateway or platform; without it, ISOCENTRE_ZONE, else each one that is here")]


@app.command()
def first(zone: Zone = "") -> None:
    """Print a link that makes the first administrator: once, within 24 hours. A newer link ends an older one."""
    told = zone or os.environ.get("ISOCENTRE_ZONE", "")
    if told:
        typer.echo(_first(told))
        return
    here = zones.present()
    if not here:
        raise zones.fail("Nothing is here yet: start once with `isocentre up`.")
    for one in here:
        command = [sys.executable, "-m", "isocentre", "administrator", "first"]
        if subprocess.run(command, env=zones.own_environment(one), check=False).returncode:
            raise typer.Exit(1)


def _first(zone: str) -> str:
    zones.use(zone)
    from isocentre.people import first as firsts

    link = firsts.link()
    if link:
        return f"{zones.SIDES[zone]}: make the first administrator within 24 hours at\n  {link}"
    names = ", ".join(one.username for one in firsts.administrators())
    return (
        f"{zones.SIDES[zone]}: there are administrators ({names}). Who of them lost their way in: "
        f"isocentre administrator recover NAME --zone {zone} --reason WHY"
    )


@app.command()
def recover(
    name: Annotated[str, typer.Argument(help="the administrator's sign-in name")],
    zone: Annotated[str, typer.Option(help="gateway or platform")],
    reason: Annotated[str, typer.Option(help="why, for the audit trail: who asked, how you know it is them")],
) -> None:
    """Remove an administrator's lost second step, end their sessions, and print a link that sets a new password."""
    zones.use(zone)
    from isocentre.people import first as firsts

    if not reason.strip():
        raise typer.BadParameter("say why, for the audit trail", param_hint="--reason")
    try:
        link = firsts.recover(username=name, reason=reason.strip())
    except firsts.NotAdministrator:
        names = ", ".join(one.username for one in firsts.administrators()) or "none: isocentre administrator first"
        raise zones.usage(
            f"{name} is no active administrator of the {zones.SIDES[zone]}. There are: {names}."
        ) from None
    typer.echo(f"Hand this link to {name}. It works once, for 24 hours; then a new second step is set up.\n  {link}")
