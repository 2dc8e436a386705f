"""Pages of the register that change: one topic a page, each saving through the door."""

from __future__ import annotations

import re
from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from isocentre.core.checks import Unfit
from isocentre.core.record_types import FaceWaiver, PlannedEvent
from isocentre.core.register import STATUSES
from isocentre.people.guard import needs
from isocentre.people.plainly import plainly
from isocentre.people.viewing import actor_of
from isocentre.rooms.register import door, presenters
from isocentre.rooms.register.door import ResearchStudyTerms
from isocentre.web import names
from isocentre.web.fields import Field, Form, handle

EMPTY = ResearchStudyTerms(slug="", title="", sponsor="", protocol_name="", intake_mode="", profile="", legal_basis="")
STATES = tuple((value, words.capitalize()) for value, words in STATUSES.items())
ABOUT = (
    Field("title", "Title of the research study"),
    Field("iras", "IRAS number", "4 to 7 digits, if there is one", width="10"),
    Field("sponsor", "Sponsor", "Written into every image: 64 characters at most"),
    Field("protocol_name", "Protocol", "Name and version, written into every image: 64 characters at most"),
)
INTAKE = (
    Field("intake_mode", "How scans are recognised", kind="radios", options=tuple(presenters.MODES.items())),
    Field("ae_title", "AE title", "The name scanners send to, 16 characters at most, if it has its own", width="20"),
    Field("prior_imaging", "Imaging from before consent may be received", kind="tick"),
)
SAFETY = (
    Field("profile", "De-identification profile", "A profile installed at the hospitals, like trial-ct-mr", width="20"),
    Field("legal_basis", "Legal basis", kind="radios", options=tuple(presenters.BASES.items())),
    Field("face_waived", "Faces may stay in images of the head", "Without this, heads are held", kind="tick"),
    Field("face_reason", "Who agreed to that, and why", kind="textarea"),
)
STATUS = (Field("status", "State of the research study", kind="radios", options=STATES),)
TOPICS = {
    "about": ("Change title, sponsor and protocol", ABOUT),
    "intake": ("Change how scans are recognised", INTAKE),
    "safety": ("Change de-identification, legal basis and faces", SAFETY),
    "status": ("Change the state of the research study", STATUS),
}
EVENT = (
    Field("name", "Name of the imaging event", "Like Week 8 CT"),
    Field("time_point", "Time point", "As the hospital writes it into the images, like Week 8", width="20"),
    Field("modalities", "Modalities", "In DICOM's capitals, with commas between: CT, PT", width="20"),
    Field("body_parts", "Body parts", "In DICOM's capitals, with commas between; empty means any", width="30"),
    Field("procedure", "Procedure", "As the hospital's request names it, if that matters"),
    Field("window_from", "First day of the window", "Counted from day 0; before it with a minus, like -14", width="5"),
    Field("window_to", "Last day of the window", width="5"),
)


@needs("register_edit")
@plainly
def create(request: HttpRequest) -> HttpResponse:
    """Create a research study, in set-up; legal basis and faces have their own page afterwards."""
    if not door.may_create(actor_of(request)):
        raise PermissionDenied

    def save(typed: dict[str, str]) -> str:
        terms = _merged(replace(EMPTY, slug=typed.pop("slug")), typed)
        door.create_research_study(by=actor_of(request), terms=terms)
        return reverse("register:research_study", args=[terms.slug])

    slug = Field(
        "slug", "Short name", "Small letters, digits and hyphens, like onco-ct. It cannot change later", width="20"
    )
    form = Form(
        title="Create a research study",
        fields=(ABOUT[0], slug, *ABOUT[1:], *INTAKE, *SAFETY[:2]),
        values={"profile": "trial-ct-mr"},
        save=save,
        saved="The research study is created. It is in set-up: no hospital receives scans for it yet.",
        back=reverse("register:research_studies"),
        back_text="All research studies",
        button="Create",
    )
    return handle(request, form)


