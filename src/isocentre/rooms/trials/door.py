"""What others may ask of `trials`: versions of charters, uploaded, put in force, compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.charter.lines import Change, changes
from isocentre.core.charter.reading import parse, read
from isocentre.core.charter.records import Charter, plain
from isocentre.core.charter.removed import lost
from isocentre.core.checks import NotFound, Unfit
from isocentre.core.deid.profile import BadProfile
from isocentre.core.strict import MessageError
from isocentre.profiles import released
from isocentre.rooms.register import door as register
from isocentre.rooms.trials.models import CharterVersion

"""No research study, or no version, of that name that this actor may see."""
STATES = {"uploaded": "Not in force yet", "in_force": "In force", "replaced": "Replaced"}


@dataclass(frozen=True, slots=True)
class CharterRecord:
    """One version of a research study's charter."""

    research_study: str
    charter: Charter
    state: str
    sha256: str
    uploaded_by: str
    published_by: str

    @property
    def version(self) -> int:
        """Its number, counted from 1 in each research study."""
        return self.charter.version

    @property
    def state_words(self) -> str:
        """The state in words."""
        return STATES[self.state]


def versions(*, by: Actor, slug: str) -> list[CharterRecord]:
    """Versions of a research study's charter, the newest first; NotFound when it is absent or out of scope."""
    _may_view(by)
    register.research_study(by=by, slug=slug)
    return [_record(row) for row in CharterVersion.objects.filter(research_study=slug).order_by("-version")]


def version(*, by: Actor, slug: str, number: int) -> CharterRecord:
    """One version; NotFound when there is none, or it is out of scope."""
    found = next((one for one in versions(by=by, slug=slug) if one.version == number), None)
    if found is None:
        raise NotFound("no charter of this version")
    return found


def newest(*, by: Actor, slugs: Iterable[str] | None = None) -> list[tuple[str, CharterRecord | None, int]]:
    """(research study, charter in force, versions uploaded after it) of each in scope; all of them without `slugs`."""
    _may_view(by)
    studies = [one.slug for one in register.research_studies(by=by, slugs=slugs)]
    rows: dict[str, list[CharterVersion]] = {slug: [] for slug in studies}
    for row in CharterVersion.objects.filter(research_study__in=studies).order_by("version"):
        rows[row.research_study].append(row)
    answer = []
    for slug, found in rows.items():
        held = next((row for row in found if row.state == "in_force"), None)
        after = [row for row in found if row.state == "uploaded" and (held is None or row.version > held.version)]
        answer.append((slug, _record(held) if held else None, len(after)))
    return answer


def may_publish(by: Actor, slug: str) -> bool:
    """Whether the actor may upload charters of this research study and put one in force: for all of its sites."""
    return register.may_publish(by, slug)


def upload(*, by: Actor, slug: str, text: str) -> CharterRecord:
    """Keep a charter, as YAML or JSON, as the next version; the same as the newest again: that one.

    Unfit in words about `charter` when it cannot be read, or has rules that the profile makes impossible to check.
    """
    study = _to_change(by, slug)
    try:
        charter = replace(read(text), version=0)
    except MessageError as error:
        raise Unfit({"charter": _sentence(str(error))}) from None
    _checkable(charter, study.terms.profile)
    data = plain(charter)
    sha256 = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    with transaction.atomic():
        last = CharterVersion.objects.select_for_update().filter(research_study=slug).order_by("-version").first()
        if last is not None and last.sha256 == sha256:
            return _record(last)
        number = last.version + 1 if last else 1
        row = CharterVersion.objects.create(
            research_study=slug, version=number, data={**data, "version": number}, sha256=sha256, uploaded_by=by.name
        )
        audit.record(by=by, entries=[_entry("charter_uploaded", row)])
    return _record(row)


def publish(*, by: Actor, slug: str, number: int) -> CharterRecord:
    """Put a version in force in place of the one that is, and propose it to the hospitals; again: nothing changes.

    Unfit when it was replaced before, or the profile has changed so that a rule of it cannot be checked any more.
    """
    study = _to_change(by, slug)
    found = version(by=by, slug=slug, number=number)
    _checkable(found.charter, study.terms.profile)
    with transaction.atomic():
        # First, for it locks the research study: of two people who publish at once, one comes after the other.
        register.put_charter(by=by, research_study=slug, charter=found.charter)
        row = CharterVersion.objects.select_for_update().get(research_study=slug, version=number)
        if row.state == "in_force":
            return _record(row)
        if row.state == "replaced":
            raise Unfit({"charter": "This version was replaced. Upload it again, as a new version"})
        CharterVersion.objects.filter(research_study=slug, state="in_force").update(state="replaced")
        row.state, row.published_by = "in_force", by.name
        row.save(update_fields=["state", "published_by"])
        audit.record(by=by, entries=[_entry("charter_published", row)])
    return _record(row)


def compare(*, by: Actor, slug: str, old: int, new: int) -> list[Change]:
    """What differs between two versions, the older first; NotFound where either is not there."""
    was, will = (version(by=by, slug=slug, number=number).charter for number in (old, new))
    return changes(was, will)


def _may_view(by: Actor) -> None:
    if not by.may("charters_view"):
        raise PermissionError("This role does not look at charters.")


def _to_change(by: Actor, slug: str) -> register.ResearchStudyRecord:
    study = register.research_study(by=by, slug=slug)
    if not may_publish(by, slug):
        raise PermissionError("Only someone of the imaging core who acts for every site may change its charter.")
    return study


def _checkable(charter: Charter, profile: str) -> None:
    """Unfit when a rule is about what does not reach the national side as it was, or nobody can say whether it does."""
    try:
        found = lost(charter, released(profile))
    except BadProfile as error:
        words = f"The profile {profile} of the research study is not installed here, so nobody can say what it keeps"
        raise Unfit({"charter": words}) from error
    if found:
        raise Unfit({"charter": f"{'. '.join(found)}. Take the rules about it out, or agree another profile"})


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _entry(action: str, row: CharterVersion) -> audit.Entry:
    return audit.Entry(action, "research_study", row.research_study, {"version": row.version, "sha256": row.sha256})


def _record(row: CharterVersion) -> CharterRecord:
    return CharterRecord(
        row.research_study, parse(row.data), row.state, row.sha256, row.uploaded_by, row.published_by
    )  # fmt: skip
