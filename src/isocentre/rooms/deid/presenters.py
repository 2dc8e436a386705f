"""Words of proposals and profiles as the hospital side's pages show them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from isocentre.core.deid.difference import ABOUT, Change, difference
from isocentre.core.deid.profile import BadProfile
from isocentre.profiles import load
from isocentre.rooms.deid import charters, door
from isocentre.rooms.deid.models import ProfileInForce
from isocentre.rooms.intake import door as intake
from isocentre.web import formats, names

LABELS = {
    "title": "Title", "sponsor": "Sponsor", "protocol_name": "Protocol", "intake_mode": "How scans are recognised",
    "sites": "Sites", "profile": "De-identification profile", "legal_basis": "Legal basis", "ae_title": "AE title",
    "face_waiver": "Faces", "receive": "May receive scans", "planned_events": "Planned imaging",
    "prior_imaging": "Imaging from before consent", "charter": charters.LABEL,
    "version": "Version of the proposal", "slug": "Short name",
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
        rows.append(("Accepted", f"{formats.moment(study.accepted_at)} by {names.person(study.accepted_by)}"))
    return rows


def contribution(slug: str) -> list[dict[str, str]]:
    """The contribution agreement of each site here: what is wrong with it, or until when it holds."""
    found = intake.contribution.of(slug)
    called = names.sites({one.site for one in found})
    return [
        {
            "site": called[one.site],
            "wrong": one.words,
            "until": f"In force until {formats.date(one.until)}." if one.until else "In force.",
        }
        for one in found
    ]


def changes(found: list[tuple[str, Any, Any]]) -> list[dict[str, str]]:
    """Each difference: what, in force, proposed, and why it matters; of a charter each thing it asks otherwise."""
    shown: list[dict[str, str]] = []
    for name, old, new in found:
        if name == "charter":
            shown += charters.changes(old, new)
        else:
            label, why = LABELS.get(name, name), MATTERS.get(name, "")
            shown.append({"label": label, "old": said(name, old), "new": said(name, new), "why": why})
    return shown


def profile_change(study: intake.ResearchStudy, pinned: ProfileInForce | None) -> dict[str, Any] | None:
    """What accepting changes of the profile: versions, each difference with its reason, attributes told together."""
    new = door.change_of_profile(study, pinned)
    if new is None or pinned is None:
        return None
    words = {"old": f"{pinned.name} v{pinned.version}", "new": f"{new.name} v{new.version}", "known": False}
    try:
        old = load(pinned.name, pinned.version)
    except BadProfile:
        return words
    found = difference(old, new)
    together: dict[tuple[str, str], list[Change]] = {}
    for one in found:
        if one.about == "attribute":
            together.setdefault((one.old, one.new), []).append(one)
    attributes = [
        {"old": was, "new": will, "count": len(ones), "names": ", ".join(f"{one.name} {one.code}" for one in ones)}
        for (was, will), ones in together.items()
    ]
    url = reverse("deid:difference", args=[new.name, new.version, old.name, old.version])
    wide = [{"about": ABOUT[one.about], "one": one} for one in found if one.about != "attribute"]
    return {**words, "known": True, "wide": wide, "attributes": attributes, "url": url}


def said(name: str, value: Any) -> str:
    """A value of a proposal in words."""
    if value is None or value == "":
        return "Not given"
    if name == "charter":
        return charters.said(value)
    if name == "planned_events":
        return "; ".join(_event(event) for event in value) or "None"
    if name == "face_waiver":
        return f"May stay in the images: {value['reason']}" if value.get("waived") else "Heads are held"
    if name == "receive":
        return "Yes" if value is True else f"No: {value}"
    if name in ("intake_mode", "legal_basis"):
        return {**MODES, **BASES}.get(value, str(value))
    if name == "sites":
        named = names.sites()
        return "; ".join(named.get(code, code) for code in value) or "None"
    if isinstance(value, bool):
        return "Agreed" if value else "Not agreed"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _event(event: dict[str, Any]) -> str:
    kinds = ", ".join(event["modalities"]) or "any modality"
    parts = ", ".join(event["body_parts"]) or "any body part"
    return f"{event['name']} ({event['time_point']}): {kinds}, {parts}, {formats.study_days(*event['window'])}"