@needs("register_edit")
@plainly
def edit(request: HttpRequest, slug: str, topic: str) -> HttpResponse:
    """Change one topic of what was agreed."""
    if topic not in TOPICS:
        raise Http404
    by = actor_of(request)
    study = door.research_study_to_change(by=by, slug=slug)
    title, fields = TOPICS[topic]

    def save(typed: dict[str, str]) -> str:
        door.change_research_study(by=by, terms=_merged(study.terms, typed))
        return reverse("register:research_study", args=[slug])

    form = Form(
        title=title,
        fields=fields,
        values=_typed(study.terms),
        save=save,
        saved="What was agreed is changed. Hospitals see the new version before it takes effect there.",
        back=reverse("register:research_study", args=[slug]),
        caption=study.title,
    )
    return handle(request, form)


def _typed(terms: ResearchStudyTerms) -> dict[str, str]:
    names = ("title", "iras", "sponsor", "protocol_name", "intake_mode", "ae_title", "profile", "legal_basis", "status")
    return {
        **{name: str(getattr(terms, name)) for name in names},
        "prior_imaging": "yes" if terms.prior_imaging else "",
        "face_waived": "yes" if terms.face_waiver.waived else "",
        "face_reason": terms.face_waiver.reason,
    }


def _merged(terms: ResearchStudyTerms, typed: dict[str, str]) -> ResearchStudyTerms:
    values = {**_typed(terms), **typed}
    # A text box sends line ends as CR LF; the reason is kept as one line.
    waiver = FaceWaiver(values["face_waived"] == "yes", " ".join(values["face_reason"].split()))
    return ResearchStudyTerms(
        slug=terms.slug,
        title=values["title"],
        sponsor=values["sponsor"],
        protocol_name=values["protocol_name"],
        intake_mode=values["intake_mode"],
        profile=values["profile"],
        legal_basis=values["legal_basis"],
        iras=values["iras"],
        ae_title=values["ae_title"],
        face_waiver=waiver,
        prior_imaging=values["prior_imaging"] == "yes",
        status=values["status"],
    )


@needs("register_edit")
@plainly
def site(request: HttpRequest, slug: str, ods: str = "") -> HttpResponse:
    """Add a site to a research study, or change its state there."""
    by = actor_of(request)
    study = door.research_study_to_change(by=by, slug=slug)
    there = {s.site: s for s in door.study_sites(by=by, slug=slug)}
    if ods and ods not in there:
        raise Http404

    def save(typed: dict[str, str]) -> str:
        door.save_study_site(by=by, research_study=slug, site=ods or typed["site"], status=typed["status"])
        return reverse("register:sites", args=[slug])

    options = tuple(one for one in names.sites().items() if one[0] == ods or one[0] not in there)
    which = Field("site", "Site", kind="select", options=options, fixed=bool(ods))
    state = Field("status", "State of the site for this research study", kind="radios", options=STATES)
    form = Form(
        title=f"Change {there[ods].name}" if ods else "Add a site",
        fields=(which, state),
        values={"site": ods, "status": there[ods].status if ods else "set_up"},
        save=save,
        saved="The site is saved.",
        back=reverse("register:sites", args=[slug]),
        caption=study.title,
    )
    return handle(request, form)


@needs("register_edit")
@plainly
def planned_event(request: HttpRequest, slug: str, event_id: str = "") -> HttpResponse:
    """Add or change a planned imaging event."""
    by = actor_of(request)
    study = door.research_study_to_change(by=by, slug=slug)
    known = [e for e in door.planned_events(by=by, slug=slug) if e.id == event_id]
    if event_id and not known:
        raise Http404

    def save(typed: dict[str, str]) -> str:
        door.save_planned_event(by=by, research_study=slug, event=_event(typed))
        return reverse("register:planned_events", args=[slug])

    code = Field("id", "Code", "Short, for lists and messages, like week-8-ct", width="20", fixed=bool(event_id))
    remove = reverse("register:planned_event_remove", args=[slug, event_id]) if event_id else ""
    form = Form(
        title="Change an imaging event" if event_id else "Add an imaging event",
        fields=(code, *EVENT),
        values=_event_typed(known[0]) if known else {},
        save=save,
        saved="The imaging event is saved.",
        back=reverse("register:planned_events", args=[slug]),
        caption=study.title,
        remove=remove,
        remove_text="Remove this imaging event" if remove else "",
    )
    return handle(request, form)


