"""The list page: count, filters, sorting, pages, exports of exactly what is shown, empty states, bulk actions."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import timezone

from isocentre.jobs.models import Beat
from isocentre.web import listing as lists
from isocentre.web.formats import plural
from isocentre.web.listing import Bulk, Cell, Column, Filter, Listing, Row

pytestmark = pytest.mark.django_db

DAY = Filter("day", "Day seen", day=True)
WHAT = Filter("doing", "What it does", (("idle", "Idle"), ("busy", "Busy")))


def describe(rows, **changes):
    given = {
        "name": "processes",
        "heading": lambda n: plural(n, "process", "processes"),
        "columns": [Column("process", "Process", sort="process"), Column("doing", "Doing")],
        "rows": rows,
        "present": lambda found: [
            Row(b.process, [Cell(b.process, url=f"/p/{b.process}"), Cell(b.doing, tag="green")]) for b in found
        ],
        "empty": "No process has started yet. Start one with isocentre up.",
        "sort": "process",
        "filters": [WHAT],
        "size": 2,
    }
    return Listing(**{**given, **changes})


def respond(address="/list/", **changes):
    request = RequestFactory().get(address)
    request.user, request.actor = AnonymousUser(), None
    values = lists.chosen_filters(request, [WHAT])
    rows = Beat.objects.filter(doing=values["doing"]) if values["doing"] else Beat.objects.all()
    response = lists.respond(request, describe(rows, **changes))
    return response if response.streaming else response.content.decode()


@pytest.fixture
def beats():
    for name, doing in [("a", "idle"), ("b", "busy"), ("c", "=busy"), ("d", "idle"), ("e", "idle")]:
        Beat.objects.create(process=name, doing=doing, at=timezone.now())


def test_the_heading_counts(beats):
    page = respond()
    assert '<h1 class="nhsuk-heading-l">5 processes</h1>' in page
    assert 'href="/p/a"' in page
    assert 'href="/p/c"' not in page


def test_next_page_keeps_sort_and_filter(beats):
    page = respond("/list/?sort=-process&doing=idle")
    assert "3 processes" in page
    assert page.index("/p/e") < page.index("/p/d")
    assert "?sort=-process&amp;doing=idle&amp;after=d" in page
    assert "/p/a" in respond("/list/?sort=-process&doing=idle&after=d")


def test_a_heading_turns_the_order(beats):
    page = respond("/list/?sort=process")
    assert 'aria-sort="ascending"' in page
    assert "?sort=-process" in page
    assert respond("/list/?sort=password") == respond("/list/?sort=doing").replace(
        "sort=doing", "sort=password"
    ).replace('value="doing"', 'value="password"')


def test_csv_is_every_row_the_filter_shows(beats):
    response = respond("/list/?format=csv&doing=idle&sort=-process")
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert rows == [["Process", "Doing"], ["e", "idle"], ["d", "idle"], ["a", "idle"]]


def test_json_is_the_same(beats):
    assert json.loads(respond("/list/?format=json"))[2] == {"process": "c", "doing": "=busy"}


def test_empty_says_why_and_what_to_do(beats):
    Beat.objects.all().delete()
    assert "No process has started yet. Start one" in respond()
    assert "Nothing matches these filters" in respond("/list/?doing=idle")


def test_an_unknown_choice_is_no_filter(beats):
    assert "5 processes" in respond("/list/?doing=hostile")


def test_bulk_actions_send_what_is_ticked(beats):
    page = respond(bulk=[Bulk("Stop", "/stop", reason="Why", warning=True)])
    assert 'name="chosen" value="a"' in page
    assert 'formaction="/stop"' in page
    assert 'name="reason"' in page


@pytest.mark.parametrize(("address", "first"), [("/list/", "x"), ("/list/?sort=-n", "z")])
def test_a_plain_list_does_the_same(address, first):
    rows = [{"n": 2, "k": "y"}, {"n": None, "k": "x"}, {"n": 9, "k": "z"}]
    request = RequestFactory().get(address)
    request.user, request.actor = AnonymousUser(), None
    described = describe(
        rows,
        columns=[Column("k", "Key"), Column("n", "Number", sort="n", numeric=True)],
        present=lambda found: [Row(r["k"], [Cell(r["k"]), Cell(str(r["n"]), value=r["n"])]) for r in found],
        key=lambda r: r["k"],
        sort="n",
    )
    page = lists.respond(request, described).content.decode()
    cells = [part.split("<")[0] for part in page.split('<td class="nhsuk-table__cell">')[1:]]
    assert cells[0] == first
    request.GET = request.GET.copy()
    request.GET["format"] = "json"
    assert len(json.loads(lists.respond(request, described).content)) == 3


def dated(address):
    """The list filtered by DAY too, and what the view is told of the day."""
    request = RequestFactory().get(address)
    request.user, request.actor = AnonymousUser(), None
    told = lists.chosen_filters(request, [WHAT, DAY])["day"]
    return told, lists.respond(request, describe(Beat.objects.all(), filters=[WHAT, DAY]))


@pytest.mark.parametrize("typed", ["3 March 2026", "3+mar+2026", "2026-03-03", "3/3/2026", "++2026-03-03"])
def test_a_day_is_taken_as_people_type_it(beats, typed):
    told, answer = dated(f"/list/?day={typed}")
    assert (told, answer.status_code) == ("2026-03-03", 200)
    assert "5 processes" in answer.content.decode()
    assert dated("/list/?day=")[0] == ""


@pytest.mark.parametrize("typed", ["soon", "31/2/2026", "2026-13-01", "0001-01-01", "9999-12-31", "3/3/26"])
@pytest.mark.parametrize("more", ["", "&format=csv", "&format=json", "&doing=idle&after=a"])
def test_a_day_that_is_none_is_an_error_and_nothing_is_claimed(beats, typed, more):
    told, answer = dated(f"/list/?day={typed}{more}")
    page = answer.content.decode()
    assert (told, answer.status_code) == ("", 400)
    assert "<title>Error: There is a problem with a filter" in page
    assert 'href="#filter-day"' in page
    assert page.count("nter the day as 3 March 2026 or 2026-03-03") == 2, "at the top and at the field"
    assert f'value="{typed}"' in page
    assert 'aria-describedby="filter-day-hint filter-day-error"' in page
    assert "process" not in page.partition("<h1")[2].partition("<form")[0]
    assert "/p/a" not in page
    assert "No process has started" not in page


def test_every_filter_by_a_day_says_so():
    source = Path(lists.__file__).parents[1]
    named = re.compile(r'Filter\("(?:day|from|to|since|until|\w+_(?:on|at|day|date))",[^\n]*')
    found = [hit for path in source.rglob("*.py") for hit in named.findall(path.read_text(encoding="utf-8"))]
    assert len(found) >= 3
    assert [hit for hit in found if "day=True" not in hit] == []
