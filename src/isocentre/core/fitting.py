"""Which planned imaging event of a research study an image fits: modality, body part, procedure, then its day."""

from __future__ import annotations

from dataclasses import dataclass

from isocentre.core import body_parts, procedures
from isocentre.core.routing_facts import PlannedWindow, ScanFacts


@dataclass(frozen=True, slots=True)
class Fit:
    """The event, or why there is none: `cause`, and `words` without anything of the patient."""

    event: PlannedWindow | None = None
    cause: str = ""
    words: str = ""


def of_its_kind(planned: tuple[PlannedWindow, ...], facts: ScanFacts) -> tuple[tuple[PlannedWindow, ...], Fit]:
    """The events that ask for such an image on whatever day; where there are none, why."""
    kind = tuple(p for p in planned if not p.modalities or facts.modality in p.modalities)
    if not kind:
        return (), Fit(cause="other_modality", words="No planned event has this modality.")
    # An empty body part in the header is common; what else it says then decides.
    said = body_parts.known(facts.body_codes) or ((facts.body_part,) if facts.body_part else ())
    kind = tuple(p for p in kind if body_parts.agree(p.body_parts, said))
    if not kind:
        return (), Fit(cause="other_body_part", words="What is planned of this modality is of another body part.")
    kind = tuple(p for p in kind if _same_procedure(p, facts))
    if not kind:
        words = "What is planned of this modality and body part is another examination."
        return (), Fit(cause="other_procedure", words=words)
    return kind, Fit()


def on_its_day(kind: tuple[PlannedWindow, ...], day: int) -> Fit:
    """The event whose window holds this study day; of several the one whose middle is nearest.

    Two time points equally near are not guessed between: a person chooses.
    """
    fitting = [p for p in kind if p.first_day <= day <= p.last_day]
    if not fitting:
        return Fit(cause="no_visit", words=_outside(kind, day))
    best = min(_from_middle(p, day) for p in fitting)
    nearest = [p for p in fitting if _from_middle(p, day) == best]
    points = list(dict.fromkeys(p.time_point for p in nearest))
    if len(points) > 1:
        words = f"Its day lies equally near {' and '.join(points[:3])}: a person says which of them it is."
        return Fit(cause="two_visits", words=words)
    return Fit(nearest[0])


def why_not(planned: tuple[PlannedWindow, ...], facts: ScanFacts, day: int, outside: Fit) -> Fit:
    """Why it fits nothing: what it differs in from what is due on its day, if anything of its modality is."""
    due = tuple(p for p in planned if p.first_day <= day <= p.last_day)
    differs = of_its_kind(due, facts)[1]
    return differs if differs.cause in ("other_body_part", "other_procedure") else outside


def _from_middle(planned: PlannedWindow, day: int) -> float:
    return abs(day - (planned.first_day + planned.last_day) / 2)


def days_outside(planned: PlannedWindow, day: int) -> int:
    """Days from the window of an event to a study day; negative before it, 0 within."""
    return min(0, day - planned.first_day) or max(0, day - planned.last_day)


def _outside(kind: tuple[PlannedWindow, ...], day: int) -> str:
    near = min(kind, key=lambda p: abs(days_outside(p, day)), default=None)
    if near is None:
        return "Outside every visit window planned."
    off = days_outside(near, day)
    when = f"{abs(off)} {'day' if abs(off) == 1 else 'days'} {'before' if off < 0 else 'after'}"
    return f"Outside every visit window planned: {when} that of {near.time_point}, the nearest."


def _same_procedure(planned: PlannedWindow, facts: ScanFacts) -> bool:
    return procedures.agrees(
        planned.procedure, codes=facts.procedure_codes, study_words=facts.study_words, protocol=facts.protocol
    )
