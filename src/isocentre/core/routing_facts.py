"""What routing reads and answers (design §3.1): facts of an image, rules of research studies, enrolments, routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """What routing knows of one arriving instance. `acquired` is None when the header names no date.

    `body_codes`, `procedure_codes`: code values of the header's sequences; `study_words`: what it calls the whole
    examination; `protocol`: by which it was made. `listed_for`: research studies whose accession
    list names it.
    """

    called_ae: str
    modality: str
    body_part: str
    acquired: date | None
    research_study: str = ""  # named by a token or an import
    image_types: tuple[str, ...] = ()
    phantom: bool = False
    patient_name: str = ""  # as the header has them: PN and DA
    birth_date: str = ""
    body_codes: tuple[str, ...] = ()
    procedure_codes: tuple[str, ...] = ()
    study_words: str = ""
    protocol: str = ""
    listed_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """One planned imaging event: what it expects, and its window in days from day 0 (inclusive).

    `procedure`: codes or words, alternatives with semicolons between (`core.procedures`); empty: any.
    """

    id: str
    time_point: str
    modalities: frozenset[str]
    body_parts: frozenset[str]
    first_day: int
    last_day: int
    procedure: str = ""


@dataclass(frozen=True, slots=True)
class StudyRules:
    """What routing knows of one accepted research study. `accessions_only`: only what its accession list names."""

    slug: str
    intake_mode: str
    ae_title: str
    receive: bool
    why_not: str = ""
    planned: tuple[PlannedWindow, ...] = ()
    prior_imaging: bool = False
    asks_consent: bool = True  # False under section 251 support, where there is no consent to compare with
    accessions_only: bool = False


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The person's enrolment in one research study."""

    enrolment_id: int
    research_study: str
    consented_on: date | None
    day_zero: date | None
    prior_imaging: bool
    status: str = "active"
    names: tuple[str, ...] = ()  # those they are known by, to be compared with what the scan says
    born: date | None = None
    subject_id: str = ""  # empty once a person has accepted it
    doubted: bool = False  # it may tell who they are, and nobody has decided yet
    asked: bool = False  # somebody says otherwise of one of their numbers, and nobody has decided yet


TAKEN, WAITING, LEFT, ABSENT = "taken", "waiting", "left_out", "absent"


@dataclass(frozen=True, slots=True)
class Led:
    """What became, in one research study, of the scan of the same person that an image belongs to.

    `state`: taken (it goes on or went on), waiting (held before its research study was settled), left_out, or absent.
    """

    state: str = ABSENT
    time_point: str = ""
    study_day: int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One row to be: the research study, `pending`, `held` or `left_out`, why, and the matched planned event.

    `follower`: it is not judged by itself, but goes where the scan goes that it belongs to.
    """

    research_study: str
    disposition: str = "pending"
    cause: str = ""
    words: str = ""
    enrolment_id: int | None = None
    enrol: bool = False
    time_point: str = ""
    study_day: int | None = None
    follower: bool = field(default=False, compare=False)
