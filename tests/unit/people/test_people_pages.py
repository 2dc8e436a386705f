"""Pages of people, tokens, gateways and the profile: who may, what they do, what is shown once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from people_support import PASSWORD

from isocentre.audit.models import AuditRow
from isocentre.core.checks import Unfit
from isocentre.people import acting, bearer, gateways, hooks, naming, tokens
from isocentre.people.models import Gateway, RoleAssignment, Token, User
from isocentre.web import names

Make = Callable[..., User]


@pytest.fixture
def admin(person: Make) -> Client:
    """A national administrator who has just signed in."""
    person("ada", "national_administrator")
    client = Client()
    client.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    return client


def text(answer: Any) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def actions() -> set[str]:
    return set(AuditRow.objects.values_list("action", flat=True))


def test_add_a_person_give_and_take_a_role(admin: Client) -> None:
    assert "Enter the person" in text(admin.post("/accounts/people/add/", {"name": "", "username": "Sam!"}))
    added = admin.post("/accounts/people/add/", {"name": "Sam Lee", "username": "sam.lee", "email": ""})
    sam = User.objects.get(username="sam.lee")
    page = f"/accounts/people/{sam.pk}/"
    assert added["Location"] == page
    assert "No role, so nothing" in text(admin.get(page))
    role = {"role": "study_team", "research_study": "onco-ct", "site": "*", "until": "2099-03-03"}
    form = re.sub(r"\s+>", ">", text(admin.get(page + "role/")))
    for option in ("*&All research studies", "onco-ct&Lung trial", "*&All sites", "RZN01&Northmoor (RZN01)"):
        value, words = option.split("&")
        assert f'value="{value}">{words}<' in form
    assert admin.post(page + "role/", role).status_code == 302
    shown = text(admin.get(page))
    assert "Study team: Lung trial at all sites, until 3 March 2099" in shown
    assert "Ada, as national administrator, gave Sam Lee the role study team (Lung trial, all sites)" in shown
    held = RoleAssignment.objects.get(user=sam)
    assert admin.post(f"{page}role/{held.pk}/end/").status_code == 302
    assert not RoleAssignment.objects.filter(user=sam).exists()
    assert actions() >= {"person_added", "role_given", "role_taken"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"role": "king"}, "Choose a role of this side"),
        ({"research_study": "no-such"}, "Choose a research study, or all of them"),
        ({"site": "RZN99"}, "Choose a site, or all of them"),
        ({"until": "2026-02-31"}, "Enter the day as"),
        ({"until": "2001-01-01"}, "still to come"),
    ],
)
def test_roles_that_cannot_be(admin: Client, person: Make, change: dict[str, str], words: str) -> None:
    sam = person("sam")
    typed = {"role": "study_team", "research_study": "*", "site": "*", "until": "", **change}
    answer = admin.post(f"/accounts/people/{sam.pk}/role/", typed)
    assert answer.status_code == 400
    assert words in text(answer)
    assert not RoleAssignment.objects.filter(user=sam).exists()


def test_nobody_locks_themselves_out(admin: Client) -> None:
    ada = User.objects.get(username="ada")
    held = RoleAssignment.objects.get(user=ada)
    admin.post(f"/accounts/people/{ada.pk}/role/{held.pk}/end/")
    admin.post(f"/accounts/people/{ada.pk}/act/deactivate/")
    ada.refresh_from_db()
    assert ada.is_active
    assert RoleAssignment.objects.filter(user=ada).exists()
    assert "ask another administrator" in text(admin.get("/accounts/people/"))


def test_deactivating_ends_everything_and_can_be_undone(admin: Client, person: Make) -> None:
    sam = person("sam", "study_team")
    client = Client()
    client.force_login(sam)
    _, secret = tokens.create(by=acting.actor_for(sam), user=sam, label="x", scope=["*"], lasts=timedelta(days=1))
    admin.post(f"/accounts/people/{sam.pk}/act/deactivate/")
    assert client.get("/accounts/profile/").status_code == 302
    assert Client().get("/accounts/tokens/", headers={"Authorization": f"Bearer {secret}"}).status_code == 302
    assert not bearer.still_valid(acting.actor_for(sam))
    assert "Deactivated" in text(admin.get("/accounts/people/?state=no"))
    admin.post(f"/accounts/people/{sam.pk}/act/activate/")
    assert client.get("/accounts/profile/").status_code == 302, "old sessions do not come back"
    assert actions() >= {"person_deactivated", "person_activated", "sessions_ended"}


def test_the_sign_in_link_is_shown_once_and_kept_nowhere(admin: Client, person: Make) -> None:
    sam = person("sam", "study_team")
    answer = admin.post(f"/accounts/people/{sam.pk}/act/link/")
    found = re.search(r"http://127.0.0.1:\d+(/accounts/welcome/[^\"]+)", text(answer))
    assert found is not None
    assert answer["Cache-Control"] == "no-store"
    assert found[1] not in text(admin.get(f"/accounts/people/{sam.pk}/"))
    assert found[1].split("/")[-2] not in str(AuditRow.objects.values())
    assert Client().get(found[1]).status_code == 302
    sam.is_active = False
    sam.save()
    assert "welcome" not in text(admin.post(f"/accounts/people/{sam.pk}/act/link/", follow=True))
    assert admin.post(f"/accounts/people/{sam.pk}/act/explode/").status_code == 404
    assert admin.get(f"/accounts/people/{sam.pk}/act/link/").status_code == 405


def test_the_list_filters_and_exports(admin: Client, person: Make) -> None:
    person("sam", "study_team")
    assert "2 people" in text(admin.get("/accounts/people/"))
    assert "1 person" in text(admin.get("/accounts/people/?q=sa"))
    assert "1 person" in text(admin.get("/accounts/people/?role=study_team"))
    assert "Sam,sam,Study team,,Active" in text(admin.get("/accounts/people/?format=csv"))


def test_act_as_another_of_ones_roles(person: Make) -> None:
    user = person("sam", "study_team", "national_auditor")
    client = Client()
    client.force_login(user)
    assert client.get("/audit/").status_code == 403
    assert client.post("/accounts/role/", {"role": "national_administrator"}).status_code == 302
    assert client.get("/accounts/people/").status_code == 403
    client.post("/accounts/role/", {"role": "national_auditor"})
    assert client.get("/audit/").status_code == 200
    assert client.get("/accounts/tokens/").status_code == 403, "never the sum of roles"
    assert client.get("/accounts/role/").status_code == 405
    assert AuditRow.objects.filter(action="role_chosen", object_id="national_auditor").count() == 1


def test_the_profile(person: Make, signed_in: Callable[..., Client]) -> None:
    client = signed_in("sam", ("study_team", "onco-ct", "RNM01"))
    page = text(client.get("/accounts/profile/"))
    assert "Study team: Lung trial at Eastfield (RNM01)" in page
    assert client.get("/accounts/profile/edit/").status_code == 200
    assert client.post("/accounts/profile/edit/", {"name": " "}).status_code == 400
    client.post("/accounts/profile/edit/", {"name": "Sam A. Lee", "keyboard_shortcuts": ""})
    user = User.objects.get(username="sam")
    assert (user.name, user.keyboard_shortcuts) == ("Sam A. Lee", False)
    other = Client()
    other.force_login(user)
    client.post("/accounts/profile/sign-out-everywhere/")
    assert client.get("/accounts/profile/").status_code == 200
    assert other.get("/accounts/profile/").status_code == 302


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "x"}, "Enter an e-mail address like"),
        ({"email": "9990000018@nhs.example"}, "Take the NHS number out"),
        ({"name": "Sam 999 000 0018"}, "Take the NHS number out"),
    ],
)
def test_names_and_addresses_of_people_are_looked_at(admin: Client, change: dict[str, str], words: str) -> None:
    typed = {"name": "Sam Lee", "username": "sam.lee", "email": "sam@nhs.example"}
    answer = admin.post("/accounts/people/add/", {**typed, **change})
    assert (answer.status_code, words in text(answer)) == (400, True)
    assert not User.objects.filter(username="sam.lee").exists()
    assert admin.post("/accounts/people/add/", typed).status_code == 302
    sam = User.objects.get(username="sam.lee")
    again = admin.post(f"/accounts/people/{sam.pk}/edit/", {"name": "Sam Lee", "email": "sam@nhs.example", **change})
    assert (again.status_code, words in text(again)) == (400, True)


def test_no_role_no_power(signed_in: Callable[..., Client]) -> None:
    client = signed_in("sam")
    assert "None today" in text(client.get("/accounts/profile/"))
    assert client.get("/accounts/tokens/").status_code == 403


def test_make_a_token_see_it_once_revoke_it_in_one_click(person: Make) -> None:
    person("sam", ("study_team", "onco-ct", "*"))
    client = Client()
    client.post("/accounts/login/", {"login": "sam", "password": PASSWORD})
    assert "No token yet" in text(client.get("/accounts/tokens/"))
    form = text(client.get("/accounts/tokens/make/"))
    assert "Lung trial" in form
    assert "Brains" not in form, "what the role does not cover is not offered"
    assert "checked" not in form, "nothing is given that was not asked for"
    unticked = client.post("/accounts/tokens/make/", {"label": "nightly", "days": "7"})
    assert (unticked.status_code, Token.objects.count()) == (400, 0)
    assert "Tick the research studies, or all of them" in text(unticked)
    assert "Tick what the token may do" in text(unticked)
    may = ["scans_view", "images_view"]
    typed = {"label": "nightly", "permissions": may, "research_studies": "onco-ct", "sites": ["RZN01", "RNM01"],
             "days": "7"}  # fmt: skip
    assert "Tick what the token may do" in text(client.post("/accounts/tokens/make/", {**typed, "permissions": []}))
    assert client.post("/accounts/tokens/make/", {**typed, "days": "1000"}).status_code == 400
    other = text(client.post("/accounts/tokens/make/", {**typed, "research_studies": "neuro-mr", "sites": []}))
    assert "Tick the research studies, or all of them" in other
    assert "Tick the sites, or all of them" in other
    made = client.post("/accounts/tokens/make/", typed)
    secret = re.search(r'value="(iso_[^"]+)"', text(made))
    assert secret is not None
    assert made["Cache-Control"] == "no-store"
    listed = text(client.get("/accounts/tokens/"))
    assert secret[1] not in listed
    assert "nightly" in listed
    assert "Lung trial at Eastfield (RNM01); Lung trial at Northmoor (RZN01)" in listed
    assert "List scans and Selections; Fetch images (DICOMweb)" in listed
    token = Token.objects.get()
    assert token.scope == ["study:onco-ct@RNM01", "study:onco-ct@RZN01"]
    assert token.permissions == sorted(may)
    assert client.post(f"/accounts/tokens/{token.pk}/revoke/").status_code == 302
    assert "Revoked" in text(client.get("/accounts/tokens/"))
    assert client.get(f"/accounts/tokens/{token.pk}/revoke/").status_code == 405


def test_others_tokens_are_not_there(person: Make, signed_in: Callable[..., Client], admin: Client) -> None:
    sam = person("sam", "study_team")
    token, _ = tokens.create(by=acting.actor_for(sam), user=sam, label="mine", scope=["*"], lasts=timedelta(days=1))
    eve = signed_in("eve", "study_team")
    assert "mine" not in text(eve.get("/accounts/tokens/"))
    assert eve.post(f"/accounts/tokens/{token.pk}/revoke/").status_code == 404
    assert "mine" in text(admin.get("/accounts/tokens/"))
    typed = {
        "label": "for sam",
        "permissions": "scans_view",
        "research_studies": "*",
        "sites": "*",
        "days": "7",
        "person": "sam",
    }
    both = admin.post("/accounts/tokens/make/", {**typed, "research_studies": ["*", "onco-ct"]})
    assert (both.status_code, Token.objects.count()) == (400, 1)
    assert "either all, or only those" in text(both)
    assert "NHS number" in text(admin.post("/accounts/tokens/make/", {**typed, "label": "for 9990000018"}))
    assert "iso_" in text(admin.post("/accounts/tokens/make/", typed))
    assert "All research studies at all sites" in text(admin.get("/accounts/tokens/"))
    assert "Choose the person" in text(admin.post("/accounts/tokens/make/", {**typed, "person": "nobody"}))
    assert admin.post(f"/accounts/tokens/{token.pk}/revoke/").status_code == 302
    assert Token.objects.exclude(revoked_at=None).count() == 1


def test_a_dangerous_act_needs_a_fresh_proof(signed_in: Callable[..., Client], person: Make) -> None:
    old = signed_in("ada", "national_administrator")
    sam = person("sam", "study_team")
    gateways.invite(by=acting.actor_for(User.objects.get(username="ada")), name="northmoor", site="RZN01")
    for address in (
        "/accounts/tokens/make/",
        "/accounts/gateways/invite/",
        "/accounts/gateways/northmoor/revoke/",
        f"/accounts/people/{sam.pk}/role/",
        f"/accounts/people/{sam.pk}/act/deactivate/",
        f"/accounts/people/{sam.pk}/act/link/",
        f"/accounts/people/{sam.pk}/role/1/end/",
    ):
        assert old.post(address)["Location"].startswith("/accounts/reauthenticate/"), address


def test_gateways(admin: Client) -> None:
    assert "No gateway yet" in text(admin.get("/accounts/gateways/"))
    assert admin.post("/accounts/gateways/invite/", {"name": "North", "site": "RZN01"}).status_code == 400
    made = admin.post("/accounts/gateways/invite/", {"name": "northmoor", "site": ["RZN01", "RNM01"]})
    found = re.search(r"gateway join http://127.0.0.1:\d+ ([^\" ]+)\"", text(made))
    assert found is not None
    assert made["Cache-Control"] == "no-store"
    assert gateways.join(code=found[1], public_key="11" * 32).name == "northmoor"
    listed = text(admin.get("/accounts/gateways/"))
    assert found[1] not in listed
    assert "Joined" in listed
    assert "Eastfield (RNM01), Northmoor (RZN01)" in listed
    admin.post("/accounts/gateways/northmoor/revoke/", {"reason": "machine lost"})
    assert Gateway.objects.get().revoked_at is not None
    assert AuditRow.objects.get(action="gateway_revoked").reason == "machine lost"
    assert admin.post("/accounts/gateways/nowhere/revoke/").status_code == 404


def test_hooks(person: Make) -> None:
    ada, sam = acting.actor_for(person("ada", "national_administrator")), acting.actor_for(person("sam", "study_team"))
    assert [item.text for item in hooks.navigation(ada)] == ["People", "Tokens", "Gateways"]
    assert [item.text for item in hooks.navigation(sam)] == ["Tokens"]
    assert [figure.value for figure in hooks.figures(ada)] == ["2", "0", "0"]
    assert [(t.key, t.count) for t in hooks.tallies(ada)] == [("people.people", 2), ("people.tokens", 0)]
    assert hooks.figures(sam) == hooks.tallies(sam) == []


def test_roles_end_by_themselves(person: Make) -> None:
    user = person("sam", "study_team")
    RoleAssignment.objects.update(starts=timezone.localdate() + timedelta(days=1))
    assert acting.actor_for(user).permissions == frozenset()


def test_an_administrator_makes_a_token_of_a_selection_that_serves(
    admin: Client, person: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    person("sam", "imaging_core")
    assert "If it is for one Selection" not in text(admin.get("/accounts/tokens/make/")), "there is none"
    monkeypatch.setattr(names, "_selections", [lambda codes: {"ct-readers": "ct-readers: Central reading"}])
    assert "ct-readers: Central reading" in text(admin.get("/accounts/tokens/make/"))
    typed = {"label": "reading", "permissions": "images_view", "selection": "ct-readers", "days": "7", "person": "sam"}
    both = admin.post("/accounts/tokens/make/", {**typed, "research_studies": "*", "sites": "*"})
    assert (both.status_code, Token.objects.count()) == (400, 0)
    assert "not both" in text(both)
    assert "iso_" in text(admin.post("/accounts/tokens/make/", typed))
    assert Token.objects.get().scope == ["selection:ct-readers"]
    assert "Selection ct-readers" in text(admin.get("/accounts/tokens/"))
    assert "Tick the research studies" in text(admin.post("/accounts/tokens/make/", {**typed, "selection": "gone"}))


def test_the_hospital_side_makes_tokens_for_its_api_and_offers_what_a_role_may(person: Make, settings: Any) -> None:
    settings.ZONES = ("gateway",)
    user = person("sam", "pacs_manager")
    client = Client()
    client.post("/accounts/login/", {"login": "sam", "password": PASSWORD})
    form = text(client.get("/accounts/tokens/make/"))
    offered = re.findall(r'name="permissions" type="checkbox" value="(\w+)"', form)
    assert offered == ["arrivals_view", "pulls_view", "held_view", "ledger_view", "status_view"]
    typed = {"label": "nightly", "permissions": "ledger_view", "research_studies": "*", "sites": "*", "days": "7"}
    assert "iso_" in text(client.post("/accounts/tokens/make/", typed))
    refused = client.post("/accounts/tokens/make/", {**typed, "permissions": "enrolment_view"})
    assert (refused.status_code, Token.objects.count()) == (400, 1)
    assert acting.token_actor(Token.objects.get()).permissions == {"ledger_view"}
    assert "Tokens" in [item.text for item in hooks.navigation(acting.actor_for(user))]
    with pytest.raises(Unfit) as unfit:
        tokens.create(by=acting.actor_for(user), user=user, label="x", scope=["*"], lasts=timedelta(days=1),
                      permissions=["people_manage"])  # fmt: skip
    assert "permission" in unfit.value.errors


def test_what_a_program_did_is_its_persons(person: Make) -> None:
    person("sam", "study_team")
    assert naming.names(["sam", "sam#3", "gone#1"]) == {"sam": "Sam", "sam#3": "Sam, with token 3"}
