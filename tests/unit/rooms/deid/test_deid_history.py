"""The history at the end of the hospital side's pages: a scan's life, an admitted sender, a research study."""

from __future__ import annotations

import pytest
from support.hospital import NUMBER, enrolled, held, signed_in, text

from isocentre.rooms.intake.models import Decision, Peer

pytestmark = pytest.mark.usefixtures("hospital")


def history(page: str) -> str:
    """What stands under the heading, which is the last of the page."""
    found = page.partition(">History</h2>")[2].partition("</section>")
    assert found[0], "the page has a history"
    assert "<h2" not in found[2].partition("</main>")[0].partition("<aside")[0], "nothing of the page comes after it"
    return found[0]


def test_a_scan_tells_the_decisions_about_it_and_to_the_officer_who_looked() -> None:
    key = held("face", "lungs", ("7.1",))
    other = held("face", "lungs", ("6.1",)) and signed_in("imaging_lead")
    assert "Nobody has done anything with it" in history(text(other.get(f"/scan/{key}/")))
    other.post("/deid/held/face/reject", {"chosen": [key], "confirmed": "yes", "reason": "Sent by mistake"})
    told = history(text(other.get(f"/scan/{key}/")))
    assert "rejected 1 scan held (face)" in told
    assert "because: Sent by mistake" in told
    assert "looked at the page" not in told
    officer = history(text(signed_in("dpo").get(f"/scan/{key}/")))
    assert "rejected 1 scan held (face)" in officer
    assert "looked at the page of this scan" in officer
    assert Decision.objects.count() == 1


def test_a_sender_tells_who_admitted_changed_and_withdrew_it() -> None:
    manager = signed_in("pacs_manager")
    typed = {"name": "PACS", "calling_ae": "PACS", "address": "10.0.0.9", "site": "", "max_associations": "4",
             "idle_seconds": "60"}  # fmt: skip
    manager.post("/intake/senders/add", typed)
    pk = Peer.objects.get().pk
    manager.post("/intake/senders/add", {**typed, "name": "Main PACS"})
    manager.post("/intake/senders/add", {**typed, "name": "Main PACS"})
    manager.post("/intake/senders/withdraw", {"chosen": [pk], "reason": "Moved"})
    told = history(text(manager.get(f"/intake/senders/{pk}")))
    assert [told.count(words) for words in ("admitted", "changed this sender (name)", "withdrew", "withdrawn")] == [
        1, 1, 0, 1,
    ]  # fmt: skip
    assert "because: Moved" in told
    assert "History" not in text(manager.get("/intake/senders/add"))


def test_a_research_study_and_an_enrolment_tell_theirs_last() -> None:
    lead = signed_in("imaging_lead")
    one = enrolled()
    lead.post("/intake/research-studies/lungs/accept", {"face_waiver": ""})
    assert "accepted the proposal for research study" in history(text(lead.get("/intake/research-studies/lungs/")))
    told = history(text(lead.get(f"/intake/enrolment/{one.pk}")))
    assert "enrolled a person in research study" in told
    assert NUMBER not in told


def test_enrolments_are_found_by_subject_id_alone() -> None:
    enrolled()
    lead = signed_in("imaging_lead")
    assert "1 person enrolled" in text(lead.get("/intake/enrolment/?q=01/0"))
    assert "0 people enrolled" in text(lead.get("/intake/enrolment/?q=99"))
    assert "0 people enrolled" in text(lead.get(f"/intake/enrolment/?q={NUMBER}"))
    assert "To find a name or a number use Search" in text(lead.get("/intake/enrolment/"))
