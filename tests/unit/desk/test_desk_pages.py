"""Start, home, the life of a scan, search and help, through Django's test client."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from isocentre.core.hooks import Change, Figure, Hit, NavItem, ScanCard, Step, WorkItem
from isocentre.desk import pages

pytestmark = pytest.mark.django_db


def text(response, status=200):
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def test_nobody_signed_in_reads_what_this_is(client, room):
    page = text(client.get("/"))
    assert "One arriving scan, used once for everything" in page
    assert "For research, not for diagnosis" in page
    assert 'href="#maincontent"' in page
    assert "Everything here is made up" not in page


def test_the_demonstration_says_so(client, room, settings):
    settings.DEMO = True
    assert "Everything here is made up" in text(client.get("/"))


def test_the_side_is_told_in_words_and_colour(client, room, settings):
    assert "app-side--national" in text(client.get("/"))
    settings.ZONE = "gateway"
    page = text(client.get("/"))
    assert "app-side--hospital" in page
    assert "hospital side" in page


def test_home_is_a_worklist_oldest_first(client, room, person):
    now = timezone.now()
    room(
        worklist=lambda actor: [
            WorkItem(3, "scans to judge", "/judge/", now - timedelta(hours=1)),
            WorkItem(2, "scans held for burned-in text", "/held/", now - timedelta(days=2)),
            WorkItem(0, "queries", "/queries/"),
        ],
        figures=lambda actor: [Figure("97 %", "first-time pass")],
        changes=lambda actor: [Change("A scan was sent on", "/scan/4/", now)],
        navigation=lambda actor: [NavItem("Arrivals", "/intake/", 10, "a"), NavItem("Home", "/", 1)],
    )
    person("radiographer")
    page = text(client.get("/"))
    assert page.index("scans held for burned-in text") < page.index("scans to judge")
    assert "queries" not in page
    assert "oldest 2 days ago" in page
    assert "97 %" in page
    assert "A scan was sent on" in page
    assert "Research radiographer" in page
    assert "Adaeze Obi" in page
    assert 'href="/intake/"' in page
    assert "&#34;keys&#34;: &#34;g a&#34;" in page


def test_an_empty_worklist_is_told_in_words(client, room, person):
    person("radiographer")
    assert "Nothing needs you now" in text(client.get("/"))


def test_a_person_without_a_role_is_told_whom_to_ask(client, room, person):
    person()
    assert "Ask your side&#39;s administrator" in text(client.get("/")) or "no role on the" in text(client.get("/"))


def test_a_room_that_fails_is_named_and_the_rest_stays(client, room, person, capsys):
    def broken(actor):
        raise RuntimeError("Jane Doe 9990001111")

    room(worklist=broken, figures=lambda actor: [Figure("1", "scan held")])
    person("radiographer")
    page = text(client.get("/"))
    assert "testing could not be asked" in page
    assert "Scan held" in page
    assert "Jane" not in page
    assert "Jane" not in capsys.readouterr().out


def test_shortcuts_can_be_switched_off(client, room, person):
    person("radiographer", keyboard_shortcuts=False)
    assert 'name="isocentre-shortcuts" content="[]"' in text(client.get("/"))
    assert "switched keyboard shortcuts off" in text(client.get("/help/keyboard"))


LIFE = [
    Step("stored", "Stored", "done", who="archive", detail="42 images"),
    Step("matched", "No planned visit fits", "failed", next="The study team chooses the visit."),
]


def test_the_life_of_a_scan(client, room, person):
    room(
        life=lambda actor, key: LIFE if key == "2.25.7" else [],
        scan=lambda actor, key: ScanCard("CT, week 8", (("Subject", "ISO-7"),), (("Series", "/series/"),)),
    )
    person("imaging_core")
    page = text(client.get("/scan/2.25.7/"))
    for words in ("CT, week 8", "42 images", "The study team chooses the visit.", "app-life__step--future", "ISO-7"):
        assert words in page
    assert "/viewer?StudyInstanceUIDs=2.25.7" in page
    assert "There is no such page here" in text(client.get("/scan/2.25.8/"), 404)


def test_only_who_may_see_images_is_offered_them(client, room, person):
    room(life=lambda actor, key: LIFE)
    person("national_auditor")
    assert "Open the images" not in text(client.get("/scan/2.25.7/"))


@pytest.mark.parametrize("path", ["/scan/1/", "/search/", "/status/"])
def test_pages_ask_nobody_to_sign_in(client, room, path):
    response = client.get(path)
    assert response.status_code == 302
    assert "next=" in response["Location"]


def test_search_on_the_national_side(client, room, person):
    room(
        search=lambda actor, words: [Hit("DEMO_MR", "Research study", "/register/DEMO_MR/")] if words == "demo" else []
    )
    person("imaging_core")
    assert "1 result for “demo”" in text(client.get("/search/?q=demo"))
    assert "Nothing was found" in text(client.get("/search/?q=other"))
    assert "Type into the search box" in text(client.get("/search/"))


def test_search_on_the_hospital_side_never_uses_the_address(client, room, person, settings):
    settings.ZONE = "gateway"
    room(search=lambda actor, words: [Hit(words, "Person", "/intake/person/3/")])
    person("radiographer")
    assert "Person" not in text(client.get("/search/?q=Doe"))
    page = text(client.post("/search/", {"q": "Doe"}))
    assert "/intake/person/3/" in page
    assert 'method="post"' in page


@pytest.mark.parametrize("topic", pages.TOPICS)
def test_every_help_topic_is_written(client, room, topic):
    page = text(client.get(f"/help/{topic}"))
    assert pages.TOPICS[topic] in page


def test_the_guided_path_leads_only_where_the_person_may_go(client, room, person, monkeypatch):
    monkeypatch.setattr(pages, "address", {"intake:arrivals": "/intake/arrivals/", "audit": "/audit/"}.get)
    room(navigation=lambda actor: [NavItem("Arrivals", "/intake/arrivals/", 10, "a")])
    assert 'href="/intake/arrivals/"' not in text(client.get("/help/first-scan"))
    person("radiographer")
    page = text(client.get("/help/first-scan"))
    main = page[page.index("<main") :]
    assert '<a href="/intake/arrivals/">Open an arrival</a>' in main
    assert "/audit/" not in main


def test_help_has_an_index_and_no_page_for_nonsense(client, room):
    assert "/help/held" in text(client.get("/help/"))
    assert client.get("/help/nonsense").status_code == 404


@pytest.mark.parametrize("word", [" wall", " room ", "anonymous", "practitioner", " evidence"])
def test_forbidden_words_are_nowhere_in_help(client, room, word):
    for topic in pages.TOPICS:
        page = text(client.get(f"/help/{topic}")).lower()
        assert word not in page[page.index("<main") : page.index("</main>")]


def test_the_menu_marks_the_nearest_entry_alone(client, room, person):
    room(
        navigation=lambda actor: [
            NavItem("All", "/help/", 1),
            NavItem("Held", "/help/held", 2),
            NavItem("Home", "/", 3),
        ]
    )
    person("imaging_core")
    assert text(client.get("/help/held")).count('aria-current="page"') == 1
    assert text(client.get("/help/words")).count('aria-current="true"') == 1


def test_the_status_is_offered_only_to_who_may_see_it(client, room, person):
    assert 'href="/status/"' not in text(client.get("/"))
    person("imaging_core")
    page = text(client.get("/help/keyboard"))
    assert 'href="/status/"' not in page
    assert "g t" not in page
