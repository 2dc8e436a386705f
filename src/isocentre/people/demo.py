"""The demo's twelve made-up people: who they are, their accounts on each side, and their cards' sign-in.

The two sides share no users; `up --demo` writes `demo/people.json` (0600) once, which both start pages read. The
sign-in exists only with ISOCENTRE_DEMO=1 and answers only to this machine itself.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from isocentre.adapters.private import write_private
from isocentre.audit import door as audit
from isocentre.core.actor import ANY, SYSTEM
from isocentre.people import acting
from isocentre.people.models import RoleAssignment, User
from isocentre.people.roles import roles

FILE = Path("demo") / "people.json"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True, slots=True)
class Person:
    """One card: who, as what, where, what to do first; `over`: the (research study, site) pairs of the role."""

    username: str
    name: str
    role_key: str
    site: str
    first: str
    over: tuple[tuple[str, str], ...] = ((ANY, ANY),)

    @property
    def zone(self) -> str:
        """The side this person works on."""
        return roles()[self.role_key].zone


GENERAL, EASTFIELD = "Northmoor General", "Eastfield Hospital"
PEOPLE = (
    Person("petra", "Petra Nowak", "pacs_manager", GENERAL, "See who sends scans, and admit a new sender."),
    Person(
        "adaeze", "Adaeze Obi", "radiographer", GENERAL, "See what arrived today, and what is held.", ((ANY, "RNM01"),)
    ),
    Person("tomos", "Tomos Evans", "radiographer", EASTFIELD, "Enrol a person for the next visit.", ((ANY, "RNM02"),)),
    Person("leila", "Leila Haddad", "imaging_lead", GENERAL, "Work through the held scans, cause by cause."),
    Person("dev", "Dev Sharma", "dpo", GENERAL, "Read which rules are in force, and what waits for a second person."),
    Person("harriet", "Harriet Cole", "administrator", GENERAL, "See that every process runs, and who may sign in."),
    Person("amos", "Amos Reid", "auditor", GENERAL, "Read who looked at what."),
    Person(
        "sana",
        "Sana Iqbal",
        "study_team",
        "LUMEN trial office",
        "See which visits of LUMEN have their imaging.",
        (("onco-ct", ANY), ("demo-mr", ANY)),
    ),
    Person(
        "felix",
        "Felix Mbeki",
        "study_team",
        "MEMENTO trial office",
        "Open a scan of MEMENTO in the viewer.",
        (("neuro-mr", ANY), ("fdg-pet", ANY)),
    ),
    Person(
        "ines", "Ines Duarte", "imaging_core", "Imaging core", "Look through the newest scans of every research study."
    ),
    Person(
        "grace", "Grace Lin", "national_administrator", "National side", "Add a site, or see which gateways joined."
    ),
    Person("omar", "Omar Khan", "national_auditor", "National side", "Read who looked at which scan."),
)


def people() -> list[dict[str, Any]]:
    """The cards of both sides as `demo/people.json` has them; none where there is no demo."""
    if not settings.DEMO:
        return []
    try:
        cards: list[dict[str, Any]] = json.loads(_file().read_text(encoding="utf-8"))["people"]
    except FileNotFoundError:
        return []
    return cards


def write_people() -> None:
    """Write the cards of both sides, readable by this machine's user alone."""
    _file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    cards = [{**asdict(p), "zone": p.zone, "role": roles()[p.role_key].title} for p in PEOPLE]
    write_private(_file(), json.dumps({"people": cards}, indent=1).encode(), replace=True)


def _file() -> Path:
    return Path(settings.HOME) / FILE


def ensure_demo_people() -> None:
    """This side's people with their roles and without a password, and the cards of both; safe to repeat."""
    if not settings.DEMO:
        raise RuntimeError("the demo's people are made with ISOCENTRE_DEMO=1 only")
    for person in PEOPLE:
        if person.zone in settings.ZONES:
            _ensure(person)
    write_people()


def _ensure(person: Person) -> None:
    with transaction.atomic():
        user, made = User.objects.get_or_create(username=person.username, defaults={"name": person.name})
        for research_study, site in person.over:
            RoleAssignment.objects.get_or_create(
                user=user, role=person.role_key, research_study=research_study, site=site
            )
        if made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
            audit.record(by=SYSTEM, entries=[audit.Entry("person_added", "person", user.username, {"demo": True})])


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """A card was pressed: sign in as that person. 404 outside the demo, and to anything but this machine itself."""
    known = {p.username: p for p in PEOPLE if p.zone in settings.ZONES}
    person = known.get(request.POST.get("username", ""))
    if not settings.DEMO or not from_this_machine(request) or person is None:
        raise Http404
    user = User.objects.filter(username=person.username, is_active=True).first()
    if user is None:
        raise Http404
    login(request, user, backend=BACKEND)
    request.session.pop(acting.SESSION_KEY, None)
    request.session.pop(acting.SELECTION_KEY, None)
    by = acting.actor_for(user)
    audit.record(by=by, entries=[audit.Entry("signed_in", "person", user.username, {"demo": True})])
    return redirect("/")


def from_this_machine(request: HttpRequest) -> bool:
    """True when the peer and the name it called us by are loopback, and no proxy stands between."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    return _loopback(request.META.get("REMOTE_ADDR", "")) and (host == "localhost" or _loopback(host))


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
