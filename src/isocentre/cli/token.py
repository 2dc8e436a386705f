"""`isocentre token create`: a bearer token of a person, printed once and alone."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Annotated

import typer

from isocentre.cli import zone as zones

app = typer.Typer(help="Bearer tokens of people.", no_args_is_help=True)
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@app.callback()
def tokens() -> None:
    """Bearer tokens of people."""


@app.command()
def create(
    zone: Annotated[str, typer.Option(help="platform (national side) or gateway (hospital side)")],
    user: Annotated[str, typer.Option(help="the person's sign-in name on that side")],
    scope: Annotated[
        list[str], typer.Option(help="study:SLUG, study:SLUG@ODS, site:ODS, selection:ID or *; repeatable")
    ],
    expires: Annotated[str, typer.Option(help="how long it lasts: 12h, 7d, 4w")] = "7d",
    label: Annotated[str, typer.Option(help="what it is for")] = "made on the command line",
    permission: Annotated[
        list[str] | None, typer.Option(help="what it may do, like register_view or enrolment_edit; repeatable")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: also what it may see, and until when")] = False,
) -> None:
    """Make a token and print only the token: it is shown this once and kept nowhere."""
    lasts = duration(expires)
    zones.use(zone)
    from isocentre.core.actor import SYSTEM
    from isocentre.core.checks import Unfit
    from isocentre.people import tokens
    from isocentre.people.models import User

    person = User.objects.filter(username=user).first()
    if person is None:
        side = zones.SIDES[zone]
        raise zones.usage(f"--user: nobody on the {side} has this sign-in name: add them on its page People.")
    try:
        made, secret = tokens.create(
            by=SYSTEM, user=person, label=label, scope=scope, lasts=lasts, permissions=permission or ()
        )
    except Unfit as error:
        raise zones.usage("; ".join(f"--{name}: {words}" for name, words in error.errors.items()) + ".") from None
    told = {"token": secret, "user": user, "scope": made.scope, "label": label, "until": made.expires_at.isoformat()}
    typer.echo(json.dumps(told) if as_json else secret)


def duration(text: str) -> timedelta:
    """`12h`, `7d` or `4w`; a usage error otherwise."""
    found = re.fullmatch(r"([1-9]\d{0,3})([hdw])", text)
    if found is None:
        raise typer.BadParameter("write 12h, 7d or 4w", param_hint="--expires")
    return int(found[1]) * UNITS[found[2]]
