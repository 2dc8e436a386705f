"""Fills one side through its own doors for the tests of the running system: `python -m support.seeding SIDE`.

Five dedicated research studies at one hospital, a fifth site of nobody's, and one person of each national role with a
session already open. What the test needs to know is printed as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

SITE, ELSEWHERE = "LOCAL", "RSY02"
STUDIES = {"needles": "NEEDLES", "shifts": "SHIFTS", "rough": "ROUGH", "spare": "SPARE", "large": "LARGE"}
"""Dedicated research studies by short name, each with the AE title that names it."""
PEOPLE = {
    "team": ("study_team", "*"), "core": ("imaging_core", "*"), "narrow": ("imaging_core", "spare"),
    "audit": ("national_auditor", "*"), "admin": ("national_administrator", "*"),
}  # fmt: skip
"""Sign-in name: role and research study."""


def main(side: str) -> None:
    """Fill the side; print what was made."""
    os.environ["DJANGO_SETTINGS_MODULE"] = f"isocentre.config.settings.{side}"
    import django

    django.setup()
    from isocentre.config import wiring

    wiring.wire()
    sys.stdout.write(json.dumps({"platform": platform, "gateway": gateway}[side]()) + "\n")


def platform() -> dict[str, Any]:
    """Sites, research studies, people; the session cookie of each person."""
    from isocentre.core.actor import SYSTEM
    from isocentre.core.record_types import FaceWaiver
    from isocentre.core.register import ResearchStudyTerms
    from isocentre.desk.demo.platform import agree
    from isocentre.rooms.network import door as network
    from isocentre.rooms.register import door as register

    for ods in (SITE, ELSEWHERE):
        network.save_site(by=SYSTEM, ods=ods, name=f"Hospital {ods}", organisation_ods="RSY", organisation_name="Trust")
    for slug, called in STUDIES.items():
        terms = ResearchStudyTerms(
            slug, f"Trial {slug}", "Sponsor", "Protocol", "dedicated", "trial-ct-mr.v2", "consent", ae_title=called,
            face_waiver=FaceWaiver(waived=True, reason="Agreed for this test"), status="open",
        )  # fmt: skip
        register.create_research_study(by=SYSTEM, terms=terms)
        register.save_study_site(by=SYSTEM, research_study=slug, site=SITE, status="open")
        agree(slug, trust="RSY", people=("anna", "ben"), days=900)
    return {name: _person(name, *where) for name, where in PEOPLE.items()}


def _person(name: str, role: str, research_study: str) -> str:
    """A person with a second step and an open session; its cookie."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from isocentre.people.models import RoleAssignment, User

    user = User.objects.create(username=name, name=f"Person {name}")
    RoleAssignment.objects.create(user=user, role=role, research_study=research_study)
    TOTP.activate(user, generate_totp_secret())
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def gateway() -> dict[str, Any]:
    """The sender admitted, every research study accepted with its face waiver."""
    from isocentre.core.actor import SYSTEM
    from isocentre.rooms.deid import door as deid
    from isocentre.rooms.intake import door as intake

    limit = time.monotonic() + 60
    while any(intake.study(slug) is None for slug in STUDIES) and time.monotonic() < limit:
        deid.fetch_proposals()
        time.sleep(0.2)
    intake.admit_peer(by=SYSTEM, calling_ae="STORESCU", address="127.0.0.1", name="sender", site=SITE)
    for slug in STUDIES:
        deid.accept(by=SYSTEM, slug=slug, face_waiver="Agreed for this test")
    return {}


if __name__ == "__main__":
    main(sys.argv[1])
