"""An audit row as a sentence a person reads. An action is named noun_verb (`token_made`), so most need no table."""

from __future__ import annotations

from isocentre.audit.models import AuditRow

SENTENCES = {
    "signed_in": "signed in",
    "signed_out": "signed out",
    "sign_in_failed": "tried to sign in and failed",
    "images_read": "looked at images of {object}",
    "images_stored": "stored images for {object}",
    "receipts_taken": "handed in receipts",
    "role_chosen": "began to act as {role}",
    "password_changed": "changed their password",
    "second_step_added": "set up a second step of signing in",
    "second_step_removed": "removed the second step of signing in",
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
    "person_viewed": "looked at {object}",
    "enrolment_viewed": "looked through the enrolment list of {object}",
    "people_searched": "searched for people and scans",
    "opt_out_asked": "took out the list of people to check against the national data opt-out",
    "opt_out_taken": "took in an answer of the national data opt-out service",
    "study_config_accepted": "accepted the proposal for {object}",
    "study_config_proposed": "handed out the proposal for {object}",
}
SYSTEM_NAMES = {"isocentre": "Isocentre itself"}


def describe(row: AuditRow) -> str:
    """Who did what to what, in one sentence without a full stop; the reason, where one was given, follows it."""
    thing = f"{spaced(row.object_type)} {row.object_id}".strip()
    if row.action in SENTENCES:
        did = SENTENCES[row.action].format(object=thing, role=spaced(row.object_id))
    else:
        noun, _, verb = row.action.rpartition("_")
        same = spaced(noun) in ("", spaced(row.object_type))
        did = f"{verb} {thing}" if same else f"{verb} {spaced(noun)} of {thing}"
    return f"{who(row)} {did}" + (f", because: {row.reason}" if row.reason else "")


def who(row: AuditRow) -> str:
    """The actor in words: a person by sign-in name and role, a token by its person and number."""
    name, _, token = row.actor.partition("#")
    if row.actor_kind == "token" and token:
        return f"{name}, with token {token},"
    if row.actor_kind == "system":
        return SYSTEM_NAMES.get(name, name)
    if row.actor_kind == "gateway":
        return f"the gateway {name}"
    return f"{name}, as {spaced(row.role)}," if row.role else name


def action_words(action: str) -> str:
    """`token_made` as a filter shows it: `Token made`."""
    return spaced(action).capitalize()


def spaced(text: str) -> str:
    """`national_administrator` as people read it."""
    return text.replace("_", " ")
