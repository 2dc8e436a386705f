"""What is said of a command that was asked wrongly: what it needs and what to do, in our words, exit 2."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup


class Asked(TyperGroup):
    """The whole command line, whose usage errors are told as sentences."""

    def main(self, *args: Any, **more: Any) -> Any:
        """As typer's; ends the process unless `standalone_mode` is off."""
        quiet: dict[str, Any] = {**more, "standalone_mode": False}
        if not more.get("standalone_mode", True):
            return super().main(*args, **quiet)
        try:
            code = super().main(*args, **quiet)
        except typer.TyperException as error:
            _say(error)
            code = error.exit_code
        except typer.Abort:
            typer.echo("Stopped: nothing more was done.", err=True)
            code = 1
        sys.exit(code if isinstance(code, int) else 0)


def _say(error: typer.TyperException) -> None:
    # Typer keeps its kinds of errors to itself: they are told apart by name.
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message(), err=True)
        return
    command = _command(getattr(error, "ctx", None))
    said = error.format_message().strip().rstrip(".")
    needed = getattr(error, "param", None)
    if type(error).__name__ == "MissingParameter" and needed is not None:
        name = needed.opts[-1] if needed.param_type_name == "option" else str(needed.metavar or needed.name).upper()
        meant = getattr(needed, "help", None)
        said = f"`{command}` needs {name}" + (f": {meant}" if meant else "")
    typer.echo(f"{said}.\n`{command} --help` shows what can be asked.", err=True)


def _command(context: Any) -> str:
    """The command as a person types it, whatever started this process."""
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.insert(0, str(context.info_name))
        context = context.parent
    return " ".join(["isocentre", *names])
