"""QIDO-RS (PS3.18 10.6): searches at all three levels, within what the actor may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from isocentre.core.actor import Actor
from isocentre.core.dicomweb.attributes import Level
from isocentre.core.dicomweb.media import Offer, choose
from isocentre.core.dicomweb.query import parse_query
from isocentre.rooms.archive import finding
from isocentre.rooms.archive.describing import ROOT
from isocentre.rooms.archive.gate import reads

JSON = [Offer("application/dicom+json"), Offer("application/json")]


@reads
def studies(request: HttpRequest, *, by: Actor) -> HttpResponseBase:
    """GET /studies."""
    return _search(request, by, "study")


@reads
def series(request: HttpRequest, *, by: Actor, study_uid: str = "") -> HttpResponseBase:
    """GET /series and /studies/UID/series."""
    return _search(request, by, "series", study_uid)


@reads
def instances(request: HttpRequest, *, by: Actor, study_uid: str = "", series_uid: str = "") -> HttpResponseBase:
    """GET /instances and the two nested paths."""
    return _search(request, by, "instance", study_uid, series_uid)


def _search(
    request: HttpRequest, by: Actor, level: Level, study_uid: str = "", series_uid: str = ""
) -> HttpResponseBase:
    offer, _ = choose(request.headers.get("Accept", ""), JSON)
    query = parse_query(level, [(name, value) for name, values in request.GET.lists() for value in values])
    rows, more = finding.find(query, by=by, study_uid=study_uid, series_uid=series_uid)
    answer: list[dict[str, Any]] = [finding.as_json(row, query, ROOT) for row in rows]
    response = JsonResponse(answer, safe=False, content_type=offer.kind)
    if query.fuzzy:
        response.headers["Warning"] = (
            '299 isocentre "The fuzzymatching parameter is not supported. Only literal matching has been performed."'
        )
    elif more:
        response.headers["Warning"] = '299 isocentre "There are additional results that can be requested"'
    return response
