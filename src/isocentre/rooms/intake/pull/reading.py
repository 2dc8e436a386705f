"""A list of scans as people give it, and the rule for series as they type it, read into what `core.pull` works on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isocentre.core.checks import Checks, Unfit
from isocentre.core.pull.lines import Line, NoColumns, read
from isocentre.rooms.intake import tables

MOST_CHARACTERS = 10_000_000


def lines(text: str) -> list[Line]:
    """Each line of a CSV or of pasted cells, checked; Unfit on `list` when it is no list."""
    if len(text) > MOST_CHARACTERS:
        raise Unfit({"list": "The list is too long. Make several"})
    rows = tables.rows_of(text)
    if not rows:
        raise Unfit({"list": "Choose a file, or paste the lines with their column headings"})
    try:
        # Line numbers as the file has them: a spreadsheet shows the same.
        width = {number: [tables.cell(cell) for cell in cells] for number, cells in rows}
        found = read(list(width.values()))
    except NoColumns as error:
        raise Unfit({"list": str(error)}) from None
    numbers = list(width)
    return [Line(numbers[one.number - 1], one.asked, one.errors, _at(numbers, one.same_as)) for one in found]


def _at(numbers: list[int], place: int) -> int:
    return numbers[place - 1] if place else 0


def rule(typed: Mapping[str, str]) -> dict[str, Any]:
    """The rule as it is kept, of texts with commas between; Unfit by field."""
    checks = Checks()
    least = typed.get("least_images", "").strip()
    checks.that(not least or (least.isdigit() and len(least) < 6), "least_images", "Write a number of images")
    for name in ("modalities", "body_parts", "words", "without"):
        checks.brief(name, typed.get(name, ""))
        checks.nobody(name, typed.get(name, ""))
    checks.done()
    made: dict[str, Any] = {
        name: [one.strip().upper() for one in typed.get(name, "").split(",") if one.strip()]
        for name in ("modalities", "body_parts")
    }
    for name in ("words", "without"):
        made[name] = [one.strip() for one in typed.get(name, "").split(",") if one.strip()]
    return {name: value for name, value in made.items() if value} | ({"least_images": int(least)} if least else {})
