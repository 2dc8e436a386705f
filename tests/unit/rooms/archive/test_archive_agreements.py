"""Without a contribution agreement in force nothing is taken in, and no Selection is made or put in use again."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from mapped_world import World, derived, send, shown, value
from support.archive_book import scan, signed_in, text

from isocentre.core.actor import SYSTEM, Actor, Scope
from isocentre.core.dicomweb.facts import NO_AGREEMENT
from isocentre.core.register import ResearchStudyTerms
from isocentre.rooms.archive import door, selections
from isocentre.rooms.archive.models import Instance, Selection
from isocentre.rooms.network import door as network
from isocentre.rooms.register import door as register

pytestmark = pytest.mark.usefixtures("archive")
SOMEBODY, ANOTHER = (Actor("person", name, "", Scope.everything(), frozenset({"*"})) for name in ("anna", "ben"))
TODAY = timezone.localdate()
FREEZE = "/archive/selections/freeze"


def agree(slug: str = "demo-mr", days: int = 100) -> None:
    """The trust of RZN01 has an agreement in force for the research study, for so many days."""
    network.save_site(by=SYSTEM, ods="RZN01", name="Northmoor", organisation_ods="RZN", organisation_name="Trust")
    terms = ResearchStudyTerms(
        slug, f"Trial {slug}", "Sponsor", "P1", "listed", "trial-ct-mr", "consent", status="open"
    )
    register.create_research_study(by=SYSTEM, terms=terms)
    register.save_study_site(by=SYSTEM, research_study=slug, site="RZN01", status="open")
    signed: dict[str, Any] = {f"{w}_{p}": "Dr" for w in ("caldicott", "siro") for p in ("name", "post")}
    signed |= {"caldicott_on": TODAY, "siro_on": TODAY, "starts": TODAY, "until": TODAY + timedelta(days=days)}
    signed |= dict.fromkeys(("controllers", "processor", "purposes", "dpia", "file_reference"), "Words")
    register.agreeing.enter(by=SOMEBODY, slug=slug, organisation="RZN", changes={**signed, "exit_terms": "keep"})
    register.agreeing.confirm(by=ANOTHER, slug=slug, organisation="RZN", number=1, edits=1)


def require() -> None:
    register.agreements.require(by=SYSTEM, required=True, reason="They are signed")


def test_an_object_of_a_place_without_one_is_refused_and_said_why(world: World) -> None:
    new, held = derived(shown(world, "R001")), Instance.objects.count()
    require()
    answer = send(world, new)
    assert answer.status_code == 409
    [refused] = answer.json()["00081198"]["Value"]
    assert value(refused, "00081197") == NO_AGREEMENT
    assert value(refused, "00000902") == "no contribution agreement is recorded for this trust"
    assert Instance.objects.count() == held
    agree("neuro")
    assert send(world, new).status_code == 200
    register.agreeing.end(by=ANOTHER, slug="neuro", organisation="RZN", reason="The trust left")
    assert send(world, new).status_code == 200, "the same again, as its answer may have been lost"
    assert send(world, derived(shown(world, "R002"))).status_code == 409


def test_a_selection_holds_only_what_may_be_released_until_its_last_day() -> None:
    scan("10")
    require()
    typed = {"title": "readers", "purpose": "Reading", "last_day": f"{TODAY + timedelta(days=30):%d/%m/%Y}"}
    core = signed_in("imaging_core")
    answer = core.post(FREEZE, typed)
    assert answer.status_code == 400
    assert "no contribution agreement is recorded for this trust" in text(answer)
    with pytest.raises(ValueError, match="not to be released"):
        freeze("r-1")
    agree(days=20)
    assert f'value="{TODAY + timedelta(days=20)}"' in text(core.get(FREEZE)), "the day offered is within it"
    assert "ended on" in text(core.post(FREEZE, typed)), "it would outlast the agreement"
    assert core.post(FREEZE, {**typed, "last_day": f"{TODAY + timedelta(days=20):%d/%m/%Y}"}).status_code == 302
    freeze("r-1")
    register.agreeing.end(by=ANOTHER, slug="demo-mr", organisation="RZN", reason="The trust left")
    freeze("r-1")  # made before: the same again is success
    with pytest.raises(ValueError, match="not to be released"):
        freeze("r-2")
    assert Selection.objects.count() == 2


def freeze(name: str) -> None:
    door.freeze(by=SYSTEM, name=name, purpose="p", expires_on=TODAY, object_uids=["2.25.10.1.1"])


def test_one_that_was_ended_is_not_put_in_use_again_without(archive: Any) -> None:
    scan("10")
    freeze("r-1")
    selections.end(by=SYSTEM, name="r-1", reason="Done")
    require()
    core = signed_in("imaging_core")
    page = text(core.post("/archive/selections/of/r-1/reopen", follow=True))
    assert "Not to be released" in page
    assert Selection.objects.get().ended
    agree()
    core.post("/archive/selections/of/r-1/reopen")
    assert not Selection.objects.get().ended
    assert json.loads(text(core.get("/archive/selections/?format=json")))
