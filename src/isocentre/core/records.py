"""Reads and writes the two messages across the wall: `study-config` down and `receipts` up (design §3).

Each side accepts the version it writes (n) and the one before it (n−1); a message one version newer is read too, since
a new version only adds fields until every gateway has moved. There is no version 0, so n−1 has nobody to serve yet.
No identifier of a person is in either message: pseudonyms, subject ids and keyed UIDs only, and what looks like an NHS
number where a pseudonym should be is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any, cast, get_args

from isocentre.core.charter.reading import parse as parse_charter
from isocentre.core.charter.records import Charter
from isocentre.core.charter.records import plain as plain_charter
from isocentre.core.checks import holds_patient_number
from isocentre.core.ids import ObjectUid, Pseudonym, is_uid
from isocentre.core.record_types import (
    CharterOutcome,
    CharterVerdict,
    EventRecall,
    EventTime,
    FaceWaiver,
    IntakeMode,
    LedgerTotals,
    LegalBasis,
    PlannedEvent,
    Recall,
    RecallAnswer,
    RecallNotice,
    RecallOutcome,
    Receipts,
    ResearchStudyProposal,
    ScannerEntry,
    SendReceipt,
    SiteAgreement,
    SiteEntry,
    StudyConfig,
    SubjectNotice,
    SubjectStatus,
    Withdrawal,
)
from isocentre.core.strict import MessageError, Node
from isocentre.core.subjects import fits_consent, fits_subject_id

__all__ = [
    "CHARTER_OUTCOMES",
    "INTAKE_MODES",
    "LEGAL_BASES",
    "RECALL_OUTCOMES",
    "SCHEMA",
    "SUBJECT_STATUSES",
    "WITHDRAWALS",
    "CharterOutcome",
    "CharterVerdict",
    "EventRecall",
    "EventTime",
    "FaceWaiver",
    "IntakeMode",
    "LedgerTotals",
    "LegalBasis",
    "MessageError",
    "PlannedEvent",
    "Recall",
    "RecallAnswer",
    "RecallNotice",
    "RecallOutcome",
    "Receipts",
    "ResearchStudyProposal",
    "ScannerEntry",
    "SendReceipt",
    "SiteAgreement",
    "SiteEntry",
    "StudyConfig",
    "SubjectNotice",
    "SubjectStatus",
    "Withdrawal",
    "dump",
    "parse_recall_answers",
    "parse_receipts",
    "parse_study_config",
]

SCHEMA = 1
INTAKE_MODES: tuple[str, ...] = get_args(IntakeMode)
LEGAL_BASES: tuple[str, ...] = get_args(LegalBasis)
SUBJECT_STATUSES: tuple[str, ...] = get_args(SubjectStatus)
CHARTER_OUTCOMES: tuple[str, ...] = get_args(CharterOutcome)
RECALL_OUTCOMES: tuple[str, ...] = get_args(RecallOutcome)
WITHDRAWALS: tuple[str, ...] = tuple(filter(None, get_args(Withdrawal)))
DAYS = 36_525  # a study day or window bound further than a century from day 0 is a mistake

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")
ODS = re.compile(r"[A-Z0-9]{3,12}")
CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9 ._/*:-]{0,63}")
CS = re.compile(r"[A-Z0-9_ ]{1,16}")  # DICOM code string, PS3.5 table 6.2-1
AE = re.compile(r"(?:[!-\[\]-~](?:[ -\[\]-~]{0,14}[!-\[\]-~])?)?")  # PS3.5 AE: no backslash, ≤ 16, may be absent
SHA256 = re.compile(r"[0-9a-f]{64}")


def dump(message: StudyConfig | Receipts) -> dict[str, Any]:
    """The message as JSON-able data, with its schema number."""
    return {"schema": SCHEMA, **cast("dict[str, Any]", _plain(message))}


def parse_study_config(data: object) -> StudyConfig:
    """Read a `study-config` message; MessageError says what is wrong and where."""
    node = _versioned(data, "study-config")
    return StudyConfig(
        gateway=node.text("gateway", CODE),
        sites=node.many("sites", lambda n: SiteEntry(n.text("ods", ODS), n.text("name"))),
        scanners=node.many("scanners", _scanner),
        research_studies=node.many("research_studies", _proposal),
        recalls=node.many("recalls", lambda n: Recall(_uid(n, "object_uid"), n.number("revision", least=0))),
    )


def parse_receipts(data: object) -> Receipts:
    """Read a `receipts` message; MessageError says what is wrong and where."""
    node = _versioned(data, "receipts")
    return Receipts(
        gateway=node.text("gateway", CODE),
        sent=node.many("sent", _sent),
        times=node.many("times", _time),
        totals=node.by_word("totals", SLUG, _totals),
        subjects=node.many("subjects", _subject),
        opt_out_sweep=node.maybe_time("opt_out_sweep"),
        # Hospital sides from before there were charters tell none.
        verdicts=node.many("verdicts", _verdict) if "verdicts" in node.value else (),
        # Hospital sides from before there was a recall send none.
        recalls=node.many("recalls", _recall) if "recalls" in node.value else (),
        recalled_events=node.many("recalled_events", _event_recall) if "recalled_events" in node.value else (),
    )


def parse_recall_answers(data: object) -> tuple[RecallAnswer, ...]:
    """What the answer to `receipts` says of recalls; none where it says nothing yet, or comes from a national side
    from before there was a recall. MessageError says what is wrong and where."""
    node = Node.of(data, "answer")
    return node.many("recalled", _recall_answer) if "recalled" in node.value else ()


def _plain(value: object) -> object:
    if isinstance(value, Charter):
        return plain_charter(value)
    if is_dataclass(value) and not isinstance(value, type):
        said = {f.name: getattr(value, f.name) for f in fields(value)}
        if isinstance(value, ResearchStudyProposal):
            # Left out, as before there were any: hospitals compare what is proposed with what they once accepted.
            said = {name: held for name, held in said.items() if held or name not in ("charter", "agreements")}
        return {name: _plain(inner) for name, inner in said.items()}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


def _versioned(data: object, what: str) -> Node:
    node = Node.of(data, what)
    schema = node.number("schema", least=0)
    if schema < SCHEMA:
        raise MessageError(f"{what} of version {schema} was never published: the sender must be Isocentre 0.1 or newer")
    if schema > SCHEMA + 1:
        raise MessageError(
            f"{what} is of version {schema}; this side reads up to version {SCHEMA + 1}: upgrade this side first"
        )
    return node


def _uid(node: Node, name: str) -> ObjectUid:
    value = node.text(name, most=64)
    if not is_uid(value):
        raise MessageError(f"{node.where}.{name} must be a UID")
    return ObjectUid(value)


def _not_a_person(node: Node, name: str, value: str) -> str:
    if holds_patient_number(value):
        raise MessageError(f"{node.where}.{name} looks like an NHS number; only pseudonyms and subject ids may cross")
    return value


def _pseudonym(node: Node) -> Pseudonym:
    return Pseudonym(_not_a_person(node, "pseudonym", node.text("pseudonym", CODE, most=64)))


def _subject_id(node: Node) -> str:
    """As the trial writes it; empty when the person has none."""
    value = _not_a_person(node, "subject_id", node.text("subject_id", most=64))
    if value and not fits_subject_id(value):
        raise MessageError(f"{node.where}.subject_id does not have the form it must have")
    return value


def _consent(node: Node) -> tuple[str, ...]:
    words = node.texts("consent")
    for i, word in enumerate(words):
        if not fits_consent(_not_a_person(node, f"consent[{i}]", word)):
            raise MessageError(f"{node.where}.consent[{i}] does not have the form it must have")
    return words


def _time_point(node: Node) -> str:
    return _not_a_person(node, "time_point", node.text("time_point", most=64))


def _scanner(node: Node) -> ScannerEntry:
    return ScannerEntry(
        code=node.text("code", CODE),
        site=node.text("site", ODS),
        manufacturer=node.text("manufacturer", most=64),
        model=node.text("model", most=64),
        serial=node.text("serial", most=64),
        station_name=node.text("station_name", most=16),
        ae_title=node.text("ae_title", AE),
        modality=node.text("modality", CS),
    )


def _planned_event(node: Node) -> PlannedEvent:
    return PlannedEvent(
        id=node.text("id", CODE),
        name=node.text("name"),
        time_point=_time_point(node),
        modalities=node.texts("modalities", CS),
        body_parts=node.texts("body_parts", CS),
        procedure=node.text("procedure", most=64),
        window=node.pair("window", least=-DAYS, most=DAYS),
    )


def _receive(node: Node) -> bool | str:
    if node.value.get("receive") is True:
        return True
    words = node.text("receive")
    if not words.strip():
        raise MessageError(f"{node.where}.receive must be true, or words for why not")
    return words


def _proposal(node: Node) -> ResearchStudyProposal:
    return ResearchStudyProposal(
        slug=node.text("slug", SLUG),
        title=node.text("title"),
        sponsor=node.text("sponsor", most=64),
        protocol_name=node.text("protocol_name", most=64),
        intake_mode=cast("IntakeMode", node.one_of("intake_mode", INTAKE_MODES)),
        sites=node.texts("sites", ODS),
        profile=node.text("profile", CODE),
        legal_basis=cast("LegalBasis", node.one_of("legal_basis", LEGAL_BASES)),
        ae_title=node.text("ae_title", AE),
        face_waiver=node.one("face_waiver", lambda n: FaceWaiver(n.truth("waived"), n.text("reason", most=1000))),
        receive=_receive(node),
        planned_events=node.many("planned_events", _planned_event),
        prior_imaging=node.truth("prior_imaging"),
        version=node.number("version", least=1),
        charter=_charter(node),
        # National sides from before there were agreements, and those that do not ask for them, tell none.
        agreements=node.many("agreements", _agreement) if "agreements" in node.value else (),
    )


def _agreement(node: Node) -> SiteAgreement:
    until = node.text("until", most=10)
    if until:
        try:
            date.fromisoformat(until)
        except ValueError as error:
            raise MessageError(f"{node.where}.until must be a day like 2027-03-31") from error
    return SiteAgreement(site=node.text("site", ODS), receive=_receive(node), until=until)


def _charter(node: Node) -> Charter | str | None:
    """The charter; words where it says what this version does not know, so that the rest is still taken in.

    A rule that is skipped would pass what it was made to catch, so a charter is read whole or not at all.
    """
    said = node.value.get("charter")
    if said is None:
        return None
    if isinstance(said, str):
        return node.text("charter", most=1000)
    try:
        return parse_charter(said)
    except MessageError as error:
        return f"This version of Isocentre cannot read it: {error}"[:1000]


def _sent(node: Node) -> SendReceipt:
    return SendReceipt(
        object_uid=_uid(node, "object_uid"),
        revision=node.number("revision", least=0),
        sha256=node.text("sha256", SHA256),
        research_study=node.text("research_study", SLUG),
        site=node.text("site", ODS),
        scanner=node.text("scanner", most=64),
        profile=node.text("profile", CODE),
        profile_version=node.number("profile_version", least=1),
        actions=node.counts("actions", WORD),
        findings=node.counts("findings", WORD),
        pseudonym=_pseudonym(node),
        subject_id=_subject_id(node),
        time_point=_time_point(node),
        study_day=node.maybe_number("study_day", least=-DAYS, most=DAYS),
    )


def _event_id(node: Node) -> str:
    event_id = node.text("event_id", CODE)
    # An object UID here would tie a real time to a shifted date and give the shift away (design §3, Dates).
    if is_uid(event_id):
        raise MessageError(f"{node.where}.event_id must be random, never a UID")
    return event_id


def _time(node: Node) -> EventTime:
    return EventTime(
        research_study=node.text("research_study", SLUG),
        site=node.text("site", ODS),
        pseudonym=_pseudonym(node),
        time_point=_time_point(node),
        event_id=_event_id(node),
        acquired_at=node.maybe_time("acquired_at"),
        arrived_at=node.time("arrived_at"),
        sent_at=node.maybe_time("sent_at"),
    )


def _subject(node: Node) -> SubjectNotice:
    return SubjectNotice(
        research_study=node.text("research_study", SLUG),
        site=node.text("site", ODS),
        pseudonym=_pseudonym(node),
        subject_id=_subject_id(node),
        status=cast("SubjectStatus", node.one_of("status", SUBJECT_STATUSES)),
        consent=_consent(node),
        withdrawal=_withdrawal(node),
    )


def _verdict(node: Node) -> CharterVerdict:
    return CharterVerdict(
        research_study=node.text("research_study", SLUG),
        site=node.text("site", ODS),
        study_uid=_uid(node, "study_uid"),
        charter_version=node.number("charter_version", least=1),
        outcome=cast("CharterOutcome", node.one_of("outcome", CHARTER_OUTCOMES)),
        deviations=node.counts("deviations", WORD),
    )


def _recall(node: Node) -> RecallNotice:
    return RecallNotice(
        object_uid=_uid(node, "object_uid"),
        revision=node.number("revision", least=0),
        research_study=node.text("research_study", SLUG),
        site=node.text("site", ODS),
    )


def _event_recall(node: Node) -> EventRecall:
    return EventRecall(
        research_study=node.text("research_study", SLUG), site=node.text("site", ODS), event_id=_event_id(node)
    )


def _recall_answer(node: Node) -> RecallAnswer:
    return RecallAnswer(
        object_uid=_uid(node, "object_uid"),
        revision=node.number("revision", least=0),
        outcome=cast("RecallOutcome", node.one_of("outcome", RECALL_OUTCOMES)),
    )


def _withdrawal(node: Node) -> Withdrawal:
    """Empty for who did not withdraw; hospital sides from before it was recorded tell none."""
    if node.value.get("withdrawal", "") == "":
        return ""
    return cast("Withdrawal", node.one_of("withdrawal", WITHDRAWALS))


def _totals(node: Node) -> LedgerTotals:
    return LedgerTotals(**{f.name: node.number(f.name) for f in fields(LedgerTotals)})
