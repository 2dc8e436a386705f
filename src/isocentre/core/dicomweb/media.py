"""Parse media types and choose among them by Accept (RFC 9110 8.3 and 12.5.1; PS3.18 section 8.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from isocentre.core.dicomweb.errors import BadRequest, NotAcceptable

MAX_HEADER = 4096
MULTIPART = "multipart/related"
DICOM = "application/dicom"
DICOM_JSON = "application/dicom+json"
JSON = "application/json"
OCTETS = "application/octet-stream"
ANY_SYNTAX = "*"

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TYPE = re.compile(rf"\s*({_WORD})/({_WORD})\s*")
_PARAM = re.compile(rf';\s*({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))\s*')


@dataclass(frozen=True, slots=True)
class Media:
    """A media type or range in lower case, with its parameters (names in lower case) and its weight."""

    kind: str
    params: dict[str, str] = field(default_factory=dict)
    q: float = 1.0

    @property
    def part(self) -> str:
        """The `type` parameter of multipart/related, in lower case: what each part is."""
        return self.params.get("type", "").lower()

    @property
    def syntax(self) -> str:
        """The transfer-syntax parameter, or empty."""
        return self.params.get("transfer-syntax", "")


def parse_media(text: str) -> Media:
    """One media type with parameters; BadRequest when it is not one."""
    found = parse_accept(text) if text else []
    if len(found) != 1:
        raise BadRequest("the media type of the body cannot be read")
    return found[0]


def parse_accept(text: str) -> list[Media]:
    """The media ranges of an Accept header, best first (order kept at equal weight); BadRequest when malformed."""
    if len(text) > MAX_HEADER:
        raise BadRequest("the Accept header is too long")
    found: list[Media] = []
    pos = 0
    while pos < len(text):
        match = _TYPE.match(text, pos)
        if match is None:
            raise BadRequest("the Accept header cannot be read")
        kind, params, pos = f"{match[1]}/{match[2]}".lower(), {}, match.end()
        while (param := _PARAM.match(text, pos)) is not None:
            quoted = param[2]
            params[param[1].lower()] = param[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            pos = param.end()
        if pos < len(text):
            if text[pos] != ",":
                raise BadRequest("the Accept header cannot be read")
            pos += 1
        found.append(Media(kind, params, _weight(params.pop("q", "1"))))
    return sorted(found, key=lambda media: -media.q)


def _weight(text: str) -> float:
    if not re.fullmatch(r"(0(\.\d{0,3})?|1(\.0{0,3})?)", text):
        raise BadRequest("a weight in the Accept header is not between 0 and 1")
    return float(text)


@dataclass(frozen=True, slots=True)
class Offer:
    """Something we can send: `kind` alone, or in multipart/related of `kind`; `syntax` when it is fixed."""

    kind: str
    multipart: bool = False
    syntax: str = ""


def choose(accept: str, offers: list[Offer]) -> tuple[Offer, Media]:
    """The first offer, in the client's order of preference, that the Accept header takes, and the range it matched.

    No Accept header, or `*/*`, takes the first offer. A transfer-syntax parameter is left to the caller where the
    offer names none. Raises NotAcceptable, or BadRequest when the header is malformed.
    """
    ranges = parse_accept(accept) or [Media("*/*")]
    refused = {(r.kind, r.part) for r in ranges if r.q == 0}
    for wanted in ranges:
        if wanted.q == 0:
            continue
        for offer in offers:
            if _takes(wanted, offer) and not _refused(refused, offer):
                return offer, wanted
    made = ", ".join(sorted({_words(offer) for offer in offers}))
    raise NotAcceptable(f"this can be sent as {made}")


def _takes(wanted: Media, offer: Offer) -> bool:
    if offer.syntax and wanted.syntax not in ("", ANY_SYNTAX, offer.syntax):
        return False
    if wanted.kind == "*/*":
        return True
    if wanted.kind == MULTIPART:
        return offer.multipart and _covers(wanted.part, offer.kind)
    return not offer.multipart and _covers(wanted.kind, offer.kind)


def _covers(asked: str, kind: str) -> bool:
    return asked in ("", "*/*", kind) or (asked.endswith("/*") and kind.startswith(asked[:-1]))


def _refused(refused: set[tuple[str, str]], offer: Offer) -> bool:
    return ((MULTIPART, offer.kind) if offer.multipart else (offer.kind, "")) in refused


def _words(offer: Offer) -> str:
    return f'{MULTIPART}; type="{offer.kind}"' if offer.multipart else offer.kind
