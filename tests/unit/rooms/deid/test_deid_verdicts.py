"""The national side is told what came of holding a scan against its charter: outcome and counts, once, no value."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from structlog.testing import capture_logs
from support.hospital import arrive, newcomer

from isocentre.core.charter.judging import Deviation, Verdict
from isocentre.core.ports import MessageRefused
from isocentre.core.records import parse_receipts
from isocentre.core.routing import Route
from isocentre.rooms.deid import door, verdicts
from isocentre.rooms.intake.models import CharterCheck, LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
SAID = "Smithson"


class National:
    def __init__(self) -> None:
        self.told: list[Any] = []
        self.refuses: list[MessageRefused] = []

    def post_receipts(self, message: dict[str, Any]) -> None:
        if self.refuses:
            raise self.refuses.pop()
        self.told += parse_receipts(message).verdicts
        assert SAID not in str(message)


@pytest.fixture
def national(ports: door.Ports) -> National:
    """A scan that was judged, of which the first image was sent on."""
    ports.wall = made = National()  # type: ignore[assignment]  # nothing else is asked of it here
    for uid in ("1.2.3.1", "1.2.3.2"):
        arrive(newcomer(uid, route=Route("lungs", time_point="Baseline")))
    judged("1.2.3")
    return made


def judged(study_uid: str, state: str = "repeat") -> None:
    named = ("SliceThickness", "SliceThickness", "KVP", "") if state == "repeat" else ()
    deviations = tuple(Deviation("Axial", SAID, name, "1", SAID) for name in named)
    CharterCheck.objects.update_or_create(
        research_study="lungs", study_uid=study_uid,
        defaults={"state": "done", "outcome": state, "judged_at": timezone.now(), "told": False,
                  "verdict": Verdict(state, 4, "CT", deviations).plain()},  # type: ignore[arg-type]  # a literal
    )  # fmt: skip


def sent_on(study_uid: str = "1.2.3", own: str = "2.25.77") -> None:
    LedgerRow.objects.filter(study_uid=study_uid).update(disposition="sent_on", object_study_uid=own)


def test_a_verdict_is_told_once_when_its_scan_was_sent_on(national: National) -> None:
    assert verdicts.post("w") == 0
    sent_on()
    assert (verdicts.post("w"), verdicts.post("w")) == (1, 0)
    [told] = national.told
    assert (told.study_uid, told.site, told.charter_version, told.outcome) == ("2.25.77", "RNM01", 4, "repeat")
    assert told.deviations == {"Images": 1, "KVP": 1, "SliceThickness": 2}


def test_another_verdict_is_told_again(national: National) -> None:
    sent_on()
    verdicts.post("w")
    judged("1.2.3", "pass")
    assert verdicts.post("w") == 1
    assert [one.outcome for one in national.told] == ["repeat", "pass"]


def test_one_that_is_refused_keeps_no_other_from_being_told(national: National) -> None:
    arrive(newcomer("1.2.4.1", route=Route("lungs"), facts={"study_uid": "1.2.4"}))
    judged("1.2.4", "pass")
    sent_on()
    sent_on("1.2.4", "2.25.78")
    national.refuses = [MessageRefused("verdicts[0].site", "not yours")]
    with capture_logs() as logs:
        assert verdicts.post("w") == 1
    assert [one.study_uid for one in national.told] == ["2.25.78"]
    assert [log["event"] for log in logs] == ["verdict_refused"]
    assert verdicts.post("w") == 0


def test_a_refusal_without_a_place_is_not_swallowed(national: National) -> None:
    sent_on()
    for place in ("gateway", "verdicts[7]"):
        national.refuses = [MessageRefused(place, "no")]
        with pytest.raises(MessageRefused):
            verdicts.post("w")
    assert CharterCheck.objects.get().told is False


def test_one_judged_again_meanwhile_is_told_again(national: National, monkeypatch: pytest.MonkeyPatch) -> None:
    sent_on()
    real = national.post_receipts

    def slowly(message: dict[str, Any]) -> None:
        real(message)
        judged("1.2.3", "pass")

    monkeypatch.setattr(national, "post_receipts", slowly)
    assert verdicts.post("w") == 0
    monkeypatch.setattr(national, "post_receipts", real)
    assert verdicts.post("w") == 1
    assert national.told[-1].outcome == "pass"
