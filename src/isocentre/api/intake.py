"""Intake's part of the hospital API: arrivals, the ledger, people enrolled and people to enrol."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from isocentre.api.paging import USUAL, After, Limit, Page, of_list, of_rows
from isocentre.api.spec import Sent, actor, needs
from isocentre.core.consent import LIKE
from isocentre.rooms.intake import door

router = Router(tags=["intake"])
State = Literal["", "sent_on", "held", "left_out", "rejected", "opted_out", "pending"]
CONSENT_SCOPE = f"{LIKE}; with commas between"
ENROLMENT = (
    "One person or up to 2,000: everybody or nobody, after the checks of a list taken in on the page. Safe to repeat: "
    "the same person again completes the enrolment."
)


class ArrivalFilters(Schema):
    """What a list of arrivals is narrowed to; empty means any. `day`: the day of arrival."""

    research_study: str = ""
    state: State = ""
    modality: str = ""
    day: date | None = None


class Arrival(Schema):
    """A scan that arrived, without name or number; `images` counts them by state. `unassigned`: no research study."""

    id: int
    arrived: datetime | None
    title: str
    research_study: str
    subject: str
    site: str
    scanner: str
    images: dict[str, int]
    sent_again: int


class Arrivals(Page):
    """Scans that arrived, the last first."""

    items: list[Arrival]


class Balance(Schema):
    """The images of one research study: received = sent on + held + left out + rejected + opted out + pending.

    Recalled and erased are among those sent on; sent again is counted apart.
    """

    research_study: str
    received: int
    sent_on: int
    held: int
    left_out: int
    rejected: int
    opted_out: int
    pending: int
    sent_again: int
    recalled: int
    erased: int


class Ledger(Page):
    """The hospital side's ledger, by research study."""

    items: list[Balance]


class Person(Sent):
    """A person to enrol, in the columns of the enrolment list. Days like 2026-03-03."""

    subject_id: str = Field("", description="It leaves the hospital: no name or number of the patient")
    hospital_number: str = Field("", description="As the scans carry it in Patient ID; this or the NHS number")
    issuer: str = ""
    nhs_number: str = ""
    surname: str = ""
    birth_date: str = ""
    consented_on: str = ""
    consent_version: str = ""
    consent_scope: str = Field("", description=CONSENT_SCOPE)
    day_zero: str = ""
    prior_imaging: bool = False
    withdrawn_on: str = Field("", description="With `withdrawal`; it is recorded, never taken back by leaving it out")
    withdrawal: Literal["", "keep", "no_new_use", "erase"] = ""


class People(Sent):
    """People to enrol in one research study."""

    research_study: str
    people: list[Person]


class Enrolled(Schema):
    """How many people are enrolled now by this request, and where images that were held for want of it went.

    `doubts`: what a person should look at, by place like `people.0.surname`: one person under two numbers, columns that
    seem swapped.
    """

    people: int
    images: dict[str, int]
    doubts: dict[str, str]


class Enrolment(Schema):
    """A person enrolled, with their numbers: this stays in the hospital."""

    id: int
    research_study: str
    subject_id: str
    hospital_number: str
    issuer: str
    nhs_number: str
    surname: str
    birth_date: str
    consented_on: str
    consent_version: str
    consent_scope: str
    day_zero: str
    prior_imaging: bool
    images: int
    state: str
    withdrawn_on: date | None
    withdrawal: str


class Enrolments(Page):
    """People enrolled, in the order of enrolment."""

    items: list[Enrolment]


class Visit(Schema):
    """A planned imaging event of one person: due from `first_day` to `last_day`, days at the hospital.

    `state`: over where a scan that did not come is nobody's to look for. `made`: the day of the scan that came.
    """

    enrolment: int
    subject_id: str
    research_study: str
    event: str
    time_point: str
    first_day: date
    last_day: date
    state: Literal["done", "due", "overdue", "upcoming", "over"]
    made: date | None
    held: bool


class Visits(Page):
    """Planned imaging, the earliest first."""

    items: list[Visit]


