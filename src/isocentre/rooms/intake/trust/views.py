"""Pages of what a PACS manager is told of this gateway: each as a page and as a PDF, made of what is in force now."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from isocentre.core.trust.document import Document, markdown
from isocentre.people.guard import needs
from isocentre.rooms.intake.trust import facts
from isocentre.rooms.intake.trust.ports import ports

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


def _page(request: HttpRequest, made: Document, pdf: str, more: tuple[tuple[str, str], ...]) -> HttpResponse:
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
