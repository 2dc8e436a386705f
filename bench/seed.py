"""Seeds one zone for the bench, through its doors: `python -m bench.seed platform|gateway|token`."""

from __future__ import annotations

import os
import sys
import time

import django

SITE = "LOCAL"


def main(what: str) -> None:
    """Seed what was asked for; `token` prints a token that may read everything."""
    zone = "gateway" if what == "gateway" else "platform"
    os.environ["DJANGO_SETTINGS_MODULE"] = f"isocentre.config.settings.{zone}"
    django.setup()
    from isocentre.config import wiring

    wiring.wire()
    {"platform": platform, "gateway": gateway, "token": token}[what]()


def platform() -> None:
    """The site and the research study."""
    from isocentre.core.actor import SYSTEM
    from isocentre.core.register import ResearchStudyTerms
    from isocentre.rooms.network import door as network
    from isocentre.rooms.register import door as register

    network.save_site(by=SYSTEM, ods=SITE, name="Bench", organisation_ods="LOC", organisation_name="Bench")
    terms = ResearchStudyTerms("bench", "Bench", "Bench", "Bench", "dedicated", "trial-ct-mr", "consent",
                               ae_title="BENCH", status="open")  # fmt: skip
    register.create_research_study(by=SYSTEM, terms=terms)
    register.save_study_site(by=SYSTEM, research_study="bench", site=SITE, status="open")


def gateway() -> None:
    """The sender admitted, the research study accepted."""
    from isocentre.core.actor import SYSTEM
    from isocentre.rooms.deid import door as deid
    from isocentre.rooms.intake import door as intake

    limit = time.monotonic() + 60
    while intake.study("bench") is None and time.monotonic() < limit:
        deid.fetch_proposals()
        time.sleep(0.2)
    intake.admit_peer(by=SYSTEM, calling_ae="STORESCU", address="127.0.0.1", name="bench", site=SITE)
    deid.accept(by=SYSTEM, slug="bench")


def token() -> None:
    """A token of an imaging core person."""
    from datetime import timedelta

    from django.utils import timezone

    from isocentre.people.bearer import digest
    from isocentre.people.models import RoleAssignment, Token, User

    user, _ = User.objects.get_or_create(username="bench", defaults={"name": "Bench"})
    RoleAssignment.objects.get_or_create(user=user, role="imaging_core")
    Token.objects.get_or_create(digest=digest("bench-token"), defaults={
        "user": user, "label": "bench", "scope": ["*"], "expires_at": timezone.now() + timedelta(days=1)})  # fmt: skip
    sys.stdout.write("bench-token\n")


if __name__ == "__main__":
    main(sys.argv[1])
