"""Pages of destinations: those of a research study, one of them, and what two people do with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from isocentre.audit import door as audit
from isocentre.core.checks import NotFound, Unfit
from isocentre.core.days import LIKE, parse_day
from isocentre.core.ports import PacsAway, RecipientAway
from isocentre.people.guard import afresh, needs
from isocentre.rooms.deid import door
from isocentre.rooms.deid.onward import again, asking_back, naming, words
from isocentre.rooms.deid.onward.rows import SendNode
from isocentre.rooms.intake import door as intake
from isocentre.web import fields, formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

MAY_VIEW = ("study_config_accept", "arrivals_view", "profiles_view")
WAYS = (
    (SendNode.STORE, "DICOM (C-STORE): a host, a port and AE titles. Not encrypted: TLS is not available yet"),
    (SendNode.STOW, "DICOMweb (STOW-RS): at an address that the administrator wrote into the configuration"),
)  # fmt: skip
USUAL = {"way": SendNode.STORE, "port": "104", "calling_ae": "ISOCENTRE"}


def _study(request: HttpRequest, slug: str) -> intake.ResearchStudy:
    study = intake.research_studies(intake.actor_of(request)).filter(slug=slug).exclude(accepted=None).first()
    if study is None:
        raise Http404
    return study


def _node(request: HttpRequest, pk: int) -> SendNode:
    node = naming.visible(intake.actor_of(request)).filter(pk=pk).first()
    if node is None:
        raise Http404
    return node


@require_safe
@needs(*MAY_VIEW)
def nodes(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Destinations of one research study."""
    by, study = intake.actor_of(request), _study(request, slug)
    states = tuple((key, text) for key, (text, _) in words.NODE_STATES.items())
    filters = (Filter("state", "State", states),)
    chosen = {name: value for name, value in chosen_filters(request, filters).items() if value}

    def present(page: Sequence[SendNode]) -> list[Row]:
        called = names.people({one.entered_by for one in page} | {one.confirmed_by for one in page})
        return [Row(str(one.pk), _cells(one, called)) for one in page]

    listing = Listing(
        name=f"destinations-{slug}",
        heading=lambda n: f"{formats.plural(n, 'destination')} of {study.title}",
        columns=(Column("name", "Destination", "name"), Column("way", "How copies go", "way"),
                 Column("where", "Where"), Column("approval", "Approval", "approval"),
                 Column("until", "Last day", "until"), Column("entered_by", "Entered by", "entered_by"),
                 Column("confirmed_by", "Confirmed by", "confirmed_by"), Column("state", "State", "state")),
        rows=naming.visible(by).filter(research_study=slug, **chosen),
        present=present,
        empty=words.OFF,
        sort="name",
        filters=filters,
        intro="Copies of the de-identified images, as the national side acknowledged them, go to these destinations as "
        "well. Nothing that identifies anybody is ever sent.",
        extra={
            "add_url": reverse("deid:node_add", args=[slug]) if by.may(naming.ENTER) else "",
            "copies_url": f"{reverse('deid:copies')}?research_study={slug}",
            "study_url": reverse("research_studies:one", args=[slug]),
        },
    )  # fmt: skip
    return respond(request, listing, "deid/nodes.html")


def _cells(one: SendNode, called: dict[str, str]) -> tuple[Cell, ...]:
    text, colour = words.state(one)
    return (
        Cell(one.name, url=reverse("deid:node", args=[one.pk])),
        Cell(words.WAYS[one.way], one.way),
        Cell(words.where(one)),
        Cell(one.approval),
        Cell(formats.date(one.until), one.until),
        Cell(called.get(one.entered_by, one.entered_by), one.entered_by),
        Cell(called.get(one.confirmed_by, one.confirmed_by), one.confirmed_by),
        Cell(text, one.state, tag=colour),
    )


