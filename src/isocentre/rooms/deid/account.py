"""What was done to the images of one research study here, in counts and rules, for a data protection officer."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import version
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.core.deid import account
from isocentre.core.deid.profile import BadProfile
from isocentre.profiles import load
from isocentre.rooms.deid import door, review_words, ruling, sampling, steps
from isocentre.rooms.deid.models import Rule
from isocentre.rooms.intake import door as intake
from isocentre.web import formats

STATUSES = {
    "sent_on": "sent on", "held": "held", "left_out": "left out", "rejected": "rejected", "opted_out": "opted out",
    "pending": "on their way",
}  # fmt: skip
_STOPPED = ("held", "left_out", "rejected", "opted_out")


def facts(by: Actor, slug: str) -> dict[str, Any] | None:
    """What the page says, of the sites in the actor's scope; None for a research study in whose name nothing may be
    sent on: it was not accepted, or its profile is not installed any more."""
    study, pinned = intake.research_studies(by).filter(slug=slug).first(), door.in_force(slug)
    if study is None or not study.accepted or pinned is None:
        return None
    try:
        profile = load(pinned.name, pinned.version)
    except BadProfile:
        return None
    rows = intake.visible(by).filter(research_study=slug)
    counts = Counter(dict(rows.values_list("disposition").annotate(n=Count("pk")).order_by()))
    actions = _actions(rows)
    decided = _decided({name: count for name, count in actions.items() if name.startswith(door.RULE)})
    used = sorted(set(rows.exclude(profile="").values_list("profile", flat=True).distinct().order_by()))
    return account.told(profile) | _made(rows, profile, counts) | {
        "title": study.title, "slug": slug, "sponsor": study.accepted.get("sponsor", ""),
        "since": formats.date(rows.aggregate(day=Min("first_day"))["day"]) or "no scan yet",
        "accepted": formats.date(study.accepted_at), "waiver": bool(study.face_waiver),
        "others": [name for name in used if name != f"{profile.name} v{profile.version}"],
        "actions": [(steps.ACTIONS[name], count) for name, count in sorted(actions.items()) if name in steps.ACTIONS],
        "decided": decided, "lifted": any(kind in ("Black out", "Let pass once clean") for _, kind, _, _ in decided),
        "sampled": sampling.bound(sampling.visible_for(by).filter(research_study=slug)),
    }  # fmt: skip


def _made(rows: QuerySet[Any], profile: Any, counts: Counter[str]) -> dict[str, Any]:
    """What was counted, as both accounts tell it."""
    classes = rows.values_list("arrival__sop_class_uid", "disposition").annotate(n=Count("pk")).order_by()
    found = {(uid, disposition): n for uid, disposition, n in classes}
    done = sorted({uid for uid, disposition in found if disposition == "sent_on"})
    people = rows.filter(disposition="sent_on").aggregate(n=Count("enrolment", distinct=True))["n"]
    second = rows.filter(disposition="held", cause="second_check").count()
    return {
        "day": formats.date(timezone.localdate()), "version": version("isocentre"), "total": counts.total(),
        "statuses": [(words, counts[key]) for key, words in STATUSES.items()], "people": people,
        "kinds": account.kinds(found, profile, tuple(STATUSES), "see the ledger"), "causes": _causes(rows),
        "groups": account.groups(profile, done, {}), "counted": False, "things": "images", "passed": "sent on",
        "leads": "", "found": second, "erase_days": intake.times.times().erase_days,
    }  # fmt: skip


def _causes(rows: QuerySet[Any]) -> list[tuple[str, str, int]]:
    stopped = rows.filter(disposition__in=_STOPPED).values_list("disposition", "cause").annotate(n=Count("pk"))
    listed = [
        (STATUSES[disposition], intake.causes.cause(cause).title, n)
        for disposition, cause, n in stopped.order_by("-n", "cause")
    ]
    return account.causes(listed)


def _actions(rows: QuerySet[Any]) -> Counter[str]:
    """Elements by action, and images by rule. Images of a series have the same counts, so few are read."""
    total: Counter[str] = Counter()
    alike = rows.filter(disposition="sent_on").values_list("actions").annotate(n=Count("pk")).order_by()
    for actions, n in alike:
        total.update({name: count * n for name, count in actions.items()})
    return total


def _decided(used: dict[str, int]) -> list[tuple[str, str, str, int]]:
    """Rules that were used: name, what each does, for what, images. A text is not told: it might name somebody."""
    known = {
        ruling.plain(one).name: one for one in Rule.objects.filter(code__in={name.partition(" ")[0] for name in used})
    }
    rows = []
    for name, count in sorted(used.items(), key=lambda one: -one[1])[: account.MOST]:
        one = known.get(name)
        about = "" if one is None else review_words.like(one) if one.sop_class else review_words.where(one)
        rows.append((name, review_words.KINDS[one.kind] if one else "", about, count))
    if len(used) > account.MOST:
        rest = sorted(used.values())[: len(used) - account.MOST]
        rows.append((f"{len(rest)} rules more", "", "see Rules", sum(rest)))
    return rows
