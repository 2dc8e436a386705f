"""The page of a PACS: how images come is chosen, and a DICOMweb server only among those of the configuration."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from support import hospital
from support.fake_pacs import FakePacs

from isocentre.core.ports import PacsAway
from isocentre.rooms.intake.models import PacsNode, Peer
from isocentre.rooms.intake.pull import ports

pytestmark = pytest.mark.django_db
WEB = {"name": "Eastvale", "way": "web", "web": "East", "from_hour": "19", "to_hour": "7", "at_once": "1",
       "images_a_minute": "0", "port": "junk", "host": "http://169.254.169.254/"}  # fmt: skip


@pytest.fixture
def manager(hospital: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    settings.ZONE, settings.ROOT_URLCONF = "gateway", "isocentre.config.urls_gateway"
    given = ports.Ports(lambda node: FakePacs(lambda *_: None), lambda *_: None, lambda: ["East", "West"])
    monkeypatch.setattr(ports, "_ports", [given])
    return signed_in("pacs_manager")


def signed_in(role: str) -> Any:
    return hospital.signed_in(role)


def test_a_dicomweb_server_of_the_configuration_is_chosen_by_name(manager):
    page = hospital.text(manager.get(reverse("intake:pacs_add")))
    assert '<option value="West"' in page
    assert manager.post(reverse("intake:pacs_add"), WEB).status_code == 302
    node = PacsNode.objects.get()
    assert (node.way, node.web, node.host, node.ae_title) == ("web", "East", "", "")
    assert not Peer.objects.exists(), "it sends to nobody, so nobody is admitted"
    assert "DICOMweb" in hospital.text(manager.get(reverse("intake:pacs")))


@pytest.mark.parametrize("web", ["", "http://169.254.169.254/", "South"])
def test_no_other_address_can_be_typed(manager, web):
    answer = manager.post(reverse("intake:pacs_add"), {**WEB, "web": web})
    assert answer.status_code == 400
    assert "Choose the DICOMweb server" in hospital.text(answer)
    assert not PacsNode.objects.exists()


def test_a_configuration_that_cannot_be_read_is_told(manager, monkeypatch):
    def trouble() -> list[str]:
        raise PacsAway("dicomweb.json is not JSON")

    given = ports.Ports(lambda node: FakePacs(lambda *_: None), lambda *_: None, trouble)
    monkeypatch.setattr(ports, "_ports", [given])
    assert "dicomweb.json is not JSON" in hospital.text(manager.get(reverse("intake:pacs_add")))


def test_by_c_get_it_is_asked_at_its_address_and_not_admitted_as_a_sender(manager):
    typed = {**WEB, "way": "get", "web": "East", "host": "10.0.0.9", "port": "104", "ae_title": "PACS",
             "calling_ae": "US", "destination": "US"}  # fmt: skip
    assert manager.post(reverse("intake:pacs_add"), typed).status_code == 302
    assert PacsNode.objects.values_list("way", "web", "host").get() == ("get", "", "10.0.0.9")
    assert not Peer.objects.exists()
