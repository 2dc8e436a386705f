"""STOW-RS (PS3.18 10.5): objects streamed in, checked, stored; one answer an object."""

from __future__ import annotations

import hashlib
import mmap
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from isocentre.core.actor import Actor
from isocentre.core.dicomweb.model import element
from isocentre.core.dicomweb.multipart import BadMultipart, Parts, parameters
from isocentre.people.bearer import actor_from_authorization
from isocentre.rooms.archive import admission, door
from isocentre.rooms.archive.storing import Stored
from isocentre.web.problem import problem

IN_MEMORY = 16 * 1024 * 1024
BATCH = 50


@csrf_exempt
def stow(request: HttpRequest, study_uid: str = "") -> HttpResponseBase:
    """POST /dicomweb/studies[/UID]. A token only: cookies may read, never store."""
    by = actor_from_authorization(request) if "Authorization" in request.headers else None
    if by is None:
        return problem(401, "Send a bearer token that may store images.")
    if not by.may("images_store"):
        return problem(403, "This token may not store images.")
    kind, given = parameters(request.headers.get("Content-Type", ""))
    if kind != "multipart/related" or given.get("type", "application/dicom") != "application/dicom":
        return problem(415, 'Send multipart/related; type="application/dicom".')
    try:
        parts = Parts(request.environ["wsgi.input"].read, given.get("boundary", ""))  # type: ignore[attr-defined]  # WSGI
        answers = list(_store(by, parts, study_uid))
    except BadMultipart as error:
        return problem(400, f"The body cannot be read: {error}.")
    if not answers:
        return problem(400, "The body holds no object.")
    return _answer(answers)


def _store(by: Actor, parts: Parts, study_uid: str) -> Iterator[Stored]:
    batch: list[admission.Object] = []
    for headers, chunks in parts:
        taken = _take(by, headers, chunks, study_uid)
        if isinstance(taken, Stored):
            yield taken
            continue
        batch.append(taken)
        if len(batch) >= BATCH:
            yield from door.store(by=by, objects=batch)
            batch = []
    if batch:
        yield from door.store(by=by, objects=batch)


def _take(by: Actor, headers: dict[str, str], chunks: Iterator[bytes], study_uid: str) -> admission.Object | Stored:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) > IN_MEMORY:
            return _take_large(by, headers, held, chunks, study_uid)
    return _admit(by, headers, memoryview(held).toreadonly(), study_uid)


def _take_large(
    by: Actor, headers: dict[str, str], held: bytearray, chunks: Iterator[bytes], study_uid: str
) -> admission.Object | Stored:
    folder = Path(settings.ZONE_HOME) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(16)}.tmp"
    try:
        with path.open("w+b") as file:
            file.write(held)
            held.clear()
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                return _admit(by, headers, mapped, study_uid)
    finally:
        path.unlink(missing_ok=True)


def _admit(by: Actor, headers: dict[str, str], buffer: Any, study_uid: str) -> admission.Object | Stored:
    uid, sop_class = "", ""
    try:
        header = admission.look(buffer)
        uid, sop_class = header.text(0x00080018), header.text(0x00080016)
        if study_uid and header.text(0x0020000D) != study_uid:
            raise admission.Refused(admission.DIFFERS, "The object belongs to another imaging study than the address.")
        revision = headers.get("x-isocentre-revision", "0")
        made = admission.admit(
            buffer, header, sha256=hashlib.sha256(buffer).hexdigest(), size=len(buffer),
            revision=int(revision) if revision.isdigit() else 0, allows=by.scope.allows,
        )  # fmt: skip
    except admission.Refused as refused:
        return Stored(uid, sop_class, refused.reason, refused.words)
    door.blobs().put(made.blob, _chunks(buffer))
    return made


def _chunks(buffer: Any, step: int = 1 << 20) -> Iterator[bytes]:
    for start in range(0, len(buffer), step):
        yield bytes(buffer[start : start + step])


def _answer(answers: list[Stored]) -> HttpResponseBase:
    """The Store Instances Response (PS3.18 I.2): 200 all stored, 202 some, 409 none."""
    good = [a for a in answers if not a.failure]
    bad = [a for a in answers if a.failure]
    body: dict[str, Any] = {}
    if good:
        body["00081199"] = {"vr": "SQ", "Value": [_referenced(a) for a in good]}
    if bad:
        body["00081198"] = {"vr": "SQ", "Value": [_failed(a) for a in bad]}
    status = 200 if not bad else 202 if good else 409
    return JsonResponse(body, status=status, content_type="application/dicom+json")


def _referenced(answer: Stored) -> dict[str, Any]:
    return dict([element("ReferencedSOPClassUID", answer.sop_class_uid),
                 element("ReferencedSOPInstanceUID", answer.object_uid)])  # fmt: skip


def _failed(answer: Stored) -> dict[str, Any]:
    return {**_referenced(answer), "00081197": {"vr": "US", "Value": [answer.failure]},
            "00000902": {"vr": "LO", "Value": [answer.words[:64]]}}  # fmt: skip
