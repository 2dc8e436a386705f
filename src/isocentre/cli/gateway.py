"""`isocentre gateway invite | join`: makes a hospital's gateway known to the national side."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import urlsplit

import typer

from isocentre.cli import zone as zones

AS_JSON = Annotated[bool, typer.Option("--json", help="for programs")]
app = typer.Typer(help="Make a hospital's gateway known to the national side.", no_args_is_help=True)


@app.command()
def invite(
    site: Annotated[str, typer.Option(help="ODS code of the gateway's site, like RZN01")],
    name: Annotated[str, typer.Option(help="what the gateway is called, like northmoor")],
    as_json: AS_JSON = False,
) -> None:
    """On the national side: print a code that lets one gateway join, once, within 24 hours."""
    zones.use("platform")
    from isocentre.core.actor import SYSTEM
    from isocentre.core.checks import Unfit
    from isocentre.people import gateways

    try:
        code = gateways.invite(by=SYSTEM, name=name, site=site)
    except Unfit as error:
        raise zones.usage("; ".join(f"--{field}: {words}" for field, words in error.errors.items()) + ".") from None
    typer.echo(json.dumps({"code": code, "name": name, "site": site}) if as_json else code)


@app.command()
def join(
    url: Annotated[str, typer.Argument(help="address of the national side")],
    code: Annotated[str, typer.Argument(help="the code `isocentre gateway invite` printed there")],
    as_json: AS_JSON = False,
) -> None:
    """On the hospital side: make the gateway's key, send its public half, and remember where the national side is."""
    from isocentre.people import joining

    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise zones.usage("URL: give the address of the national side, which starts with https://.")
    try:
        joined = joining.join(zones.environment("gateway").zone_home, url, code)
    except joining.CannotJoin as error:
        words = str(error).removeprefix("Could not join: ")  # the national side says so itself
        raise zones.fail(f"Could not join: {words}") from None
    told = json.dumps({"url": joined.url, "name": joined.name})
    typer.echo(told if as_json else f"Joined {joined.url} as {joined.name}.")
