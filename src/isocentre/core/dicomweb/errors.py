"""What a DICOMweb request can get wrong, as typed errors with an HTTP status and problem+json (RFC 9457)."""

from __future__ import annotations

import json

PROBLEM = "application/problem+json"


class DicomwebError(Exception):
    """A request that cannot be answered: `status` is the HTTP status, `detail` words for the client, never a value."""

    status = 400
    title = "Bad request"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadRequest(DicomwebError):
    """The request is malformed (400)."""


class BadMultipart(BadRequest):
    """The multipart body does not follow its own boundary, or is cut short (400)."""

    title = "Malformed multipart body"


class TooLarge(BadMultipart):
    """A part, or the number of parts, is over the limit (413)."""

    status = 413
    title = "Too large"


class Missing(DicomwebError):
    """There is nothing here for this actor: absent and out of scope are told alike (404)."""

    status = 404
    title = "Not found"


class NotAcceptable(DicomwebError):
    """None of the media types asked for can be made (406)."""

    status = 406
    title = "No acceptable media type"


class UnsupportedMedia(DicomwebError):
    """The body is of a media type this resource does not take (415)."""

    status = 415
    title = "Unsupported media type"


def problem(status: int, title: str, detail: str) -> bytes:
    """An RFC 9457 problem document."""
    return json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