@router.get("/arrivals", response=Arrivals, summary="List arrivals", openapi_extra=needs("arrivals_view"))
def arrivals(
    request: HttpRequest, chosen: Query[ArrivalFilters], after: After = "", limit: Limit = USUAL
) -> dict[str, Any]:  # fmt: skip
    """Scans that arrived, as the page lists them."""
    by, lists = actor(request), door.listed()
    wanted = {name: str(value) for name, value in chosen.dict().items() if value}
    page, following = of_rows(request, lists.arrivals(by, wanted), sort="-id", tie="pk", after=after, limit=limit)
    rows = [{**listed_of(one), "arrived": one.at, "sent_again": one.sent_again} for one in lists.arrived(by, page)]
    return {"items": rows, "next": following}


@router.get("/ledger", response=Ledger, summary="The ledger's balance", openapi_extra=needs("ledger_view"))
def ledger(request: HttpRequest, after: After = "", limit: Limit = USUAL) -> dict[str, Any]:
    """Where every image is, by research study."""
    found = sorted(door.listed().balance(actor(request)), key=lambda row: str(row["slug"]))
    page, following = of_list(request, found, key=lambda row: str(row["slug"]), after=after, limit=limit)
    rows = [{**row, "research_study": row["slug"], "sent_again": row["duplicates"]} for row in page]
    return {"items": rows, "next": following}


@router.get("/enrolments", response=Enrolments, summary="List people enrolled", openapi_extra=needs("enrolment_view"))
def enrolments(
    request: HttpRequest, research_study: str = "", scans: Literal["", "none", "some"] = "",
    state: Literal["", "active", "withdrawn"] = "", after: After = "", limit: Limit = USUAL,
) -> dict[str, Any]:  # fmt: skip
    """The enrolment list, with names and numbers. Each look is in the audit trail."""
    lists = door.listed()
    rows = lists.enrolments(actor(request), research_study=research_study, scans=scans, state=state)
    page, following = of_rows(request, rows, sort="id", tie="pk", after=after, limit=limit)
    found = [lists.enrolled(one) for one in page]
    return {"items": [{**one, "prior_imaging": one["prior_imaging"] == "yes"} for one in found], "next": following}


@router.get("/visits", response=Visits, summary="The visit calendar", openapi_extra=needs("enrolment_view"))
def visits(
    request: HttpRequest, research_study: str = "",
    state: Literal["", "done", "due", "overdue", "upcoming", "over"] = "",
    since: date | None = None, until: date | None = None, after: After = "", limit: Limit = USUAL,
) -> dict[str, Any]:  # fmt: skip
    """When planned imaging of people enrolled is due, and what came. `since`, `until`: days its window reaches into."""
    lists = door.listed()
    found = lists.visit_calendar(
        actor(request), research_study=research_study, state=state, since=since, until=until
    )  # fmt: skip
    page, following = of_list(request, found, key=lambda one: str(one.pk), after=after, limit=limit)
    items = [
        {"enrolment": one.enrolment, "subject_id": one.subject, "research_study": one.research_study,
         "event": one.event, "time_point": one.time_point, "first_day": one.first, "last_day": one.last,
         "state": one.state, "made": one.made and one.made.on, "held": bool(one.made and one.made.held)}
        for one in page
    ]  # fmt: skip
    return {"items": items, "next": following}


@router.post(
    "/enrolments", response=Enrolled, summary="Enrol people", description=ENROLMENT,
    openapi_extra=needs("enrolment_edit"),
)  # fmt: skip
def enrol(request: HttpRequest, sent: People) -> dict[str, Any]:
    """Everybody or nobody."""
    people = [{**one.dict(), "prior_imaging": "yes" if one.prior_imaging else "no"} for one in sent.people]
    lists = door.listed()
    count, images, doubts = lists.enrol_people(by=actor(request), research_study=sent.research_study, people=people)
    return {"people": count, "images": images, "doubts": doubts}


def listed_of(one: Any) -> dict[str, Any]:
    """What every list of scans on this side says of one."""
    names = ("id", "title", "research_study", "subject", "site", "scanner", "images")
    return {name: getattr(one, name) for name in names}
