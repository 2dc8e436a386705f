"""An audit row as a sentence a person reads. An action is named noun_verb (`token_made`), so most need no table."""

from __future__ import annotations

import re
from string import Formatter

from isocentre.audit.models import AuditRow

# {object} is the object; {images} and {scans} are counted; other names are the row's own details.
SENTENCES = {
    "signed_in": "signed in",
    "signed_out": "signed out",
    "sign_in_failed": "tried to sign in and failed",
    "sign_in_refused": "refused to let somebody sign in",
    "images_read": "looked at images of {object}",
    "images_viewed": "looked at images of {object}",
    "images_downloaded": "downloaded images of {object}",
    "header_viewed": "read a header of {object}",
    "selection_frozen": "froze the Selection {object}",
    "selection_ended": "ended the Selection {object}",
    "selection_exported": "downloaded the list of the Selection {object}",
    "scans_exported": "downloaded the list of scans",
    "images_stored": "stored images for {object}",
    "objects_stored": "stored images, request {id}",
    "scan_received": "received {images}, {outcome} ({object})",
    "scan_sent_on": "sent on {images}",
    "scan_held": "held {images}: {id}",
    "scan_left_out": "left out {images}: {id}",
    "scan_rejected": "rejected {images}: {id}",
    "scan_opted_out": "stopped {images}: the person opted out of research",
    "scan_pending": "put {images} back on their way",
    "held_leave_out": "left out {scans} held ({cause}), decision {id}",
    "held_reject": "rejected {scans} held ({cause}), decision {id}",
    "held_try_again": "tried {scans} held ({cause}) again, decision {id}",
    "held_keep": "kept the first of {scans} held ({cause}), decision {id}",
    "held_replace": "replaced the first of {scans} held ({cause}), decision {id}",
    "held_put_into": "put {scans} held ({cause}) into a research study, decision {id}",
    "decision_undone": "undid decision {id} on {images} held ({cause})",
    "scan_matched": "matched {object} to what was planned",
    "scan_not_matched": "found no planned imaging for {object}",
    "person_enrolled": "enrolled a person in research study {research_study}, enrolment {id}",
    "sender_refused": "turned away a sender that is not admitted, number {id}, {attempts}",
    "receipts_taken": "handed in receipts",
    "role_chosen": "began to act as {role}",
    "role_given": "gave {object} the role {role} ({research_study}, {site})",
    "role_taken": "took the role {role} ({research_study}, {site}) from {object}",
    "password_changed": "changed their password",
    "second_step_added": "set up a second step of signing in",
    "second_step_removed": "removed the second step of signing in of {object}",
    "first_link_made": "printed a link for the first administrator",
    "first_administrator_made": "made {object} the first administrator",
    "administrator_recovered": "printed a sign-in link for {object}, whose second step was removed",
    "sessions_ended": "ended every session of {object}",
    "master_key_split": "showed shares of the master key, to be printed",
    "master_key_joined": "brought the master key back from its shares",
    "master_key_refused": "gave shares that do not bring the master key back",
    "master_key_rotated": "wrapped every study key by a new master key",
    "times_changed": "changed how long things are kept",
    "scan_viewed": "looked at the page of {object}",
    "profile_tried": "looked at what profile {profile} makes of {object}",
    "person_viewed": "looked at {object}",
    "enrolment_viewed": "looked through the enrolment list ({id})",
    "people_searched": "searched for people and scans",
    "opt_out_asked": "took out the list of people to check against the national data opt-out",
    "opt_out_taken": "took in an answer of the national data opt-out service",
    "study_config_accepted": "accepted the proposal for {object}",
    "study_config_proposed": "received a proposal for {object}",
    "sign_in_link_made": "made a sign-in link for {object}",
    "password_set": "set their first password, or a new one, by a sign-in link",
    "profile_change_asked": "asked a second person to accept the new profile of {object}",
}
COUNTED = {"images": ("image", "images"), "attempts": ("attempt", "attempts"), "scans": ("scan", "scans")}
ROUTINE = frozenset({
    "scan_received", "scan_sent_on", "scan_held", "scan_left_out", "scan_rejected", "scan_opted_out", "scan_pending",
    "originals_erased", "canaries_forgotten", "objects_stored", "receipts_taken", "scan_matched", "scan_not_matched",
    "study_config_handed", "study_config_proposed", "sender_refused", "person_enrolled",
})  # fmt: skip
"""What Isocentre itself and gateways do all day. By them, these bury what people did; anything else they do is rare."""
SYSTEM_NAMES = {"isocentre": "Isocentre itself"}
ROLE_WORDS = {"dpo": "data protection officer", "pacs_manager": "PACS manager"}


def describe(row: AuditRow) -> str:
    """Who did what to what, in one sentence without a full stop; the reason, where one was given, follows it."""
    return f"{who(row)} {_did(row)}" + (f", because: {row.reason}" if row.reason else "")


def _did(row: AuditRow) -> str:
    thing = f"{spaced(row.object_type)} {row.object_id}".strip()
    sentence = SENTENCES.get(row.action)
    values = {"id": spaced(row.object_id), "role": role_words(row.object_id), **_details(row.detail), "object": thing}
    # A row of an older version may lack a detail its sentence needs today: then it is told without a table.
    if sentence and all(name in values for _, name, _, _ in Formatter().parse(sentence) if name):
        return sentence.format(**values)
    noun, _, verb = row.action.rpartition("_")
    same = spaced(noun) in ("", spaced(row.object_type))
    return f"{verb} {thing}" if same else f"{verb} {spaced(noun)} of {thing}"


def _details(detail: object) -> dict[str, str]:
    """Plain details as words: counts with their noun, `*` as all, names without underscores."""
    if not isinstance(detail, dict):
        return {}
    words = {}
    for name, value in detail.items():
        if name in COUNTED:
            words[name] = f"{value:,} {COUNTED[name][value != 1]}" if isinstance(value, int) else str(value)
        elif name == "role":
            words[name] = role_words(str(value))
        elif value == "*":
            words[name] = f"all {spaced(name)}s".replace("studys", "studies")
        else:
            words[name] = str(value) if name in ("site", "research_study") else spaced(str(value))
    return words


def who(row: AuditRow) -> str:
    """The actor in words: a person by sign-in name and role, a token by its person and number."""
    name, _, token = row.actor.partition("#")
    if row.actor_kind == "token" and token:
        return f"{name}, with token {token},"
    if row.actor_kind == "system":
        return SYSTEM_NAMES.get(name, name)
    if row.actor_kind == "gateway":
        return f"the gateway {name}"
    return f"{name}, as {role_words(row.role)}," if row.role else name


def action_words(action: str) -> str:
    """`token_made` as a filter shows it: `Token made`."""
    # "Study" alone is nowhere on screen: it may be a research study or an imaging study.
    return re.sub(r"(?<!research )(?<!imaging )\bstudy\b", "research study", spaced(action)).capitalize()


def role_words(role: str) -> str:
    """`dpo` as people say it."""
    return ROLE_WORDS.get(role) or spaced(role)


def spaced(text: str) -> str:
    """`national_administrator` as people read it."""
    return text.replace("_", " ")
