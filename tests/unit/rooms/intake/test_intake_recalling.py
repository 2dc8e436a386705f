"""A scan of the wrong patient is taken back: nothing of it goes on, its replay is refused, put right it comes again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from recall_book import MANAGER, ONE, OTHER, REASON, RIGHT, answer, back, balanced, pending, sent, state
from support.hospital import ACCESSION, LEAD, NUMBER, arrive, newcomer

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import Unfit
from isocentre.core.routing import Route
from isocentre.rooms.intake import decisions, door, ledger, recalling, upkeep
from isocentre.rooms.intake.models import CharterCheck, LedgerRow, Recall, RecalledImage

pytestmark = pytest.mark.usefixtures("hospital")


def test_what_was_sent_on_is_recalled_and_what_was_not_never_goes() -> None:
    pending(ONE, OTHER, "1.2.3.3")
    sent(ONE)
    CharterCheck.objects.create(research_study="lungs", study_uid="1.2.3", state="done", outcome="pass")
    made = back()
    assert (made.images, made.sent, made.whole) == (3, 1, True)
    assert [state(uid) for uid in (ONE, OTHER, "1.2.3.3")] == [
        ("sent_on", "", True), ("rejected", "wrong_patient", False), ("rejected", "wrong_patient", False),
    ]  # fmt: skip
    assert LedgerRow.objects.get(sop_instance_uid=ONE).receipt_sent, "no receipt of it is told any more"
    assert not CharterCheck.objects.exists()
    assert ledger.claim_pending(worker="w", limit=9) == []
    assert balanced()
    images = {one.sop_instance_uid: one for one in RecalledImage.objects.all()}
    assert (images[ONE].state, images[ONE].object_uid, images[ONE].event_id) == ("waiting", "2.25.1", "e" * 32)
    assert (images[OTHER].state, images[OTHER].object_uid) == ("kept", "")
    row = AuditRow.objects.get(action="scan_recalled")
    assert (row.reason, row.detail) == (REASON, {"recall": made.pk, "images": 3, "sent": 1, "whole": True})
    with pytest.raises(Unfit):
        back()


def test_some_series_only() -> None:
    pending(ONE)
    pending(OTHER, series="1.2.3.9")
    sent(ONE, OTHER)
    key = LedgerRow.objects.get(sop_instance_uid=ONE).pk
    assert [(one.series_uid, one.images, one.sent) for one in recalling.parts(by=MANAGER, key=key)] == [
        ("1.2.3.0", 1, 1), ("1.2.3.9", 1, 1),
    ]  # fmt: skip
    made = back("1.2.3.9")
    assert (made.images, made.whole) == (1, False)
    assert (state(ONE), state(OTHER)) == (("sent_on", "", False), ("sent_on", "", True))
    assert RecalledImage.objects.get().event_id == "", "the event was, with the other series"
    assert [one.series_uid for one in recalling.parts(by=MANAGER, key=key)] == ["1.2.3.0"]
    assert back("1.2.3.0").whole, "now all of it is taken back"


def test_it_holds_for_every_research_study_and_leaves_who_opted_out() -> None:
    pending(ONE)
    arrive(newcomer("1.2.3.5", route=Route("lungs", "opted_out", "national_opt_out")))
    row = LedgerRow.objects.get(sop_instance_uid=ONE)
    LedgerRow.objects.create(sop_instance_uid=ONE, research_study="own", arrival=row.arrival, study_uid="1.2.3",
                             first_day=row.first_day, site="RNM01")  # fmt: skip
    lungs = Actor("person", "m", "pacs_manager", Scope(frozenset({("lungs", "RNM01")})), MANAGER.permissions)
    assert back(by=lungs).images == 1
    assert (state(), state(slug="own")) == (("rejected", "wrong_patient", False),) * 2
    assert state("1.2.3.5")[0] == "opted_out"


@pytest.mark.parametrize(
    ("series", "reason", "field"),
    [((), "", "reason"), (("9.9",), REASON, "series"), ((), f"It was {NUMBER}", "reason"),
     ((), f"See {ACCESSION}", "reason"), ((), "Needlova rang", "reason")],
)  # fmt: skip
def test_what_is_missing_or_names_the_patient_is_refused(series: tuple[str, ...], reason: str, field: str) -> None:
    pending(ONE)
    with pytest.raises(Unfit) as error:
        back(*series, reason=reason)
    assert set(error.value.errors) == {field}
    assert (state(), Recall.objects.count()) == (("pending", "", False), 0)


def test_it_is_for_who_may_and_only_in_scope() -> None:
    pending(ONE)
    with pytest.raises(PermissionDenied):
        back(by=LEAD)
    with pytest.raises(PermissionDenied):
        back(by=Actor("person", "m", "pacs_manager", Scope(frozenset({("own", "*")})), MANAGER.permissions))
    assert recalling.parts(by=Actor("person", "m"), key=LedgerRow.objects.get().pk) == []


def test_what_may_have_left_is_told_of_and_counts_as_the_national_side_says() -> None:
    """A worker had one in hand, and another was tried in vain: nobody knows whether they came there."""
    pending(ONE, OTHER, "1.2.3.3")
    LedgerRow.objects.filter(sop_instance_uid=ONE).update(claimed_by="w-1", attempts=1)
    LedgerRow.objects.filter(sop_instance_uid=OTHER).update(attempts=1)
    assert (back().sent, RecalledImage.objects.filter(state="waiting").count()) == (2, 2)
    sent_on = ledger.Outcome(LedgerRow.objects.get(sop_instance_uid=ONE).pk, "sent_on", fields={"object_uid": "2.25.1"})
    assert ledger.record_outcomes(by=MANAGER, worker="w-1", outcomes=[sent_on]) == 0
    images = {one.sop_instance_uid: one.pk for one in RecalledImage.objects.filter(state="waiting")}
    assert {one.pk for one in recalling.to_tell(9)} == set(images.values())
    recalling.name({images[ONE]: "2.25.1", images[OTHER]: "2.25.2"})
    assert recalling.told(images.values(), {images[ONE]: "recalled", images[OTHER]: "not_held"}) == 2
    assert state(ONE) == ("sent_on", "", True), "it had come there"
    assert state(OTHER) == ("rejected", "wrong_patient", False)
    proof = door.proof.prove(pause=0)
    assert [one.words for one in proof.findings if one.about == "sent_on"] == []
    assert balanced()


def test_without_a_key_nothing_can_have_left() -> None:
    pending(ONE)
    LedgerRow.objects.update(attempts=1)
    back()
    recalling.name({RecalledImage.objects.get().pk: ""})
    assert (RecalledImage.objects.get().state, recalling.to_tell(9)) == ("kept", [])


def test_it_is_told_again_until_it_is_answered() -> None:
    pending(ONE)
    sent(ONE)
    back()
    [one] = recalling.to_tell(9)
    assert recalling.told([one.pk], {}) == 0
    assert (RecalledImage.objects.get().state, recalling.to_tell(9)) == ("told", [])
    RecalledImage.objects.update(told_at=timezone.now() - timedelta(minutes=1))
    assert len(recalling.to_tell(9)) == 1
    assert answer() == 1
    assert (RecalledImage.objects.get().state, recalling.to_tell(9)) == ("recalled", [])


def test_a_replay_is_refused_and_counted_before_and_after_it_was_put_right() -> None:
    pending(ONE)
    sent(ONE)
    back()
    [kept] = arrive(newcomer(ONE))
    assert (kept.outcome, kept.needed) == ("recalled", False)
    right = newcomer(ONE, header_sha256="right", facts={"patient_id": RIGHT}, route=Route("lungs", enrolment_id=None))
    assert [one.outcome for one in arrive(right)] == ["correction"]
    assert [one.outcome for one in arrive(newcomer(ONE), newcomer(ONE))] == ["recalled", "recalled"]
    assert RecalledImage.objects.get().again == 3
    assert state() == ("pending", "", False), "as it was put right"
    assert LedgerRow.objects.get().arrival.patient_id == RIGHT
    assert [one.outcome for one in arrive(replaced(right))] == ["duplicate"]


def replaced(item: ledger.Newcomer) -> ledger.Newcomer:
    return newcomer(ONE, header_sha256=item.header_sha256, facts={"patient_id": RIGHT})


def test_put_right_it_goes_on_once_the_national_side_has_answered() -> None:
    pending(ONE)
    sent(ONE)
    back()
    arrive(newcomer(ONE, header_sha256="right", facts={"patient_id": RIGHT}, route=Route("lungs")))
    arrive(newcomer("1.9.1", route=Route("lungs"), facts={"study_uid": "1.9"}))
    assert [row.sop_instance_uid for row in ledger.claim_pending(worker="w", limit=9)] == ["1.9.1"]
    answer("not_held")
    [row] = ledger.claim_pending(worker="w", limit=9)
    assert (row.sop_instance_uid, row.arrival.revision, row.recalled) == (ONE, 1, False)


def test_of_the_same_patient_with_another_header_it_is_held_until_a_person_says_it_was_right() -> None:
    pending(ONE)
    back()
    for n, route in enumerate((Route("lungs"), Route("lungs", "held", "no_consent", "None."))):
        arrive(newcomer(ONE, header_sha256=f"other{n}", route=route))
        assert state() == ("held", "wrong_patient", False)
    arrive(newcomer(ONE, header_sha256="left", route=Route("lungs", "left_out", "no_visit", "None.")))
    assert state()[0] == "left_out"
    arrive(newcomer(ONE, header_sha256="again", route=Route("lungs")))
    key = LedgerRow.objects.get().pk
    done = decisions.try_again(by=MANAGER, keys=[key], cause="wrong_patient", reason="It was right after all")
    assert (done.images, state()) == ({"pending": 1}, ("pending", "", False))


def test_what_the_picture_archive_corrected_already_is_let_on_and_what_it_sent_before_recalled() -> None:
    pending(ONE)
    sent(ONE)
    arrive(newcomer(ONE, header_sha256="right", facts={"patient_id": RIGHT}, route=Route("lungs")))
    LedgerRow.objects.update(disposition="held", cause="platform_refused", words="It is of another subject.")
    made = back()
    [image] = RecalledImage.objects.all()
    assert (made.sent, image.revision, image.header_sha256, image.state) == (1, 0, "h", "waiting")
    assert state() == ("held", "platform_refused", False), "now it can be tried again"
    assert [one.outcome for one in arrive(newcomer(ONE))] == ["recalled"]


def test_a_correction_of_the_same_patient_on_its_way_goes_back_with_what_was_sent() -> None:
    pending(ONE)
    sent(ONE)
    arrive(newcomer(ONE, header_sha256="other", route=Route("lungs")))
    back()
    assert (RecalledImage.objects.get().revision, state()) == (1, ("sent_on", "", True))


def test_kept_against_other_pixels_it_stays_taken_back() -> None:
    pending(ONE, OTHER)
    sent(OTHER)
    back()
    for uid in (ONE, OTHER):
        assert [one.outcome for one in arrive(newcomer(uid, pixel_sha256="q", path=f"later/{uid}"))] == ["conflict"]
    key = LedgerRow.objects.get(sop_instance_uid=ONE).pk
    decisions.keep(by=MANAGER, keys=[key], reason="The first one")
    assert state(ONE) == ("rejected", "wrong_patient", False)
    assert state(OTHER) == ("sent_on", "", True)


def test_upkeep_erases_its_originals_in_time_and_expires_nothing_of_it() -> None:
    pending(ONE)
    back()
    assert upkeep.expire_held(timezone.now() + timedelta(days=99)) == 0
    assert LedgerRow.objects.get().arrival.erased_at is None
