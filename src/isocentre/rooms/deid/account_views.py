"""What was done to the images of a research study: the page, and the same as two pages to keep or print."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from isocentre.audit import door as audit
from isocentre.people.guard import needs
from isocentre.rooms.deid import account
from isocentre.rooms.intake import door as intake
from isocentre.web import formats, printed

MAY_VIEW = ("study_config_accept", "arrivals_view", "profiles_view")


def _facts(request: HttpRequest, slug: str) -> dict[str, Any]:
    found = account.facts(intake.actor_of(request), slug)
    if found is None:
        raise Http404
    return found


@require_safe
@needs(*MAY_VIEW)
def what_was_done(request: HttpRequest, slug: str) -> HttpResponse:
    """Counts, rules and the risk that is left, for this research study."""
    found = _facts(request, slug)
    rows = [(name[:1].upper() + name[1:], formats.plural(count, "image")) for name, count in found["statuses"] if count]
    rows += [("People of whom something was sent on", formats.number(found["people"])),
             ("Profile", f"{found['profile'].name} v{found['profile'].version}: {found['profile'].title}"),
             ("Held by the second check", formats.plural(found["found"], "image"))]  # fmt: skip
    if found["sampled"]:
        rows.append(("Looked at by people", found["sampled"]))
    return render(request, "deid/what_was_done.html", {**found, "rows": rows, "heading": found["title"]})


@require_safe
@needs(*MAY_VIEW)
def download(request: HttpRequest, slug: str) -> HttpResponse:
    """The two pages as a file of their own."""
    made = printed.page("hospital", _facts(request, slug))
    by = intake.actor_of(request)
    audit.record_read(by=by, action="account_downloaded", object_type="research_study", object_id=slug)
    answer = HttpResponse(made, content_type="text/html; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="what-was-done-{slug}.html"'
    return answer
