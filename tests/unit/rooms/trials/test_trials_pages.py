"""Pages of charters with Django's client: listed, uploaded, refused in words, put in force, compared, downloaded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from trials_book import CORE, SECOND, TEXT

from isocentre.core.charter.reading import MOST_BYTES, read
from isocentre.people.models import RoleAssignment, User
from isocentre.rooms.trials import door
from isocentre.rooms.trials.changing import EXAMPLE
from isocentre.rooms.trials.models import CharterVersion

pytestmark = pytest.mark.usefixtures("book")
ALL = "/charters/onco-ct"


def signed_in(role: str, research_study: str = "*", site: str = "*") -> Client:
    user = User.objects.create(username=f"{role}-{research_study}-{site}", name="Sam Lee")
    RoleAssignment.objects.create(user=user, role=role, research_study=research_study, site=site)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def core() -> Client:
    return signed_in("imaging_core")


def text(answer: Any) -> str:
    return b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode()


def test_the_list_says_what_is_in_force_and_what_waits(core: Client) -> None:
    page = text(core.get("/charters/"))
    assert "Charters of 2 research studies" in page
    assert "None in force" in page
    door.publish(by=CORE, slug="onco-ct", number=1)
    rows = json.loads(text(core.get("/charters/", {"format": "json", "q": "chest"})))
    assert [(r["slug"], r["charter"], r["version"]) for r in rows] == [("onco-ct", "Chest CT charter", 1)]


def test_a_version_is_a_table_and_the_same_as_a_file(core: Client) -> None:
    page = text(core.get(f"{ALL}/1"))
    assert "at most 5 mm" in page
    assert "SliceThickness" in page
    rows = text(core.get(f"{ALL}/1", {"format": "csv"})).splitlines()
    assert rows[-1] == "CT of the chest,Axial,Slice thickness,at most 5 mm,SliceThickness"
    file = core.get(f"{ALL}/1/file")
    assert 'filename="charter-onco-ct-v1.json"' in file["Content-Disposition"]
    assert read(text(file)) == door.version(by=CORE, slug="onco-ct", number=1).charter


def test_what_is_pasted_is_kept_as_the_next_version_and_not_in_force(core: Client) -> None:
    assert "What a charter looks like" in text(core.get(f"{ALL}/upload"))
    answer = core.post(f"{ALL}/upload", {"charter": SECOND.replace("\n", "\r\n")}, follow=True)
    assert answer.redirect_chain == [(f"{ALL}/2", 302)]
    assert "Version 2 is kept" in text(answer)
    assert "Put version 2 in force" in text(answer)
    assert read(EXAMPLE).title == "Chest CT charter"


def test_a_file_is_taken_and_wins_over_what_is_pasted(core: Client) -> None:
    file = SimpleUploadedFile("charter.yaml", b"\xef\xbb\xbf" + SECOND.encode())
    core.post(f"{ALL}/upload", {"file": file, "charter": "nonsense"})
    assert door.compare(by=CORE, slug="onco-ct", old=1, new=2)[0].new == "at most 3 mm"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"charter": ""}, "The charter is empty"),
        ({"charter": TEXT.replace("CT]", "ct]")}, "Charter.scans[1].modalities[0] does not have the form"),
        ({"file": SimpleUploadedFile("a", b"\xff\xfe")}, "The file is no text in UTF-8"),
        ({"file": SimpleUploadedFile("a", b"a" * (MOST_BYTES + 1))}, "larger than 256 KB"),
    ],
)
def test_what_is_wrong_is_said_in_words_and_what_was_pasted_stays(
    core: Client, sent: dict[str, Any], words: str
) -> None:
    answer = core.post(f"{ALL}/upload", sent)
    assert answer.status_code == 400
    page = text(answer)
    assert "There is a problem" in page
    assert words in page
    assert "Error: Upload a charter" in page
    assert str(sent.get("charter", "")).splitlines()[:1] == [] or "Chest CT charter" in page
    assert CharterVersion.objects.count() == 1


def test_putting_in_force_says_what_comes_next_and_a_replaced_version_stays_so(core: Client) -> None:
    assert "Each checks scans against it once a person there has accepted it" in text(
        core.post(f"{ALL}/1/publish", follow=True)
    )
    core.post(f"{ALL}/upload", {"charter": SECOND})
    assert "It takes the place of version 1" in text(core.get(f"{ALL}/2"))
    core.post(f"{ALL}/2/publish")
    page = text(core.post(f"{ALL}/1/publish", follow=True))
    assert "This version was replaced" in page
    history = text(core.get(ALL))
    assert "put version 2 of the imaging charter of" in history
    assert "Sam Lee" in history
    assert core.get(f"{ALL}/1/publish").status_code == 405


def test_two_versions_are_set_side_by_side(core: Client) -> None:
    core.post(f"{ALL}/upload", {"charter": SECOND})
    assert f"{ALL}/2/from/1" in text(core.get(f"{ALL}/1"))
    page = text(core.get(f"{ALL}/2/from/1"))
    assert "1 difference between versions 1 and 2" in page
    assert "at most 3 mm" in page
    assert "The two versions ask the same" in text(core.get(f"{ALL}/2/from/2"))


def test_others_read_or_find_nothing() -> None:
    team = signed_in("study_team")
    assert "Upload a version" not in text(team.get(ALL))
    assert "in force</button>" not in text(team.get(f"{ALL}/1"))
    assert team.get(f"{ALL}/upload").status_code == team.post(f"{ALL}/1/publish").status_code == 403
    here = signed_in("imaging_core", "onco-ct", "RZN01")
    assert here.get(f"{ALL}/1").status_code == 200
    assert here.get(f"{ALL}/upload").status_code == here.post(f"{ALL}/1/publish").status_code == 403
    other = signed_in("imaging_core", "other")
    for part in ("", "/upload", "/1", "/1/file", "/2/from/1"):
        assert other.get(ALL + part).status_code == 404
    assert "onco-ct" not in text(other.get("/charters/"))
