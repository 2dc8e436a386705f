"""The messages across the wall: golden files of every published version, and what is refused without naming a value."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from isocentre.core import records
from isocentre.core.charter.records import Charter
from isocentre.core.records import (
    LedgerTotals,
    MessageError,
    parse_recall_answers,
    parse_receipts,
    parse_study_config,
)

GOLDEN = Path(__file__).parents[2] / "contracts" / "messages"
NHS = "9990000018"  # test range, valid check digit
READ = {"study-config": parse_study_config, "receipts": parse_receipts}


def golden(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((GOLDEN / f"{name}.v1.json").read_text(encoding="utf-8"))
    return loaded


def change(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(data)
    *steps, last = [int(s) if s.isdigit() else s for s in path.split("/")]
    at: Any = data
    for step in steps:
        at = at[step]
    at[last] = value
    return data


@pytest.mark.parametrize("name", ["study-config", "receipts"])
def test_golden_file_survives_a_round_trip(name: str) -> None:
    assert records.dump(READ[name](golden(name))) == golden(name)


def test_every_published_version_has_golden_files() -> None:
    assert {p.name for p in GOLDEN.glob("*.json")} == {
        f"{name}.v{n}.json" for name in READ for n in range(1, records.SCHEMA + 1)
    }


def test_what_is_told_of_agreements_is_read_and_left_out_where_there_is_none() -> None:
    told = [
        {"site": "RNM01", "receive": "the contribution agreement is not signed by the SIRO", "until": ""},
        {"site": "RNM02", "receive": True, "until": "2027-03-31"},
    ]
    data = golden("study-config")
    data["research_studies"][0]["agreements"] = told
    read = parse_study_config(data)
    assert records.dump(read) == data
    assert [one.why_not for one in read.research_studies[0].agreements] == [told[0]["receive"], ""]
    assert "agreements" not in golden("study-config")["research_studies"][0]
    for place, value in (("until", "soon"), ("until", "2027-02-30"), ("receive", " "), ("site", "x")):
        with pytest.raises(MessageError, match=place):
            parse_study_config(change(data, f"research_studies/0/agreements/0/{place}", value))


def test_hospital_sides_from_before_charters_tell_no_verdict() -> None:
    before = golden("receipts")
    del before["verdicts"]
    assert parse_receipts(before).verdicts == ()
    assert parse_receipts(golden("receipts")).verdicts[0].outcome == "repeat"


def test_hospital_sides_from_before_recalls_take_nothing_back() -> None:
    before = golden("receipts")
    del before["recalls"], before["recalled_events"]
    assert (parse_receipts(before).recalls, parse_receipts(before).recalled_events) == ((), ())
    assert parse_receipts(golden("receipts")).recalls[0].revision == 0
    with pytest.raises(MessageError, match=r"recalled_events\[0\].event_id must be random"):
        parse_receipts(change(golden("receipts"), "recalled_events/0/event_id", "2.25.7"))


def test_the_answer_to_recalls_is_read_and_an_older_national_side_says_nothing() -> None:
    assert parse_recall_answers({"schema": 1, "sent": 0}) == ()
    one = {"object_uid": "2.25.7", "revision": 1, "outcome": "recalled"}
    [read] = parse_recall_answers({"recalled": [one]})
    assert (read.object_uid, read.revision, read.outcome) == ("2.25.7", 1, "recalled")
    with pytest.raises(MessageError, match="outcome"):
        parse_recall_answers({"recalled": [one | {"outcome": "maybe"}]})


def test_a_version_behind_that_never_was_is_refused_in_words() -> None:
    with pytest.raises(MessageError, match="version 0 was never published"):
        parse_receipts(change(golden("receipts"), "schema", 0))


def test_one_version_newer_is_read_and_unknown_fields_are_ignored() -> None:
    newer = change(change(golden("receipts"), "schema", 2), "sent/0/dose_msv", 9.9)
    assert parse_receipts(newer) == parse_receipts(golden("receipts"))


def test_two_versions_newer_is_refused_and_says_which_side_to_upgrade() -> None:
    with pytest.raises(MessageError, match="upgrade this side"):
        parse_study_config(change(golden("study-config"), "schema", 3))


def test_receive_is_true_or_words() -> None:
    first, second = parse_study_config(golden("study-config")).research_studies
    assert (first.may_receive, first.why_not) == (True, "")
    assert (second.may_receive, second.why_not) == (False, "This site is not open for the research study yet.")


def test_a_charter_that_is_not_there_is_left_out_as_before_there_were_any() -> None:
    first, second = parse_study_config(golden("study-config")).research_studies
    assert first.charter is None
    assert isinstance(second.charter, Charter)
    said = records.dump(records.StudyConfig("northmoor", research_studies=(first, second)))["research_studies"]
    assert ["charter" in one for one in said] == [False, True]


def test_a_charter_of_a_newer_version_is_words_and_the_rest_is_taken_in() -> None:
    newer = change(golden("study-config"), "research_studies/1/charter/scans/0/series/0/rules/0/baseline", True)
    found = parse_study_config(newer).research_studies[1]
    assert str(found.charter).startswith(
        "This version of Isocentre cannot read it: charter.scans[1].series[1].rules[1]"
    )
    kept = records.dump(records.StudyConfig("northmoor", research_studies=(found,)))
    assert parse_study_config(kept).research_studies == (found,)


def test_totals_balance_only_when_each_row_has_one_disposition() -> None:
    assert parse_receipts(golden("receipts")).totals["demo-mr"].balanced
    assert not LedgerTotals(received=2, sent_on=1).balanced


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("gateway", 7, "receipts.gateway must be text"),
        ("gateway", "a" * 301, "longer than 300"),
        ("gateway", "north\x00moor", "control characters"),
        ("gateway", "north moor", "form"),
        ("sent", {}, "must be a list"),
        ("sent", [{}] * 20_001, "more than 20000 rows"),
        ("sent", [3], r"receipts.sent\[0\] must be an object"),
        ("sent/0/object_uid", "1.2/../../etc", "must be a UID"),
        ("sent/0/revision", -1, "between 0"),
        ("sent/0/revision", True, "whole number"),
        ("sent/0/revision", 1.0, "whole number"),
        ("sent/0/sha256", "ABC", "form"),
        ("sent/0/actions", [], "must be an object"),
        ("sent/0/actions", {f"w{i}": 1 for i in range(20_001)}, "more than 20000"),
        ("sent/0/actions", {NHS: 1}, "form"),
        ("sent/0/findings", {"name": -1}, "between 0"),
        ("sent/0/study_day", 99_999, "between -36525"),
        ("sent/0/pseudonym", NHS, "NHS number"),
        ("sent/0/subject_id", NHS, "NHS number"),
        ("sent/0/subject_id", "Jane^Doe", "form"),
        ("sent/0/subject_id", "Jane Doe", "form"),
        ("subjects/0/subject_id", f"S {NHS}", "NHS number"),
        ("sent/0/time_point", NHS, "NHS number"),
        ("times/0/event_id", "2.25.5", "never a UID"),
        ("times/0/arrived_at", "yesterday", "ISO 8601"),
        ("times/0/arrived_at", "2026-03-03T10:42:00", "offset"),
        ("times/0/arrived_at", None, "must be text"),
        ("totals", {"Not A Slug": {}}, "form"),
        ("totals/demo-mr", 4, "must be an object"),
        ("subjects/0/status", "cured", "must be one of: candidate"),
        ("subjects/0/withdrawal", "all of it", "must be one of: keep, no_new_use, erase"),
        ("verdicts/0/outcome", "incomplete", "must be one of: pass, repeat, not_covered"),
        ("verdicts/0/deviations", {"SliceThickness": -1}, "between 0"),
        ("verdicts/0/study_uid", "Doe", "must be a UID"),
        ("subjects/0/consent", ["imaging", 4], r"consent\[1\] must be text"),
        ("subjects/0/consent", ["imaging", "v2; Doe"], r"consent\[1\] does not have the form"),
        ("subjects/0/consent", [NHS], r"consent\[0\] looks like an NHS number"),
    ],
)
def test_bad_receipts_are_refused_by_place_without_their_value(path: str, value: Any, words: str) -> None:
    with pytest.raises(MessageError, match=words) as caught:
        parse_receipts(change(golden("receipts"), path, value))
    assert NHS not in str(caught.value)
    assert "Doe" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("research_studies/0/receive", "  ", "words for why not"),
        ("research_studies/0/receive", False, "must be text"),
        ("research_studies/0/prior_imaging", 1, "true or false"),
        ("research_studies/0/intake_mode", "open", "dedicated, listed"),
        ("research_studies/0/ae_title", "BACK\\SLASH", "form"),
        ("research_studies/0/planned_events/0/window", [0], "two whole numbers"),
        ("research_studies/0/planned_events/0/window", [3, -3], "begin before it ends"),
        ("research_studies/0/planned_events/0/modalities", ["mr"], "form"),
    ],
)
def test_bad_study_config_is_refused(path: str, value: Any, words: str) -> None:
    with pytest.raises(MessageError, match=words):
        parse_study_config(change(golden("study-config"), path, value))


def test_a_missing_field_is_named() -> None:
    data = golden("study-config")
    del data["sites"][0]["ods"]
    with pytest.raises(MessageError, match=r"study-config.sites\[0\].ods is missing"):
        parse_study_config(data)


def test_nulls_are_read_where_they_may_be() -> None:
    data = change(change(golden("receipts"), "opt_out_sweep", None), "sent/0/study_day", None)
    message = parse_receipts(data)
    assert message.opt_out_sweep is None
    assert message.sent[0].study_day is None
    assert message.times[0].sent_at is None


def test_what_may_be_typed_as_consent_is_read() -> None:
    data = change(change(golden("receipts"), "subjects/0/consent", ["2.0"]), "subjects/0/subject_id", "")
    [subject] = parse_receipts(data).subjects
    assert (subject.consent, subject.subject_id) == (("2.0",), "")


def test_a_withdrawal_is_told_and_hospital_sides_from_before_tell_none() -> None:
    data = change(change(golden("receipts"), "subjects/0/status", "withdrawn"), "subjects/0/withdrawal", "erase")
    assert parse_receipts(data).subjects[0].withdrawal == "erase"
    before = golden("receipts")
    del before["subjects"][0]["withdrawal"]
    assert parse_receipts(before) == parse_receipts(golden("receipts"))


def test_a_dumped_message_is_plain_json_with_plain_strings() -> None:
    dumped = records.dump(parse_receipts(golden("receipts")))
    assert type(dumped["sent"][0]["pseudonym"]) is str
    assert json.loads(json.dumps(dumped)) == golden("receipts")
