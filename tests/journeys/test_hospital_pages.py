"""The hospital side in Chromium: accessible, by keyboard, within 320 px, no policy violated; decisions and their undoing."""  # noqa: E501 - one sentence

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import pages
from support.browser import axe, met
from support.hospital import config, held
from support.hospital_world import BY, hospital_world
from support.standing import faults, keyboard
from support.visiting import Visitor, signed_in, told, wrong

from isocentre.people.roles import roles
from isocentre.rooms.intake import door
from isocentre.rooms.intake.models import Enrolment, LedgerRow, ResearchStudy

pytestmark = [pytest.mark.peers("chromium"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visitor(
    context: Any, live_server: Any, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Visitor]:
    """A page of a signed-in person who may open everything here."""
    with hospital_world(tmp_path, settings, monkeypatch) as world:
        yield signed_in(context, live_server.url, "gateway", world)


@pytest.mark.parametrize("quarter", range(4))
def test_every_page_is_accessible_by_keyboard_and_in_a_narrow_window(visitor: Visitor, quarter: int) -> None:
    found = wrong(visitor, pages.HOSPITAL[quarter::4])
    assert not found, told(found)


def test_the_home_of_every_role_and_lists_that_are_empty(visitor: Visitor) -> None:
    found = {}
    for role in roles().values():
        if role.zone == "gateway":
            assert visitor.open("/", role.key) == 200
            found[role.key] = faults(visitor.page)
    for cause in ("not_part", "face_left"):
        assert visitor.open("/deid/held/<slug:cause>/", cause=cause) == 200
        found[cause] = faults(visitor.page)
    assert not any(found.values()), told(found)


def test_an_answer_on_opt_outs_lets_a_waiting_scan_go_on(visitor: Visitor, tmp_path: Path) -> None:
    accepted, page = config("lungs", legal_basis="s251"), visitor.page
    ResearchStudy.objects.filter(slug="lungs").update(accepted=accepted, proposal=accepted)
    Enrolment.objects.update(consented_on=None)  # who consented is not asked about
    held("opt_out_list", "lungs", ("9.1",))
    assert visitor.open("/", "imaging_lead") == 200
    page.get_by_role("link", name="person to check against the national data opt-out").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the list").click()
    download.value.save_as(tmp_path / "list.dat")
    (tmp_path / "other.dat").write_text("9990000050,\n")
    for name, words in (("other.dat", "not asked about"), ("list.dat", "of 1 person, 1 may be used")):
        page.get_by_label("The list that the service returned").set_input_files(tmp_path / name)
        page.get_by_role("button", name="Take in the answer").click()
        page.get_by_text(words).first.wait_for()
        assert axe(page) == []
    assert LedgerRow.objects.get(sop_instance_uid="9.1").disposition == "pending"


def test_a_held_scan_is_decided_by_keyboard_and_undone(visitor: Visitor) -> None:
    page = visitor.page
    assert visitor.open("/deid/held/<slug:cause>/", "imaging_lead") == 200
    page.get_by_role("checkbox").first.press("Space")
    page.get_by_role("button", name="Reject").press("Enter")
    met(page, "Reject: 1 scan, 1 image")
    assert keyboard(page) == []
    page.get_by_role("button", name="Reject").press("Enter")
    page.get_by_role("heading", name="There is a problem").wait_for()
    assert axe(page) == []
    page.get_by_label("Why").fill("Sent by mistake")
    page.get_by_label("Why").press("Enter")
    page.get_by_text("1 image rejected").wait_for()
    met(page, "0 scans held: ultrasound")
    page.get_by_role("button", name="Undo").first.press("Enter")
    page.get_by_text("1 image held as before").wait_for()
    assert LedgerRow.objects.get(pk=visitor.world.named["key"]).disposition == "held"
    assert [one.cause for one in door.undoable(by=BY)] == ["face_left"], "the world's own, which is still there"
