"""Held images of which no finding can be made as it should be: they stop no others, and are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import structlog.testing
from django.db import DataError, OperationalError
from support.burned import Pulled, Told, burned, text
from support.hospital import arrive, enrolled, newcomer

from isocentre.core.actor import Actor, Scope
from isocentre.core.deid.engine import PixelCleaner
from isocentre.core.routing import Route
from isocentre.rooms.deid import door, findings, work
from isocentre.rooms.deid.models import Finding
from isocentre.rooms.intake.models import LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), frozenset({"study_config_accept"}))


@pytest.fixture
def picture(tmp_path: Path, ports: Any) -> Any:
    """Puts pictures that the profile holds into the hospital by name of their scan, and moves them."""
    door.accept(by=LEAD, slug="lungs")
    ports.pixels = PixelCleaner(Told(text(2, 3, 8, 6)), Pulled())
    folder = tmp_path / "quarantine" / "originals"
    folder.mkdir(parents=True)
    person = enrolled().pk

    def put(uid: str = "1.2.3.4", study: str = "1.2.3.1") -> LedgerRow:
        (folder / f"{uid}.dcm").write_bytes(burned(bytes(range(1, 241))))
        route = Route("lungs", enrolment_id=person, time_point="Baseline", study_day=0)
        arrive(newcomer(uid, routes=(route,), path=f"originals/{uid}.dcm", facts={"study_uid": study}))
        while work.move("w"):
            pass
        return LedgerRow.objects.get(sop_instance_uid=uid)

    return put


def test_an_image_that_cannot_be_looked_at_stops_no_other_and_is_told(
    picture: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = picture(), picture("1.2.3.5", study="1.2.3.2")
    likeness = findings.likeness

    def broken(row: Any) -> Any:
        if row.pk == bad.pk:
            raise KeyError("SMITHSON")
        return likeness(row)

    monkeypatch.setattr(findings, "likeness", broken)
    with structlog.testing.capture_logs() as logs:
        assert findings.gather("w") == 2
        assert findings.gather("w") == 0
    one, other = Finding.objects.order_by("pk")
    assert (one.row, one.what, one.images, one.state, one.look) == (bad.pk, "picture", 1, "open", "failed")
    assert one.words.startswith(findings.UNREAD)
    assert (other.row, other.manufacturer, other.look) == (good.pk, "MAKER", "waiting")
    [line] = logs
    assert (line["event"], line["row"], line["error"]) == ("finding_unread", bad.pk, "KeyError")
    assert "SMITHSON" not in str(logs)


def test_a_finding_that_cannot_even_be_noted_stops_no_other(picture: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = picture(), picture("1.2.3.5", study="1.2.3.2")
    gathered = findings._gathered

    def broken(row: Any, *args: Any) -> int:
        if row.pk == bad.pk:
            raise DataError("too long: SMITHSON")
        return gathered(row, *args)

    monkeypatch.setattr(findings, "_gathered", broken)
    with structlog.testing.capture_logs() as logs:
        assert findings.gather("w") == 1
    assert [one.row for one in Finding.objects.all()] == [good.pk]
    assert [line["event"] for line in logs] == ["finding_unread", "finding_failed"]
    assert "SMITHSON" not in str(logs)


@pytest.mark.parametrize("place", ["_picture_of", "_gathered"])
def test_a_database_that_is_busy_is_no_fault_of_an_image(
    picture: Any, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    picture()

    def busy(*_: Any) -> Any:
        raise OperationalError("database is locked")

    monkeypatch.setattr(findings, place, busy)
    with pytest.raises(OperationalError):
        findings.gather("w")
    if place == "_gathered":  # as it is when the image itself cannot be looked at

        def wrong(*_: Any) -> Any:
            raise KeyError

        monkeypatch.setattr(findings, "_picture_of", wrong)
        with pytest.raises(OperationalError):
            findings.gather("w")
    assert not Finding.objects.exists()
