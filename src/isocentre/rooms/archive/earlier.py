"""What happened to a scan before it was stored, as the hospital side reported it: counts and versions, no clock."""

from __future__ import annotations

from collections.abc import Iterator

from isocentre.core.actor import Actor
from isocentre.core.hooks import Step
from isocentre.rooms.archive import looks
from isocentre.rooms.archive.models import ImagingStudy, Instance
from isocentre.rooms.archive.scoping import visible
from isocentre.rooms.register import door as register
from isocentre.web.formats import plural

PART = 1000
"""Objects asked about at once: a scan may have tens of thousands."""


def trail(actor: Actor, scan: ImagingStudy) -> list[tuple[str, str]]:
    """What the audit trail calls looks at the scan, and what was said that it proves; never shown beside it."""
    said = register.event_ids(by=actor, study_uid=scan.study_uid)
    return [
        ("scan", looks.name_of(str(getattr(scan, "held_uid", scan.study_uid)))),
        *(("imaging_event", n) for n in said),
    ]


def steps(actor: Actor, scan: ImagingStudy) -> list[Step]:
    """Received and de-identified; nothing before the hospital side has reported the first image."""
    told = list(_receipts(actor, scan))
    if not told:
        return []
    scanners = sorted({one.scanner for one in told if one.scanner})
    profiles = sorted({f"{one.profile} v{one.profile_version}" for one in told})
    actions = sum(sum(one.actions.values()) for one in told)
    found = sum(sum(one.findings.values()) for one in told)
    clean = "check for identifiers clean" if not found else f"check for identifiers: {plural(found, 'finding')}"
    who = f"profile {' and '.join(profiles)}"
    return [
        Step("received", "Received at the hospital", "done", detail=", ".join(scanners)),
        Step("deidentified", "De-identified", "done", who=who, detail=f"{plural(actions, 'action')}, {clean}"),
    ]


def _receipts(actor: Actor, scan: ImagingStudy) -> Iterator[register.ReceiptRecord]:
    rows = visible(Instance, actor).filter(series__study=scan).order_by("object_uid")
    uids = list(rows.values_list("object_uid", flat=True))
    for start in range(0, len(uids), PART):
        yield from register.receipts(by=actor, object_uids=uids[start : start + PART]).values()
