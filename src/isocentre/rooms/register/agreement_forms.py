"""Pages that change contribution agreements: one topic a page, confirmed by a second person, ended, undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from isocentre.core.actor import ANY
from isocentre.core.agreements import EXITS, AgreementTerms
from isocentre.core.checks import Unfit
from isocentre.core.days import LIKE, parse_day
from isocentre.people.guard import afresh, needs
from isocentre.people.plainly import plainly
from isocentre.people.viewing import actor_of
from isocentre.rooms.register import agreeing, agreement_words, agreements
from isocentre.rooms.register.agreements import CONFIRM, ENTER, AgreementRecord, VersionRecord
from isocentre.web import formats, names
from isocentre.web.fields import Field, Form, handle

DAYS = ("caldicott_on", "siro_on", "starts", "until")
PARTIES = (
    Field("controllers", "Controllers", "Organisations that decide why and how the images are used", kind="textarea"),
    Field("processor", "Processor", "Who runs the national side for them"),
    Field("purposes", "Purposes", "What the images may be used for, as the agreement says it", kind="textarea"),
    Field("file_reference", "Where the signed agreement is filed", "Its reference, like IG-2026-014"),
)
SIGNED = (
    Field("caldicott_name", "Caldicott Guardian: name"),
    Field("caldicott_post", "Caldicott Guardian: post", "Like Medical Director"),
    Field("caldicott_on", "Caldicott Guardian: signed on", f"Like {LIKE}; empty while not signed", width="10"),
    Field("siro_name", "SIRO: name", "The trust's Senior Information Risk Owner"),
    Field("siro_post", "SIRO: post", "Like Chief Digital Officer"),
    Field("siro_on", "SIRO: signed on", f"Like {LIKE}; empty while not signed", width="10"),
    Field("dpia", "DPIA", "Reference of the data protection impact assessment"),
)
TERM = (
    Field("starts", "First day", f"Like {LIKE}", width="10"),
    Field("until", "Last day", "It holds to the end of this day", width="10"),
    Field("exit_terms", "What happens at the end with what was contributed", kind="radios",
          options=tuple(EXITS.items()), hint="Kept as agreed; taking it out or erasing it is seen to by hand"),
)  # fmt: skip
TOPICS = {
    "parties": ("Who is party to it, and what for", PARTIES),
    "signed": ("Who signed, and the impact assessment", SIGNED),
    "term": ("Its days, and what happens at the end", TERM),
}


@needs(ENTER)
@plainly
def edit(request: HttpRequest, slug: str, ods: str, topic: str) -> HttpResponse:
    """Enter one topic of the version that is to be confirmed next."""
    if topic not in TOPICS:
        raise Http404
    by, one = actor_of(request), _found(request, slug, ods, ENTER)
    title, fields = TOPICS[topic]
    terms = one.waiting or next((each for each in one.versions if each.state == "confirmed"), None)

    def save(typed: dict[str, str]) -> str:
        agreeing.enter(by=by, slug=slug, organisation=ods, changes=_read(typed))
        return _page(one)

    form = Form(
        title=title,
        fields=fields,
        values=_typed(terms.terms if terms else AgreementTerms()),
        save=save,
        saved="Saved. It takes effect when a second person has confirmed it.",
        back=_page(one),
        back_text=one.name,
        caption=f"{one.name}, {one.title}",
    )
    return handle(request, form)


def _read(typed: dict[str, str]) -> dict[str, Any]:
    """What was typed as fields of AgreementTerms; Unfit where a day is none."""
    errors = {name: f"Enter a day like {LIKE}" for name in DAYS if typed.get(name) and parse_day(typed[name]) is None}
    if errors:
        raise Unfit(errors)
    # A text box sends line ends as CR LF; what is kept is one line.
    return {name: parse_day(text) if name in DAYS else " ".join(text.split()) for name, text in typed.items()}


def _typed(terms: AgreementTerms) -> dict[str, str]:
    shown = {name: getattr(terms, name) for _, fields in TOPICS.values() for name in (field.name for field in fields)}
    return {name: formats.date(held) if isinstance(held, date) else held or "" for name, held in shown.items()}


@needs(CONFIRM)
@plainly
def confirm(request: HttpRequest, slug: str, ods: str, number: int, edits: int) -> HttpResponseBase:
    """The second person reads the version as it was after so many edits, and confirms it."""
    one = _found(request, slug, ods, CONFIRM)  # before they are asked to prove who they are
    version = next((each for each in one.versions if each.number == number and each.state == "entered"), None)
    if version is None:
        messages.error(request, f"{agreeing.GONE}.")
        return redirect(_page(one))
    return _confirm(request, one, version, edits)


@afresh
def _confirm(request: HttpRequest, one: AgreementRecord, version: VersionRecord, edits: int) -> HttpResponse:
    by, number = actor_of(request), version.number

    def save(typed: dict[str, str]) -> str:
        agreeing.confirm(
            by=by, slug=one.research_study, organisation=one.organisation, number=number, edits=edits
        )  # fmt: skip
        return _page(one)

    form = Form(
        title=f"Confirm version {number}",
        fields=(),
        values={},
        save=save,
        saved=f"Version {number} is confirmed.",
        back=_page(one),
        back_text=one.name,
        caption=f"{one.name}, {one.title}",
        intro="Confirm only what you have compared with the signed agreement. It cannot be changed afterwards, only "
        "followed by a newer version or ended.",
        button="Confirm",
    )
    return handle(request, form, "register/agreement_confirm.html", rows=agreement_words.rows(version.terms))


@needs(ENTER, CONFIRM)
@plainly
def discard(request: HttpRequest, slug: str, ods: str) -> HttpResponse:
    """Drop the version that waits, with a reason."""
    one = _found(request, slug, ods, ENTER, CONFIRM)
    words = "What was entered is not used. It stays in the list of versions, and this can be undone."
    return _reasoned(request, one, agreeing.discard, "Discard what was entered", words, "It is discarded.", "Discard")


@needs(ENTER, CONFIRM)
@plainly
def end(request: HttpRequest, slug: str, ods: str) -> HttpResponse:
    """End the agreement today, with a reason."""
    one = _found(request, slug, ods, ENTER, CONFIRM)
    sites = ", ".join(names.sites(one.sites).values())
    words = (
        f"From now on nothing of {one.title} is sent on from {sites}, and what they contributed is not released any "
        "more. Scans that arrive are held at the hospital. This can be undone today; afterwards a new "
        "version is entered and confirmed."
    )
    return _reasoned(request, one, agreeing.end, "End the agreement", words, "The agreement has ended.", "End it now")


def _reasoned(
    request: HttpRequest, one: AgreementRecord, command: Callable[..., None], title: str, intro: str, saved: str,
    button: str,
) -> HttpResponse:  # fmt: skip
    """Ask for the reason, then do it."""
    by = actor_of(request)

    def save(typed: dict[str, str]) -> str:
        command(by=by, slug=one.research_study, organisation=one.organisation, reason=typed["reason"])
        return _page(one)

    form = Form(
        title=title,
        fields=(Field("reason", "Why", "Kept in the audit trail"),),
        values={},
        save=save,
        saved=saved,
        back=_page(one),
        back_text=one.name,
        caption=f"{one.name}, {one.title}",
        intro=intro,
        button=button,
        warning=True,
    )
    return handle(request, form)


@needs(ENTER)
@require_POST
@plainly
def restore(request: HttpRequest, slug: str, ods: str, number: int) -> HttpResponse:
    """Undo a discard."""
    one = _found(request, slug, ods, ENTER)
    words = "It waits for a second person again."
    return _undone(request, one, lambda by: agreeing.restore(by=by, slug=slug, organisation=ods, number=number), words)


@needs(ENTER, CONFIRM)
@require_POST
@plainly
def reopen(request: HttpRequest, slug: str, ods: str) -> HttpResponse:
    """Undo an end, on its day."""
    one = _found(request, slug, ods, ENTER, CONFIRM)
    words = "The end is undone: the agreement holds as it was confirmed."
    return _undone(request, one, lambda by: agreeing.reopen(by=by, slug=slug, organisation=ods), words)


def _undone(request: HttpRequest, one: AgreementRecord, act: Callable[[Any], None], words: str) -> HttpResponse:
    try:
        act(actor_of(request))
    except Unfit as unfit:
        messages.error(request, " ".join(unfit.errors.values()) + ".")
    else:
        messages.success(request, words)
    return redirect(_page(one))


@needs(agreements.REQUIRE)
@plainly
@afresh
def require(request: HttpRequest) -> HttpResponse:
    """Require agreements, or stop requiring them: says first what that stops."""
    by, now = actor_of(request), agreements.required()
    if not by.scope.allows(ANY, ANY):
        raise PermissionDenied

    def save(typed: dict[str, str]) -> str:
        agreements.require(by=by, required=not now, reason=typed["reason"])
        return reverse("agreements:all")

    found = agreements.listed(by=by, day=timezone.localdate())
    without = sum(not one.standing.in_force for one in found)
    effect = (
        f"{formats.plural(without, 'agreement')} of {len(found)} {'is' if without == 1 else 'are'} not in force: "
        "nothing more is sent on or released from those trusts. Hospitals hold it, and it goes on once the agreement "
        "is in force. The list says which."
    )
    lifted = "Scans are sent on and released again whether an agreement is in force or not."
    form = Form(
        title="Stop requiring agreements" if now else "Require agreements",
        fields=(Field("reason", "Why", "Kept in the audit trail"),),
        values={},
        save=save,
        saved="Agreements are not required any more." if now else "Agreements are required from now on.",
        back=reverse("agreements:all"),
        back_text="Contribution agreements",
        intro=lifted if now else effect,
        button="Stop requiring them" if now else "Require them",
        warning=True,
    )
    return handle(request, form)


def _found(request: HttpRequest, slug: str, ods: str, *permissions: str) -> AgreementRecord:
    """The agreement; PermissionError in words where the actor may only read it."""
    by = actor_of(request)
    one = agreements.agreement(by=by, slug=slug, organisation=ods)
    if not any(agreements.may(by, permission, one) for permission in permissions):
        raise PermissionError("Only someone who acts for every site of the research study does this.")
    return one


def _page(one: AgreementRecord) -> str:
    return reverse("agreements:agreement", args=[one.research_study, one.organisation])
