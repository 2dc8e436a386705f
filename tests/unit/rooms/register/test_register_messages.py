"""study-config as one gateway may see it; receipts taken once, whole, and within scope only."""

from __future__ import annotations

from dataclasses import replace

import pytest
from register_book import ADMIN, BASELINE, GATEWAY, SCANNER, TEAM, TERMS, message, over

from isocentre.audit.models import AuditRow
from isocentre.core.ids import Pseudonym
from isocentre.core.record_types import LedgerTotals
from isocentre.core.records import dump, parse_study_config
from isocentre.rooms.register import door, models

pytestmark = pytest.mark.usefixtures("book")
TABLES = (models.ReceiptRow, models.RealTime, models.Subject, models.LedgerReport, models.SweepReport)


def counts() -> list[int]:
    return [table.objects.count() for table in TABLES]


def test_a_gateway_gets_its_site_only_and_the_message_can_be_read_back() -> None:
    config = door.study_config_for(by=GATEWAY, gateway_name="northmoor", sites=["RZN01"])
    assert parse_study_config(dump(config)) == config
    assert [s.ods for s in config.sites] == ["RZN01"]
    assert config.scanners == (SCANNER,)
    [proposal] = config.research_studies
    assert (proposal.slug, proposal.sites, proposal.may_receive) == ("demo-mr", ("RZN01",), True)
    assert proposal.planned_events == (BASELINE,)


def test_a_closed_research_study_says_why_nothing_may_be_received() -> None:
    door.change_research_study(by=TEAM, terms=replace(TERMS, status="closed"))
    [proposal] = door.study_config_for(by=GATEWAY, gateway_name="northmoor", sites=["RZN01"]).research_studies
    assert proposal.receive == "The research study is closed."


def test_the_version_handed_over_is_remembered_once() -> None:
    for _ in range(2):
        door.study_config_for(by=GATEWAY, gateway_name="northmoor", sites=["RZN01"])
    [site] = door.study_sites(by=TEAM, slug="demo-mr")
    assert site.handed_version == door.research_study(by=TEAM, slug="demo-mr").version
    assert AuditRow.objects.filter(action="study_config_handed").count() == 1


def test_a_gateway_fetches_and_reports_for_itself_only() -> None:
    with pytest.raises(PermissionError):
        door.study_config_for(by=GATEWAY, gateway_name="eastvale", sites=["RYY01"])
    with pytest.raises(PermissionError):
        door.study_config_for(by=TEAM, gateway_name="northmoor", sites=["RZN01"])
    with pytest.raises(PermissionError):
        door.take_receipts(by=replace(GATEWAY, name="eastvale"), message=message())
    assert door.study_config_for(by=over(GATEWAY), gateway_name="northmoor", sites=["RZN01"]).research_studies == ()


def test_receipts_are_taken_once() -> None:
    first = door.take_receipts(by=GATEWAY, message=message())
    assert first == door.Taken(sent=1, repeated=0, conflicts=(), times=1, subjects=1)
    before, rows = counts(), AuditRow.objects.count()
    assert before == [1, 1, 1, 1, 1]
    again = door.take_receipts(by=GATEWAY, message=message())
    assert again == door.Taken(sent=0, repeated=1, conflicts=(), times=0, subjects=0)
    assert (counts(), AuditRow.objects.count()) == (before, rows)


def test_the_audit_row_of_receipts_has_nothing_a_time_could_be_joined_to() -> None:
    door.take_receipts(by=GATEWAY, message=message())
    row = AuditRow.objects.get(action="receipts_taken")
    assert row.detail == {}
    assert row.object_id == "northmoor"
    door.take_receipts(by=GATEWAY, message=message(sha256="0" * 64))
    assert AuditRow.objects.filter(action="receipts_taken").latest("id").detail == {"conflicts": 1}


def test_another_hash_under_the_same_revision_is_a_conflict_and_the_next_revision_is_kept() -> None:
    door.take_receipts(by=GATEWAY, message=message())
    uid = message().sent[0].object_uid
    assert door.take_receipts(by=GATEWAY, message=message(sha256="0" * 64)).conflicts == (uid,)
    assert door.take_receipts(by=GATEWAY, message=message(sha256="0" * 64, revision=2)).sent == 1
    assert door.receipts(by=TEAM, object_uids=[uid])[uid].revision == 2


@pytest.mark.parametrize("change", [{"site": "RYY01"}, {"research_study": "other"}, {"research_study": "unknown"}])
def test_one_row_out_of_scope_and_nothing_is_kept(change: dict[str, str]) -> None:
    with pytest.raises(PermissionError, match=r"receipts.sent\[0\]"):
        door.take_receipts(by=GATEWAY, message=message(**change))
    assert counts() == [0, 0, 0, 0, 0]


def test_totals_of_a_research_study_out_of_scope_are_refused() -> None:
    bounded = over(GATEWAY, ("demo-mr", "RZN01"))
    with pytest.raises(PermissionError, match="totals"):
        door.take_receipts(by=bounded, message=replace(message(), totals={"other": LedgerTotals()}))
    assert counts() == [0, 0, 0, 0, 0]


