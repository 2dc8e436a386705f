"""Which way leads to a destination of copies; where the configuration names none, words say so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isocentre.adapters.dicomweb.recipient import WebRecipient
from isocentre.adapters.dimse.recipient import DimseRecipient
from isocentre.config import wiring
from isocentre.core.ports import RecipientAway
from isocentre.rooms.deid.models import SendNode

STOW = SendNode(way=SendNode.STOW, web="Eastvale")


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    """The file of DICOMweb servers, of which there is one."""
    settings.ZONE_HOME = tmp_path
    path = tmp_path / "dicomweb.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"Eastvale": {"url": "https://core.example.org/dicom-web", "token": "SECRET"}}))
    return path


def test_each_way_leads_to_its_own(file: Path) -> None:
    by_web = wiring._recipient(STOW)
    assert isinstance(by_web, WebRecipient)
    assert by_web.server.url.hostname == "core.example.org"
    node = SendNode(way=SendNode.STORE, host="10.0.0.9", port=104, called_ae="CORELAB", calling_ae="ISOCENTRE")
    assert wiring._recipient(node) == DimseRecipient("10.0.0.9", 104, "CORELAB", "ISOCENTRE")


def test_what_the_configuration_does_not_name_is_nowhere(file: Path) -> None:
    file.write_text("{}")
    with pytest.raises(RecipientAway, match="names no DICOMweb server"):
        wiring._recipient(STOW)
    file.write_text("SECRET")
    with pytest.raises(RecipientAway, match="is not JSON") as told:
        wiring._recipient(STOW)
    assert "SECRET" not in told.value.words
