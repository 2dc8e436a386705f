"""The command `isocentre`: a thin skin; each command imports what it needs when it runs."""

from __future__ import annotations

import os
import sys
import traceback

import typer

from isocentre.cli import (
    administrator,
    asking,
    backup,
    conformance,
    deid,
    doctor,
    firewall,
    gateway,
    importing,
    keygen,
    master_key,
    opt_out,
    profile,
    pulling,
    restore,
    side,
    status,
    support,
    token,
    unexpected,
    up,
    verify,
    worker,
)


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        help="The platform on which imaging research in the NHS runs.", no_args_is_help=True, add_completion=False,
        pretty_exceptions_enable=False, cls=asking.Asked,
    )  # fmt: skip
    for module in (
        up, deid, keygen, importing, pulling, status, verify, backup, restore, doctor, conformance, firewall, support,
        worker,
        side,
    ):  # fmt: skip
        module.register(app)
    app.add_typer(gateway.app, name="gateway")
    app.add_typer(profile.app, name="profile")
    app.add_typer(token.app, name="token")
    app.add_typer(master_key.app, name="master-key")
    app.add_typer(opt_out.app, name="opt-out")
    app.add_typer(administrator.app, name="administrator")
    return app


def main() -> None:
    """Entry point of the console script: a person meets words, never a traceback (house rule 6)."""
    os.umask(0o077)
    try:
        build()()
    except Exception as error:  # noqa: BLE001 - the last line of defence; told of in words, and by a non-zero exit
        if os.environ.get("ISOCENTRE_TRACEBACK") == "1":
            traceback.print_exc()
        sys.exit(unexpected.words(error))
