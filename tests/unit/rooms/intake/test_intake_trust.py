"""What a PACS manager is told of the gateway is what is configured, on the page, as PDF and as Markdown alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse
from support.gateway_ports import PlainTypesetter
from support.hospital import signed_in

from isocentre.adapters.dimse.spoken import spoken
from isocentre.core.actor import SYSTEM
from isocentre.core.trust.document import markdown
from isocentre.core.trust.facts import Surroundings
from isocentre.rooms.intake import peers
from isocentre.rooms.intake.models import Peer, ResearchStudy
from isocentre.rooms.intake.pull.rows import PacsNode
from isocentre.rooms.intake.trust import facts, ports, told

pytestmark = pytest.mark.django_db
AROUND = Surroundings("0.1", port=8001, dicom_port=11112, national_url="https://national.example:8443")


@pytest.fixture
def gateway(hospital: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    made = ports.Ports(spoken, lambda: AROUND, PlainTypesetter(), lambda slug: ("basic", 1) if slug == "own" else None)
    monkeypatch.setattr(ports, "_ports", [made])
    settings.ROOT_URLCONF = "isocentre.config.urls_gateway"
    peers.admit_peer(by=SYSTEM, calling_ae="MR1", address="10.1.1.1", name="MR one")
    PacsNode.objects.create(name="Main", host="10.0.0.9", port=104, ae_title="PACS", calling_ae="US", destination="US")


def test_the_statement_is_of_what_is_configured(gateway: None) -> None:
    PacsNode.objects.create(name="Day", host="h", port=1, ae_title="A", calling_ae="B", destination="C", way="get",
                            from_hour=0, to_hour=0)  # fmt: skip
    ResearchStudy.objects.filter(slug="own").update(ae_title="OWNTITLE")
    said = markdown(told.statement())
    assert "| Main | C-MOVE | 10.0.0.9:104 | PACS | US | US | 19:00 to 07:00 | 1 | No limit |" in said
    assert "| Day | C-GET | h:1 | A | B |  | all day |" in said
    assert "| OWNTITLE | own |" in said
    assert "1 senders are admitted" in said
    assert "| own | basic | 1 |" in said
    Peer.objects.update(admitted=False)
    assert "0 senders are admitted" in markdown(told.statement())


def test_a_profile_that_is_not_installed_is_not_in_force(gateway: None, monkeypatch: pytest.MonkeyPatch) -> None:
    made = replace(ports.ports(), in_force=lambda slug: ("basic", 99))
    monkeypatch.setattr(ports, "_ports", [made])
    assert facts.hospital().profiles == ()


def test_reasons_are_those_a_sender_is_answered_with(gateway: None) -> None:
    words = [one for _, one in facts.reasons()]
    assert "No Study Instance UID (0020,000D)" in words
    assert "No room on the disk here" not in words


def test_the_page_for_the_pacs_manager_and_its_sheet(gateway: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_ports", [replace(ports.ports(), administrators=lambda: ("Sam Okafor",))])
    client = signed_in("pacs_manager")
    page = client.get(reverse("intake:for_manager")).content.decode()
    for words in ("Sam Okafor", "MR one (10.1.1.1)", "national.example", "8443", "no storage commitment", "11112"):
        assert words in page, words
    table = client.get(reverse("intake:for_manager"), {"format": "csv"}).getvalue().decode()
    assert "MR one (10.1.1.1),this computer,11112" in table
    rows = client.get(reverse("intake:for_manager"), {"format": "json"}).json()
    assert len(rows) == len(told.firewall())
    assert {"from", "to", "port", "protocol", "direction", "why", "tls"} == set(rows[0])


@pytest.mark.parametrize("name", ["conformance", "for_manager"])
def test_page_markdown_and_pdf_say_the_same(gateway: None, name: str) -> None:
    client = signed_in("pacs_manager")
    page = client.get(reverse(f"intake:{name}"))
    assert page.status_code == 200
    pdf = client.get(reverse(f"intake:{name}_pdf"))
    assert pdf["Content-Type"] == "application/pdf"
    for words in ("Main", "10.0.0.9"):
        assert words in page.content.decode()
        assert words in pdf.content.decode()
    if name == "conformance":
        text = client.get(reverse("intake:conformance"), {"format": "md"})
        assert text.content.decode() == markdown(told.statement())
    assert signed_in("radiographer").get(reverse(f"intake:{name}")).status_code == 403


def test_without_wiring_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_ports", [])
    with pytest.raises(RuntimeError, match="not wired"):
        ports.ports()
