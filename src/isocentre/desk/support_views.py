"""The page from which an administrator makes a support bundle: it lists what will be in it, then hands it over."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from isocentre.core.actor import Actor
from isocentre.desk import support
from isocentre.desk.doorway import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people_manage")
def page(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The list, and with POST the file."""
    if request.method != "POST":
        return render(request, "desk/support.html", {"title": "Support bundle", "parts": support.PARTS})
    try:
        made = support.make(by=actor)
    except support.NotMade as error:
        messages.error(request, str(error))
        return redirect("support")
    answer = HttpResponse(made.file, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{support.named()}"'
    return answer
