"""The command `isocentre`: a thin skin; each command imports what it needs when it runs."""

from __future__ import annotations

import os
import sys

import typer

from isocentre.cli import deid, gateway, importing, keygen, status, token, up, worker

NOT_YET = ("pull", "conformance")


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        help="The platform on which imaging research in the NHS runs.", no_args_is_help=True, add_completion=False,
        pretty_exceptions_enable=False,
    )  # fmt: skip
    for module in (up, deid, keygen, importing, status, worker):
        module.register(app)
    app.add_typer(gateway.app, name="gateway")
    app.add_typer(token.app, name="token")
    for name in NOT_YET:
        app.command(name, help="Not available yet.")(_not_yet)
    return app


def _not_yet() -> None:
    typer.echo("Not available yet.", err=True)
    raise typer.Exit(2)


def main() -> None:
    """Entry point of the console script."""
    os.umask(0o077)
    sys.exit(build()())
