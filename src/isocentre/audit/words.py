"""An audit row as a sentence a person reads. An action is named noun_verb (`token_made`), so most need no table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from isocentre.audit.models import AuditRow
from isocentre.web import names

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
    "selection_frozen": "froze the {object}",
    "selection_ended": "ended the {object}",
    "selection_chosen": "began to work under the {object}",
    "selection_left": "left the {object}",
    "selection_reopened": "put the {object} in use again",
    "selection_exported": "downloaded the list of the {object}",
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
    "held_assigned": "said of {scans} ({cause}) whose and of which visit they are, decision {id}",
    "held_followed": "routed {scans} with the scans they belong to, decision {id}",
    "held_agreement_in_force": "let {scans} go on, as the contribution agreement is in force, decision {id}",
    "held_accession_listed": "routed {scans} that the accession list names, decision {id}",
    "accessions_listed": "named {scans} by accession number for research study {id}",
    "accessions_unlisted": "took {scans} off the accession list of research study {id}",
    "accessions_only_set": "set whether research study {id} takes its accession list only: {only}",
    "held_put_into": "put {scans} held ({cause}) into a research study, decision {id}",
    "decision_undone": "undid decision {id} on {images} held ({cause})",
    "rejection_note_taken": "took in a rejection note of the picture archive ({code}), {images} named, {found} here",
    "rejection_note_decided": "decided about rejection note {id}: {decision}, {images} taken back",
    "identity_asked": "asked about patient numbers ({kind}, told by {source}), question {id}",
    "identity_viewed": "looked at a question about patient numbers, {id}",
    "identity_decided": "decided about patient numbers ({kind}: {decision}), question {id}",
    "identity_reopened": "took a decision about patient numbers back ({kind}), question {id}",
    "scan_recalled": "took {object} back",
    "scan_matched": "matched {object} to what was planned",
    "scan_match_denied": "said that {object} is not what was planned",
    "scan_not_matched": "found no planned imaging for {object}",
    "person_enrolled": "enrolled a person in research study {research_study}, enrolment {id}",
    "person_withdrawn": "recorded a withdrawal from research study {research_study} ({asked}), enrolment {id}",
    "withdrawal_taken_back": "took back a withdrawal from research study {research_study}, enrolment {id}",
    "subject_id_accepted": "accepted a subject id that tells {tells}, research study {research_study}, enrolment {id}",
    "subject_id_given": "gave another subject id in research study {research_study}, enrolment {id}",
    "subject_id_reopened": "took a decision about a subject id of research study {research_study} back, enrolment {id}",
    "person_check_changed": "put the check right of an enrolment in research study {research_study} ({fields}), {id}",
    "enrolment_corrected": "corrected an enrolment in research study {research_study} ({fields}), enrolment {id}",
    "enrolment_removed": "removed an enrolment from research study {research_study}, enrolment {id}",
    "enrolment_change_undone": "undid a correction or removal in research study {research_study}, enrolment {id}",
    "sender_refused": "turned away a sender that is not admitted, number {id}, {attempts}",
    "object_refused": "refused {objects} of an admitted sender ({cause}), number {id}",
    "connection_refused": "refused an admitted sender, all of whose connections were open, number {id}, {attempts}",
    "object_refusal_cleared": "cleared a refusal of {objects} ({cause}) from the list, number {id}",
    "receipts_taken": "handed in receipts",
    "events_retried": "had {events} between parts tried again that had been set aside",
    "events_dropped": "dropped {events} between parts that had been set aside ({kinds})",
    "reports_told_again": "had the national side told again of {scans} whose report it refused",
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
    "support_bundle_made": "made a support bundle",
    "times_changed": "changed how long things are kept",
    "scan_viewed": "looked at the page of {object}",
    "profile_tried": "looked at what profile {profile} makes of {object}",
    "person_viewed": "looked at {object}",
    "enrolment_viewed": "looked through the enrolment list ({id})",
    "people_searched": "searched for people and scans",
    "opt_out_asked": "took out the list of people to check against the national data opt-out",
    "faces_viewed": "looked at faces of {object} before and after",
    "face_found": "found where the face is taken off a series",
    "face_not_removed": "could not remove the face from a series",
    "account_downloaded": "downloaded what was done to the images of {object}",
    "finding_viewed": "looked at a finding in {object}",
    "finding_decided": "decided about finding {id} ({cause}): {decision}",
    "sample_viewed": "looked at a drawn scan, {object}, before and after",
    "sample_judged": "judged a drawn scan, {object}: {verdict}",
    "sample_changed": "changed how many scans are looked at",
    "rules_exported": "downloaded the rules in force",
    "rule_made": "made rule {id}",
    "rule_imported": "took rule {id} in from a file",
    "rule_confirmed": "confirmed rule {id} as the second person",
    "rule_refused": "refused what was asked of rule {id}",
    "rule_retiring": "asked for rule {id} to be retired",
    "rule_retired": "retired rule {id}",
    "node_entered": "entered destination {destination} for copies of research study {research_study}",
    "node_confirmed": "confirmed destination {destination} of research study {research_study} as the second person",
    "node_refused": "refused destination {destination} of research study {research_study}",
    "node_ended": "ended destination {destination} of research study {research_study}",
    "node_tested": "tested the connection to destination {destination}: {answer}",
    "copy_sent": "sent copies of {images} to destination {destination}",
    "copy_not_sent": "did not send copies of {images} to destination {destination}",
    "copies_again": "had copies of {images} to destination {destination} tried again",
    "copies_recalled": "found that copies of {images} are to be deleted at destination {destination}",
    "deletion_certified": "recorded that destination {destination} deleted copies of {images}, certificate {reference}",
    "opt_out_taken": "took in an answer of the national data opt-out service",
    "study_site_added": "added {site} to {object}",
    "study_site_changed": "set {site} of {object} to: {status}",
    "planned_event_added": "planned the imaging event {name} in {object}",
    "planned_event_changed": "changed the imaging event {name} of {object}",
    "planned_event_removed": "removed the imaging event {id} from {object}",
    "refusal_cleared": "cleared a refused sender from the list, number {id}",
    "charter_uploaded": "uploaded version {version} of the imaging charter of {object}",
    "charter_published": "put version {version} of the imaging charter of {object} in force",
    "charter_proposed": "proposed version {version} of the imaging charter to the hospitals of {object}",
    "agreement_entered": "entered version {version} of the contribution agreement",
    "agreement_confirmed": "confirmed version {version} of the contribution agreement as the second person",
    "agreement_discarded": "discarded version {version} of the contribution agreement",
    "agreement_restored": "took up version {version} of the contribution agreement again",
    "agreement_ended": "ended the contribution agreement before its last day",
    "agreement_reopened": "undid the end of the contribution agreement",
    "agreements_set": "set whether contribution agreements are required: {required}",
    "study_config_accepted": "accepted the proposal for {object}",
    "study_config_proposed": "received a proposal for {object}",
    "sign_in_link_made": "made a sign-in link for {object}",
    "password_set": "set their first password, or a new one, by a sign-in link",
    "profile_change_asked": "asked a second person to accept the new profile of {object}",
}
COUNTED = {
    "images": ("image", "images"), "attempts": ("attempt", "attempts"), "scans": ("scan", "scans"),
    "objects": ("object", "objects"), "events": ("message", "messages"),
}  # fmt: skip
ROUTINE = frozenset({
    "scan_received", "scan_sent_on", "scan_held", "scan_left_out", "scan_rejected", "scan_opted_out", "scan_pending",
    "originals_erased", "canaries_forgotten", "objects_stored", "receipts_taken", "scan_matched", "scan_not_matched",
    "study_config_handed", "study_config_proposed", "sender_refused", "person_enrolled",
    "object_refused", "connection_refused", "face_found",
})  # fmt: skip
"""What Isocentre itself and gateways do all day. By them, these bury what people did; anything else they do is rare."""
REFERENCE = ("research_study", "site", "scanner", "organisation", "sender")
SYSTEM_NAMES = {"isocentre": "Isocentre itself"}
ROLE_WORDS = {"dpo": "data protection officer", "pacs_manager": "PACS manager"}


@dataclass(frozen=True, slots=True)
class Called:
    """What the codes in some rows are called: research studies, sites and people, each by code."""

    research_study: Mapping[str, str]
    site: Mapping[str, str]
    person: Mapping[str, str]

    def value(self, kind: str, code: str) -> str:
        """The title or name of a code of this kind; the code itself where nobody knows it, or it is another kind."""
        known = {"research_study": self.research_study, "site": self.site, "person": self.person}
        return known.get(kind, {}).get(code, code)


def called(rows: Iterable[AuditRow]) -> Called:
    """The names of all that these rows speak of, asked for once."""
    codes: dict[str, set[str]] = {"research_study": set(), "site": set(), "person": set()}
    for row in rows:
        if row.actor_kind in ("person", "token"):
            codes["person"].add(row.actor.partition("#")[0])
        said = row.detail.items() if isinstance(row.detail, dict) else ()
        for kind, code in ((row.object_type, row.object_id), *said):
            if kind in codes and isinstance(code, str) and code not in ("", "*"):
                codes[kind].add(code)
    studies = names.research_studies(codes["research_study"])
    return Called(studies, names.sites(codes["site"]), names.people(codes["person"]))


def describe(row: AuditRow, known: Called | None = None, thing: str = "", *, which: bool = False) -> str:
    """Who did what to what, in one sentence without a full stop; the reason, where one was given, follows it.

    `thing`: what its object is called instead of its name, on a page that is about it. `which`: name what was changed.
    """
    known = known or called([row])
    did = _did(row, known, thing or _object(row, known)) + (_which(row) if which else "")
    return f"{who(row, known)} {did}" + (f", because: {row.reason}" if row.reason else "")


def _did(row: AuditRow, known: Called, thing: str) -> str:
    sentence = SENTENCES.get(row.action)
    details = _details(row.detail, known)
    values = {"id": spaced(row.object_id), "role": role_words(row.object_id), **details, "object": thing}
    # A row of an older version may lack a detail its sentence needs today: then it is told without a table.
    if sentence and all(name in values for _, name, _, _ in Formatter().parse(sentence) if name):
        return sentence.format(**values)
    noun, _, verb = row.action.rpartition("_")
    same = spaced(noun) in ("", spaced(row.object_type))
    return f"{verb} {thing}" if same else f"{verb} {spaced(noun)} of {thing}"


def _which(row: AuditRow) -> str:
    """Which facts of a changed object of the reference books, by name: ` (title, sponsor)`."""
    if row.action != f"{row.object_type}_changed" or row.object_type not in REFERENCE or not row.detail:
        return ""
    return f" ({', '.join(spaced(name) for name in row.detail)})"


def _object(row: AuditRow, known: Called) -> str:
    """The object as people call it; of a scan, which the row names by an id, also research study and site."""
    name = known.value(row.object_type, row.object_id)
    if row.object_type == "person" and name != row.object_id:
        return name
    kind = "Selection" if row.object_type == "selection" else spaced(row.object_type)
    thing = f"{kind} {name}".strip()
    where = _details(row.detail, known) if row.object_type == "scan" else {}
    if "research_study" in where and "site" in where:
        return f"{thing} of research study {where['research_study']} at {where['site']}"
    return thing


def _details(detail: object, known: Called) -> dict[str, str]:
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
            coded = name in ("site", "research_study", "person")
            words[name] = known.value(name, str(value)) if coded else spaced(str(value))
    return words


def who(row: AuditRow, known: Called) -> str:
    """The actor in words: a person by name and role, a token by its person and number."""
    name, _, token = row.actor.partition("#")
    if row.actor_kind in ("person", "token"):
        name = known.value("person", name)
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
