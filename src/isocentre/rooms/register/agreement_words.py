"""Words, colours and rows of contribution agreements, as the register's pages show them."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from isocentre.core.agreements import EXITS, AgreementTerms, Standing, ends_soon
from isocentre.rooms.register.agreements import STATES, VersionRecord
from isocentre.web import formats, names

STANDINGS = {
    "in_force": ("In force", "green"), "ending": ("In force, ends soon", "orange"), "not": ("Not in force", "red"),
}  # fmt: skip
VERSION_COLOURS = {"entered": "yellow", "confirmed": "green", "discarded": "grey"}
LABELS = {
    "controllers": "Controllers", "processor": "Processor", "purposes": "Purposes", "caldicott": "Caldicott Guardian",
    "siro": "Senior Information Risk Owner (SIRO)", "dpia": "Data protection impact assessment (DPIA)",
    "starts": "First day", "until": "Last day", "exit_terms": "What happens at the end",
    "file_reference": "Where the signed agreement is filed",
}  # fmt: skip


def state_of(found: Standing, day: date | None = None) -> str:
    """`in_force`, `ending` where its last day is near, or `not`."""
    if not found.in_force:
        return "not"
    return "ending" if ends_soon(found, day or timezone.localdate()) else "in_force"


def sentence(words: str) -> str:
    """Words of why not as a sentence; empty when there are none."""
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def said(terms: AgreementTerms) -> dict[str, str]:
    """What an agreement says, in words, by the keys of LABELS."""
    return {
        "controllers": terms.controllers,
        "processor": terms.processor,
        "purposes": terms.purposes,
        "caldicott": _signed(terms.caldicott_name, terms.caldicott_post, terms.caldicott_on),
        "siro": _signed(terms.siro_name, terms.siro_post, terms.siro_on),
        "dpia": terms.dpia,
        "starts": formats.date(terms.starts),
        "until": formats.date(terms.until),
        "exit_terms": EXITS.get(terms.exit_terms, ""),
        "file_reference": terms.file_reference,
    }


def rows(terms: AgreementTerms) -> list[tuple[str, str]]:
    """(label, value) of all that an agreement says."""
    return [(LABELS[name], words) for name, words in said(terms).items()]


def differences(new: AgreementTerms, old: AgreementTerms) -> list[dict[str, str]]:
    """What another version says otherwise: label, old and new words."""
    was, will = said(old), said(new)
    return [
        {"label": LABELS[name], "old": was[name] or "Nothing", "new": will[name] or "Nothing"}
        for name in LABELS
        if was[name] != will[name]
    ]


def version_line(one: VersionRecord, called: dict[str, str]) -> dict[str, str]:
    """One version as a line of the table on the agreement's page."""
    ended = ""
    if one.ended_on is not None:
        ended = f"Ended on {formats.date(one.ended_on)} by {called[one.ended_by]}, because: {one.end_reason}"
    days = f"{formats.date(one.terms.starts)} to {formats.date(one.terms.until)}" if one.terms.until else ""
    return {
        "number": str(one.number),
        "state": "Ended" if ended else STATES[one.state],
        "colour": "grey" if ended else VERSION_COLOURS[one.state],
        "days": days,
        "entered_by": called[one.entered_by],
        "confirmed_by": called[one.confirmed_by] if one.confirmed_by else "",
        "ended": ended,
    }


def people_of(versions: tuple[VersionRecord, ...]) -> dict[str, str]:
    """Names of everybody who did something to these versions."""
    told = {name for one in versions for name in (one.entered_by, one.confirmed_by, one.ended_by)}
    return names.people(told)


def _signed(name: str, post: str, on: date | None) -> str:
    who = ", ".join(filter(None, (name, post)))
    if on is not None:
        return f"{who}, signed on {formats.date(on)}"
    return f"{who}, not signed" if who else "Not signed"
