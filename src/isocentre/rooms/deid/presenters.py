"""Words of proposals and profiles as the hospital side's pages show them."""

from __future__ import annotations

from typing import Any

from isocentre.rooms.deid.models import ProfileInForce
from isocentre.rooms.intake import door as intake
from isocentre.web import formats

LABELS = {
    "title": "Title", "sponsor": "Sponsor", "protocol_name": "Protocol", "intake_mode": "How scans are recognised",
    "sites": "Sites", "profile": "De-identification profile", "legal_basis": "Legal basis", "ae_title": "AE title",
    "face_waiver": "Faces", "receive": "May receive scans", "planned_events": "Planned imaging",
    "prior_imaging": "Imaging from before consent", "version": "Version of the proposal", "slug": "Short name",
}  # fmt: skip
MODES = {
    "dedicated": "Everything sent to its own AE title belongs to it; new people are enrolled on arrival",
    "listed": "Only people on the enrolment list, and only scans that are planned",
}
BASES = {"consent": "Consent", "s251": "Section 251 support: the national opt-out is applied"}
MATTERS = {
    "profile": "It decides what leaves the hospital: a change needs a second person",
    "face_waiver": "It decides whether heads may be sent on with the face",
    "planned_events": "It decides which scans are taken in",
    "legal_basis": "It decides whether consent is needed, and whether the national data opt-out is looked up",
    "intake_mode": "It decides which scans are taken in",
}


def facts(
    study: intake.ResearchStudy, pinned: ProfileInForce | None, *, proposal: bool = False
) -> list[tuple[str, str]]:
    """(label, value) of what is in force, or of what is proposed."""
    config = study.proposal if proposal else study.accepted or {}
    rows = [(label, said(name, config[name])) for name, label in LABELS.items() if name in config]
    if pinned is not None:
        rows.append(("Profile pinned", f"{pinned.name} v{pinned.version}, {pinned.sha256[:12]}…"))
    if not proposal:
        rows.append(("Face waiver recorded here", study.face_waiver or "None: heads are held"))
        rows.append(("Accepted", f"{formats.moment(study.accepted_at)} by {study.accepted_by}"))
    return rows


def changes(found: list[tuple[str, Any, Any]]) -> list[dict[str, str]]:
    """Each difference: what, in force, proposed, and why it matters."""
    return [
        {"label": LABELS.get(name, name), "old": said(name, old), "new": said(name, new), "why": MATTERS.get(name, "")}
        for name, old, new in found
    ]


def said(name: str, value: Any) -> str:
    """A value of a proposal in words."""
    if value is None or value == "":
        return "Not given"
    if name == "planned_events":
        return "; ".join(_event(event) for event in value) or "None"
    if name == "face_waiver":
        return f"May stay in the images: {value['reason']}" if value.get("waived") else "Heads are held"
    if name == "receive":
        return "Yes" if value is True else f"No: {value}"
    if name in ("intake_mode", "legal_basis"):
        return {**MODES, **BASES}.get(value, str(value))
    if isinstance(value, bool):
        return "Agreed" if value else "Not agreed"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _event(event: dict[str, Any]) -> str:
    first, last = event["window"]
    kinds = ", ".join(event["modalities"]) or "any modality"
    parts = ", ".join(event["body_parts"]) or "any body part"
    return f"{event['name']} ({event['time_point']}): {kinds}, {parts}, day {first} to day {last}".replace(
        "day -", "day −"
    )
