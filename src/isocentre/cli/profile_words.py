"""What `isocentre profile` prints: the same facts as lines for people and as plain values for programs."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from isocentre.core.deid import kinds
from isocentre.core.deid.attributes import GROUPS, Attribute
from isocentre.core.deid.difference import ABOUT, DATES, DISPOSITIONS, Change
from isocentre.core.deid.explain import Told, everything, passing, sample_words, standard
from isocentre.core.deid.profile import NAMES, TITLE, Profile
from isocentre.core.dicom import dictionary
from isocentre.core.dicom.walk import tag_text
from isocentre.profiles import everyone, is_draft

WIDTH = 110
_FEW = 6
_COUNTED = {
    "dates": ("rule for dates",) * 2, "option": ("option", "options"),
    "sample": ("sample of pictures",) * 2, "object": ("kind of object", "kinds of object"),
    "attribute": ("attribute", "attributes"),
}  # fmt: skip


def title(profile: Profile) -> str:
    """Name and version as they are asked for."""
    return f"{profile.name}@{profile.version}"


def installed() -> list[dict[str, Any]]:
    """Every version installed."""
    return [
        {"profile": title(p), "title": p.title, "released": not is_draft(p), "sha256": p.sha256} for p in everyone()
    ]


def list_lines(told: Iterable[dict[str, Any]]) -> list[str]:
    """One line a version."""
    return [f"{p['profile']:<18} {'released' if p['released'] else 'draft':<9} {p['title']}" for p in told]


def whole(profile: Profile) -> dict[str, Any]:
    """All of a profile."""
    return {
        "profile": title(profile), "name": profile.name, "version": profile.version, "title": profile.title,
        "released": not is_draft(profile), "sha256": profile.sha256, "dates": profile.dates,
        "options": [{"code": code, "name": NAMES[code], "why": why} for code, why in profile.justifications.items()],
        "actions": [{"tag": tag_text(tag), "name": dictionary.keyword(tag), "action": action, "why": why}
                    for tag, action, why in profile.own_actions()],
        "sample": profile.sample,
        "sop_classes": [{"uid": uid, "name": dictionary.uid_name(uid), **_which(word), "do": rule.disposition,
                         "why": rule.why} for uid, word, rule in profile.kinds()],
        "attributes": [told.plain() for told in everything(profile, passing(profile))],
    }  # fmt: skip


def _which(word: str) -> dict[str, str]:
    """Images of which type, or reports of which title, a rule is for."""
    titled = word.startswith(TITLE)
    return {"image_type": "" if titled else word, "title": word.removeprefix(TITLE) if titled else ""}


def show_lines(profile: Profile) -> list[str]:
    """What a person wants to know of a profile first."""
    state = "a draft: it may still change" if is_draft(profile) else "released: it never changes"
    lines = [f"{title(profile)}: {profile.title}", f"{state[:1].upper()}{state[1:]}. SHA-256 {profile.sha256}",
             f"Dates: {DATES[profile.dates].lower()}.", "", "Options carried out"]  # fmt: skip
    for code, why in profile.justifications.items():
        lines += _wrapped(f"{code} {NAMES[code]}: {why}")
    if profile.actions:
        lines += ["", "Attributes it treats otherwise than the standard"]
        for tag, action, why in profile.own_actions():
            lines += _wrapped(f"{tag_text(tag)} {dictionary.keyword(tag)}, {action}: {why}")
    lines += ["", "Kinds of object (any other is held)"]
    by_rule: dict[tuple[str, str], list[str]] = {}
    for uid, word, rule in profile.kinds():
        by_rule.setdefault((rule.disposition, rule.why), []).append(f"{_short(uid)} {word}".rstrip())
    for (disposition, why), names in by_rule.items():
        lines += _wrapped(f"{DISPOSITIONS.get(disposition, disposition)}: {_few(names)}. {why}")
    if profile.sample:
        lines += ["", "Pictures of CT, MR and PET as they were acquired", *_wrapped(sample_words(profile))]
    lines += ["", "Attributes, by what is done to them"]
    told = everything(profile, passing(profile))
    for key, words in GROUPS.items():
        done = Counter(next(iter(one.top)) for one in told if one.attribute.group == key)
        parts = [f"{number} {action[:1].lower()}{action[1:]}" for action, number in done.most_common()]
        lines += _wrapped(f"{words}: {'; '.join(parts)}")
    return [*lines, "", "One attribute: isocentre profile explain TAG. All of them: --json."]


def diff_lines(old: Profile, new: Profile, changes: Sequence[Change]) -> list[str]:
    """The difference, most weighty first."""
    if not changes:
        return [f"{title(old)} and {title(new)} do the same."]
    counted = Counter(change.about for change in changes)
    summary = ", ".join(f"{counted[about]} {_COUNTED[about][counted[about] != 1]}" for about in ABOUT if counted[about])
    lines = [f"From {title(old)} to {title(new)}: {summary}."]
    about = ""
    for change in changes:
        if change.about != about:
            about = change.about
            lines += ["", ABOUT[about]]
        name = f"{change.name} {change.code}".strip()
        lines += _wrapped(f"{name}: {change.old} -> {change.new}. {change.why}".strip())
    return lines


def explain_lines(one: Attribute, told: Sequence[tuple[Profile, Told]], *, whole: bool) -> list[str]:
    """One attribute under some profiles; `whole`: with the kinds of object by name."""
    vr = f", {one.vr}" if one.vr else ""
    lines = [f"{one.code} {one.name}{vr}", *_wrapped(f"PS3.15 Table E.1-1: {standard(one)}.")]
    for profile, answered in told:
        lines += ["", f"{title(profile)}{' (draft)' if is_draft(profile) else ''}"]
        for place, found in (("", answered.top), ("in sequences: ", _other(answered))):
            for words, uids in found.items():
                where = f" in {_few([_short(uid) for uid in uids])}" if whole and len(found) > 1 else ""
                many = f" ({len(uids)} of the kinds of object let pass)" if len(found) > 1 and not whole else ""
                lines += _wrapped(f"{place}{words}{where}{many}")
        lines += _wrapped(f"Why: {answered.why}")
    return lines


def _other(told: Told) -> dict[str, tuple[str, ...]]:
    """What is done inside sequences, where it is not the same."""
    return {} if told.nested == told.top else told.nested


def notes(profile: Profile) -> list[str]:
    """What its author may have overlooked in a profile that can be used."""
    found = []
    unknown = [uid for uid in profile.sop_classes if dictionary.uid_name(uid) == uid]
    if unknown:
        found.append(f"PS3.6 knows no SOP class {', '.join(unknown)}.")
    never = [_short(uid) for uid in passing(profile) if kinds.never(uid)]
    if never:
        found.append(f"{_few(never)}: documents, videos and sound are held whatever a profile says.")
    if not passing(profile):
        found.append("It lets no kind of object pass, so nothing would ever be sent on.")
    if profile.keeps_uids:
        found.append("It keeps UIDs (113110): the national side takes keyed ones alone, and refuses others.")
    if is_draft(profile):
        found.append("It is not a released version: a hospital cannot put it in force, `isocentre deid` can use it.")
    return found


def _short(uid: str) -> str:
    return dictionary.uid_name(uid).removesuffix(" Storage")


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)
