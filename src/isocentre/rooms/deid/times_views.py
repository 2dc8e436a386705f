"""The page of times: how long originals, held scans and opt-out answers are used; an administrator changes them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from isocentre.core import optout
from isocentre.core.checks import Unfit
from isocentre.people.guard import afresh, needs
from isocentre.rooms.deid import opt_out
from isocentre.rooms.intake import door as intake
from isocentre.web import fields, formats

ERASE = "Days an original is kept after the last decision about it"
HELD = "Days a held scan waits for a decision"
USED = "Days an answer of the national data opt-out service is used"
INTRO = "This hospital side is no archive: what is not needed any more is erased. Changes take effect within a minute."


@needs("settings_manage")
@afresh
def times(request: HttpRequest) -> HttpResponse:
    """How long things are kept, as a form."""
    by, current = intake.actor_of(request), intake.times.times()

    def save(typed: dict[str, str]) -> str:
        erase, held, used = (_number(typed[name]) for name in ("erase_days", "held_days", "opt_out_days"))
        if erase and held and typed["sure"] != "yes":
            _ask(intake.times.effect(intake.times.Times(erase, held)))
        opt_out.fits(used)
        intake.times.set_times(by=by, erase_days=erase, held_days=held, reason=typed["reason"])
        opt_out.set_days(by=by, days=used, reason=typed["reason"])
        return reverse("deid:times")

    form = fields.Form(
        title="Times",
        fields=(
            fields.Field("erase_days", ERASE, f"1 to {intake.times.MOST_ERASE}. At first {intake.times.ERASE_DAYS}",
                         width="4"),
            fields.Field("held_days", HELD, f"{intake.times.LEAST_HELD} to {intake.times.MOST_HELD}. Then it is "
                         f"rejected. At first {intake.times.HELD_DAYS}", width="4"),
            fields.Field("opt_out_days", USED, f"1 to {optout.MOST_DAYS}. Then scans wait for a new one. At first "
                         f"{optout.DEFAULT_DAYS}", width="4"),
            fields.Field("reason", "Why they are changed", "Kept in the audit trail"),
            fields.Field("sure", "Go on, although something ends at once", kind="tick"),
        ),
        values={"erase_days": str(current.erase_days), "held_days": str(current.held_days),
                "opt_out_days": str(opt_out.most_days())},
        save=save,
        saved="The times are in force.",
        back="/",
        back_text="Home",
        intro=INTRO,
    )  # fmt: skip
    return fields.handle(request, form)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None


def _ask(effect: intake.times.Effect) -> None:
    """Say what shorter times would end at once, and let the person say that it is meant."""
    parts = []
    if effect.rejected:
        parts.append(f"{formats.plural(effect.rejected, 'image')} held would be rejected")
    if effect.erased:
        parts.append(f"{formats.plural(effect.erased, 'original image')} would be erased")
    if parts:
        raise Unfit({"sure": f"At once, {' and '.join(parts)}. Tick this if it is meant"})
