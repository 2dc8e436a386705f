"""Keyset pages: every row once, in order, in both directions, with empty values."""

from __future__ import annotations

import pytest
from django.utils import timezone

from isocentre.audit.models import AuditRow
from isocentre.web import keyset

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    chain = [5, None, 3, None, 1, 4, 2, None]
    AuditRow.objects.bulk_create(
        AuditRow(at=timezone.now(), actor=f"a{n % 3}", chain_no=c) for n, c in enumerate(chain)
    )
    return AuditRow.objects.all()


@pytest.mark.parametrize("sort", ["chain_no", "-chain_no", "actor", "-actor", "id", "-id"])
@pytest.mark.parametrize("size", [1, 3, 8, 20])
def test_pages_join_to_the_whole(rows, sort, size):
    whole = [row.pk for row in keyset.ordered(rows, sort)]
    seen, after = [], ""
    for _ in range(len(whole) + 1):
        page = keyset.of_queryset(rows, sort, after, size)
        seen += [row.pk for row in page.rows]
        after = page.after
        if not after:
            break
    assert seen == whole


def test_empty_values_come_first_upwards_and_last_downwards(rows):
    up = [row.chain_no for row in keyset.ordered(rows, "chain_no")]
    assert up == [None, None, None, 1, 2, 3, 4, 5]
    down = [row.chain_no for row in keyset.ordered(rows, "-chain_no")]
    assert down == [5, 4, 3, 2, 1, None, None, None]


@pytest.mark.parametrize("after", ["999999999", "nonsense", "1; drop table"])
def test_an_address_of_a_row_that_is_gone_starts_again(rows, after):
    assert len(keyset.of_queryset(rows, "id", after, 3).rows) == 3


def test_a_list_is_paged_alike():
    rows = [{"k": c, "v": v} for c, v in zip("abcde", [2, 1, 2, 3, 1], strict=True)]

    def page(after, descending=False):
        return keyset.of_list(rows, lambda r: r["v"], lambda r: r["k"], after, 2, descending=descending)

    first = page("")
    assert [r["k"] for r in first.rows] == ["b", "e"]
    assert [r["k"] for r in page(first.after).rows] == ["a", "c"]
    assert page("c").after == ""
    assert [r["k"] for r in page("", descending=True).rows] == ["d", "c"]
