"""What intake adds to a support bundle: counts; and everything known of any patient, to be removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count

from isocentre.rooms.intake.models import CANARY, Arrival, Disposition, LedgerRow, ListedAccession, Person, Refusal
from isocentre.rooms.intake.persons import other_names
from isocentre.rooms.intake.pull.rows import PullLine

FACTS = ("patient_id", "accession", "facts__patient_name", "facts__birth_date")
"""Of an arrival: what names the patient."""


def support() -> list[tuple[str, Any]]:
    """The ledger and whether it balances, held and other rows by cause, refusals by cause."""
    counted = LedgerRow.objects.exclude(research_study=CANARY)
    rows = counted.order_by().values("disposition", "cause").annotate(n=Count("pk"))
    by_cause = [[one["disposition"], one["cause"], one["n"]] for one in rows.order_by("disposition", "cause")]
    refused = Refusal.objects.order_by().values("cause").annotate(n=Count("pk")).order_by("cause")
    states: dict[str, int] = {}
    for state, _, count in by_cause:
        states[state] = states.get(state, 0) + count
    total = counted.count()
    whole = sum(states.get(state, 0) for state in Disposition.values) == total
    return [("ledger", {"received": total, "states": states, "balances": whole}),
            ("causes", by_cause), ("refused", [[one["cause"], one["n"]] for one in refused])]  # fmt: skip


def identifiers() -> list[str]:
    """Names, numbers, birth dates and accession numbers, of people enrolled and of everybody whose scan came."""
    return list(dict.fromkeys(one for one in _known() if one))


def _known() -> Iterator[str]:
    for person in Person.objects.iterator():
        born = f"{person.birth_date:%Y%m%d}" if person.birth_date else ""
        yield from (person.hospital_number, person.nhs_number, person.name, born, *other_names(person))
        yield from (str(one) for one in person.told or ())
    for arrived in Arrival.objects.order_by().values_list(*FACTS).distinct().iterator():
        yield from (str(one or "") for one in arrived)
    yield from ListedAccession.objects.values_list("accession", flat=True).iterator()
    for line in PullLine.objects.values_list("accession", "patient_id").iterator():
        yield from line
