"""One site and one scanner: what is known of it, what belongs to it, what was done with it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from isocentre.audit import door as audit
from isocentre.core.actor import ANY
from isocentre.people.guard import needs
from isocentre.rooms.network import door
from isocentre.rooms.network.views import SCANNER_FIELDS, actor_of
from isocentre.web.formats import plural


@needs("network_view")
@require_safe
def site(request: HttpRequest, ods: str) -> HttpResponse:
    """One site and its scanners."""
    by, found = actor_of(request), door.sites(ods=[ods])
    if not found:
        raise Http404
    one, here = found[0], door.scanners(at_sites=[ods])
    may = by.may("network_edit") and by.scope.allows(ANY, ods)
    context = {
        "title": one.name,
        "caption": "Site",
        "action": {"text": "Change the site", "href": reverse("network:site_edit", args=[ods])} if may else None,
        "rows": [
            ("ODS code", one.ods),
            ("Organisation", f"{one.organisation_name} ({one.organisation_ods})"),
            ("Scanners", plural(len(here), "scanner")),
        ],
        "back": (reverse("network:sites"), "Sites"),
        "scanners": [(s, reverse("network:scanner", args=[s.entry.code])) for s in here],
        "add_url": reverse("network:scanner_add") if may else "",
        "is_site": True,
        "history": audit.past(by=by, about=[("site", ods), ("organisation", one.organisation_ods)]),
    }
    return render(request, "network/object.html", context)


@needs("network_view")
@require_safe
def scanner(request: HttpRequest, code: str) -> HttpResponse:
    """One scanner and how its images name it."""
    by, found = actor_of(request), door.scanners(codes=[code])
    if not found:
        raise Http404
    one = found[0]
    may = by.may("network_edit") and by.scope.allows(ANY, one.entry.site)
    facts = {**{name: str(getattr(one.entry, name)) for name in door.ENTRY}, "software": one.software}
    context = {
        "title": code,
        "caption": "Scanner",
        "action": {"text": "Change the scanner", "href": reverse("network:scanner_edit", args=[code])} if may else None,
        "rows": [(field.label, facts[field.name]) for field in SCANNER_FIELDS],
        "back": (reverse("network:scanners"), "Scanners"),
        "site": (reverse("network:site", args=[one.entry.site]), f"{one.site_name} ({one.entry.site})"),
        "history": audit.past(by=by, about=[("scanner", code)]),
    }
    return render(request, "network/object.html", context)
