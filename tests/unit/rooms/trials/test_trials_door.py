"""Versions of charters: kept, put in force once, proposed to hospitals; never changed, and refused in words."""

from __future__ import annotations

import pytest
from trials_book import CORE, GATEWAY, SECOND, TEAM, TEXT, over

from isocentre.audit.models import AuditRow
from isocentre.core.charter.records import Charter
from isocentre.core.checks import Unfit
from isocentre.rooms.register import door as register
from isocentre.rooms.trials import door, hooks
from isocentre.rooms.trials.models import CharterVersion

pytestmark = pytest.mark.usefixtures("book")


def proposed() -> Charter | str | None:
    config = register.study_config_for(by=GATEWAY, gateway_name="northmoor", sites=["RZN01"])
    return config.research_studies[0].charter


def test_a_version_is_kept_and_the_same_again_makes_no_other() -> None:
    rows = AuditRow.objects.count()
    again = door.upload(by=CORE, slug="onco-ct", text=TEXT)
    assert (again.version, again.state, again.charter.title) == (1, "uploaded", "Chest CT charter")
    assert AuditRow.objects.count() == rows
    assert door.upload(by=CORE, slug="onco-ct", text=SECOND).version == 2
    assert AuditRow.objects.latest("pk").detail["version"] == 2


def test_nothing_is_proposed_before_a_version_is_in_force() -> None:
    assert proposed() is None
    door.publish(by=CORE, slug="onco-ct", number=1)
    assert proposed() == door.version(by=TEAM, slug="onco-ct", number=1).charter


def test_one_version_is_in_force_and_the_proposal_rises_with_it_once() -> None:
    door.publish(by=CORE, slug="onco-ct", number=1)
    before = register.research_study(by=TEAM, slug="onco-ct").version
    door.upload(by=CORE, slug="onco-ct", text=SECOND)
    for _ in range(2):
        assert door.publish(by=CORE, slug="onco-ct", number=2).published_by == "cora"
    assert [one.state for one in door.versions(by=TEAM, slug="onco-ct")] == ["in_force", "replaced"]
    assert register.research_study(by=TEAM, slug="onco-ct").version == before + 1
    assert isinstance(charter := proposed(), Charter)
    assert charter.version == 2
    with pytest.raises(Unfit, match="charter"):
        door.publish(by=CORE, slug="onco-ct", number=1)
    assert proposed() == charter, "what was refused is not proposed"
    done = list(AuditRow.objects.exclude(actor="northmoor").order_by("-pk").values_list("action", flat=True)[:3])
    assert done == ["charter_published", "charter_proposed", "charter_uploaded"]


def test_a_published_version_stays_as_it_is() -> None:
    first = door.publish(by=CORE, slug="onco-ct", number=1)
    door.upload(by=CORE, slug="onco-ct", text=SECOND)
    door.publish(by=CORE, slug="onco-ct", number=2)
    assert door.version(by=CORE, slug="onco-ct", number=1).charter == first.charter


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The charter is empty"),
        (TEXT.replace("mm", "cm"), "Charter.scans[1].series[1].rules[1].unit must be mm"),
        (TEXT.replace("SliceThickness, range: {most: 5}, unit: mm", "OperatorsName, present: true"),
         "OperatorsName does not stay as it was under the profile trial-ct-mr"),
        (TEXT.replace("SliceThickness, range: {most: 5}, unit: mm", "AcquisitionDate, present: true"),
         "Take the rules about it out, or agree another profile"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Unfit) as caught:
        door.upload(by=CORE, slug="onco-ct", text=text)
    assert words in caught.value.errors["charter"]
    assert CharterVersion.objects.count() == 1


def test_where_nobody_knows_the_profile_nothing_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    study = register.research_study(by=TEAM, slug="onco-ct")
    register.change_research_study(by=TEAM, terms=replace(study.terms, profile="of-our-own"))
    with pytest.raises(Unfit) as caught:
        door.publish(by=CORE, slug="onco-ct", number=1)
    assert "of-our-own of the research study is not installed here" in caught.value.errors["charter"]


def test_who_acts_for_a_part_reads_and_does_not_change_and_others_find_nothing() -> None:
    here = over(CORE, ("onco-ct", "RZN01"))
    assert door.version(by=here, slug="onco-ct", number=1).version == 1
    for act in (
        lambda by: door.upload(by=by, slug="onco-ct", text=SECOND),
        lambda by: door.publish(by=by, slug="onco-ct", number=1),
    ):
        for by in (here, TEAM):
            with pytest.raises(PermissionError):
                act(by)
        with pytest.raises(door.NotFound):
            act(over(CORE, ("other", "*")))
    with pytest.raises(PermissionError):
        register.put_charter(by=here, research_study="onco-ct", charter=Charter("x", 1, ()))
    for missing in (("onco-ct", 9), ("nothing", 1)):
        with pytest.raises(door.NotFound):
            door.version(by=CORE, slug=missing[0], number=missing[1])
    with pytest.raises(PermissionError):
        door.newest(by=GATEWAY)


def test_charters_are_listed_by_research_study_and_wait_for_who_may_act() -> None:
    assert door.newest(by=TEAM) == [("other", None, 0), ("onco-ct", None, 1)]
    [item] = hooks.worklist(CORE)
    assert (item.count, item.text) == (1, "charter version not in force yet in Lesions over time")
    assert hooks.worklist(TEAM) == hooks.worklist(over(CORE, ("onco-ct", "RZN01"))) == []
    door.publish(by=CORE, slug="onco-ct", number=1)
    [(_, held, waiting)] = door.newest(by=CORE, slugs=["onco-ct"])
    assert held is not None
    assert (held.version, waiting) == (1, 0)
    assert hooks.worklist(CORE) == []
    assert [one.text for one in hooks.navigation(TEAM)] == ["Charters"]
    assert hooks.navigation(GATEWAY) == []


def test_two_versions_are_compared() -> None:
    door.upload(by=CORE, slug="onco-ct", text=SECOND)
    [one] = door.compare(by=TEAM, slug="onco-ct", old=1, new=2)
    assert (one.what, one.old, one.new) == ("Slice thickness", "at most 5 mm", "at most 3 mm")
