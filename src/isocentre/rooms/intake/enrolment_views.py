"""Pages of the enrolment list: who is enrolled, add or complete one, take in a list. No number in an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from isocentre.audit import door as audit
from isocentre.core import consent
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.core.days import LIKE
from isocentre.people.guard import needs
from isocentre.rooms.intake import (
    doubting,
    enrolling,
    life_steps,
    mending,
    opting_out,
    recalling,
    tables,
    viewing,
    withdrawing,
)
from isocentre.rooms.intake.models import Disposition, Enrolment
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import fields, formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

DATE = f"Like {LIKE}"
NOT_251 = "Not needed under section 251 support; who did consent is not looked up in the national data opt-out"
SUBJECT_HINT = (
    "As the research study numbers its subjects, like 01/007. It leaves the hospital: no name or number of the patient"
)
HINTS = {
    "consent_scope": f"one or more of {', '.join(consent.SCOPES)}", "prior_imaging": "yes or no",
    "withdrawal": f"what they asked for: {', '.join(withdrawing.KINDS)}",
}  # fmt: skip
"""What a list may say in columns of fixed words."""
STATES = ((opting_out.ACTIVE, "Active"), (withdrawing.WITHDRAWN, "Withdrawn"))
TAKEN_BACK = Q(rows__disposition=Disposition.SENT_ON, rows__recalled=True) | Q(
    rows__disposition=Disposition.REJECTED, rows__cause__in=(recalling.CAUSE, recalling.REJECTED_THERE)
)
SCANS = (("none", "None yet"), ("some", "At least one"))
FIELDS = (
    fields.Field("subject_id", "Subject id", SUBJECT_HINT, width="20"),
    fields.Field("hospital_number", "Hospital number", "As the scans carry it in Patient ID", width="20"),
    fields.Field("issuer", "Issuer of the hospital number", "Only when the scans carry one", width="20"),
    fields.Field("nhs_number", "NHS number", "Ten digits, if you know it", width="20"),
    fields.Field("surname", "Surname", width="20"),
    fields.Field("birth_date", "Birth date", DATE, width="10"),
    fields.Field(
        "consented_on",
        "Consent date",
        f"{DATE}. Scans from before are left out. {NOT_251}",
        width="10",
    ),
    fields.Field("consent_version", "Version of the consent form", "If it is recorded", width="10"),
    fields.Field(
        "consent_scope",
        "What the consent covers",
        "If it is recorded",
        kind="ticks",
        options=tuple((name, words[:1].upper() + words[1:]) for name, words in consent.SCOPES.items()),
    ),
    fields.Field("day_zero", "Day 0", f"{DATE}. The day visits are counted from", width="10"),
    fields.Field("prior_imaging", "Imaging from before consent may be used", "Only if the person agreed", kind="tick"),
)


@needs("enrolment_view")
def enrolment(request: HttpRequest) -> HttpResponseBase:
    """People enrolled, in the research studies of the actor's scope."""
    by = actor_of(request)
    filters = (
        # No name or number: what is typed here becomes part of an address, and addresses are kept in many places.
        Filter("q", "Subject id", hint="To find a name or a number use Search, at the top"),
        Filter("research_study", "Research study", tuple(viewing.accepted(by))), Filter("scans", "Scans", SCANS),
        Filter("state", "State", STATES),
    )  # fmt: skip
    chosen = chosen_filters(request, filters)
    which = chosen["research_study"] or "every research study"
    form = "file" if request.GET.get("format") in ("csv", "json") else "page"
    audit.record_read(by=by, action="enrolment_viewed", object_type="list", object_id=which, form=form)
    rows = viewing.enrolments(by).annotate(
        images=Count("rows", filter=~TAKEN_BACK),
        sent=Count("rows", filter=Q(rows__disposition=Disposition.SENT_ON, rows__recalled=False)),
    )
    if chosen["q"]:
        rows = rows.filter(subject_id__icontains=chosen["q"])
    if chosen["research_study"]:
        rows = rows.filter(research_study=chosen["research_study"])
    if chosen["scans"]:
        rows = rows.filter(images=0) if chosen["scans"] == "none" else rows.exclude(images=0)
    if chosen["state"]:
        rows = rows.filter(status=chosen["state"])
    titles = viewing.titles()

    def present(page: Sequence[Enrolment]) -> list[Row]:
        return [Row(str(e.pk), _cells(e, titles)) for e in page]

    may = by.may("enrolment_edit")
    first, *others = (Column(name, title, _sort(name)) for name, title in enrolling.COLUMNS)
    listing = Listing(
        name="enrolment",
        heading=lambda n: f"{formats.plural(n, 'person', 'people')} enrolled",
        columns=(first, Column("state", "State", "status"), Column("images", "Images", "", True), *others,
                 Column("research_study", "Research study", "research_study")),
        rows=rows,
        present=present,
        empty="Nobody is enrolled yet. Add a person, or take in a list. A scan of nobody enrolled is held.",
        sort="id",
        filters=filters,
        extra={"add_url": reverse("intake:enrol") if may else "", "add_text": "Enrol a person",
               "tabs": tabs(by, "intake:enrolment"),
               "more_url": reverse("intake:enrol_list"), "more_text": "Take in a list",
               "undoable": [(one, _mended(one)) for one in mending.undoable(by)]},
    )  # fmt: skip
    return respond(request, listing, "intake/enrolment.html")


