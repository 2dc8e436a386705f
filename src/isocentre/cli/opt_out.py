"""`isocentre opt-out`: the national data opt-out for people who script: the list to check, the answer, its age."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from isocentre.cli import zone as zones
from isocentre.core.days import LIKE, parse_day

HELP = "The national data opt-out, for research studies under section 251 support."
app = typer.Typer(help=HELP, no_args_is_help=True)


@app.callback()
def opt_outs() -> None:
    """The national data opt-out, for research studies under section 251 support."""


def _room() -> Any:
    zones.use("gateway")
    zones.config("wiring").wire()
    from isocentre.rooms.deid import door

    return door


@app.command()
def ask(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="where to write the list; must not exist")],
) -> None:
    """Write the list of people to have checked; the next answer is about them. It names people: guard it."""
    room = _room()
    from isocentre.adapters.private import write_private
    from isocentre.core.actor import SYSTEM
    from isocentre.core.checks import Unfit

    if file.exists():
        raise typer.BadParameter("there is already a file of this name", param_hint="FILE")
    try:
        data = room.ask_opt_out(by=SYSTEM)
    except Unfit as unfit:
        raise zones.fail(_words(unfit.errors)) from None
    write_private(file, data)
    typer.echo(f"{data.count(b','):,} people are in the list. Have it checked, then: isocentre opt-out take ANSWER")


@app.command()
def take(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="the list as the service returned it")],
    on: Annotated[str, typer.Option("--on", help="the day of the answer, like 2026-03-31; today if not given")] = "",
    asked: Annotated[
        Path | None,
        typer.Option("--asked", exists=True, dir_okay=False, help="the list that was checked, if not the last `ask`"),
    ] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="an empty answer is meant: all opted out")] = False,
) -> None:
    """Take an answer in; scans that waited for it go on. Exit 1 when it does not fit what was asked."""
    answered_on = parse_day(on) if on else None
    if on and answered_on is None:
        raise zones.usage(f"--on: give the day of the answer, like {LIKE}.")
    if asked is not None and asked.resolve() == file.resolve():
        raise zones.usage("--asked is the same file as the answer: give the list that was checked, and what came back.")
    room = _room()
    from django.utils import timezone

    from isocentre.core.actor import SYSTEM
    from isocentre.core.checks import Unfit
    from isocentre.rooms.intake import door as intake

    try:
        done = room.take_opt_out(
            by=SYSTEM, allowed=_text(file), asked=_text(asked) if asked else "", everybody=everybody,
            answered_on=answered_on or timezone.localdate(),
        )  # fmt: skip
    except Unfit as unfit:
        raise zones.fail(_words(unfit.errors)) from None
    typer.echo(f"The answer is in force: of {done.sweep.asked:,} people, {done.sweep.allowed:,} may be used.")
    if done.images:
        typer.echo("Held images: " + ", ".join(f"{n:,} {intake.label(d, n)}" for d, n in done.images.items()) + ".")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False) -> None:
    """How old the last answer is, and whom it lacks; exit 1 when scans wait for a new one."""
    state = _room().opt_out_state()
    answered = state.sweep.answered_on.isoformat() if state.sweep else None
    waits = bool(state.needed and (state.old or state.new))
    if as_json:
        facts = {"answered_on": answered, "days": state.days, "needed": state.needed, "not_asked": state.new,
                 "without_number": state.without_number, "waits": waits}  # fmt: skip
        typer.echo(json.dumps(facts))
    else:
        typer.echo(f"Last answer: {answered or 'none yet'}; used for {state.days} days.")
        typer.echo(f"Needed for {state.needed:,} people, {state.new:,} of them not asked about yet; "
                   f"{state.without_number:,} more have no NHS number.")  # fmt: skip
    raise typer.Exit(1 if waits else 0)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")


def _words(errors: dict[str, str]) -> str:
    return "\n".join(f"{words}." for words in errors.values())
