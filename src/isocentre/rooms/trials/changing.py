"""Pages that change charters: upload a version, put one in force."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from isocentre.core.charter.reading import MOST_BYTES
from isocentre.core.charter.records import UNITS
from isocentre.core.checks import Unfit
from isocentre.people.guard import needs
from isocentre.people.plainly import plainly
from isocentre.people.viewing import actor_of
from isocentre.rooms.trials import door
from isocentre.web import names

EXAMPLE = """title: Chest CT charter
scans:
  - name: CT of the chest
    modalities: [CT]
    time_points: [Baseline, Week 8]
    series:
      - name: Thin axial
        modality: CT
        description: [axial]
        minimum_images: 40
        rules:
          - {attribute: SliceThickness, range: {most: 5}, unit: mm}
          - {attribute: KVP, one_of: [100, 120], unit: kV}
          - {attribute: PixelSpacing, tolerance: {value: 0.7, percent: 10}, unit: mm}
          - {attribute: ConvolutionKernel, present: true}
"""


@needs("charters_publish")
@plainly
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Upload a version, as a file or pasted; what is wrong with it is said in words, by place."""
    by = actor_of(request)
    door.versions(by=by, slug=slug)  # 404 where it is not there, before anything is read
    if not door.may_publish(by, slug):
        raise PermissionError("Only someone of the imaging core who acts for every site may change its charter.")
    shown = {
        "title": "Upload a charter", "study": names.research_study(slug), "slug": slug, "text": "",
        "example": EXAMPLE, "units": sorted(UNITS.items()), "errors": {},
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "trials/upload.html", shown)
    try:
        shown["text"] = _text(request)
        made = door.upload(by=by, slug=slug, text=str(shown["text"]))
    except Unfit as unfit:
        return render(request, "trials/upload.html", {**shown, "errors": unfit.errors}, status=400)
    messages.success(request, f"Version {made.version} is kept. It is not in force until somebody puts it in force.")
    return redirect("trials:charter", slug, made.version)


def _text(request: HttpRequest) -> str:
    """The file chosen, else what was pasted."""
    chosen = request.FILES.get("file")
    if chosen is None:
        return str(request.POST.get("charter", "")).replace("\r\n", "\n")
    if (chosen.size or 0) > MOST_BYTES:
        raise Unfit({"file": f"The file is larger than {MOST_BYTES // 1024} KB: is it a charter?"})
    try:
        return str(chosen.read(), "utf-8-sig")
    except UnicodeDecodeError:
        raise Unfit({"file": "The file is no text in UTF-8. Save it as plain text, and choose it again"}) from None


@needs("charters_publish")
@require_POST
@plainly
def publish(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Put a version in force."""
    try:
        door.publish(by=actor_of(request), slug=slug, number=number)
    except Unfit as unfit:
        messages.error(request, f"{' '.join(unfit.errors.values())}. Nothing was changed.")
    else:
        words = "It is in force, and proposed to the hospitals. Each checks scans against it once a person there has"
        messages.success(request, f"{words} accepted it.")
    return redirect("trials:charter", slug, number)
