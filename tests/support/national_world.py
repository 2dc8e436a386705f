"""The national side with everything its addresses name: sites, research studies, a scan with its match to make, Selections."""  # noqa: E501 - one sentence

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from isocentre.adapters.rendering import Rendering
from isocentre.core.actor import SYSTEM, Actor, Scope
from isocentre.core.events import ScanStored
from isocentre.core.record_types import PlannedEvent, ScannerEntry
from isocentre.core.records import parse_receipts
from isocentre.core.register import ResearchStudyTerms
from isocentre.core.trust.facts import Surroundings
from isocentre.people.models import Gateway, RoleAssignment, Token, User
from isocentre.rooms.archive import conformance, ports
from isocentre.rooms.archive import door as archive
from isocentre.rooms.network import door as network
from isocentre.rooms.register import door as register
from isocentre.rooms.register.work import scan_stored
from isocentre.rooms.trials import door as trials
from support.archive_book import MemoryBlobs, put
from support.gateway_ports import PlainTypesetter
from support.world import World

GOLDEN = Path(__file__).parents[1] / "contracts" / "messages" / "receipts.v1.json"
SITES = (("RZN01", "Northmoor General"), ("RYY01", "Eastvale Royal"))
STUDIES = (("demo-mr", "Demonstration of MR", "RZN01"), ("other", "Another", "RYY01"))
PSEUDONYM = "P-7QK2M9XB4T"
SELECTION = "readers"
CHARTER = """title: Head MR charter
scans:
  - name: MR of the head
    modalities: [MR]
    series:
      - {name: T1, modality: MR, rules: [{attribute: EchoTime, range: {most: 5}, unit: ms}]}
"""
MATCHED = "/register/<slug:slug>/imaging/matched/"


@contextmanager
def national_world(settings: Any, patch: pytest.MonkeyPatch) -> Iterator[World]:
    """The world in the test's database, its blobs in memory."""
    settings.ZONE = "platform"
    patch.setattr(ports, "_filled", [])
    patch.setattr(conformance, "_ports", [conformance.Ports(lambda: Surroundings("0.1", port=8000), PlainTypesetter())])
    archive.configure(blobs=MemoryBlobs(), renderer=Rendering(), second_check=lambda whole: ())
    for ods, name in SITES:
        network.save_site(by=SYSTEM, ods=ods, name=name, organisation_ods=ods[:3], organisation_name=f"{name} Trust")
    scanner = ScannerEntry("NM-MR1", "RZN01", "Siemens", "Vida", "175999", "AWP1", "NM_MR1", "MR")
    network.save_scanner(by=SYSTEM, scanner=scanner)
    for slug, title, site in STUDIES:
        terms = ResearchStudyTerms(slug, title, "Sponsor", "P1", "listed", "trial-ct-mr", "consent", status="open")
        register.create_research_study(by=SYSTEM, terms=terms)
        register.save_study_site(by=SYSTEM, research_study=slug, site=site, status="open")
    baseline = PlannedEvent("baseline", "Baseline MR", "Baseline", ("MR",), ("HEAD",), "", (-14, 0))
    register.save_planned_event(by=SYSTEM, research_study="demo-mr", event=baseline)
    for text in (CHARTER, CHARTER.replace("most: 5", "most: 4")):
        trials.upload(by=SYSTEM, slug="demo-mr", text=text)
    trials.publish(by=SYSTEM, slug="demo-mr", number=1)
    _agree()
    uids = [put(f"10.1.{number}", number=number) for number in (1, 2)]
    put("11.1.1", study="other", site="RYY01", pseudonym="P-AAAAAAAAAAAA", subject="99")
    scan_stored(ScanStored("demo-mr", "RZN01", PSEUDONYM, "Week 8", "2.25.10", "2.25.10.1", "MR", "HEAD"))
    scan_stored(ScanStored("demo-mr", "RZN01", PSEUDONYM, "Baseline", "2.25.12", "2.25.12.1", "MR", "HEAD"))
    gateway = Actor("gateway", "northmoor", scope=Scope(frozenset({("*", "RZN01")})),
                    permissions=frozenset({"study_config_read", "receipts_post"}))  # fmt: skip
    register.take_receipts(by=gateway, message=parse_receipts(json.loads(GOLDEN.read_text(encoding="utf-8"))))
    day = timezone.localdate() + timedelta(days=30)
    archive.freeze(by=SYSTEM, name=SELECTION, purpose="Reading", expires_on=day, object_uids=uids, title="Readers")
    yield _world(uids[0])


def _agree() -> None:
    """A version in force, confirmed by another than who entered it, and the next one waiting."""
    day = timezone.localdate()
    signed = {f"{who}_{part}": f"Dr {who}" for who in ("caldicott", "siro") for part in ("name", "post")}
    terms = {
        **signed, "caldicott_on": day, "siro_on": day, "starts": day, "until": day + timedelta(days=400),
        "controllers": "Sponsor and trust", "processor": "National side", "purposes": "The trial", "dpia": "DPIA-1",
        "file_reference": "IG-1", "exit_terms": "keep",
    }  # fmt: skip
    first, second = (replace(SYSTEM, kind="person", name=name) for name in ("enterer", "confirmer"))
    register.agreeing.enter(by=first, slug="demo-mr", organisation="RZN", changes=terms)
    register.agreeing.confirm(by=second, slug="demo-mr", organisation="RZN", number=1, edits=1)
    register.agreeing.enter(by=first, slug="demo-mr", organisation="RZN", changes={"purposes": "The trial, and after"})


def _world(uid: str) -> World:
    Gateway.objects.create(name="northmoor", site="RZN01", joined_at=timezone.now(), public_key="00")
    colleague = User.objects.create(username="colleague", name="Alex Doe")
    RoleAssignment.objects.create(user=colleague, role="study_team", research_study="demo-mr")
    token = Token.objects.create(
        user=colleague, label="Nightly download", digest="d", scope=["study:demo-mr"], permissions=[],
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    scan = {"study_uid": "2.25.10", "series_uid": "2.25.10.1", "object_uid": uid}
    return World(
        named={**scan, "key": "2.25.10", "slug": "demo-mr", "ods": "RZN01", "event_id": "baseline", "code": "NM-MR1",
               "pseudonym": PSEUDONYM,
               "numbers": "1", "number": "1", "path": "7FE00010", "topic": "about"},
        under={
            f"{MATCHED}<str:study_uid>": {"study_uid": "2.25.12"},
            "/agreements/": {"ods": "RZN", "number": 2, "edits": 1, "topic": "parties"},
            "/api/v1/agreements/": {"organisation": "RZN"},
            "/charters/": {"number": 2, "old": 1},
            "/archive/selections/": {"name": SELECTION},
            "/api/v1/selections/": {"name": SELECTION},
            "/accounts/people/": {"pk": colleague.pk, "assignment": colleague.roles.get().pk, "act": "end-sessions"},
            "/accounts/tokens/": {"pk": token.pk},
            "/accounts/gateways/": {"name": "northmoor"},
            "/help/": {"topic": "held"},
        },
        objects=frozenset(
            {"study_uid", "series_uid", "object_uid", "key", "slug", "ods", "event_id", "name", "pk", "pseudonym",
             "organisation"}
        ),
        words=("01/007", PSEUDONYM, "2.25.10", "Nightly download", "Freeze 2 scans"),
        studies=("demo-mr", "Demonstration of MR"),
        elsewhere=("other", "RYY01"),
        asked={"/search/": {"q": "7QK2M9XB"}},
    )  # fmt: skip
