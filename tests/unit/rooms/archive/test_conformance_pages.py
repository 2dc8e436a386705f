"""The national side's statement names every address of DICOMweb there is, on the page, as PDF and as Markdown."""

from __future__ import annotations

import pytest
from django.urls import reverse
from support.archive_book import signed_in
from support.gateway_ports import PlainTypesetter

from isocentre.core.dicomweb import facts
from isocentre.core.trust.document import markdown
from isocentre.core.trust.facts import Surroundings
from isocentre.rooms.archive import conformance, dicomweb_urls, door
from isocentre.rooms.archive.rendered import rendered_urls

pytestmark = pytest.mark.usefixtures("archive")


@pytest.fixture(autouse=True)
def _wired(archive: object, monkeypatch: pytest.MonkeyPatch) -> None:
    around = Surroundings("0.1", port=8000, public_url="https://n.example")
    monkeypatch.setattr(conformance, "_ports", [conformance.Ports(lambda: around, PlainTypesetter())])


def test_every_address_and_failure_is_told() -> None:
    told = conformance.paths()
    gets = [where for method, where, _ in told if method == "GET"]
    assert len(gets) == len([*dicomweb_urls.urlpatterns, *rendered_urls]) == len(set(gets))
    assert [where for method, where, _ in told if method == "POST"] == ["studies", "studies/<study_uid>"]
    assert {where: what for method, where, what in told if method == "GET"}["studies/<study_uid>/metadata"] == (
        "WADO-RS: metadata, JSON"
    )
    codes = {value for name, value in vars(facts).items() if name.isupper() and type(value) is int and value <= 0xFFFF}
    assert codes == {code for code, _ in conformance.FAILURES}


def test_page_pdf_and_markdown_say_the_same() -> None:
    client = signed_in("imaging_core")
    assert "https://n.example/dicomweb" in client.get("/archive/conformance/").content.decode()
    assert "https://n.example/dicomweb" in client.get(reverse("archive:conformance_pdf")).content.decode()
    text = client.get("/archive/conformance/", {"format": "md"}).content.decode()
    assert text == markdown(door.statement())
    assert "/archive/conformance/" in client.get("/archive/ledger/").content.decode()


def test_without_wiring_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "_ports", [])
    with pytest.raises(RuntimeError, match="not wired"):
        door.statement()
