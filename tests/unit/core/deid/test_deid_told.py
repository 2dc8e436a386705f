"""What a profile and counts tell by themselves: options, kinds, causes, and examples that nobody ever was."""

import pytest
from support.dicom_bytes import CT, US

from isocentre.core.deid import account
from isocentre.core.deid.attributes import GROUPS
from isocentre.profiles import everyone, load

STATUSES = ("done", "held")


@pytest.mark.parametrize("profile", everyone(), ids=lambda one: one.method)
def test_every_profile_tells_what_it_comes_to(profile):
    told = account.told(profile)
    assert [code for code, _, _ in told["options"]] == list(profile.justifications)
    assert told["uids_kept"] is False
    assert told["given"] in ("as they are", "moved", "removed")
    assert told["texts"] == bool({113103, 113104, 113105} & set(profile.options))
    rows = account.groups(profile, (), {"text": 3})
    assert [row["name"] for row in rows] == list(GROUPS.values())
    assert [row["count"] for row in rows if row["count"]] == [3]
    assert all(row["before"] and row["after"] and row["why"] for row in rows)


def test_a_profile_that_cleans_pictures_or_faces_says_so():
    assert account.told(load("us-xa", 1))["cleans"]
    assert account.told(load("trial-ct-mr", 3))["defaces"]
    plain = account.told(load("trial-ct-mr", 1))
    assert not plain["cleans"]
    assert not plain["defaces"]


def test_kinds_are_told_commonest_first_and_the_rarest_together():
    profile = load("trial-ct-mr", 2)
    few = account.kinds({(CT, "done"): 9, (US, "held"): 2, ("", "held"): 1}, profile, STATUSES, "see there")
    assert [(name, counts) for name, _, counts in few] == [
        ("CT Image", [9, 0]), ("Ultrasound Image", [0, 2]), ("No DICOM object, or of no known kind", [0, 1]),
    ]  # fmt: skip
    assert few[2][1] == "-"
    many = {(f"1.2.3.{n}", "held"): 20 - n for n in range(account.MOST + 2)}
    rows = account.kinds(many, profile, STATUSES, "see there")
    assert rows[0][:2] == ("A kind that DICOM does not know", "Hold: not named")
    assert rows[-1] == ("2 kinds more", "see there", [0, 14 + 13])


def test_causes_are_a_few_and_the_rest_together():
    listed = [("held", f"cause {n}", 20 - n) for n in range(account.MOST + 3)]
    assert account.causes(listed[:2]) == listed[:2]
    assert account.causes(listed)[-1] == ("other", "3 causes more", 14 + 13 + 12)
    assert len(account.causes(listed)) == account.MOST + 1


def test_examples_are_those_of_what_was_written():
    profile = load("trial-ct-mr", 2)
    rows = {row["name"]: row for row in account.groups(profile, (CT,), {})}
    assert rows[GROUPS["people"]]["after"] == "P-EXAMPLE23456"
    assert rows[GROUPS["people"]]["before"] == "SPECIMEN^ANNA"
