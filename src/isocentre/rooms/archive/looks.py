"""Notes in the audit trail that somebody looked at a scan, and tells whether anybody did.

A row there has a clock time, and a scan is looked at soon after it arrives: beside its UID, and so its shifted date,
the first look would undo the shift (design §3, Dates). The row names the scan by an id only this side can make again.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.rooms.archive.models import Instance

OPENED = frozenset({"images_viewed", "images_downloaded"})


def name_of(study_uid: str) -> str:
    """The scan's name in the audit trail: 32 hex digits, the same each time, joined to nothing without our secret."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, b"look|" + study_uid.encode(), hashlib.sha256).hexdigest()[:32]


def held_uid(one: Instance) -> str:
    """The UID under which its scan is held, whatever a Selection's map shows."""
    study = one.series.study
    return str(getattr(study, "held_uid", study.study_uid))


def note(by: Actor, action: str, study_uid: str) -> None:
    """The look, in the audit trail: one row a request, or a minute and token."""
    audit.record_read(by=by, action=action, object_type="scan", object_id=name_of(study_uid))


def opened(study_uid: str) -> bool:
    """True when images of the scan were looked at or fetched: not by whom or when, which only the auditor reads."""
    rows = audit.history(object_type="scan", object_id=name_of(study_uid), most=1000)
    return any(row.action in OPENED for row in rows)
