"""Accession lists: the scans this hospital names for a research study, by the number the picture archive knows them by.

What is listed passes where neither modality, body part nor visit window would decide; consent, withdrawal and opt-out
hold all the same. A list names a scan, not a person: who it is of must be enrolled.
"""

from __future__ import annotations

from django.db.models import Q

from isocentre.rooms.intake.models import ListedAccession


def listed_for(accession: str, issuer: str) -> frozenset[str]:
    """Research studies whose list names it. An issuer that is not said, in the list or the header, is not compared."""
    if not accession:
        return frozenset()
    rows = ListedAccession.objects.filter(accession=accession)
    rows = rows.filter(Q(issuer="") | Q(issuer=issuer)) if issuer else rows
    return frozenset(rows.values_list("research_study", flat=True))
