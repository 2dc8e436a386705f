"""The chain: sealed once, without gaps; every way of tampering is found, and a crash is not taken for one."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from isocentre.audit import chain, door, sealer
from isocentre.audit.chain import Mark
from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor

pytestmark = pytest.mark.django_db
BY = Actor("person", "ada", "auditor")


def do(count: int = 1) -> None:
    door.record(
        by=BY, entries=[door.Entry("site_changed", "site", f"R{n}", {"n": n, "é": [1.5, None]}) for n in range(count)]
    )


def kinds(home: Path) -> set[str]:
    return {finding.kind for finding in door.verify(home).findings}


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """Seven rows in two batches."""
    do(4)
    assert door.seal(tmp_path) == 4
    do(3)
    assert door.seal(tmp_path) == 3
    return tmp_path


def test_sealing_numbers_without_gaps_and_keeps_heads_outside(sealed: Path) -> None:
    assert list(AuditRow.objects.order_by("chain_no").values_list("chain_no", flat=True)) == list(range(1, 8))
    lines = [json.loads(line) for line in (sealed / "audit-head.jsonl").read_text().splitlines()]
    assert [(line["kind"], line["chain_no"]) for line in lines] == [
        ("intent", 4),
        ("head", 4),
        ("intent", 7),
        ("head", 7),
    ]
    assert lines[-1]["digest"] == AuditRow.objects.get(chain_no=7).digest
    assert (sealed / "audit-head.jsonl").stat().st_mode & 0o777 == 0o600
    assert door.seal(sealed) == 0
    report = door.verify(sealed)
    assert (report.whole, report.sealed, report.unsealed) == (True, 7, 0)


def test_the_unsealed_tail_is_named(sealed: Path) -> None:
    do(2)
    report = door.verify(sealed)
    assert (report.whole, report.unsealed) == (True, 2)
    assert report.unsealed_since is not None


def test_more_rows_than_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealer, "BATCH", 3)
    do(8)
    assert door.seal(tmp_path) == 8
    assert door.verify(tmp_path).sealed == 8


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "eve"},
        {"actor_kind": "system"},
        {"role": "dpo"},
        {"action": "site_created"},
        {"object_type": "scanner"},
        {"object_id": "R9"},
        {"detail": {"n": 2}},
        {"reason": "none"},
        {"at": timezone.now()},
        {"digest": "0" * 64},
    ],
)
@pytest.mark.parametrize("chain_no", [1, 5, 7])
def test_any_changed_column_is_found(sealed: Path, change: dict[str, object], chain_no: int) -> None:
    AuditRow.objects.filter(chain_no=chain_no).update(**change)
    report = door.verify(sealed)
    assert chain_no in {finding.chain_no for finding in report.findings if finding.kind == "changed"}


@pytest.mark.parametrize("chain_no", [1, 4, 6])
def test_a_missing_row_is_found(sealed: Path, chain_no: int) -> None:
    AuditRow.objects.filter(chain_no=chain_no).delete()
    report = door.verify(sealed)
    assert [f.words for f in report.findings if f.kind == "missing"] == [f"Row {chain_no} is missing"]


def test_a_run_of_missing_rows_is_one_finding(sealed: Path) -> None:
    AuditRow.objects.filter(chain_no__in=(2, 3)).delete()
    assert [f.words for f in door.verify(sealed).findings if f.kind == "missing"] == ["Row 2 to 3 is missing"]


@pytest.mark.parametrize("left", [6, 4, 0])
def test_a_chain_cut_off_is_found_and_stays_found(sealed: Path, left: int) -> None:
    AuditRow.objects.filter(chain_no__gt=left).delete()
    assert "truncated" in kinds(sealed)
    do(9)
    door.seal(sealed)
    assert kinds(sealed) & {"added", "changed"}


def forge(chain_no: int) -> None:
    """A row with a right digest, as somebody with the database alone can make it."""
    row = AuditRow(
        at=timezone.now(), actor_kind="person", actor="eve", action="site_changed", object_type="site", object_id="R"
    )
    _, previous = chain.head()
    row.chain_no, row.digest = chain_no, chain.digest(previous, row, chain_no)
    row.save()


def test_an_added_row_is_found_and_stays_found(sealed: Path) -> None:
    forge(8)
    assert kinds(sealed) == {"added"}
    do()
    door.seal(sealed)
    assert kinds(sealed) == {"added"}


def test_an_added_row_with_a_number_of_its_own(sealed: Path) -> None:
    forge(-1)
    forge(0)
    assert kinds(sealed) == {"added"}


def test_a_whole_chain_made_anew_is_found(sealed: Path) -> None:
    """Somebody changes a row and computes every digest again: the heads outside still differ."""
    AuditRow.objects.filter(chain_no=2).update(actor="eve")
    previous = chain.START
    for row in AuditRow.objects.order_by("chain_no"):
        assert row.chain_no is not None
        previous = row.digest = chain.digest(previous, row, row.chain_no)
        row.save(update_fields=["digest"])
    report = door.verify(sealed)
    assert {f.chain_no for f in report.findings} == {4, 7}


@pytest.mark.parametrize("empty", [True, False])
def test_without_its_head_file_a_chain_proves_nothing(sealed: Path, empty: bool) -> None:
    path = sealed / "audit-head.jsonl"
    path.write_bytes(b"") if empty else path.unlink()
    assert kinds(sealed) == {"added"}
    do()
    door.seal(sealed)
    assert kinds(sealed) == {"added"}


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the sealer stop where the named mark would be written, or at the commit."""

    def at(place: str) -> None:
        def broken(*args: object) -> None:
            raise OSError("power cut")

        if place == "commit":
            monkeypatch.setattr(sealer, "_write", broken)
            return
        plain = chain.append

        def append(home: Path, mark: Mark) -> None:
            broken() if mark.kind == place else plain(home, mark)

        monkeypatch.setattr(chain, "append", append)

    return at


