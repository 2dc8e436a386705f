"""Findings and rules in words: what "like it" means, what a rule does, who must confirm it."""

from __future__ import annotations

from typing import Any

from isocentre.core.deid.attributes import attribute
from isocentre.core.dicom import dictionary
from isocentre.rooms.deid import ruling
from isocentre.rooms.deid.models import Finding, Rule
from isocentre.web import formats

KINDS = {
    "black": "Black out", "clean": "Let pass once clean", "allow": "Allow text there", "keep": "Keep the text",
    "drop": "Remove the text",
}  # fmt: skip
STATES = {
    "waiting": ("Waits for a second person", "orange"), "in_force": ("In force", "green"),
    "retiring": ("In force, to be retired by a second person", "orange"), "retired": ("Retired", "grey"),
    "refused": ("Refused", "grey"), "superseded": ("Replaced by a later version", "grey"),
}  # fmt: skip
WHAT = {"picture": "Picture", "header": "Text in the header"}
WHYS = {
    "text": "Text was read there", "device": "Devices of this make and size write there",
    "outside_regions": "Outside the regions of the ultrasound picture", "label": "The label of the slide",
}  # fmt: skip
TITLES = {
    "text_cleaned": "Words of a text that are no vocabulary", "seen": "Seen in a scan that was sent on",
    "text_late": "Text found after images of the series were sent on unread",
}  # fmt: skip


def kind_of_object(sop_class: str) -> str:
    """The name of a kind of object."""
    return dictionary.uid_name(sop_class).removesuffix(" Storage")


def like(one: Finding | Rule) -> str:
    """What a finding or rule is about, in words."""
    if not one.sop_class:
        return f"{where(one)} that says “{one.phrase}”" if one.phrase else where(one)
    device = " ".join(filter(None, (one.manufacturer, one.model))) or "an unnamed device"
    return f"{kind_of_object(one.sop_class)} of {device}, {one.columns}\u00a0×\u00a0{one.rows}\u00a0pixels"


def where(one: Finding | Rule) -> str:
    """Which attribute a text stands in, without the text."""
    return attribute(one.tag).name if one.tag else "A place that is not known"


def about(one: Rule) -> str:
    """Which images or texts a rule is for, in one sentence."""
    if not one.sop_class:
        where = f"{attribute(one.tag).name} {_says(one)}"
        return f"Every image whose {where}, in every research study, whoever the patient is."
    if one.scan:
        return f"One scan alone: {like(one)}."
    return (
        f"Every picture that is alike: the same kind of object ({kind_of_object(one.sop_class)}), maker "
        f"({one.manufacturer or 'not named'}), model ({one.model or 'not named'}), rows ({one.rows}) and columns "
        f"({one.columns}), in every research study."
    )


def _says(one: Rule) -> str:
    return f"is exactly “{one.phrase}”" if one.kind == "keep" else f"has “{one.phrase}” in it"


def does(one: Rule) -> str:
    """What a rule does, in one sentence."""
    places = formats.plural(len(one.boxes), "box", "boxes")
    return {
        "black": f"{places} black in each frame, before the picture is read for text.",
        "clean": "A kind that the profile holds passes once its picture is clean"
        + (f"; {places} black in each frame." if one.boxes else "; text that is read goes black."),
        "allow": f"Text inside {places} may stay, unless it says something known of the patient.",
        "keep": "The text stays whole, and the second check accepts it there.",
        "drop": "These words go from the text, though they may be vocabulary.",
    }[one.kind]


def boxes(found: list[Any]) -> list[dict[str, Any]]:
    """Places of a picture as its page shows them; places that several frames share are told once."""
    told: dict[tuple[int, ...], dict[str, Any]] = {}
    for frame, left, top, right, bottom, why in found:
        box = (left, top, right, bottom)
        words = WHYS.get(why, f"By rule {why}")
        told.setdefault(box, {
            "box": box, "value": ",".join(map(str, box)), "width": right - left, "height": bottom - top, "why": words,
            "frame": f"frame {frame}" if frame else "every frame", "text": why == "text",
        })  # fmt: skip
    return [{**one, "number": number} for number, one in enumerate(told.values(), 1)]


def who(one: Rule) -> str:
    """Who must do what next about a rule; empty when nobody must."""
    if one.state == "waiting" and one.imported:
        return "It came in a file: somebody other than who took it in accepts it here before it is used."
    if one.state == "waiting":
        return "More passes by it than before, so somebody other than who made it confirms it."
    if one.state == "retiring":
        return "More passes without it than now, so somebody other than who asked confirms that it goes."
    return ""


def waits_for(one: Rule) -> str:
    """The person who may not confirm what waits."""
    return one.asked_by if one.state == "retiring" else one.made_by


def name(one: Rule) -> str:
    """A rule by name and version."""
    return ruling.plain(one).name
