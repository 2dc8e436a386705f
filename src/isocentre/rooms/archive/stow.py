"""STOW-RS (PS3.18 10.5): a token only, objects streamed in, one answer an object."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from isocentre.core import points
from isocentre.core.dicomweb.errors import DicomwebError
from isocentre.core.dicomweb.media import DICOM
from isocentre.core.dicomweb.multipart import Limits, boundary_of, bounded
from isocentre.people.bearer import actor_from_authorization
from isocentre.rooms.archive.arriving import Arriving
from isocentre.rooms.archive.describing import ROOT
from isocentre.rooms.archive.ports import ports
from isocentre.rooms.archive.storing import Outcome
from isocentre.web.problem import problem


@csrf_exempt
def stow(request: HttpRequest, study_uid: str = "") -> HttpResponseBase:
    """POST /dicomweb/studies[/UID]: cookies may read, never store."""
    by = actor_from_authorization(request) if "Authorization" in request.headers else None
    if by is None:
        return problem(401, "Send a bearer token that may store images.")
    if not by.may("images_store"):
        return problem(403, "This token may not store images.")
    # Never request.body or request.read(): they would hold the whole body, and are empty under chunked transfer.
    read = request.environ["wsgi.input"].read  # type: ignore[attr-defined]  # a WSGI request
    length = request.headers.get("Content-Length", "")
    if length.isdigit():
        read = bounded(read, int(length))
    try:
        boundary = boundary_of(request.headers.get("Content-Type", ""), DICOM)
        taking = Arriving(by=by, ports=ports(), home=settings.ZONE_HOME, study_uid=study_uid)
        outcomes = taking.take(read, boundary, Limits())
    except DicomwebError as error:
        return problem(error.status, f"{error.detail}.")
    answer = _answer(outcomes)
    points.reach("stow.answering")
    return answer


def _answer(outcomes: list[Outcome]) -> HttpResponseBase:
    """The Store Instances Response (PS3.18 I.2): 200 all stored, 202 some, 409 none."""
    good = [{**_referenced(o), "00081190": {"vr": "UR", "Value": [_retrieve(o)]}} for o in outcomes if o.stored]
    bad = [_failed(o) for o in outcomes if not o.stored]
    body: dict[str, Any] = {}
    if good:
        body["00081199"] = {"vr": "SQ", "Value": good}
    if bad:
        body["00081198"] = {"vr": "SQ", "Value": bad}
    status = 200 if not bad else 202 if good else 409
    return JsonResponse(body, status=status, content_type="application/dicom+json")


def _referenced(outcome: Outcome) -> dict[str, Any]:
    return {
        "00081150": {"vr": "UI", "Value": [outcome.sop_class]},
        "00081155": {"vr": "UI", "Value": [outcome.object_uid]},
    }


def _retrieve(outcome: Outcome) -> str:
    """Where the object is fetched from, relative to the origin as in every answer of ours."""
    return f"{ROOT}/studies/{outcome.study_uid}/series/{outcome.series_uid}/instances/{outcome.object_uid}"


def _failed(outcome: Outcome) -> dict[str, Any]:
    # (0000,0902) Error Comment: words a person at the hospital can act on; never a value of the object.
    reason = {"00081197": {"vr": "US", "Value": [outcome.failure]}, "00000902": {"vr": "LO", "Value": [outcome.reason]}}
    return {**_referenced(outcome), **reason}