@pytest.mark.parametrize("place", ["intent", "commit", "head"])
def test_a_crash_at_any_point_is_made_good(
    sealed: Path, crash: Callable[[str], None], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(2)
    crash(place)
    with pytest.raises(OSError, match="power cut"):
        door.seal(sealed)
    assert door.verify(sealed).whole
    monkeypatch.undo()
    do(1)
    door.seal(sealed)
    report = door.verify(sealed)
    assert (report.whole, report.sealed, report.unsealed) == (True, 10, 0)


def test_a_line_cut_off_by_a_crash_spoils_nothing(sealed: Path) -> None:
    with (sealed / "audit-head.jsonl").open("ab") as file:
        file.write(b'{"kind": "int')
    do()
    door.seal(sealed)
    report = door.verify(sealed)
    assert (report.whole, report.sealed) == (True, 8)


def test_only_one_seals(sealed: Path) -> None:
    do()
    with (sealed / "audit-head.jsonl").open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert door.seal(sealed) == 0
    assert door.seal(sealed) == 1


def test_a_row_sealed_by_another_machine_meanwhile_undoes_the_batch(
    sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(2)
    taken = AuditRow.objects.filter(chain_no=None).order_by("id").first()
    assert taken is not None
    seals = sealer._seals(chain.head())
    AuditRow.objects.filter(pk=taken.pk).update(chain_no=8, digest=seals[0].digest)
    monkeypatch.setattr(sealer, "_seals", lambda start: seals)
    assert door.seal(sealed) == 0
    assert AuditRow.objects.filter(chain_no=None).count() == 1


def test_a_restore_is_told_of_ever_after(sealed: Path) -> None:
    AuditRow.objects.filter(chain_no__gt=4).delete()
    door.accept_restored(sealed)
    do(2)
    door.seal(sealed)
    report = door.verify(sealed)
    assert (report.whole, report.sealed, [note.chain_no for note in report.notes]) == (True, 6, [4])
