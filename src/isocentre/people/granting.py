"""What a token can be made for: what DICOMweb and the API ask for, in words. It never may more than its person."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from isocentre.core.actor import Actor
from isocentre.people.roles import roles

GRANTS = {
    "scans_view": "List scans and Selections",
    "images_view": "Fetch images (DICOMweb)",
    "images_store": "Store images (DICOMweb)",
    "selections_make": "Make and end Selections",
    "register_view": "Read research studies, their subjects and planned imaging",
    "realtime_view": "Read subject ids, and scans in the order in which they came",
    "charters_view": "Read imaging charters",
    "charters_publish": "Upload imaging charters and put them in force",
    "agreements_view": "Read contribution agreements",
    "network_view": "Read sites and scanners",
    "arrivals_view": "List arrivals, and research studies accepted here",
    "pulls_view": "Read what is fetched from a PACS",
    "pulls_make": "Look scans up in a PACS, and fetch them",
    "held_view": "List what is held",
    "held_act": "Decide about what is held",
    "enrolment_view": "Read the enrolment list, with names and numbers of patients",
    "enrolment_edit": "Enrol people",
    "ledger_view": "Read the ledger",
    "status_view": "Read the status of this side",
}
"""No other permission is ever a token's: people, keys, profiles and the audit trail are for people in person."""
NOT_HERE = {"gateway": frozenset({"images_store"})}
"""What roles of a side hold and no address there takes a token for."""


def offered(by: Actor) -> dict[str, str]:
    """What this actor can make a token for: of what their role may; who makes them for others, of what any may here."""
    here = set(settings.ZONES)
    held = set(by.permissions)
    if by.may("tokens_manage"):
        held = {one for role in roles().values() if role.zone in here for one in role.permissions}
    gone = set.union(*(set(NOT_HERE.get(zone, ())) for zone in here)) if len(here) == 1 else set()
    return {name: words for name, words in GRANTS.items() if name in held and name not in gone}


def in_words(permissions: Iterable[str]) -> str:
    """Permissions in words, in the order of the table."""
    wanted = set(permissions)
    return "; ".join(words for name, words in GRANTS.items() if name in wanted)
