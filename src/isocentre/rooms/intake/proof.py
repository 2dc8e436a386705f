"""Proves the ledger: rows against arrivals, arrivals against originals, totals; and settles it after a restore.

Words and counts only: no identifier leaves this module but object UIDs, which the national side knows.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.dicom.header import hashes, read_header
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.proof import Proof
from isocentre.rooms.intake.models import CANARY, LOST, Arrival, Disposition, LedgerRow
from isocentre.rooms.intake.receive import quarantine
from isocentre.rooms.intake.undoing import UNDO_FOR
from isocentre.rooms.intake.upkeep import STRAY_AFTER

LOST_WORDS = "The original was not in the backup this side was restored from: ask for the scan to be sent again."
SETTLED = timedelta(hours=1)
CHUNK = 500


def prove(*, deep: bool = False, pause: float = 1.0) -> Proof:
    """Check the whole ledger; `deep` also reads and hashes every original. Looks twice, `pause` seconds apart,
    before it says that a file is missing: upkeep removes a file before it says so in the database."""
    proof = Proof()
    _rows(proof)
    _sent(proof)
    _balance(proof)
    _originals(proof, deep, pause)
    _later_objects(proof)
    return proof


def sent_on() -> Iterator[str]:
    """Object UIDs of rows that are sent on, canaries left out."""
    return _uids(LedgerRow.objects.filter(disposition=Disposition.SENT_ON))


def sent_before() -> Iterator[str]:
    """Object UIDs of rows that are not sent on now, but of which an earlier revision was."""
    return _uids(LedgerRow.objects.exclude(disposition=Disposition.SENT_ON).exclude(sent_at=None))


def _uids(rows: QuerySet[LedgerRow]) -> Iterator[str]:
    wanted = rows.exclude(research_study=CANARY).exclude(object_uid="")
    yield from wanted.values_list("object_uid", flat=True).iterator(chunk_size=5000)


def _rows(proof: Proof) -> None:
    rows = LedgerRow.objects.all()
    proof.checked["rows"] = rows.count()
    known = rows.filter(disposition__in=Disposition.values)
    proof.find("disposition", proof.checked["rows"] - known.count(), "rows of the ledger have no known state")
    no_arrival = ~Exists(Arrival.objects.filter(pk=OuterRef("arrival_id")))
    proof.find("arrival", rows.filter(no_arrival).count(), "rows of the ledger have no arrival")
    other = rows.exclude(sop_instance_uid=F("arrival__sop_instance_uid")).exclude(no_arrival)
    proof.find("arrival", other.count(), "rows of the ledger point to the arrival of another image")
    no_row = ~Exists(LedgerRow.objects.filter(sop_instance_uid=OuterRef("sop_instance_uid")))
    lost = Arrival.objects.filter(no_row).values("sop_instance_uid").distinct().count()
    proof.find("row", lost, "images arrived that no row of the ledger accounts for")
    silent = rows.filter(disposition__in=(Disposition.HELD, Disposition.LEFT_OUT, Disposition.REJECTED), cause="")
    proof.find("cause", silent.count(), "rows are held, left out or rejected without a cause")
    kept = rows.filter(disposition=Disposition.OPTED_OUT).exclude(enrolment=None)
    proof.find("opted_out", kept.count(), "rows that were opted out still name a person")
    only = ~Exists(LedgerRow.objects.filter(arrival=OuterRef("pk")).exclude(disposition=Disposition.OPTED_OUT))
    theirs = Arrival.objects.filter(only, rows__disposition=Disposition.OPTED_OUT).distinct()
    facts = theirs.exclude(patient_id="", accession="", erased_at__isnull=False)
    proof.find("opted_out", facts.count(), "images that were opted out still have numbers of a person, or an original")


def _sent(proof: Proof) -> None:
    sent = LedgerRow.objects.filter(disposition=Disposition.SENT_ON)
    proof.checked["sent_on"] = sent.exclude(research_study=CANARY).count()
    said = Q(sent_sha256="") | Q(pseudonym="") | Q(profile="")
    # Of what was recalled it may be the national side alone that told us it had come there.
    bare = sent.filter(Q(object_uid="") | Q(sent_at=None) | (said & Q(recalled=False)))
    proof.find("sent_on", bare.count(), "rows say sent on, but not what was sent")
    twice = sent.exclude(object_uid="").values("object_uid").annotate(n=Count("pk")).filter(n__gt=1)
    proof.find("sent_on", twice.count(), "objects were sent on by more than one row of the ledger")


def _balance(proof: Proof) -> None:
    from isocentre.rooms.intake import door  # the door itself offers this module

    rows = LedgerRow.objects.exclude(research_study=CANARY)
    if rows.exclude(disposition__in=Disposition.values).exists():
        return  # told of already, and a total over unknown states means nothing
    before = rows.count()
    totals = door.totals().values()
    after = rows.count()
    received = proof.checked["received"] = sum(one["received"] for one in totals)
    odd = [one for one in totals if one["received"] != sum(one[d] for d in Disposition.values)]
    proof.find("totals", len(odd), "research studies whose totals do not balance")
    # Rows come and go while this looks: what lies between the two counts is right.
    off = max(0, min(before, after) - received, received - max(before, after))
    proof.find("totals", off, "rows are missing from the totals, or counted twice")


def _originals(proof: Proof, deep: bool, pause: float) -> None:
    kept = Arrival.objects.filter(erased_at=None)
    bad: dict[int, str] = {}
    count = 0
    columns = ("pk", "path", "size", "header_sha256", "pixel_sha256")
    for pk, path, size, header, pixel in kept.values_list(*columns).iterator(chunk_size=2000):
        count += 1
        wrong = _original(quarantine() / path, size, (header, pixel) if deep else None)
        if wrong:
            bad[pk] = wrong
    proof.checked["originals"] = count
    if bad:
        time.sleep(pause)
    tally: dict[str, int] = {}
    for wrong in (bad[pk] for pk in _still(list(bad))):
        tally[wrong] = tally.get(wrong, 0) + 1
    for wrong, n in sorted(tally.items()):
        proof.find("original", n, f"originals that should be here {wrong}")


def _still(pks: list[int]) -> Iterator[int]:
    for at in range(0, len(pks), CHUNK):
        some = Arrival.objects.filter(pk__in=pks[at : at + CHUNK], erased_at=None)
        yield from some.values_list("pk", flat=True)


def _original(path: Path, size: int, known: tuple[str, str] | None) -> str:
    """What is wrong with one original, in words; empty when it is as it arrived."""
    try:
        if path.stat().st_size != size:
            return "have another size than when they arrived"
        if known is None:
            return ""
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
            header, pixel = hashes(buffer, read_header(buffer))
    except FileNotFoundError:
        return "are missing"
    except (OSError, ValueError, MalformedDicom):
        return "cannot be read"
    # After a restore without its original an arrival carries no header hash (`settle_restored`).
    same = pixel == known[1] and known[0] in (header, "")
    return "" if same else "are not what arrived"


def _later_objects(proof: Proof) -> None:
    """Objects that came under a known UID with other pixels wait for a person, each with its file."""
    waiting = LedgerRow.objects.filter(disposition=Disposition.HELD, cause="other_pixels")
    named = set(LedgerRow.objects.exclude(conflicting="").values_list("conflicting", flat=True))
    gone = [path for path in named if not (quarantine() / path).is_file()]
    proof.find("conflicting", len(gone), "later objects with other pixels have lost their file")
    proof.find("conflicting", waiting.filter(conflicting="").count(), "rows wait for a choice between two objects, "
               "but the later one is not named")  # fmt: skip
    limit = timezone.now() - UNDO_FOR - SETTLED
    done = LedgerRow.objects.exclude(conflicting="").filter(decided_at__lt=limit)
    stray = done.exclude(disposition=Disposition.HELD, cause="other_pixels").count()
    proof.find("conflicting", stray, "decided rows still hold on to a later object: `isocentre up` lets go of them")
    known = named | set(Arrival.objects.filter(erased_at=None).values_list("path", flat=True))
    limit_age = time.time() - STRAY_AFTER
    strays = 0
    for path in quarantine().glob("originals/??/*.dcm"):
        if str(path.relative_to(quarantine())) not in known and path.stat().st_mtime < limit_age:
            strays += 1
    proof.note("stray", strays, "files in quarantine belong to no arrival: upkeep removes them")


def waiting() -> int:
    """Images that are held or on their way here: their originals are nowhere else in Isocentre. Canaries left out."""
    rows = LedgerRow.objects.filter(disposition__in=(Disposition.HELD, Disposition.PENDING))
    return rows.exclude(research_study=CANARY).values("sop_instance_uid").distinct().count()


def settle_restored(*, by: Actor) -> int:
    """After a restore: say of originals that are not here that they are gone; rows that still needed one are held.

    Sent again, such an image is taken as a correction of its row (its header hash is forgotten), so nothing that a
    sender was told is safe is dropped as a duplicate. Canaries are forgotten. Returns how many images were waiting.
    """
    gone = [
        pk
        for pk, path in Arrival.objects.filter(erased_at=None).values_list("pk", "path")
        if not (quarantine() / path).is_file()
    ]
    now = timezone.now()
    needed = 0
    with transaction.atomic():
        canaries = list(Arrival.objects.filter(rows__research_study=CANARY).values_list("pk", flat=True))
        LedgerRow.objects.filter(research_study=CANARY).delete()
        Arrival.objects.filter(pk__in=canaries, rows=None).delete()
        for at in range(0, len(gone), CHUNK):
            some = Arrival.objects.filter(pk__in=gone[at : at + CHUNK])
            rows = LedgerRow.objects.filter(arrival__in=some, disposition__in=(Disposition.HELD, Disposition.PENDING))
            held = list(rows.values_list("arrival_id", flat=True))
            rows.update(disposition=Disposition.HELD, cause=LOST, words=LOST_WORDS, conflicting="", decided_at=now,
                        claimed_by="", lease_until=None)  # fmt: skip
            some.filter(pk__in=held).update(header_sha256="")
            some.update(erased_at=now)
            needed += len(set(held))
        LedgerRow.objects.exclude(conflicting="").exclude(arrival__erased_at=None).update(conflicting="")
        if gone:
            detail = {"originals": len(gone), "waiting": needed}
            audit.record(by=by, entries=[audit.Entry("originals_missed", "quarantine", "originals", detail)])
    return needed
