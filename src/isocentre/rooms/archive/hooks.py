"""What the archive tells the pages that span rooms: no clock (it keeps none), subject ids to the study team only."""

from __future__ import annotations

from django.db.models import Count, Sum
from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.hooks import Figure, Hit, NavItem, ScanCard, Step, Tally, Trace
from isocentre.rooms.archive import browsing, earlier, looks, presenters, taken_back
from isocentre.rooms.archive.models import ImagingStudy, Instance, SeriesMetadata
from isocentre.rooms.archive.scoping import CANARY, came, emptied, visible
from isocentre.web import names
from isocentre.web.formats import number, plural


def navigation(actor: Actor) -> list[NavItem]:
    """The repository browser, the Selections made from it, and the ledger of both sides."""
    if name := actor.scope.selection:
        scans = [NavItem("Scans", reverse("archive:selection", args=[name]), 20, "s")]
        return scans if actor.may("scans_view") else []
    found = []
    if actor.may("scans_view"):
        found = [
            NavItem("Scans", reverse("archive:scans"), 20, "s"),
            NavItem("Selections", reverse("archive:selections"), 25, "f"),
        ]
    return [*found, NavItem("Ledger", reverse("archive:ledger"), 45, "l")] if actor.may("ledger_view") else found


def figures(actor: Actor) -> list[Figure]:
    """Scans and images held, of what the actor may see; its own page counts a Selection."""
    if not actor.may("scans_view") or actor.scope.selection:
        return []
    held = visible(ImagingStudy, actor).aggregate(scans=Count("pk"), images=Sum("instance_count"))
    url = reverse("archive:scans")
    return [
        Figure(number(held["scans"]), "scan stored" if held["scans"] == 1 else "scans stored", url),
        Figure(number(held["images"] or 0), "image stored" if held["images"] == 1 else "images stored", url),
    ]


def tallies(actor: Actor) -> list[Tally]:
    """Scans and images stored. A Selection is frozen: nothing in it is new."""
    if not actor.may("scans_view") or actor.scope.selection:
        return []
    held = visible(ImagingStudy, actor).aggregate(scans=Count("pk"), images=Sum("instance_count"))
    url = reverse("archive:scans")
    return [
        Tally("archive.scans", held["scans"], "scan stored", "scans stored", url),
        Tally("archive.images", held["images"] or 0, "image stored", "images stored", url),
    ]


def life(actor: Actor, key: str) -> list[Step]:
    """What came before, that the scan is stored, and whether it was opened; `key` is our own StudyInstanceUID."""
    row = _scan(actor, key)
    if row is None:
        return [taken_back.step(actor, one)] if (one := _emptied(actor, key)) else []
    held = f"{plural(row.instance_count, 'image')} in {plural(row.series_count, 'series', 'series')}"
    detail = f"{held}, checked a second time for identifiers; the SHA-256 of each is kept."
    if direct := Instance.objects.filter(series__study=row, direct=True, current=True, state="stored").count():
        detail += f" {number(direct)} of them stored here directly, sent on by no hospital."
    link = {"url": presenters.scan_url(row), "link_text": "See the images"} if actor.may("scans_view") else {}
    steps = [*earlier.steps(actor, row), Step("stored", "Stored", "done", detail=detail, **link), *_opened(key)]
    return [*steps, *taken_back.of_part(row)]


def _opened(key: str) -> list[Step]:
    # That somebody did, not who or when: only the auditor reads who looked at what.
    looked = looks.opened(key)
    return [Step("viewed", "Opened", "done", detail="Its images have been looked at or fetched.")] if looked else []


def scan(actor: Actor, key: str) -> ScanCard | None:
    """What the scan is, for the head of its page."""
    row = _scan(actor, key)
    if row is None:
        return taken_back.card(one) if (one := _emptied(actor, key)) else None
    links = (("See the scan in the repository", presenters.scan_url(row)),) if actor.may("scans_view") else ()
    return ScanCard(presenters.title(row), tuple(presenters.scan_facts(row, actor)), links)


def traces(actor: Actor, key: str) -> list[Trace]:
    """Looks at the scan, for who reads the audit trail: the trail names it by an id of ours."""
    row = _scan(actor, key) or _emptied(actor, key)
    return [] if row is None else [Trace("scan", looks.name_of(str(getattr(row, "held_uid", row.study_uid))))]


def search(actor: Actor, text: str) -> list[Hit]:
    """Scans by pseudonym, by the UID of a scan or series, and for the study team by subject id."""
    words = text.strip()
    if not words or not actor.may("scans_view"):
        return []
    found = browsing.about(visible(ImagingStudy, actor), actor, words)
    rows = list(found.order_by("-pk" if came(actor) else "study_uid")[:20])
    titles = names.research_studies({row.research_study for row in rows})
    return [
        Hit(
            presenters.title(row),
            "Scan",
            presenters.scan_url(row),
            f"{presenters.modalities(row)}, {titles[row.research_study]}",
        )
        for row in browsing.counted(rows, actor)
    ]


def backlog() -> list[Figure]:
    """Series whose kept metadata is older than their images; rebuilt within seconds, or at the first read."""
    stale = SeriesMetadata.objects.filter(stale=True, series__instance_count__gt=0)
    waiting = stale.exclude(series__study__research_study=CANARY).count()
    return [Figure(number(waiting), "series whose description is being rebuilt")] if waiting else []


def _emptied(actor: Actor, key: str) -> ImagingStudy | None:
    if not (actor.may("scans_view") or actor.may("images_view")):
        return None
    return emptied(actor).filter(study_uid=key).first()


def _scan(actor: Actor, key: str) -> ImagingStudy | None:
    if not (actor.may("scans_view") or actor.may("images_view")):
        return None
    row = visible(ImagingStudy, actor).filter(study_uid=key).first()
    return None if row is None else browsing.counted([row], actor)[0]
