"""The difference between two profiles in words: dates, options, kinds of object, and attribute by attribute."""

from __future__ import annotations

from dataclasses import dataclass

from isocentre.core.deid.attributes import attribute
from isocentre.core.deid.explain import everything, passing, sample_words, tell
from isocentre.core.deid.profile import NAMES, Profile
from isocentre.core.dicom import dictionary

DATES = {"full": "Kept", "shifted": "Moved by whole weeks", "removed": "Removed"}
DISPOSITIONS = {
    "pass": "Let pass", "clean_pixels": "Black out text in the picture, then let pass",
    "clean_faces": "Take the face out of heads, then let pass",
    "clean_pixels clean_faces": "Black out text in the picture, take the face out of heads, then let pass",
    "hold": "Hold", "leave_out": "Leave out",
}  # fmt: skip
ABOUT = {
    "dates": "Dates", "option": "Option", "sample": "Sample of pictures", "object": "Kind of object",
    "attribute": "Attribute",
}  # fmt: skip
NOT_CARRIED, UNNAMED = "Not carried out", "Hold: not named"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: about what (a key of `ABOUT`), its name and code, before and after in words, and why after."""

    about: str
    name: str
    code: str
    old: str
    new: str
    why: str


def difference(old: Profile, new: Profile) -> tuple[Change, ...]:
    """What changes from one profile to the other, the widest first; empty when they do the same."""
    return (
        *_dates(old, new), *_options(old, new), *_sample(old, new), *_objects(old, new), *_attributes(old, new),
    )  # fmt: skip


def _dates(old: Profile, new: Profile) -> list[Change]:
    if old.dates == new.dates:
        return []
    return [Change("dates", "Dates", "", DATES[old.dates], DATES[new.dates], "")]


def _options(old: Profile, new: Profile) -> list[Change]:
    changed = sorted(set(old.options) ^ set(new.options))
    return [
        Change("option", NAMES[code], str(code), _carried(old, code), _carried(new, code),
               new.justifications.get(code, ""))
        for code in changed
    ]  # fmt: skip


def _carried(profile: Profile, code: int) -> str:
    return "Carried out" if code in profile.options else NOT_CARRIED


def _sample(old: Profile, new: Profile) -> list[Change]:
    """How many pictures as they were acquired are read, where both or one of them reads any."""
    if old.sample == new.sample:
        return []
    before, after = (f"One picture in {one.sample} read" if one.sample else "No sample" for one in (old, new))
    why = sample_words(new) if new.sample else ""
    return [Change("sample", "CT, MR and PET as they were acquired", "", before, after, why)]


def _objects(old: Profile, new: Profile) -> list[Change]:
    found = []
    named = {(uid, word) for profile in (old, new) for uid, word, _ in profile.kinds()}
    for uid, word in sorted(named, key=lambda one: (dictionary.uid_name(one[0]), one[1])):
        before, after = (_disposition(profile, uid, word) for profile in (old, new))
        if before != after:
            why = new.named(uid, word).why
            found.append(Change("object", kind_name(uid, word), uid, before, after, why))
    return found


def kind_name(uid: str, word: str) -> str:
    """A kind of object as people call it, with the word of its image type or the title that a rule is for."""
    return f"{dictionary.uid_name(uid)}, {word}" if word else dictionary.uid_name(uid)


def _disposition(profile: Profile, uid: str, word: str) -> str:
    rule = profile.named(uid, word)
    return UNNAMED if uid not in profile.sop_classes else DISPOSITIONS.get(rule.disposition, rule.disposition)


def _attributes(old: Profile, new: Profile) -> list[Change]:
    """Attributes that kinds of object which both let pass get otherwise; of profiles that share none, of any."""
    wanted = set(passing(new))
    shared = tuple(uid for uid in passing(old) if uid in wanted)
    told = {one.attribute.tag for one in everything(new, shared) if one.attribute.code[0] == "("}
    extra = sorted((set(old.actions) | set(new.actions)) - told)
    pairs = list(zip(everything(old, shared), everything(new, shared), strict=True))
    pairs += [(tell(old, attribute(tag), shared), tell(new, attribute(tag), shared)) for tag in extra]
    return [
        Change("attribute", after.attribute.name, after.attribute.code, before.words, after.words, after.why)
        for before, after in pairs
        if (before.top, before.nested) != (after.top, after.nested)
    ]
