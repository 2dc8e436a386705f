"""Seals audit rows into the chain: one sealer at a time, a gap-free number each, in the order they became visible.

What is unsealed says so itself (`chain_no` is null): ids commit out of order on PostgreSQL, so no id is ever a mark of
how far sealing got. Hashing happens before the transaction, the head file is written around it (house rule 13).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import IntegrityError, connection, transaction

from isocentre.audit import chain
from isocentre.audit.chain import Mark
from isocentre.audit.models import AuditRow
from isocentre.core import points

BATCH = 500


class _NotAlone(Exception):
    """Somebody else sealed at the same moment (another machine on the same database)."""


@dataclass(frozen=True, slots=True)
class _Seal:
    pk: int
    chain_no: int
    digest: str


def seal(home: Path) -> int:
    """Seal all rows that are visible now; return how many. 0 also when another process is at it."""
    sealed = 0
    with chain.only_one(home) as alone:
        while alone:
            count = _batch(home)
            sealed += count
            if count < BATCH:
                break
    return sealed


def accept_restored(home: Path) -> None:
    """After a person restored a backup: note where the chain starts again. `verify` tells of it ever after."""
    with chain.only_one(home, wait=True):
        chain.append(home, Mark("restored", *chain.head()))


def _batch(home: Path) -> int:
    start = chain.head()
    _explain(home, start)
    seals = _seals(start)
    if not seals:
        return 0
    last = seals[-1]
    chain.append(home, Mark("intent", last.chain_no, last.digest))
    points.reach("seal.foretold")
    try:
        _write(seals)
    except (IntegrityError, _NotAlone):
        return 0  # rolled back whole; the rows are still unsealed, unless the other one has them
    points.reach("seal.committed")
    chain.append(home, Mark("head", last.chain_no, last.digest))
    return len(seals)


def _seals(start: tuple[int, str]) -> list[_Seal]:
    """The next rows with their number and digest."""
    chain_no, previous = start
    seals = []
    for row in AuditRow.objects.filter(chain_no=None).order_by("id")[:BATCH]:
        chain_no += 1
        previous = chain.digest(previous, row, chain_no)
        seals.append(_Seal(row.pk, chain_no, previous))
    return seals


def _write(seals: list[_Seal]) -> None:
    """All or none; a row that is sealed already, or a number that is taken, undoes it."""
    table = connection.ops.quote_name(AuditRow._meta.db_table)
    sql = f"UPDATE {table} SET chain_no = %s, digest = %s WHERE id = %s AND chain_no IS NULL"  # noqa: S608 - our own table's name
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, [(s.chain_no, s.digest, s.pk) for s in seals])
        if cursor.rowcount != len(seals):
            raise _NotAlone


def _explain(home: Path, start: tuple[int, str]) -> None:
    """Bring the file up to the database: a head its last intent foretold is a crash after commit."""
    lines = chain.marks(home, tail=True)
    settled = next((n for n in reversed(range(len(lines))) if lines[n].kind != "intent"), -1)
    if start == ((lines[settled].chain_no, lines[settled].digest) if settled >= 0 else (0, chain.START)):
        return
    foretold = any((m.chain_no, m.digest) == start for m in lines[settled + 1 :])
    chain.append(home, Mark("head" if foretold else "unexplained", *start))
