"""Every operation of both documents, asked by nobody, by a token of all but what it needs, and by one of that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.utils import timezone

from isocentre.api import hospital as hospital_api
from isocentre.api import national as national_api
from isocentre.api.build import document
from isocentre.people.granting import GRANTS
from isocentre.people.models import Token
from isocentre.people.roles import roles

ROLES = {"gateway": "imaging_lead", "platform": "study_team"}
OTHER = {"network_view": "imaging_core", "charters_publish": "imaging_core", "status_view": "national_auditor"}
"""Who holds what the study team does not."""


def operations(side: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Method, address of something that is not there, and the permissions."""
    for path, methods in document(side.api())["paths"].items():
        for method, one in methods.items():
            path = path.replace("{number}", "999999")
            yield method, re.sub(r"\{\w+\}", "nothing", path), tuple(one["x-permissions"])


def ask(method: str, address: str, headers: dict[str, str]) -> int:
    sent = {"data": "{}", "content_type": "application/json"} if method == "post" else {}
    status: int = getattr(Client(raise_request_exception=False), method)(address, headers=headers, **sent).status_code
    return status


def refused(program: Any, zone: str, side: Any) -> list[str]:
    wrong = []
    for method, address, needed in operations(side):
        what = f"{method} {address}"
        role = ROLES[zone]
        if not roles()[role].permissions & set(needed):
            role = next(OTHER[one] for one in needed if one in OTHER)
        held = [one for one in needed if one in GRANTS and one in roles()[role].permissions]
        may, without = program(role, *held), program(role, *(GRANTS.keys() - set(needed)))
        if (status := ask(method, address, {})) != 401:
            wrong.append(f"{what}: nobody got {status}")
        if (status := ask(method, address, without.headers)) != 403:
            wrong.append(f"{what}: a token without {needed} got {status}")
        if (status := ask(method, address, may.headers)) not in (200, 400, 404):
            wrong.append(f"{what}: a token with {held} got {status}")
        Token.objects.filter(pk=may.token.pk).update(revoked_at=timezone.now())
        if (status := ask(method, address, may.headers)) != 401:
            wrong.append(f"{what}: a revoked token got {status}")
    return wrong


def test_on_the_national_side(program: Any, national: None) -> None:
    assert refused(program, "platform", national_api) == []


def test_on_the_hospital_side(program: Any, hospital: None) -> None:
    assert refused(program, "gateway", hospital_api) == []
