"""Proves the archive: stored objects against their blobs, counts against rows, tombstones; and settles a restore."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db.models import Count, F, Max, Q, QuerySet

from isocentre.core.actor import Actor
from isocentre.core.ports import Blobs
from isocentre.core.proof import Proof
from isocentre.rooms.archive import erasing, recalls, tombstones, ways
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series
from isocentre.rooms.archive.ports import ports
from isocentre.rooms.archive.scoping import CANARY

CHUNK = 500


def prove(*, home: Path, deep: bool = False, pause: float = 1.0) -> Proof:
    """Check everything held; `deep` also reads and hashes every blob. Looks twice, `pause` seconds apart, before it
    says so: an object may be on its way out while it is looked at."""
    proof = Proof()
    bad = _blobs(proof, deep)
    risen = _risen(home)
    left = list(_left_behind())
    if bad or risen or left:
        time.sleep(pause)
    tally: dict[str, int] = {}
    for wrong in (bad[pk] for pk in _stored(list(bad))):
        tally[wrong] = tally.get(wrong, 0) + 1
    for wrong, n in sorted(tally.items()):
        proof.find("blob", n, f"stored objects {wrong}")
    words = "stored objects were recalled or erased, and may not be here: erase them again"
    proof.find("tombstone", len(set(risen) & set(_risen(home))), words)
    words = "recalled or erased objects still have their file"
    proof.find("left_behind", len(set(left) & set(_left_behind())), words)
    _counts(proof)
    ways.prove(proof)
    if deep:
        _unknown(proof)
    return proof


def held() -> Iterator[str]:
    """UIDs of objects that a hospital sent on and that are stored, recalled or erased, canaries left out; each once,
    whatever its revisions. What is here directly no hospital's ledger knows: `ways` proves it."""
    rows = Instance.objects.filter(current=True, direct=False).exclude(series__study__research_study=CANARY)
    yield from rows.values_list("object_uid", flat=True).iterator(chunk_size=5000)


def _blobs(proof: Proof, deep: bool) -> dict[int, str]:
    bad: dict[int, str] = {}
    count = 0
    rows = Instance.objects.filter(state="stored").values_list("pk", "blob_key", "size", "sha256")
    for pk, key, size, sha256 in rows.iterator(chunk_size=2000):
        count += 1
        wrong = _blob(ports().blobs, key, size, sha256 if deep else "")
        if wrong:
            bad[pk] = wrong
    proof.checked["objects"] = count
    return bad


def _blob(blobs: Blobs, key: str, size: int, sha256: str) -> str:
    """What is wrong with one blob, in words; empty when it is as it was stored."""
    try:
        if blobs.size(key) != size:
            return "have a file of another size"
        if not sha256:
            return ""
        digest = hashlib.sha256()
        for chunk in blobs.read(key):
            digest.update(chunk)
    except KeyError:
        return "have lost their file"
    except OSError:
        return "have a file that cannot be read"
    return "" if digest.hexdigest() == sha256 else "have a file that was changed"


def _stored(pks: list[int]) -> Iterator[int]:
    for at in range(0, len(pks), CHUNK):
        yield from Instance.objects.filter(pk__in=pks[at : at + CHUNK], state="stored").values_list("pk", flat=True)


def _risen(home: Path) -> dict[int, tuple[str, int]]:
    """Stored rows that a tombstone covers: (object UID, revision refused) by row."""
    stones = tombstones.read(home)
    uids = sorted(stones)
    found: dict[int, tuple[str, int]] = {}
    for at in range(0, len(uids), CHUNK):
        rows = Instance.objects.filter(object_uid__in=uids[at : at + CHUNK], state="stored")
        for pk, uid, revision in rows.values_list("pk", "object_uid", "revision"):
            if revision <= stones[uid]:
                found[pk] = (uid, stones[uid])
    return found


def _left_behind() -> Iterator[int]:
    """Rows recalled or erased whose blob is there all the same, though no stored row shares it."""
    gone = Instance.objects.exclude(state="stored").values_list("pk", "blob_key")
    for pk, key in gone.iterator(chunk_size=2000):
        try:
            ports().blobs.size(key)
        except KeyError:
            continue
        if not Instance.objects.filter(blob_key=key, state="stored").exists():
            yield pk


def _counts(proof: Proof) -> None:
    here = Q(instances__current=True, instances__state="stored")
    series = Series.objects.annotate(n=Count("instances", filter=here)).exclude(instance_count=F("n"))
    proof.checked["series"] = Series.objects.count()
    proof.find("counts", series.count(), "series say another number of images than they hold")
    here = Q(series__instances__current=True, series__instances__state="stored")
    studies = ImagingStudy.objects.annotate(
        n=Count("series__instances", filter=here), s=Count("series", filter=here, distinct=True)
    )
    wrong = studies.exclude(instance_count=F("n"), series_count=F("s"))
    proof.checked["scans"] = ImagingStudy.objects.count()
    proof.find("counts", wrong.count(), "scans say another number of series or images than they hold")


def _unknown(proof: Proof) -> None:
    """A blob is durable before its row is: one without a row is an object on its way, or what a crash left."""
    n = sum(1 for _ in _without_row(ports().blobs))
    proof.note("blob", n, "files are in the store without an entry in the index")


def _without_row(blobs: Blobs) -> Iterator[str]:
    some: list[str] = []

    def unknown() -> set[str]:
        stored = Instance.objects.filter(blob_key__in=some, state="stored").values_list("blob_key", flat=True)
        return set(some) - set(stored)

    for key in blobs.keys():  # noqa: SIM118 - the port's method, not a dictionary's
        some.append(key)
        if len(some) == CHUNK:
            yield from sorted(unknown())
            some.clear()
    yield from sorted(unknown())


def last_row() -> int:
    """The newest row of the index, a mark for `blobs_of`."""
    return Instance.objects.aggregate(last=Max("pk"))["last"] or 0


def blobs_of(*, upto: int) -> Iterator[tuple[str, int]]:
    """(key, size in bytes) of every stored object's blob, of rows up to this one."""
    rows: QuerySet[Instance] = Instance.objects.filter(state="stored", pk__lte=upto)
    yield from rows.values_list("blob_key", "size").iterator(chunk_size=2000)


def take_stones(*, home: Path, logs: Iterable[Path]) -> None:
    """Add what other logs of tombstones refuse (a backup's, the lost machine's) to this one's; absent ones are empty.

    ValueError when one of them cannot be read.
    """
    for log in logs:
        known = tombstones.read(home)
        others = tombstones.parsed(log.read_bytes()) if log.exists() else {}
        new = {uid: revision for uid, revision in others.items() if revision > known.get(uid, -1)}
        if new:
            tombstones.append(home, new)


def settle_restored(*, by: Actor, home: Path) -> int:
    """After a restore, last of all: what a tombstone covers goes again, row and blob; so do canaries, and every blob
    no row names. Returns how many objects were recalled or erased after the backup's copy of the index was made."""
    erasing.forget_canaries(by=by, keep=[])
    stones = dict(_risen(home).values())
    gone = erasing.erase(
        by=by, stones=stones, reason="recalled or erased after the backup was made", recalled=True, home=home
    ) if stones else 0  # fmt: skip
    recalls.settle(stones, home=home)
    for key in list(_without_row(ports().blobs)):
        ports().blobs.delete(key)
    return gone
