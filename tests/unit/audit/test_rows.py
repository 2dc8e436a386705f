"""Inserts put together once: order, keys, defaults and every kind of value as the models write them."""

import pytest
from django.utils import timezone

from isocentre.audit import rows
from isocentre.audit.models import AuditRow

pytestmark = pytest.mark.django_db


def row(number: int) -> AuditRow:
    return AuditRow(
        at=timezone.now(), actor_kind="person", actor=f"p{number}", action="looked", object_type="x",
        object_id=str(number), detail={"ü": [number, None]},
    )  # fmt: skip


def test_rows_are_there_in_order_with_their_keys_and_read_back_as_written() -> None:
    made = [row(number) for number in range(7)]
    rows.insert(made)
    read = list(AuditRow.objects.order_by("pk"))
    assert [(r.pk, r.actor, r.detail, r.at, r.chain_no, r.reason) for r in read] == [
        (m.pk, m.actor, m.detail, m.at, None, "") for m in made
    ]
    made[3].reason = "changed"
    made[3].save()
    assert AuditRow.objects.filter(reason="changed").get().pk == made[3].pk


def test_more_rows_than_one_statement_takes_go_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_MOST_VALUES", 30)
    rows.insert(row(number) for number in range(25))
    assert [int(r.object_id) for r in AuditRow.objects.order_by("pk")] == list(range(25))


def test_nothing_is_inserted_for_nothing() -> None:
    rows.insert([])
    assert not AuditRow.objects.exists()
