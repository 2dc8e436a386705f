"""Who enters and confirms contribution agreements in the tests, and one that is in force."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from isocentre.core.actor import Actor, Scope
from isocentre.rooms.register import door

PERMISSIONS = frozenset({"register_view", "agreements_view", "agreements_enter", "agreements_confirm"})
ANNA, BEN, CARA = (
    Actor("person", name, "study_team", Scope.everything(), PERMISSIONS) for name in ("anna", "ben", "cara")
)
SETS = Actor("person", "root", "national_administrator", Scope.everything(), frozenset({"settings_manage"}))
TRUST, SITE, STUDY = "RZN", "RZN01", "demo-mr"
WHERE = {"slug": STUDY, "organisation": TRUST}


def terms(**change: Any) -> dict[str, Any]:
    """All that an agreement says, signed, from yesterday for a year."""
    day = timezone.localdate()
    signed = {f"{who}_{part}": f"Dr {who}" for who in ("caldicott", "siro") for part in ("name", "post")}
    return {
        **signed, "caldicott_on": day, "siro_on": day, "starts": day - timedelta(days=1),
        "until": day + timedelta(days=365), "controllers": "Sponsor and trust", "processor": "National side",
        "purposes": "The trial", "dpia": "DPIA-1", "file_reference": "IG-1", "exit_terms": "keep", **change,
    }  # fmt: skip


def agree(**change: Any) -> None:
    """Anna enters it, Ben confirms it."""
    door.agreeing.enter(by=ANNA, **WHERE, changes=terms(**change))
    waiting = one().waiting
    assert waiting is not None
    door.agreeing.confirm(by=BEN, **WHERE, number=waiting.number, edits=waiting.edits)


def one() -> door.AgreementRecord:
    """The agreement as it stands."""
    return door.agreements.agreement(by=ANNA, **WHERE)


def require() -> None:
    """Agreements are required from now on."""
    door.agreements.require(by=SETS, required=True, reason="They are signed")
