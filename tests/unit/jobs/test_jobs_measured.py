"""Write transactions are measured from start to end, the outermost alone, and told by zone and process."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from isocentre.jobs import door, measured
from isocentre.jobs.models import Setting


@pytest.fixture(autouse=True)
def _from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "_times", {kind: measured.Times() for kind in measured.KINDS})


def held() -> list[int]:
    counts: list[int] = measured.told()["held"]["counts"]
    return counts


def test_times_fall_under_their_bounds_and_add_up() -> None:
    for seconds in (0.0005, 0.001, 0.003, 0.7, 60.0):
        measured.note("held", seconds)
    told = measured.told()["held"]
    assert told["sum"] == pytest.approx(60.7045)
    found = dict(measured.buckets(told["counts"]))
    assert [found[bound] for bound in ("0.001", "0.002", "0.005", "0.5", "1.0", "5.0", "+Inf")] == [2, 2, 3, 3, 4, 4, 5]
    assert sum(measured.told()["waited"]["counts"]) == 0


@pytest.mark.django_db(transaction=True)
def test_the_outermost_transaction_is_one_a_read_is_none() -> None:
    assert not Setting.objects.filter(name="x").exists()
    assert sum(held()) == 0
    with transaction.atomic():
        door.remember("x", 1)
        time.sleep(0.02)
        with transaction.atomic():
            door.remember("y", 2)
    assert sum(held()) == 1
    assert sum(held()[:4]) == 0, "it held for more than a hundredth of a second"
    assert sum(measured.told()["waited"]["counts"]) == 1


@pytest.mark.django_db(transaction=True)
def test_one_that_is_undone_and_one_of_a_connection_opened_again_count_once_each() -> None:
    def undone() -> None:
        with transaction.atomic():
            door.remember("x", 1)
            raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        undone()
    assert sum(held()) == 1
    connection.close()
    with transaction.atomic():
        door.remember("x", 1)
    assert sum(held()) == 2


@pytest.mark.django_db
def test_metrics_tell_each_process_by_zone(settings: Any) -> None:
    settings.ZONE = "gateway"
    measured.note("held", 0.003)
    door.beat("receiver-1")
    measured.note("held", 0.3)
    families = text_string_to_metric_families(Client().get("/metrics").content.decode())
    samples = [s for f in families if f.name == "isocentre_write_transaction_held_seconds" for s in f.samples]
    counts = {s.labels["process"].partition("-")[0]: s.value for s in samples if s.name.endswith("_count")}
    assert counts == {"receiver": 1, "web": 2}
    assert {s.labels["zone"] for s in samples} == {"gateway"}
    at = {s.labels["le"]: s.value for s in samples if s.labels["process"] == "receiver-1" and "le" in s.labels}
    assert (at["0.002"], at["0.005"], at["+Inf"]) == (0, 1, 1)
