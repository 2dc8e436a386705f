"""The n-th arrival of the audit trail beside the n-th scan of a list would undo each shift: no list tells the order."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from support.archive_book import MemoryBlobs, put, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import SYSTEM, Actor, Scope
from isocentre.rooms.archive import door
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series

SCANS, PER_PAGE = 60, 50
WEEK = timedelta(days=7)
FIRST = date(2026, 3, 2)


@pytest.fixture
def came(archive: MemoryBlobs) -> dict[str, date]:
    """Scans in the order they came, five days apart, each with a shift of its own: UID and true date."""
    chance = random.Random(7)
    true = {}
    for n in range(SCANS):
        day = FIRST + timedelta(days=5 * n)
        shifted = day - WEEK * chance.randint(8, 520)
        name = str(chance.randrange(10**30, 10**31))
        put(f"{name}.1.1", pseudonym=f"P-{chance.randrange(10**9):09d}", StudyDate=f"{shifted:%Y%m%d}")
        newest = AuditRow.objects.filter(action="objects_stored").latest("id")
        AuditRow.objects.filter(pk=newest.pk).update(at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC))
        true[f"2.25.{name}"] = day
    return true


def undone(listed: list[str], came: dict[str, date]) -> int:
    """How many shifts an auditor and whoever was shown this list undo together, reading it either way."""
    assert sorted(listed) == sorted(came), "every scan once"
    clocks = [
        at.date() for at in AuditRow.objects.filter(action="objects_stored").order_by("at").values_list("at", flat=True)
    ]
    shifted = {
        uid: datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 - DICOM DA
        for uid, day in ImagingStudy.objects.values_list("study_uid", "study_date")
    }
    return max(
        sum(
            shifted[uid] + (clock - shifted[uid]) // WEEK * WEEK == came[uid]
            for uid, clock in zip(way, clocks, strict=True)
        )
        for way in (listed, listed[::-1])
    )


def pages(client: Client, address: str) -> tuple[list[str], str]:
    """UIDs of every page of a list in order, and all of its text."""
    uids: list[str] = []
    whole = ""
    while address:
        page = text(client.get(address))
        whole += page
        for uid in re.findall(r"/archive/(2\.25\.\d+)", page):
            if uid not in uids:
                uids.append(uid)
        more = re.search(r'href="(\?[^"]*after=[^"]*)"', page)
        address = f"/archive/{more[1].replace('&amp;', '&')}" if more else ""
    return uids, whole


def of_json(client: Client, address: str) -> list[str]:
    found = [one["0020000D"]["Value"][0] for one in client.get(address).json()]
    return list(dict.fromkeys(found))


LISTS = ("page", "sorted by study", "sorted by site, down", "csv", "studies", "series", "instances", "door")


def listed(which: str, role: str) -> list[str]:
    client = signed_in(role)
    sort = {"sorted by study": "?sort=research_study", "sorted by site, down": "?sort=-site"}.get(which, "")
    if which == "csv":
        return re.findall(r"2\.25\.\d+", text(client.get("/archive/?format=csv")))
    if which in ("studies", "series", "instances"):
        return of_json(client, f"/dicomweb/{which}?limit=100&includefield=0020000D")
    if which == "door":
        permissions = frozenset({"scans_view"} | ({"realtime_view"} if role == "study_team" else set()))
        by = Actor("person", "sam", role, Scope.everything(), permissions)
        first = door.search(by=by, limit=PER_PAGE)
        return [s.study_uid for s in (*first, *door.search(by=by, after=first[-1].study_uid))]
    return pages(client, f"/archive/{sort}")[0]


@pytest.mark.parametrize("which", LISTS)
def test_who_may_not_know_when_scans_came_is_told_no_order(came: dict[str, date], which: str) -> None:
    assert undone(listed(which, "imaging_core"), came) <= SCANS // 6


@pytest.mark.parametrize("which", ["page", "csv", "studies", "door"])
def test_the_study_team_sees_the_last_first_so_the_order_is_there_to_be_told(came: dict[str, date], which: str) -> None:
    assert undone(listed(which, "study_team"), came) == SCANS


def test_no_address_of_a_page_carries_a_number_of_the_index(came: dict[str, date]) -> None:
    numbers = {str(pk) for kind in (ImagingStudy, Series, Instance) for pk in _numbers(kind)}
    whole = pages(signed_in("imaging_core"), "/archive/")[1]
    told = set(re.findall(r"after=([^\"&]+)", whole))
    assert told
    assert not told & numbers
    uid = next(iter(came))
    for n in range(2, 60):
        put(f"{uid.removeprefix('2.25.')}.1.{n}", number=n, pseudonym=ImagingStudy.objects.get(study_uid=uid).pseudonym)
    images = text(signed_in("imaging_core", "demo-mr").get(f"/archive/{uid}/{uid}.1"))
    told = set(re.findall(r"after=([^\"&]+)", images))
    assert told
    assert all(value.startswith("2.25.") for value in told)


def _numbers(kind: Any) -> list[int]:
    return list(kind.objects.values_list("pk", flat=True))


def test_search_and_counts_by_the_system_keep_the_order(came: dict[str, date]) -> None:
    assert [s.study_uid for s in door.search(by=SYSTEM, limit=SCANS)] == list(came)[::-1]
