"""Charters over the national API: uploaded, read, put in force; refused in words, and unseen out of scope."""

from __future__ import annotations

from typing import Any

import pytest
from support.national_world import CHARTER

pytestmark = pytest.mark.usefixtures("national")
TEXT = CHARTER.replace("most: 5", "most: 3")


def test_a_charter_is_uploaded_read_and_put_in_force(program: Any) -> None:
    one = program("imaging_core", "charters_view", "charters_publish")
    assert [(row["version"], row["state"]) for row in one.all("charters")] == [(1, "in_force")]
    made = one.post("charters/demo-mr", {"text": TEXT})
    assert (made.status_code, made.json()["version"], made.json()["state"]) == (201, 3, "uploaded")
    assert one.post("charters/demo-mr", {"text": TEXT}).json() == made.json()
    for _ in range(2):
        assert one.post("charters/demo-mr/3", {"act": "publish"}).json()["state"] == "in_force"
    [listed] = one.all("charters")
    assert (listed["research_study"], listed["title"]) == ("demo-mr", "Head MR charter")
    assert [row["version"] for row in one.all("charters/demo-mr")] == [3, 2, 1]
    whole = one.get("charters/demo-mr/3").json()
    assert whole["charter"]["scans"][0]["series"][0]["rules"] == [
        {"attribute": "EchoTime", "range": {"most": "3"}, "unit": "ms"}
    ]


def test_what_cannot_be_kept_is_said_by_field(program: Any) -> None:
    one = program("imaging_core", "charters_publish")
    refused = one.post("charters/demo-mr", {"text": TEXT.replace("ms}", "s}")})
    assert refused.status_code == 422
    assert "unit must be ms" in refused.json()["errors"]["charter"]


def test_nobody_reads_or_changes_beyond_their_scope(program: Any) -> None:
    other = program("imaging_core", "charters_view", "charters_publish", over=("other", "*"))
    assert other.get("charters/demo-mr/3").status_code == other.get("charters/nothing/1").status_code == 404
    assert other.post("charters/demo-mr", {"text": TEXT}).status_code == 404
    here = program("imaging_core", "charters_view", "charters_publish", over=("demo-mr", "RZN01"))
    assert here.get("charters/demo-mr/2").status_code == 200
    assert here.post("charters/demo-mr/2", {"act": "publish"}).status_code == 403
    assert program("study_team", "charters_view").post("charters/demo-mr/2", {"act": "publish"}).status_code == 403
