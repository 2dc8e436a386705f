"""Pages of what a PACS manager is told of this gateway: each as a page and as a PDF, made of what is in force now."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from isocentre.core.trust import connections
from isocentre.core.trust.document import Document, markdown
from isocentre.people.guard import needs
from isocentre.rooms.intake.trust import facts
from isocentre.rooms.intake.trust.ports import ports
from isocentre.web import export

TEMPLATE = "web/typst/document.typ"


@require_safe
@needs("peers_manage")
def conformance(request: HttpRequest) -> HttpResponse:
    """The conformance statement; `?format=md` as Markdown."""
    made = facts.statement()
    if request.GET.get("format") == "md":
        return _file(markdown(made).encode(), "text/markdown; charset=utf-8", "conformance.md")
    return _page(request, made, "intake:conformance_pdf", (("?format=md", "The same as Markdown"),))


@require_safe
@needs("peers_manage")
def conformance_pdf(request: HttpRequest) -> HttpResponse:
    """The same as a PDF."""
    return _pdf(facts.statement, "conformance.pdf")


@require_safe
@needs("peers_manage")
def for_manager(request: HttpRequest) -> HttpResponseBase:
    """The page for the PACS manager; `?format=csv` or `json`: its firewall sheet."""
    form = request.GET.get("format")
    if form in ("csv", "json"):
        rows = [one.cells for one in facts.firewall()]
        make = export.csv_response if form == "csv" else export.json_response
        return make("firewall", connections.HEADS if form == "csv" else connections.KEYS, rows)
    more = (("?format=csv", "Firewall sheet as CSV"), ("?format=json", "Firewall sheet as JSON"),
            (reverse("intake:conformance"), "DICOM Conformance Statement"))  # fmt: skip
    return _page(request, facts.for_manager(), "intake:for_manager_pdf", more)


@require_safe
@needs("peers_manage")
def for_manager_pdf(request: HttpRequest) -> HttpResponse:
    """The same as a PDF."""
    return _pdf(facts.for_manager, "for-the-pacs-manager.pdf")


def _page(request: HttpRequest, made: Document, pdf: str, more: Sequence[tuple[str, str]]) -> HttpResponse:
    shown = {
        "title": made.title, "document": made, "pdf": reverse(pdf), "more": more, "back": reverse("intake:senders"),
        "back_text": "Senders",
    }  # fmt: skip
    return render(request, "web/document.html", shown)


def _pdf(make: Callable[[], Document], name: str) -> HttpResponse:
    return _file(ports().typesetter.pdf(TEMPLATE, make().plain(), at=timezone.now()), "application/pdf", name)


def _file(data: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
