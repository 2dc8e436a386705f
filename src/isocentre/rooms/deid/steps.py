"""Words of a scan's later steps on the hospital side: de-identified, sent on, acknowledged, erased."""

from __future__ import annotations

from django.urls import reverse

from isocentre.core.hooks import State, Step
from isocentre.rooms.deid import door, opt_out, untold
from isocentre.rooms.deid.models import FaceSeries
from isocentre.rooms.intake import door as intake
from isocentre.web import formats

ACTIONS = {
    "K": "kept", "X": "removed", "Z": "emptied", "D": "replaced by a made-up value", "U": "UIDs replaced",
    "C": "cleaned", "S": "dates shifted",
}  # fmt: skip


def steps(scan: intake.Scan) -> list[Step]:
    """The steps the scan has reached; those not there yet are left to the page."""
    stopped = [
        r for r in scan.reasons
        if r.disposition not in ("pending", "sent_on") and not intake.causes.cause(r.cause).routing
    ]  # fmt: skip
    found = [_deidentified(scan), _stopped(stopped), _sent(scan), _acknowledged(scan), _erased(scan)]
    return [step for step in found if step is not None]


def _deidentified(scan: intake.Scan) -> Step | None:
    if not scan.profiles:
        if scan.counts.get("pending"):
            words = f"{formats.plural(scan.counts['pending'], 'image')} waiting their turn"
            if "waiting" in _faces(scan):
                words += "; a series must be whole before the face is removed from it"
            return Step(
                "deidentified", "Being de-identified", "now", detail=words, next="Nothing: it goes on by itself."
            )
        return None
    done = {name: n for name, n in scan.actions.items() if not name.startswith(door.RULE)}
    counted = [f"{ACTIONS.get(name, name)}: {n:,}" for name, n in sorted(done.items())]
    words = f"{sum(done.values()):,} actions ({', '.join(counted)}), second check clean" if counted else ""
    who = f"profile {' and '.join(scan.profiles)}"
    removed = "found" in _faces(scan)
    face = "Its face was removed" if removed else ""
    ruled = [
        f"rule {name} ({formats.plural(n, 'image')})" for name, n in sorted(scan.actions.items()) if name not in done
    ]
    by_rule = f"By what people decided of findings: {', '.join(ruled)}" if ruled else ""
    detail = ". ".join(filter(None, (words, by_rule, face, opt_out.set_aside(scan.first))))
    here = removed and scan.erased < scan.images
    return Step(
        "deidentified", "De-identified", "done", formats.moment(scan.sent_at), who, detail,
        url=reverse("deid:faces", args=[scan.key]) if here else "",
        link_text="See the head before and after" if here else "",
    )  # fmt: skip


def _faces(scan: intake.Scan) -> frozenset[str]:
    """States of the scan's series whose faces are to be removed."""
    mine = FaceSeries.objects.filter(research_study=scan.first.research_study, study_uid=scan.first.study_uid)
    return frozenset(mine.values_list("state", flat=True))


def _stopped(reasons: list[intake.Reason]) -> Step | None:
    if not reasons:
        return None
    detail, advice, url = intake.stopped(reasons, True)
    title = "Held" if url else "Goes no further"
    return Step("deidentified", title, "failed", detail=detail, url=url, link_text="Go to the held scans", next=advice)


def _sent(scan: intake.Scan) -> Step | None:
    if not scan.sent:
        return None
    words = f"{formats.number(scan.sent)} of {formats.plural(scan.images, 'image')}"
    waiting = scan.counts.get("pending", 0)
    state: State = "now" if waiting else "done"
    title = "Being sent on" if waiting else "Sent on"
    return Step(
        "sent_on", title, state, formats.moment(scan.sent_at), detail=words, next="Nothing: it goes on by itself."
    )


def _acknowledged(scan: intake.Scan) -> Step | None:
    if not scan.sent or scan.counts.get("pending"):
        return None
    words = f"The national side answered that it stored {formats.plural(scan.acknowledged, 'image')}."
    refused = untold.of_scan(scan)
    if refused:
        words += f" It would not be told what was done to some of them. {' '.join(refused)}"
    return Step(
        "acknowledged", "Stored on the national side", "done", formats.moment(scan.sent_at), detail=words,
        url=reverse("deid:reports") if refused else "", link_text="See what it refused" if refused else "",
    )  # fmt: skip


def _erased(scan: intake.Scan) -> Step | None:
    if not scan.erased:
        return None
    words = f"{formats.number(scan.erased)} of {formats.plural(scan.images, 'original image')}"
    state: State = "done" if scan.erased == scan.images else "now"
    return Step("erased", "Original erased here", state, formats.moment(scan.erased_at), detail=words)
