"""Pages of the national data opt-out: how old the last answer is, the list to have checked, the answer taken in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from isocentre.audit import door as audit
from isocentre.core.checks import Unfit
from isocentre.core.days import parse_day
from isocentre.people.guard import needs
from isocentre.rooms.deid import opt_out
from isocentre.rooms.intake import door as intake
from isocentre.web import formats

MAY_VIEW = ("optout_upload", "study_config_accept")
MOST_BYTES = opt_out.MOST_CHARACTERS


@needs(*MAY_VIEW)
@require_safe
def opt_outs(request: HttpRequest) -> HttpResponse:
    """Where the opt-out stands, and what to do."""
    return _page(request)


def _page(
    request: HttpRequest, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:  # fmt: skip
    by = intake.actor_of(request)
    state, may = opt_out.state(), opt_out.may(by)
    shown = {
        "title": "National data opt-out",
        "tag": _tag(state),
        "next": _next(state, may),
        "rows": _rows(state),
        "state": state,
        "may": may,
        "errors": errors or {},
        "typed": typed or {"answered_on": timezone.localdate().isoformat()},
        "history": audit.past(by=by, about=[("opt_out", "national")]),
    }
    return render(request, "deid/opt_out.html", shown, status=400 if errors else 200)


def _tag(state: opt_out.State) -> dict[str, str]:
    if not state.needed and not state.without_number:
        return {"text": "Not needed", "colour": "grey"}
    if state.old:
        return {"text": "Check needed", "colour": "orange"}
    return {"text": "New people to check", "colour": "yellow"} if state.new else {"text": "Checked", "colour": "green"}


def _next(state: opt_out.State, may: bool) -> dict[str, str] | None:
    who = "you" if may else "a research imaging lead who acts for every research study"
    if not state.needed or not (state.old or state.new):
        return None
    if state.old:
        words = "Scans under section 251 support wait. Have the list checked and take in the answer."
    else:
        people = formats.plural(state.new, "person was", "people were")
        words = f"{people} enrolled since the last check. Their scans wait until a new list was checked."
    return {"text": words, "who": who}


def _rows(state: opt_out.State) -> list[tuple[str, str]]:
    sweep = state.sweep
    days = formats.plural(state.days, "day")
    last = "No answer yet" if sweep is None else f"{formats.date(sweep.answered_on)}, {_age(state.age)}"
    rows = [("Last answer", last), ("An answer is used for", days)]
    if sweep is not None:
        people = formats.plural(sweep.asked, "person", "people")
        rows.append(("Asked about", f"{people}; {formats.number(sweep.allowed)} may be used"))
    rows += [
        ("People it is needed for", formats.plural(state.needed, "person", "people")),
        ("Of them not asked about yet", formats.number(state.new)),
        ("Enrolled without an NHS number", formats.number(state.without_number)),
    ]
    return rows


def _age(age: int | None) -> str:
    return "today" if age == 0 else f"{formats.plural(age or 0, 'day')} ago"


@needs("optout_upload")
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """The list to have checked, as a file: the next answer is about these people."""
    try:
        data = opt_out.ask(by=intake.actor_of(request))
    except Unfit as unfit:
        messages.error(request, f"{' '.join(unfit.errors.values())}.")
        return redirect("deid:opt_out")
    answer = HttpResponse(data, content_type="text/plain; charset=us-ascii")
    answer["Content-Disposition"] = f'attachment; filename="opt-out-{timezone.localdate():%Y-%m-%d}.dat"'
    return answer


@needs("optout_upload")
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take in the answer; scans that waited for it go on by themselves."""
    typed = {"answered_on": request.POST.get("answered_on", "").strip(), "everybody": request.POST.get("everybody", "")}
    try:
        done = opt_out.take(
            by=intake.actor_of(request), allowed=_text(request, "allowed", needed=True), asked=_text(request, "asked"),
            answered_on=parse_day(typed["answered_on"]), everybody=typed["everybody"] == "yes",
        )  # fmt: skip
    except Unfit as unfit:
        return _page(request, unfit.errors, typed)
    sweep = done.sweep
    people = formats.plural(sweep.asked, "person", "people")
    messages.success(request, f"The answer is in force: of {people}, {formats.number(sweep.allowed)} may be used.")
    if done.images:
        parts = [f"{formats.plural(n, 'image')} {intake.label(d, n)}" for d, n in done.images.items()]
        messages.info(request, f"Held images were looked at again: {', '.join(parts)}.")
    return redirect(reverse("deid:opt_out"))


def _text(request: HttpRequest, name: str, *, needed: bool = False) -> str:
    upload = request.FILES.get(name)
    if upload is None:
        if needed:
            raise Unfit({name: "Choose the file that the service returned"})
        return ""
    if (upload.size or 0) > MOST_BYTES:
        raise Unfit({name: "The file is too large"})
    data: bytes = upload.read()
    return data.decode("utf-8-sig", "replace")  # what is no digit is refused by its line