def tabs(by: Actor, current: str) -> list[dict[str, Any]]:
    """The pages of enrolment this actor may open."""
    pages = [("intake:enrolment", "People", by.may("enrolment_view")), ("intake:subject_ids", "Subject ids",
              by.may("enrolment_edit") or by.may("subjects_accept")),
             ("intake:accessions", "Accession lists", by.may("enrolment_view"))]  # fmt: skip
    shown = [{"text": text, "href": reverse(name), "current": name == current} for name, text, may in pages if may]
    return shown if shown[1:] else []


def _mended(one: mending.Mended) -> str:
    done = "Removed" if one.action == mending.REMOVED else "Corrected"
    return f"{done} {f'subject {one.title}' if one.title else 'a person without subject id'}, by {names.person(one.by)}"


def _sort(name: str) -> str:
    return name if name in ("subject_id", "consented_on", "day_zero") else ""


def values_of(one: Enrolment) -> dict[str, str]:
    """The columns of the list as text, the way a list is taken in again."""
    person = one.person
    days = {"birth_date": person.birth_date, "consented_on": one.consented_on, "day_zero": one.day_zero,
            "withdrawn_on": one.withdrawn_on}  # fmt: skip
    return {
        "subject_id": one.subject_id, "hospital_number": person.hospital_number, "issuer": person.issuer,
        "nhs_number": person.nhs_number, "surname": person.name, "consent_version": one.consent_version,
        "consent_scope": one.consent_scope, "withdrawal": one.withdrawal,
        "prior_imaging": "yes" if one.prior_imaging else "no",
        **{name: day.isoformat() if day else "" for name, day in days.items()},
    }  # fmt: skip


def _read(name: str, one: Enrolment, value: str) -> str:
    """A value as people read it; the export keeps the form in which a list is taken in again."""
    days = {"birth_date": one.person.birth_date, "consented_on": one.consented_on, "day_zero": one.day_zero,
            "withdrawn_on": one.withdrawn_on}  # fmt: skip
    if name == "consent_scope":
        return consent.scope_in_words(value)
    if name == "withdrawal":
        return withdrawing.KINDS.get(value, "")
    if name in days:
        return formats.date(days[name])
    if name == "surname":
        return " ".join(value.replace("^", " ").split())
    return f"{value[:3]} {value[3:6]} {value[6:]}".strip() if name == "nhs_number" else value


def _cells(one: Enrolment, titles: Mapping[str, str]) -> tuple[Cell, ...]:
    values = values_of(one)
    cells = [Cell(_read(name, one, values[name]), values[name]) for name, _ in enrolling.COLUMNS]
    cells[0] = Cell(one.subject_id or "New person", one.subject_id, reverse("intake:person", args=[one.pk]))
    images: int = getattr(one, "images")  # noqa: B009 - annotated, unknown to the model's type
    gone = f"withdrawn on {one.withdrawn_on:%Y-%m-%d}: {one.withdrawal}" if one.withdrawn_on else one.status
    active = Cell("Active", one.status, tag="green") if one.status == "active" else Cell("Withdrawn", gone, tag="grey")
    study = Cell(titles.get(one.research_study, one.research_study), one.research_study)
    return (cells[0], active, Cell(formats.number(images), images), *cells[1:], study)


