"""`isocentre profile`: show, compare, check and explain de-identification profiles; no server needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from isocentre.core.deid.profile import Profile

app = typer.Typer(help="De-identification profiles: what they do, and why.", no_args_is_help=True)
AS_JSON = Annotated[bool, typer.Option("--json", help="for programs")]
NAME = "a profile: NAME (its newest released version), NAME@VERSION, or a profile file"


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help=NAME)] = "",
    as_json: AS_JSON = False,
) -> None:
    """Show what a profile does; without NAME, list the profiles installed."""
    from isocentre.cli import profile_words as words

    if not name:
        told = words.installed()
        typer.echo(json.dumps(told, indent=1) if as_json else "\n".join(words.list_lines(told)))
        return
    one = _load(name)
    typer.echo(json.dumps(words.whole(one), indent=1) if as_json else "\n".join(words.show_lines(one)))


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="A", help=NAME)],
    new: Annotated[str, typer.Argument(metavar="B", help="the other")],
    as_json: AS_JSON = False,
) -> None:
    """Say what changes from profile A to profile B, attribute by attribute."""
    from dataclasses import asdict

    from isocentre.cli import profile_words as words
    from isocentre.core.deid.difference import difference

    before, after = _load(old), _load(new)
    changes = difference(before, after)
    if as_json:
        typer.echo(json.dumps({"old": words.title(before), "new": words.title(after),
                               "changes": [asdict(change) for change in changes]}, indent=1))  # fmt: skip
    else:
        typer.echo("\n".join(words.diff_lines(before, after, changes)))


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a profile file")],
    as_json: AS_JSON = False,
) -> None:
    """Check a profile file. Exit 1 when it cannot be used, and why."""
    from isocentre.cli import profile_words as words
    from isocentre.core.deid.profile import BadProfile
    from isocentre.profiles import load_file

    if not file.is_file():
        raise _usage(f"{file}: there is no such file.")
    one, wrong = None, ""
    try:
        one = load_file(file)
    except BadProfile as error:
        wrong = str(error)
    notes = words.notes(one) if one else []
    if as_json:
        told: dict[str, Any] = {"good": one is not None, "wrong": wrong, "notes": notes}
        typer.echo(json.dumps(told, indent=1))
    elif one:
        typer.echo("\n".join([f"{words.title(one)} can be used.", *(f"  {note}" for note in notes)]))
    else:
        typer.echo(f"The profile cannot be used: {wrong}.", err=True)
    raise typer.Exit(0 if one else 1)


@app.command()
def explain(
    tag: Annotated[str, typer.Argument(metavar="TAG", help="(gggg,eeee), ggggeeee or a keyword such as PatientName")],
    profile: Annotated[str, typer.Option("--profile", help=f"{NAME}; without it, every profile installed")] = "",
    as_json: AS_JSON = False,
) -> None:
    """Say of one attribute what the standard says, what a profile does with it, and why."""
    from isocentre.cli import profile_words as words
    from isocentre.core.deid.attributes import NoAttribute, named
    from isocentre.core.deid.explain import passing, tell
    from isocentre.profiles import everyone

    try:
        one = named(tag)
    except NoAttribute as error:
        raise _usage(f"{error}.") from None
    asked = [_load(profile)] if profile else everyone()
    told = [(p, tell(p, one, passing(p))) for p in asked]
    if as_json:
        answer = [{"profile": words.title(p), **answered.plain()} for p, answered in told]
        typer.echo(json.dumps(answer[0] if profile else answer, indent=1))
    else:
        typer.echo("\n".join(words.explain_lines(one, told, whole=bool(profile))))


def _load(name: str) -> Profile:
    from isocentre.core.deid.profile import BadProfile
    from isocentre.profiles import load_any

    try:
        return load_any(name)
    except BadProfile as error:
        raise _usage(f"{name}: {error}.") from None


def _usage(words: str) -> typer.Exit:
    typer.echo(words[:1].upper() + words[1:], err=True)
    return typer.Exit(2)