def _event(typed: dict[str, str]) -> PlannedEvent:
    errors, days = {}, {}
    for name, words in (("window_from", "first"), ("window_to", "last")):
        text = typed[name].replace("−", "-").replace("+", "")
        if re.fullmatch(r"-?[0-9]{1,6}", text):
            days[name] = int(text)
        else:
            errors[name] = f"Enter the {words} day of the window as a whole number, like -14 or 0"
    if errors:
        raise Unfit(errors)
    return PlannedEvent(
        id=typed["id"],
        name=typed["name"],
        time_point=typed["time_point"],
        modalities=_words(typed["modalities"]),
        body_parts=_words(typed["body_parts"]),
        procedure=typed["procedure"],
        window=(days["window_from"], days["window_to"]),
    )


def _words(text: str) -> tuple[str, ...]:
    """Words between commas, in capitals, each once."""
    return tuple(dict.fromkeys(w for w in (" ".join(part.split()).upper() for part in text.split(",")) if w))


def _event_typed(event: PlannedEvent) -> dict[str, str]:
    return {
        "id": event.id,
        "name": event.name,
        "time_point": event.time_point,
        "modalities": ", ".join(event.modalities),
        "body_parts": ", ".join(event.body_parts),
        "procedure": event.procedure,
        "window_from": str(event.window[0]),
        "window_to": str(event.window[1]),
    }


@needs("register_edit")
@plainly
def remove(request: HttpRequest, slug: str, event_id: str) -> HttpResponse:
    """Ask, then remove a planned event that no scan was matched to."""
    by = actor_of(request)
    study = door.research_study_to_change(by=by, slug=slug)
    event = next((e for e in door.planned_events(by=by, slug=slug) if e.id == event_id), None)
    if event is None:
        raise Http404

    def save(typed: dict[str, str]) -> str:
        door.remove_planned_event(by=by, research_study=slug, event_id=event_id)
        return reverse("register:planned_events", args=[slug])

    form = Form(
        title=f"Remove {event.name}?",
        fields=(),
        values={},
        save=save,
        saved="The imaging event is removed.",
        back=reverse("register:planned_event", args=[slug, event_id]),
        caption=study.title,
        intro="Nobody is expected for it any more, and hospitals are told of a new version. To undo it, add it again.",
        button="Remove this imaging event",
        warning=True,
    )
    return handle(request, form)


@needs("register_edit")
@plainly
def choose(request: HttpRequest, slug: str, study_uid: str) -> HttpResponse:
    """A person says which planned event a scan proves."""
    by = actor_of(request)
    study = door.research_study_to_change(by=by, slug=slug)
    scan = next((e for e in door.unmatched(by=by, slug=slug) if e.study_uid == study_uid), None)
    if scan is None:
        raise Http404

    def save(typed: dict[str, str]) -> str:
        door.choose(by=by, research_study=slug, study_uid=study_uid, planned_event=typed["planned_event"])
        return reverse("register:unmatched", args=[slug])

    events = door.planned_events(by=by, slug=slug)
    options = tuple((e.id, f"{e.name}, {e.time_point} ({presenters.window(e)})") for e in events)
    form = Form(
        title="Choose the imaging event of this scan",
        fields=(Field("planned_event", "Imaging event", kind="radios", options=options),),
        values={},
        save=save,
        saved="The scan is matched.",
        back=reverse("register:unmatched", args=[slug]),
        caption=study.title,
        intro=f"Subject {scan.pseudonym}, time point {scan.time_point or 'not given'}. {scan.why_not}",
    )
    return handle(request, form)
