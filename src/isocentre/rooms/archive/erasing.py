"""Remove objects for good: tombstone first, then the index, then the blobs; and the canaries, which leave no stone."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.rooms.archive import tombstones
from isocentre.rooms.archive.models import ImagingStudy, Instance
from isocentre.rooms.archive.ports import ports
from isocentre.rooms.archive.scoping import CANARY
from isocentre.rooms.archive.storing import recount

STEP = 500


def erase(*, by: Actor, stones: Mapping[str, int], reason: str, recalled: bool, home: Path) -> int:
    """Tombstone, mark and remove; the stone is durable first, so that a crash in between cannot let a replay in."""
    if not by.may("images_erase"):
        raise PermissionError("this role may not erase images")
    known = tombstones.read(home)
    if new := {uid: revision for uid, revision in stones.items() if revision > known.get(uid, -1)}:
        tombstones.append(home, new)
    gone, uids = 0, sorted(stones)
    for start in range(0, len(uids), STEP):
        some = {uid: stones[uid] for uid in uids[start : start + STEP]}
        gone += len(_mark(by, some, reason, recalled))
        # Whatever is marked: a crash in between left blobs that no row needs any more.
        rows = Instance.objects.filter(object_uid__in=some).exclude(state="stored")
        _remove([key for uid, n, key in rows.values_list("object_uid", "revision", "blob_key") if n <= some[uid]])
    return gone


def _mark(by: Actor, stones: Mapping[str, int], reason: str, recalled: bool) -> list[str]:
    with transaction.atomic():
        # As who stores does: the lock on the scans keeps their counts right between processes.
        mine = Instance.objects.filter(object_uid__in=stones, state="stored")
        list(ImagingStudy.objects.select_for_update().filter(pk__in=mine.values("series__study")).order_by("pk"))
        rows = mine.select_related("series__study")
        gone = [
            row
            for row in rows
            if row.revision <= stones[row.object_uid]
            and by.scope.allows(row.series.study.research_study, row.series.study.site)
        ]
        if not gone:
            return []
        lost = Counter(row.series.series_uid for row in gone if row.current)
        Instance.objects.filter(pk__in=[row.pk for row in gone]).update(state="recalled" if recalled else "erased")
        touched = {row.series.pk: row.series for row in gone}
        recount(list(touched.values()), {uid: -n for uid, n in lost.items()}, corrected=False)
        word = "objects_recalled" if recalled else "objects_erased"
        audit.record(
            by=by, entries=[audit.Entry(word, "erase_request", secrets.token_hex(8), {"objects": len(gone)}, reason)]
        )
        return [row.blob_key for row in gone]


def forget_canaries(*, by: Actor, keep: Sequence[str]) -> int:
    """Delete canary scans but those kept: rows and blobs, no tombstone, no count left."""
    if by.kind != "system":
        raise PermissionError("canaries are the system's own")
    with transaction.atomic():
        studies = ImagingStudy.objects.filter(research_study=CANARY).exclude(study_uid__in=keep)
        keys = list(Instance.objects.filter(series__study__in=studies).values_list("blob_key", flat=True))
        if not keys:
            return 0
        studies.delete()
        audit.record(
            by=by, entries=[audit.Entry("canaries_forgotten", "canary", secrets.token_hex(8), {"objects": len(keys)})]
        )
    _remove(keys)
    return len(keys)


def _remove(keys: Sequence[str]) -> None:
    # A key is named by content, so another row may share it; such a blob stays until its last row goes.
    for start in range(0, len(keys), STEP):
        some = set(keys[start : start + STEP])
        shared = Instance.objects.filter(blob_key__in=some, state="stored").values_list("blob_key", flat=True)
        for key in sorted(some - set(shared)):
            ports().blobs.delete(key)
