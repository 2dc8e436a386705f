"""The national side's conformance statement: of its own addresses and limits; as a page, a PDF and Markdown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from isocentre.core.dicomweb import facts as failures
from isocentre.core.dicomweb.multipart import Limits
from isocentre.core.dicomweb.query import MAX_LIMIT
from isocentre.core.ports import Typesetter
from isocentre.core.trust.document import Document, markdown
from isocentre.core.trust.facts import National, Surroundings
from isocentre.core.trust.services import national
from isocentre.people.guard import needs
from isocentre.rooms.archive.dicomweb_urls import urlpatterns
from isocentre.rooms.archive.rendered import MAX_BYTES, MAX_VIEWPORT, rendered_urls

TEMPLATE = "web/typst/document.typ"
SERVICES = (
    ("rendered", "WADO-RS: a picture, JPEG or PNG"), ("thumbnail", "WADO-RS: a small picture, JPEG or PNG"),
    ("metadata", "WADO-RS: metadata, JSON"), ("frames/<numbers>", "WADO-RS: frames as they are stored"),
    ("bulkdata/<path>", "WADO-RS: bulk data"), ("studies", "QIDO-RS"), ("series", "QIDO-RS"), ("instances", "QIDO-RS"),
)  # fmt: skip
"""What an address does, by its end; else it hands over objects."""
FAILURES = (
    (failures.REFUSED, "The object is not one that may be stored here"),
    (failures.NOT_DEIDENTIFIED, "It does not say that, and how, it was de-identified"),
    (failures.IDENTIFIER_FOUND, "The second check found an identifier"),
    (failures.OUT_OF_SCOPE, "Its research study or site is not in the token's scope"),
    (failures.TOMBSTONED, "It was taken back"),
    (failures.CONFLICT, "Another object has its UID and revision"),
    (failures.NO_AGREEMENT, "No contribution agreement of its trust and research study is in force"),
    (failures.CANNOT_UNDERSTAND, "It cannot be read as DICOM"),
    (failures.PROCESSING_FAILED, "A failure of ours: send it again later"),
)


@dataclass(frozen=True, slots=True)
class Ports:
    """What the environment says, and what makes a PDF."""

    surroundings: Callable[[], Surroundings]
    typesetter: Typesetter


_ports: list[Ports] = []


def configure(ports: Ports) -> None:
    """Called once a process, by wiring."""
    _ports[:] = [ports]


def statement() -> Document:
    """The statement of what runs."""
    if not _ports:
        raise RuntimeError("the conformance statement is not wired in this process")
    return national(National(_ports[0].surroundings(), paths(), failures_told(), limits_told()))


def failures_told() -> tuple[tuple[str, str], ...]:
    """Each failure reason as it stands in an answer, and when."""
    return tuple((f"{code:04X}", words) for code, words in FAILURES)


def limits_told() -> tuple[tuple[str, str], ...]:
    """What a request may be, in words."""
    limits = Limits()
    return (
        ("Answers of one search, at most", f"{MAX_LIMIT:,}"), ("Parts of one STOW request", f"{limits.parts:,}"),
        ("Longest part", f"{limits.part_bytes // 1024**3} GiB"), ("Widest picture", f"{MAX_VIEWPORT:,} pixels"),
        ("Largest frame that is drawn", f"{MAX_BYTES // 1024**2} MiB"),
    )  # fmt: skip


def paths() -> tuple[tuple[str, str, str], ...]:
    """Every address below /dicomweb by method, from the addresses themselves."""
    found = []
    for one in [*urlpatterns, *rendered_urls]:
        where = str(one.pattern).replace("<str:", "<").replace("<path:", "<")
        found.append(("GET", where, next((what for end, what in SERVICES if where.endswith(end)), "WADO-RS: objects")))
        if one.name in ("dicomweb_studies", "dicomweb_study"):
            found.append(("POST", where, "STOW-RS: objects, multipart/related; application/dicom"))
    return tuple(found)


@require_safe
@needs("ledger_view")
def conformance(request: HttpRequest) -> HttpResponse:
    """The page; `?format=md` as Markdown."""
    made = statement()
    if request.GET.get("format") == "md":
        return _file(markdown(made).encode(), "text/markdown; charset=utf-8", "conformance.md")
    more = (("?format=md", "The same as Markdown"),)
    shown = {"title": made.title, "document": made, "pdf": reverse("archive:conformance_pdf"), "more": more,
             "back": reverse("archive:ledger"), "back_text": "Ledger"}  # fmt: skip
    return render(request, "web/document.html", shown)


@require_safe
@needs("ledger_view")
def conformance_pdf(request: HttpRequest) -> HttpResponse:
    """The same as a PDF."""
    made = statement().plain()
    return _file(_ports[0].typesetter.pdf(TEMPLATE, made, at=timezone.now()), "application/pdf", "conformance.pdf")


def _file(data: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
