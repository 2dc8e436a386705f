"""What people are told of a scan that a hospital took back: that it did, and nothing of whose it was said to be."""

from __future__ import annotations

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.hooks import RECALLED, ScanCard, Step
from isocentre.rooms.archive import looks, recalls
from isocentre.rooms.archive.models import ImagingStudy, Instance
from isocentre.rooms.archive.scoping import came
from isocentre.web import formats, names

TITLE = "Taken back by the hospital"
GONE = (
    "Its images are of another patient than it said, or were rejected there. They were removed here, from every list, "
    "count and Selection, and the visit it was matched to is open again."
)
NEXT = "Put right, the hospital sends it again: it then stands here as a scan of whom it is."


def step(actor: Actor, scan: ImagingStudy) -> Step:
    """The only step of a scan all of which was taken back; when, for who may read real times."""
    when = ""
    if came(actor):
        rows = audit.history(object_type="scan", object_id=looks.name_of(scan.study_uid))
        when = next((formats.moment(row.at) for row in rows if row.action == recalls.RECALLED), "")
    return Step(RECALLED, TITLE, "failed", when, detail=GONE, next=NEXT)


def of_part(scan: ImagingStudy) -> list[Step]:
    """The last step of a scan of which some images were taken back."""
    gone = Instance.objects.filter(series__study=scan.pk, current=True, state="recalled").count()
    words = f"{formats.plural(gone, 'image')} of it: of another patient than {'it' if gone == 1 else 'they'} said, or "
    words += "rejected there. Removed here."
    return [Step(RECALLED, TITLE, "done", detail=words)] if gone else []


def card(scan: ImagingStudy) -> ScanCard:
    """The head of its page: no pseudonym, no subject, no date."""
    rows = (("Research study", names.research_study(scan.research_study)), ("Site", names.site(scan.site)))
    return ScanCard("Scan taken back", rows)
