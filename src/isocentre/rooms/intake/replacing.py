"""The later of two objects with one UID and other pixels, read and hashed again before it may replace the first."""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from django.db.models import Max

from isocentre.core.dicom.header import hashes, read_header, read_meta
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.rooms.intake import facts as header_facts
from isocentre.rooms.intake.models import Arrival, LedgerRow
from isocentre.rooms.intake.receive import quarantine

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is known of the later object: as an arrival holds it."""

    fields: dict[str, Any]

    def arrival(self, row: LedgerRow) -> Arrival:
        """The next revision of the row's instance, not saved."""
        revisions = Arrival.objects.filter(sop_instance_uid=row.sop_instance_uid)
        last = revisions.aggregate(n=Max("revision"))["n"] or 0
        old = row.arrival
        return Arrival(
            sop_instance_uid=row.sop_instance_uid, revision=last + 1, source=old.source, peer=old.peer,
            called_ae=old.called_ae, **self.fields,
        )  # fmt: skip


def prepared(rows: Iterable[LedgerRow]) -> dict[int, Replacement]:
    """Replacements by row id; rows whose later file is gone or cannot be read are left out. Reads files."""
    read: dict[str, Replacement | None] = {}
    for row in rows:
        if row.conflicting and row.conflicting not in read:
            read[row.conflicting] = _read(row)
    found = {row.pk: read.get(row.conflicting) for row in rows}
    return {pk: one for pk, one in found.items() if one is not None}


def _read(row: LedgerRow) -> Replacement | None:
    path = quarantine() / row.conflicting
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
            meta, _ = read_meta(buffer)
            header = read_header(buffer)
            sop_class = _text(meta, 0x00020002)
            kept = header_facts.read(header, sop_instance_uid=row.sop_instance_uid, sop_class_uid=sop_class).kept()
            header_sha256, pixel_sha256 = hashes(buffer, header)
    except (OSError, ValueError, MalformedDicom, header_facts.BadHeader) as error:
        log.warning("replacement_unreadable", phase="held", error=type(error).__name__, row=row.pk)
        return None
    status = path.stat()
    return Replacement({
        "header_sha256": header_sha256, "pixel_sha256": pixel_sha256, "path": row.conflicting,
        "size": status.st_size, "sop_class_uid": sop_class, "transfer_syntax": header.transfer_syntax,
        "arrived_at": datetime.fromtimestamp(status.st_mtime, UTC), "study_uid": kept["study_uid"],
        "series_uid": kept["series_uid"], "facts": kept, "accession": kept["accession"],
        "patient_id": kept["patient_id"],
    })  # fmt: skip


def _text(meta: dict[int, bytes], tag: int) -> str:
    return meta.get(tag, b"").rstrip(b" \0").decode("ascii", "replace")
