"""Routes rows again that are held: after an enrolment, by a person's wish, or for a research study a person named.

Nothing is written here: a `Router` reads what is known now, and `core.routing` decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from isocentre.core.routing import Enrolled, Led, Route, ScanFacts, route, route_assigned, route_nobody
from isocentre.rooms.intake import accessions, leading, persons, studies
from isocentre.rooms.intake.facts import for_routing
from isocentre.rooms.intake.models import (
    UNASSIGNED,
    Arrival,
    Disposition,
    Enrolment,
    LedgerRow,
    Peer,
    Person,
    PersonNumber,
    Scanner,
)

# Held for want of what an enrolment brings.
AFTER_ENROLMENT = (
    "not_part", "not_enrolled", "no_consent", "no_day_zero", "identity_question",
    "opt_out_no_number", "opt_out_list", "opt_out_not_asked",  # consent to the research study needs no look-up
)  # fmt: skip
NOT_ACCEPTED = "This hospital has not accepted the research study."
UNKNOWN = "The scanner is not on this hospital's list, so its site is not known."


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one row goes now, and the scanner and site it came from."""

    route: Route
    scanner: str
    site: str


class Router:
    """Routes many rows with the rules, scanners and persons read once."""

    def __init__(self) -> None:
        self._rules = studies.rules()
        self._scanners = list(Scanner.objects.all())
        self._peers = {p.name: p for p in Peer.objects.all()}
        self._persons: dict[tuple[str, str], Person | None] = {}
        self._listed: dict[tuple[str, str], frozenset[str]] = {}
        self._led: dict[tuple[str, ...], dict[str, Led]] = {}

    def placed(self, row: LedgerRow, *, research_study: str = "") -> tuple[Placed, ...]:
        """Where the row goes now; `research_study` is one a person names, else the row's own if it has one."""
        facts = row.arrival.facts
        scanner, site = (row.scanner, row.site) if row.site else self._place(facts, row.arrival)
        named = research_study or ("" if row.research_study == UNASSIGNED else row.research_study)
        # The AE title it was sent to decides as on arrival, unless a person or its row names a research study.
        called = "" if named else row.arrival.called_ae
        scan = for_routing(facts, called_ae=called, research_study=named, listed_for=self._listed_for(facts))
        if row.assigned and row.enrolment is not None:
            return (Placed(self._sited(self._assigned(row, scan), site), scanner, site),)
        if not facts["patient_id"]:
            return (Placed(self._sited(route_nobody(scan, self._rules), site), scanner, site),)
        person = self.person(facts["patient_id"], facts["issuer"])
        enrolled = persons.enrolled(person)
        led = self._leaders(facts, scan, [one for one in enrolled if not named or one.research_study == named])
        routes: Iterable[Route] = route(scan, self._rules, enrolled, led)
        if named and all(r.research_study == UNASSIGNED for r in routes):
            routes = (Route(named, "held", "not_accepted", NOT_ACCEPTED),)
        return tuple(Placed(self._sited(r, site), scanner, site) for r in routes)

    def _assigned(self, row: LedgerRow, scan: ScanFacts) -> Route:
        """Where a scan goes that a person said is of this enrolment, whatever number it carries."""
        assert row.enrolment is not None
        study = next((one for one in self._rules if one.slug == row.research_study), None)
        if study is None:
            return Route(row.research_study, "held", "not_accepted", NOT_ACCEPTED, row.enrolment_id)
        of = next(e for e in persons.enrolled(row.enrolment.person) if e.enrolment_id == row.enrolment_id)
        return route_assigned(study, of, scan, row.time_point)

    def _listed_for(self, facts: dict[str, Any]) -> frozenset[str]:
        key = (facts["accession"], facts.get("accession_issuer", ""))
        if key not in self._listed:
            self._listed[key] = accessions.listed_for(*key)
        return self._listed[key]

    def _leaders(self, facts: dict[str, Any], scan: ScanFacts, enrolled: list[Enrolled]) -> dict[str, Led]:
        if not enrolled or not leading.may(scan, self._rules):
            return {}
        key = leading.key(facts, *(str(one.enrolment_id) for one in enrolled))
        if key not in self._led:
            self._led[key] = leading.leaders(facts, scan, self._rules, enrolled)
        return self._led[key]

    def person(self, patient_id: str, issuer: str) -> Person | None:
        """The person of a hospital number, looked up once."""
        key = (patient_id, issuer)
        if key not in self._persons:
            self._persons[key] = persons.find(patient_id=patient_id, issuer=issuer)
        return self._persons[key]

    def _sited(self, decided: Route, site: str) -> Route:
        if decided.disposition == Disposition.PENDING and not site:
            return replace(decided, disposition="held", cause="unknown_scanner", words=UNKNOWN)
        return decided

    def _place(self, facts: dict[str, Any], arrival: Arrival) -> tuple[str, str]:
        """(scanner code, site) as on arrival: serial, else station name, else calling AE; else the sender's site."""
        peer = self._peers.get(arrival.peer)
        wanted = (("serial", facts["serial"]), ("station_name", facts["station_name"]),
                  ("ae_title", peer.calling_ae if peer else ""))  # fmt: skip
        for name, value in wanted:
            found = next((s for s in self._scanners if value and getattr(s, name) == value), None)
            if found is not None:
                return found.code, found.site
        return "", peer.site if peer else ""


def waiting_for(enrolments: list[Enrolment]) -> list[int]:
    """Ids of rows held for want of these enrolments: the same persons' scans, by hospital or NHS number."""
    numbers = {n for e in enrolments for n in (e.person.hospital_number, e.person.nhs_number) if n}
    people = {e.person_id for e in enrolments}
    numbers |= set(PersonNumber.objects.filter(person__in=people).values_list("value", flat=True))
    known = {e.research_study for e in enrolments} | {UNASSIGNED}
    held = LedgerRow.objects.filter(
        disposition=Disposition.HELD, cause__in=AFTER_ENROLMENT, research_study__in=known
    )  # fmt: skip
    router = Router()
    # What a person assigned is theirs, whatever number it carries.
    mine = list(held.filter(assigned=True, enrolment__in=enrolments).values_list("pk", flat=True))
    for row in held.filter(assigned=False, arrival__patient_id__in=numbers).select_related("arrival"):
        person = router.person(row.arrival.facts["patient_id"], row.arrival.facts["issuer"])
        if person is not None and person.pk in people:
            mine.append(row.pk)
    return mine
