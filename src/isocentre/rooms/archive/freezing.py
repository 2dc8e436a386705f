"""Freezes instances into a Selection: exactly these, in the revision and with the bytes they have now."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from isocentre.audit import door as audit
from isocentre.core.actor import Actor, Scope
from isocentre.core.dicomweb.mapped import KEY_BYTES
from isocentre.rooms.archive import selecting
from isocentre.rooms.archive.models import Instance, Selection, SelectionItem
from isocentre.rooms.archive.scoping import visible
from isocentre.rooms.archive.selecting import ShownAs


def freeze(
    *, by: Actor, name: str, purpose: str, expires_on: date, object_uids: Iterable[str], scope: Scope | None = None,
    shown_as: Mapping[str, ShownAs] | None = None, title: str = "",
) -> str:  # fmt: skip
    """Freeze instances `by` may see into a Selection; returns its digest. ValueError when one may not be seen.

    With `shown_as` (by pseudonym; may be empty) the Selection has a map: every answer shows other UIDs, the dates so
    many days later, and the label for the subject; what is stored through it is mapped back. The same name, content
    and map again is success; a name taken by another is a ValueError. `title`: what people call it; else its name.
    A new one may only hold what contribution agreements let be released, today and on its last day: else ValueError.
    """
    wanted = sorted(set(object_uids))
    with transaction.atomic():
        rows = {row.object_uid: row for row in _may_see(by, scope).filter(object_uid__in=wanted)}
        if not wanted or len(rows) != len(wanted):
            raise ValueError("a Selection can only hold objects that exist and may be seen")
        lines = "".join(f"{uid} {rows[uid].revision} {rows[uid].sha256}\n" for uid in wanted)
        digest = hashlib.sha256(lines.encode("ascii")).hexdigest()
        shown = selecting.checked(shown_as, {row.series.study.pseudonym for row in rows.values()})
        defaults = {"purpose": purpose, "expires_on": expires_on, "digest": digest, "size": len(wanted)}
        defaults |= {
            "made_by": by.name,
            "title": title or name,
            **selecting.told(row.series.study for row in rows.values()),
        }
        defaults["uid_key"] = "" if shown_as is None else secrets.token_hex(KEY_BYTES)
        if not Selection.objects.filter(name=name).exists():
            places = {(row.series.study.research_study, row.series.study.site) for row in rows.values()}
            why_not = selecting.why_not_release(sorted(places), expires_on)
            if why_not:
                raise ValueError(f"not to be released: {why_not[0]}")
        selection, made = Selection.objects.get_or_create(name=name, defaults=defaults)
        if selection.digest != digest or not selecting.same(selection, shown_as is not None, shown, made):
            raise ValueError("another Selection has this name")
        if made:
            selecting.keep(selection, shown)
            SelectionItem.objects.bulk_create(
                SelectionItem(selection=selection, object_uid=uid, revision=rows[uid].revision, sha256=rows[uid].sha256)
                for uid in wanted
            )
            detail = {"objects": len(wanted), "map": shown_as is not None}
            audit.record(by=by, entries=[audit.Entry("selection_frozen", "selection", name, detail)])
    return digest


def _may_see(by: Actor, scope: Scope | None) -> QuerySet[Instance]:
    rows = visible(Instance, by, scope).select_related("series__study")
    return rows if by.may("images_view") else rows.none()
