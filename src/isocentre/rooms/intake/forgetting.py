"""What an opt-out leaves of a scan: a row that counts, and keeps no person, no facts of its header and no original."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from isocentre.rooms.intake import charter_notes
from isocentre.rooms.intake.models import Arrival, Disposition, LedgerRow, Person

# What says which image it was, so that it counts once, and which kind of image; nothing of a person.
KEPT_FACTS = frozenset({"modality", "body_part", "study_uid", "series_uid", "sop_instance_uid", "sop_class_uid"})


def forget_people(rows: Iterable[int]) -> None:
    """Inside the transaction that recorded these rows as opted out: take the person off them; then erase originals.

    An image that also belongs to another research study keeps its original and its facts for that one.
    """
    ids = list(rows)
    if not ids:
        return
    mine = LedgerRow.objects.filter(pk__in=ids, disposition=Disposition.OPTED_OUT)
    uids = list(mine.values_list("sop_instance_uid", flat=True))
    files = [path for path in mine.values_list("conflicting", flat=True) if path]
    charter_notes.forget(mine.values_list("research_study", "study_uid"))
    people = set(mine.exclude(enrolment=None).values_list("enrolment__person", flat=True))
    mine.update(enrolment=None, time_point="", study_day=None, pseudonym="", event_id="", conflicting="")
    # What headers said of them goes too, unless it is needed for another scan of theirs.
    still = LedgerRow.objects.filter(enrolment__person__in=people).values_list("enrolment__person", flat=True)
    Person.objects.filter(pk__in=people - set(still)).update(told=None)
    others = LedgerRow.objects.filter(sop_instance_uid__in=uids).exclude(disposition=Disposition.OPTED_OUT)
    needed = set(others.values_list("sop_instance_uid", flat=True))
    arrivals = list(Arrival.objects.filter(sop_instance_uid__in=set(uids) - needed))
    files += [arrival.path for arrival in arrivals if arrival.path]
    now = timezone.now()
    for arrival in arrivals:
        arrival.facts = {name: value if name in KEPT_FACTS else "" for name, value in arrival.facts.items()}
        arrival.patient_id = arrival.accession = arrival.path = ""
        # Without its hashes an image sent again is looked up again: an opt-out may have been taken back.
        arrival.header_sha256 = arrival.pixel_sha256 = ""
        arrival.erased_at = arrival.erased_at or now
    changed = ("facts", "patient_id", "accession", "path", "header_sha256", "pixel_sha256", "erased_at")
    Arrival.objects.bulk_update(arrivals, changed)
    # A crash before this leaves files that no arrival names: upkeep sweeps them within the hour.
    transaction.on_commit(lambda: _erase(files))


def _erase(files: list[str]) -> None:
    from isocentre.rooms.intake.receive import quarantine  # receive itself works through the ledger

    for path in files:
        (quarantine() / path).unlink(missing_ok=True)