@needs(naming.ENTER)
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Enter a destination; another person confirms it."""
    study = _study(request, slug)
    servers, trouble = _servers()

    def save(typed: dict[str, str]) -> str:
        port = int(typed["port"]) if typed["port"].isdigit() and len(typed["port"]) < 7 else 0
        given = {name: typed[name] for name in naming.TEXTS}
        made = naming.enter(by=intake.actor_of(request), slug=slug, until=parse_day(typed["until"]), port=port,
                            servers=servers, **given)  # fmt: skip
        return reverse("deid:node", args=[made.pk])

    form = fields.Form(
        title="Enter a destination", caption=study.title, fields=_fields(servers, trouble), values=USUAL, save=save,
        saved="Entered. Nothing is sent there until another person confirms it.",
        back=reverse("deid:nodes", args=[slug]), back_text="Destinations",
        intro="Only a destination that the approvals of this research study name. Copies of what was sent on go there: "
        "de-identified, under the same pseudonyms and UIDs. What is there cannot be deleted from here: when a scan is "
        "taken back, a person asks the destination to delete it.",
    )  # fmt: skip
    return fields.handle(request, form)


def _servers() -> tuple[tuple[str, ...], str]:
    """Names of the DICOMweb servers in the configuration, and what is wrong with it."""
    try:
        return tuple(door.web_servers()), ""
    except PacsAway as away:
        return (), away.words


def _fields(servers: Sequence[str], trouble: str) -> tuple[fields.Field, ...]:
    field = fields.Field
    hint = f"{trouble}. " if trouble else "" if servers else "None is in the configuration yet (dicomweb.json). "
    return (
        field("name", "Name", "What people call it: the recipient, as the approval names it", width="20"),
        field("way", "How copies are sent", "", "radios", WAYS),
        field("host", "Address", "Only for DICOM: its IP address, or its name in the network", width="20"),
        field("port", "Port", "Only for DICOM", width="5"),
        field("called_ae", "Its AE title", "Only for DICOM", width="20"),
        field("calling_ae", "Our AE title", "Only for DICOM: the destination must admit it", width="20"),
        field("web", "DICOMweb server", f"{hint}Only for DICOMweb", "select", tuple((one, one) for one in servers)),
        field("approval", "Reference of the approval", "Of the research study's approval that names this destination",
              width="20"),
        field("until", "Last day of the approval", f"Like {LIKE}. Nothing is sent after it", width="20"),
        field("reason", "Why copies go there", "Kept in the audit. Do not name a patient"),
    )  # fmt: skip


@require_safe
@needs(*MAY_VIEW)
def node(request: HttpRequest, pk: int) -> HttpResponse:
    """One destination: who entered and confirmed it, until when, what went there."""
    return _page(request, _node(request, pk), {})


def _page(request: HttpRequest, one: SendNode, errors: dict[str, str]) -> HttpResponse:
    by = intake.actor_of(request)
    text, colour = words.state(one)
    mine, open_ = one.entered_by == by.person, one.state == SendNode.ENTERED
    both = by.may(naming.ENTER) or by.may(naming.CONFIRM)
    shown = {
        "title": one.name, "caption": f"Destination, {names.research_study(one.research_study)}", "one": one,
        "tag": {"text": text, "colour": colour}, "facts": words.facts(one), "counts": words.counted(by, one),
        "next": words.next_of(by, one), "errors": errors, "typed": request.POST.get("reason", ""),
        "may_confirm": open_ and by.may(naming.CONFIRM) and not mine, "mine": mine, "may_refuse": open_ and both,
        "may_end": one.state == SendNode.CONFIRMED and both, "may_test": both and one.state in SendNode.OPEN,
        "may_again": both and naming.is_in_force(one) and again.failed(by, one).exists(),
        "may_certify": by.may(intake.recalling.PERMISSION) and bool(asking_back.to_delete(by, one)),
        "certificates": one.certificates.order_by("-pk"),
        "history": audit.past(by=by, about=[("send_node", str(one.pk))], thing="this destination"),
    }  # fmt: skip
    return render(request, "deid/node.html", shown, status=400 if errors else 200)


@needs(naming.CONFIRM)
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The second person confirms it."""
    _node(request, pk)  # before anybody is asked who they are
    return _confirm(request, pk)


@afresh
def _confirm(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _done(request, pk, naming.confirm, "Confirmed. Copies go there from now on.")


@needs(naming.ENTER, naming.CONFIRM)
@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What was entered is refused, or taken back by who entered it."""
    return _done(request, pk, naming.refuse, "It will not be a destination.", **_why(request))


@needs(naming.ENTER, naming.CONFIRM)
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End it at once."""
    return _done(request, pk, naming.end, "Ended. Nothing more goes there; what is there stays listed.",
                 **_why(request))  # fmt: skip


@needs(naming.ENTER, naming.CONFIRM)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Have copies that were not sent there tried again."""
    return _done(request, pk, again.try_again, "They are tried again. What still cannot be sent says why.")


@needs(naming.ENTER, naming.CONFIRM)
@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether it answers: one C-ECHO, or one question by DICOMweb. Nothing is sent."""
    one = _node(request, pk)
    try:
        door.recipient(one).echo()
    except RecipientAway as away:
        messages.error(request, f"{one.name} does not answer: {away.words}.")
        said = away.words
    else:
        messages.success(request, f"{one.name} answers.")
        said = "it answers"
    audit.record_read(by=intake.actor_of(request), action="node_tested", object_type="send_node", object_id=str(pk),
                      destination=one.name, answer=said)  # fmt: skip
    return redirect("deid:node", pk)


def _why(request: HttpRequest) -> dict[str, str]:
    return {"reason": request.POST.get("reason", "").strip()}


def _done(request: HttpRequest, pk: int, act: Callable[..., object], said: str, **given: str) -> HttpResponseBase:
    one = _node(request, pk)
    try:
        act(by=intake.actor_of(request), pk=pk, **given)
    except Unfit as unfit:
        one.refresh_from_db()
        return _page(request, one, unfit.errors)
    except NotFound:
        raise Http404 from None
    messages.success(request, said)
    return redirect("deid:node", pk)
