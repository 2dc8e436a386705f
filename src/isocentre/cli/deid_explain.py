"""`isocentre deid --explain FILE`: of each attribute of one file what is done, why, and its value before and after."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from isocentre.cli import deid_key
from isocentre.cli.deid_files import context, pixels, second_check, subject
from isocentre.cli.deid_sources import mapped
from isocentre.core.deid import engine
from isocentre.core.deid.attributes import attribute
from isocentre.core.deid.beside import KEPT, NOTHING, Line, beside, untouched
from isocentre.core.deid.explain import tell
from isocentre.core.deid.profile import BadProfile, Profile
from isocentre.core.dicom import dictionary
from isocentre.core.dicom.walk import Buffer, MalformedDicom
from isocentre.profiles import load_any

_LONGEST = 48

_NARROWEST = 100


def explain(
    path: Path, profile_name: str, key_file: Path | None, *, face_waiver: str, show_values: bool, as_json: bool
) -> None:
    """Say it; exit 1 when the file would be held or left out, 2 when it cannot be read."""
    try:
        profile = load_any(profile_name)
    except BadProfile as error:
        raise deid_key.usage(f"The profile cannot be used: {error}.") from None
    if not path.is_file():
        raise deid_key.usage("--explain: there is no such file.")
    key = deid_key.any_key(key_file)
    try:
        with mapped(path) as buffer:
            said = told(buffer, profile, key, bool(face_waiver.strip()), show_values=show_values)
    except MalformedDicom as error:
        raise deid_key.usage(f"--explain: it cannot be read as DICOM ({error}).") from None
    except OSError as error:
        raise deid_key.usage(f"--explain: the file cannot be read: {error.strerror}.") from None
    if as_json:
        typer.echo(json.dumps(said, indent=1))
    else:
        _print(said, throwaway=key_file is None)
    raise typer.Exit(0 if said["status"] == "done" else 1)


def told(buffer: Buffer, profile: Profile, key: bytes, waiver: bool, *, show_values: bool) -> dict[str, Any]:
    """Everything of one object as plain values; MalformedDicom when it has no header that can be shown."""
    who = subject(buffer, key)
    made = engine.deidentify(
        buffer, profile=profile, study_key=key, context=context(who, waiver), pixels=pixels()
    )  # fmt: skip
    status, reason, words = made.status, made.reason, made.words
    if made.plan is None:
        found = untouched(buffer)
    else:
        found = beside(buffer, made.plan)
        if not who.pseudonym:
            status, reason, words = "held", "no_patient_id", "It has no patient id, so no pseudonym."
        elif wrong := second_check(made.plan, buffer, who.facts.known, profile):
            status, reason, words = "held", "second_check", wrong
    return {
        "status": status, "reason": reason, "words": words, "profile": profile.method, "sop_class": who.sop_class,
        "kind": dictionary.uid_name(who.sop_class), "values": "shown" if show_values else "masked",
        "attributes": [_row(line, profile, who.sop_class, show=show_values) for line in found],
    }  # fmt: skip


def _row(line: Line, profile: Profile, sop_class: str, *, show: bool) -> dict[str, Any]:
    one = tell(profile, attribute(line.tag), (sop_class,) if sop_class else ())
    inside = len(line.path) > 1
    rule = next(iter(one.nested if inside and one.nested else one.top))
    old = line.old if show or line.old is None or line.done == KEPT else masked(line.old)
    return {
        "tag": line.code, "name": one.attribute.name, "action": line.done, "rule": rule, "why": one.why,
        "before": old, "after": line.new,
    }  # fmt: skip


def masked(value: str) -> str:
    """The form of a value without what it says: every letter x, every digit 9."""
    form = re.sub(r"[0-9]", "9", re.sub(r"[^\W\d_]", "x", value))
    return form if len(form) <= _LONGEST else f"{form[:_LONGEST]}… ({len(value)} characters)"


def _print(said: dict[str, Any], *, throwaway: bool) -> None:
    will = {"done": "It would be de-identified", "held": "It would be held", "left_out": "It would be left out"}
    words = f": {said['words']}" if said["words"] else "."
    typer.echo(f"{said['kind'] or 'An object of no known kind'}, {said['profile']}")
    typer.echo(f"{will[said['status']]}{words}\n")
    table = Table(expand=True, pad_edge=False)
    for name, ratio in (("Attribute", 3), ("What is done", 2), ("Before", 2), ("After", 2), ("Why", 5)):
        table.add_column(name, ratio=ratio, overflow="fold")
    for row in said["attributes"]:
        done = row["rule"] if row["action"] == NOTHING else row["action"]
        cells = (f"{row['tag']} {row['name']}", done, row["before"] or "", row["after"] or "", row["why"])
        table.add_row(*map(Text, cells))
    Console(width=max(shutil.get_terminal_size().columns, _NARROWEST)).print(table)
    if said["status"] != "done":
        typer.echo("It is not written, so the column of what is done says what the profile's rules are.")
    if said["values"] == "masked":
        typer.echo("Values that do not stay are masked; --show-values shows them: mind who looks on.")
    if throwaway:
        typer.echo("Without --key-file, pseudonyms, UIDs and dates are of a key made for this once.")
