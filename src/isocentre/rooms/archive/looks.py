"""Notes in the audit trail that somebody looked at a scan, and tells whether anybody did.

A row there has a clock time, and a scan is looked at soon after it arrives: beside its UID, and so its shifted date,
the first look would undo the shift (design §3, Dates). The row names the scan by an id only this side can make again,
and beside it the research study and site: the auditor, who sees no scan, is asked who looked at which (ADR 0027).
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.rooms.archive.models import ImagingStudy

OPENED = frozenset({"images_viewed", "images_downloaded"})


def name_of(study_uid: str) -> str:
    """The scan's name in the audit trail: 32 hex digits, the same each time, joined to nothing without our secret."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, b"look|" + study_uid.encode(), hashlib.sha256).hexdigest()[:32]


def note(by: Actor, action: str, scan: ImagingStudy) -> None:
    """The look, in the audit trail: one row a request, or a minute and token."""
    uid = str(getattr(scan, "held_uid", scan.study_uid))  # as it is held, whatever a Selection's map shows
    where = {"research_study": scan.research_study, "site": scan.site}
    under = {"selection": by.scope.selection} if by.scope.selection else {}
    audit.record_read(by=by, action=action, object_type="scan", object_id=name_of(uid), **where, **under)


def opened(study_uid: str) -> bool:
    """True when images of the scan were looked at or fetched: not by whom or when, which only the auditor reads."""
    rows = audit.history(object_type="scan", object_id=name_of(study_uid), most=1000)
    return any(row.action in OPENED for row in rows)