@needs("enrolment_edit")
def enrol(request: HttpRequest) -> HttpResponse:
    """Enrol one person."""
    by = actor_of(request)
    options = tuple(viewing.accepted(by))
    study = fields.Field("research_study", "Research study", kind="select", options=options)
    return form(request, "Enrol a person", (study, *FIELDS), {})


def form(
    request: HttpRequest, title: str, shown: tuple[fields.Field, ...], values: Mapping[str, str],
    template: str = "web/form.html", **more: Any,
) -> HttpResponse:  # fmt: skip
    """The form of one enrolment, new or to be completed."""

    def save(typed: dict[str, str]) -> str:
        slug = typed["research_study"]
        if slug not in [one for one, _ in viewing.accepted(actor_of(request))]:
            raise Unfit({"research_study": "Choose the research study they take part in"})
        facts = enrolling.checked(slug, typed)
        doubts = doubting.about(facts)
        _, images = enrolling.enrol_lines(by=actor_of(request), research_study=slug, facts=[facts])
        if images:
            messages.info(request, released(images))
        for words in doubts.values():
            messages.warning(request, f"Please check: {formats.lower_first(words)}{'' if words.endswith('?') else '.'}")
        return reverse("intake:enrolment")

    made = fields.Form(
        title=title, fields=shown, values=values, save=save, saved="The enrolment is saved.",
        back=reverse("intake:enrolment"), back_text="Enrolment",
        intro="" if more.get("withdrawn") else "Scans of theirs that were held for want of it go on by themselves.",
    )  # fmt: skip
    return fields.handle(request, made, template, **more)


def released(images: Mapping[str, int]) -> str:
    """Where held images went after an enrolment, in words."""
    parts = [f"{formats.plural(n, 'image')} {life_steps.label(d, n)}" for d, n in images.items()]
    return f"Held images were looked at again: {', '.join(parts)}."


def _used(lines: Sequence[enrolling.Line]) -> list[tuple[str, str]]:
    """The columns in which one of these lines says something, or should."""
    return [
        (name, title) for name, title in enrolling.COLUMNS
        if any(line.values.get(name) or name in line.errors for line in lines)
    ]  # fmt: skip


@needs("enrolment_edit")
def enrol_list(request: HttpRequest) -> HttpResponse:
    """Take in a list: choose a file or paste lines, see what would happen, then enrol all, or the good lines."""
    by = actor_of(request)
    shown: dict[str, Any] = {
        "title": "Take in a list", "options": viewing.accepted(by), "columns": enrolling.COLUMNS,
        "needed": enrolling.NEEDED, "hints": HINTS, "errors": {}, "text": "",
        "slug": request.POST.get("research_study", ""),
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "intake/enrol_list.html", shown)
    try:
        given = tables.given(request, enrolling.MOST_CHARACTERS)
        shown |= {"text": given.text, "notes": given.notes}
        if shown["slug"] not in [slug for slug, _ in shown["options"]]:
            raise Unfit({"research_study": "Choose the research study they take part in"})
        lines = enrolling.read_list(shown["slug"], shown["text"])
    except Unfit as unfit:
        return render(request, "intake/enrol_list.html", {**shown, "errors": unfit.errors}, status=400)
    good, bad = [n for n in lines if not n.errors], [n for n in lines if n.errors]
    wanted = request.POST.get("confirm", "")
    if good and (wanted == "good" or (wanted == "all" and not bad)):
        people, images = enrolling.enrol_lines(by=by, research_study=shown["slug"], facts=[n.facts for n in good])
        left = f" Left out: line {', '.join(str(n.number) for n in bad)}." if bad else ""
        messages.success(request, f"{formats.plural(people, 'person', 'people')} enrolled.{left}")
        if images:
            messages.info(request, released(images))
        return redirect("intake:enrolment")
    titles = dict(enrolling.COLUMNS)
    shown |= {"title": "Look at the list before it is taken in", "lines": lines, "good": good, "bad": bad,
              "doubtful": [n for n in good if n.doubts], "plain": [n for n in good if not n.doubts],
              "titles": titles, "columns": _used(lines),
              "study_title": dict(shown["options"])[shown["slug"]]}  # fmt: skip
    return render(request, "intake/enrol_preview.html", shown)