def test_what_another_site_reported_cannot_be_overwritten() -> None:
    door.save_study_site(by=TEAM, research_study="demo-mr", site="RYY01", status="open")
    door.take_receipts(by=GATEWAY, message=message())
    east = replace(over(GATEWAY, ("*", "RYY01")), name="eastvale")
    for part in ("sent", "times", "subjects", "verdicts"):
        rows = tuple(replace(row, site="RYY01") for row in getattr(message(), part))
        hostile = replace(message(), gateway="eastvale", sent=(), times=(), subjects=(), totals={}, verdicts=())
        hostile = replace(hostile, recalls=(), recalled_events=())
        with pytest.raises(PermissionError, match=rf"receipts.{part}\[0\] was reported by another site"):
            door.take_receipts(by=east, message=replace(hostile, **{part: rows}))
    assert counts() == [1, 1, 1, 1, 1]


def test_later_times_status_and_totals_replace_earlier_ones() -> None:
    door.take_receipts(by=GATEWAY, message=message())
    old = message()
    [time], [subject] = old.times, old.subjects
    newer = replace(
        old,
        times=(replace(time, sent_at=time.arrived_at),),
        subjects=(replace(subject, status="withdrawn", consent=(), withdrawal="erase"),),
        totals={"demo-mr": LedgerTotals(received=5, sent_on=5)},
    )
    taken = door.take_receipts(by=GATEWAY, message=newer)
    assert (taken.times, taken.subjects) == (1, 1)
    assert door.real_times(by=TEAM, research_study="demo-mr")[0].sent_at == time.arrived_at
    gone = door.subjects(by=TEAM, slug="demo-mr")[0]
    assert (gone.status, gone.withdrawal) == ("withdrawn", "erase")
    assert door.ledger(by=TEAM)[0].totals.received == 5
    assert counts() == [1, 1, 1, 1, 1]


def test_real_times_are_for_those_who_may_and_within_scope() -> None:
    door.take_receipts(by=GATEWAY, message=message())
    assert len(door.real_times(by=TEAM, research_study="demo-mr", pseudonym="P-7QK2M9XB4T")) == 1
    assert door.real_times(by=TEAM, research_study="demo-mr", pseudonym="P-OTHER") == []
    with pytest.raises(door.NotFound):
        door.real_times(by=ADMIN, research_study="demo-mr")
    with pytest.raises(door.NotFound):
        door.real_times(by=over(TEAM, ("other", "*")), research_study="demo-mr")
    assert door.real_times(by=over(TEAM, ("demo-mr", "RYY01")), research_study="demo-mr") == []


def test_no_table_but_real_time_has_a_clock_column_of_a_scan() -> None:
    clocks = {
        (model.__name__, f.name)
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, models.models.Model)
        for f in model._meta.concrete_fields
        if "Date" in type(f).__name__ or "Time" in type(f).__name__
    }
    assert clocks == {
        ("RealTime", "acquired_at"),
        ("RealTime", "arrived_at"),
        ("RealTime", "sent_at"),
        ("SweepReport", "swept_at"),
        *(("AgreementVersion", name) for name in ("caldicott_on", "siro_on", "starts", "until", "ended_on")),
    }, "days of an agreement are of a paper, and of no scan"


def test_the_ledger_is_bounded_by_scope_and_permission() -> None:
    door.take_receipts(
        by=GATEWAY, message=replace(message(), totals={"demo-mr": LedgerTotals(), "unassigned": LedgerTotals()})
    )
    assert [r.research_study for r in door.ledger(by=TEAM)] == ["demo-mr", "unassigned"]
    assert [r.research_study for r in door.ledger(by=over(TEAM, ("demo-mr", "RZN01")))] == ["demo-mr"]
    assert door.ledger(by=ADMIN) == []


def test_two_subjects_in_one_message_and_a_subject_twice() -> None:
    [subject] = message().subjects
    second = replace(subject, pseudonym=Pseudonym("P-2"), subject_id="")
    taken = door.take_receipts(by=GATEWAY, message=replace(message(), subjects=(subject, second, subject)))
    assert taken.subjects == 2
    assert [s.pseudonym for s in door.subjects(by=TEAM, slug="demo-mr")] == ["P-2", "P-7QK2M9XB4T"]


def test_a_verdict_is_kept_once_the_newest_wins_and_another_sites_is_refused() -> None:
    [told] = message().verdicts
    for _ in range(2):
        door.take_receipts(by=GATEWAY, message=message())
    assert models.ScanVerdict.objects.count() == 1
    audited = AuditRow.objects.count()
    door.take_receipts(by=GATEWAY, message=replace(message(), verdicts=(replace(told, outcome="pass"),)))
    assert models.ScanVerdict.objects.get().outcome == "pass"
    assert AuditRow.objects.count() == audited + 1
    foreign = replace(message(), verdicts=(replace(told, site="RYY01"),))
    with pytest.raises(PermissionError, match=r"receipts.verdicts\[0\]"):
        door.take_receipts(by=GATEWAY, message=foreign)
    models.ScanVerdict.objects.update(site="RYY01")
    with pytest.raises(PermissionError, match=r"receipts.verdicts\[0\] was reported by another site"):
        door.take_receipts(by=GATEWAY, message=message())
    assert models.ScanVerdict.objects.get().outcome == "pass"
