"""Why a scan is held or stopped: words for each cause, what a person can do, and where on its way it stopped."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: its name in words, what to do now, and whether it arose while its research study was sought."""

    title: str
    advice: str
    routing: bool = False


_AGAIN = "Then choose “Try again”."
CAUSES = {
    "not_part": Cause(
        "Not part of a research study here", "Enrol the person, put the scan into a research study, or reject it.", True
    ),
    "no_patient": Cause(
        "No patient number in the scan", "Ask the sender to send it again with the number, or reject it.", True
    ),
    "not_enrolled": Cause("Person not enrolled", f"Add the person to the enrolment list. {_AGAIN}", True),
    "no_consent": Cause(
        "No consent date", "Add the consent date to the enrolment; the scan then goes on by itself.", True
    ),
    "no_date": Cause("No acquisition date in the scan", "Ask for the scan with its date, or leave it out.", True),
    "no_day_zero": Cause("Day 0 not recorded", "Add day 0 to the enrolment; the scan then goes on by itself.", True),
    "gate_unmet": Cause("Research study may not receive yet", f"Wait until its set-up is complete. {_AGAIN}", True),
    "no_agreement": Cause(
        "No contribution agreement in force",
        "Ask the study team: it says which agreement is missing, and enters it. The scan then goes on by itself.",
    ),
    "withdrawn": Cause("Person has withdrawn", "Reject the scan, or ask the study team.", True),
    "person_differs": Cause(
        "Surname or birth date differs from the enrolment",
        "Compare with the patient's record. If it is the same person, put the check right on their page: the scan then "
        "goes on by itself. If it is somebody else, reject it, and have the picture archive correct it.",
        True,
    ),
    "identity_question": Cause(
        "A number of the person is in question",
        "Under Patient numbers somebody decides whose it is; the scan then goes on by itself.",
        True,
    ),
    "subject_id_tells": Cause(
        "Subject id may tell who the person is",
        "Under Subject ids a second person accepts it, or another is given; the scan then goes on by itself.",
        True,
    ),
    "unknown_scanner": Cause(
        "Unknown scanner",
        "Ask the national administrator to add the scanner. How its images name it stands on the page of the scan. "
        f"{_AGAIN}",
        True,
    ),
    "other_pixels": Cause(
        "Same image with other pixels", "Find out which one is right: keep the first, or replace it."
    ),
    "not_accepted": Cause("Research study not accepted here", f"Accept the research study. {_AGAIN}"),
    "profile_differs": Cause(
        "Profile differs from the one accepted", "Tell the administrator: the installed profile was changed."
    ),
    "no_key": Cause(
        "Key of the research study missing", "Tell the administrator: the key must be restored. Nothing is sent."
    ),
    "original_lost": Cause(
        "Original lost", "Ask the sender to send it again: it then goes on by itself, or reject it."
    ),
    "failed_here": Cause(
        "Could not be worked on here",
        f"Tell the administrator the reason: it may be a fault of this program or of the machine. {_AGAIN} Or have it "
        "sent again, or reject it.",
    ),
    "picture": Cause(
        "Picture missing, cut short or of no size",
        "Ask the sender to send it again from where it is whole, or reject it.",
    ),
    "burned_in": Cause(
        "Text may be burned into the picture",
        "Under Review, see the picture and decide: black out places, allow text, leave it out or reject it.",
    ),
    "pixel_text": Cause(
        "Text found in the picture",
        "It is still found after black-out. Under Review, see where and decide: black out places, allow text, leave it "
        "out or reject it.",
    ),
    "pixels_unreadable": Cause(
        "Picture cannot be cleaned", "Text in it cannot be looked for: leave it out, or ask for it without compression."
    ),
    "no_text_reader": Cause(
        "Text in pictures cannot be read here", f"Tell the administrator: what reads it is not installed. {_AGAIN}"
    ),
    "video": Cause("Video", "It may hold sound, faces and names: leave it out, or ask for single images instead."),
    "sound": Cause("Recording of sound", "Voices and spoken names cannot be removed: leave it out."),
    "face": Cause("Face without a waiver", f"Record a face waiver when accepting the research study. {_AGAIN}"),
    "face_left": Cause(
        "Face could not be removed",
        f"The reason says why. Record a face waiver when accepting the research study, or leave it out. {_AGAIN}",
    ),
    "face_series": Cause("Face not removed yet", f"Its series was not looked at as a whole. {_AGAIN}"),
    "face_late": Cause(
        "Came after the face was removed from its series",
        f"Have the whole series sent again, record a face waiver, or leave it out. {_AGAIN}",
    ),
    "no_face_remover": Cause(
        "Faces cannot be removed here", f"Tell the administrator: what removes them is not installed. {_AGAIN}"
    ),
    "ultrasound": Cause(
        "Ultrasound", "Names are usually in the picture. Under Review, see it and decide, for all pictures like it."
    ),
    "secondary_capture": Cause(
        "Copy of a screen or page",
        "Names are often in the picture. Under Review, see it and decide, for all pictures like it.",
    ),
    "structured_report": Cause("Structured report", "Its free text cannot be cleaned yet: leave it out."),
    "document": Cause("Document", "Its text cannot be cleaned: leave it out."),
    "unknown_class": Cause(
        "Unknown kind of object", "The profile does not know it: leave it out, or ask for a new profile."
    ),
    "held_by_profile": Cause(
        "Held by the profile", "The profile does not let it pass: leave it out, or ask for a new profile."
    ),
    "unparseable": Cause("Not readable as DICOM", "Ask the sender to send it again, or reject it."),
    "header_too_large": Cause(
        "Too much outside the picture to be checked", "Ask for it in a form with a smaller header, or leave it out."
    ),
    "missing_uid": Cause("Identifier of the image missing", "Ask the sender to send it again, or reject it."),
    "second_check": Cause(
        "Second check found an identifier", "Do not try to send it: tell the data protection officer."
    ),
    "opt_out_list": Cause(
        "National data opt-out not checked lately",
        "Under Opt-out, have the list checked and take in the answer; the scan then goes on by itself.",
    ),
    "opt_out_not_asked": Cause(
        "Not in the last check of the national data opt-out",
        "Under Opt-out, have a new list checked and take in the answer; the scan then goes on by itself.",
    ),
    "opt_out_no_number": Cause(
        "NHS number needed to look up the opt-out",
        "Add the NHS number to the person's enrolment; the scan then goes on by itself.",
    ),
    "national_opt_out": Cause(
        "National data opt-out", "Nothing: the person has opted out, and nothing of them is kept with the scan."
    ),
    "platform_refused": Cause("Refused by the national side", f"Read the reason; put it right. {_AGAIN}"),
    "wrong_patient": Cause(
        "Wrong patient",
        "Have the picture archive put the patient right: the corrected scan then goes on. If the patient was right "
        "after all, try again; else reject it.",
    ),
    "rejected_there": Cause(
        "Rejected in the picture archive", "Nothing: the picture archive sends what replaces it, if anything does."
    ),
    "rejected_quality": Cause(
        "Rejected in the picture archive for its quality",
        "Ask the radiographer: try again where it is of use to the research study all the same, else reject it.",
    ),
    "rejection_note": Cause(
        "Rejection note of the picture archive", "Nothing: what it names was looked for, and is not used any more."
    ),
    "rejected_by_person": Cause("Rejected by a person", "Nothing: it is not sent on."),
    "left_out_by_person": Cause("Left out by a person", "Nothing: it is not sent on."),
    "elsewhere": Cause("Already in a research study", "Nothing: the same image is counted there.", True),
    "corrected_away": Cause(
        "Corrected: does not belong here", "Nothing: the corrected image is counted where it belongs.", True
    ),
    "before_consent": Cause("Made before consent", "Nothing: it is not part of what was agreed.", True),
    "other_modality": Cause("Modality not planned", "Nothing: the research study does not ask for it.", True),
    "other_body_part": Cause("Body part not planned", "Nothing, unless it belongs all the same: see Unassigned.", True),
    "other_procedure": Cause(
        "Examination not planned", "Nothing, unless it belongs all the same: see Unassigned.", True
    ),
    "not_listed": Cause("Not on the accession list", "Nothing, unless it belongs all the same: see Unassigned.", True),
    "no_visit": Cause("Outside every planned visit", "Check day 0 if this surprises you, then see Unassigned.", True),
    "two_visits": Cause(
        "Between two planned visits", "Say which visit it is, under Unassigned; it then goes on.", True
    ),
    "awaits_scan": Cause(
        "Waits for the scan it belongs to",
        "Nothing: it goes on by itself once that scan is taken in, and is left out with it.",
        True,
    ),
    "follows_left_out": Cause(
        "Belongs to a scan that is left out", "Nothing: it goes on by itself if that scan is taken in after all.", True
    ),
    "pair_missing": Cause(
        "Only wanted beside another scan", "Nothing: it goes on by itself once that scan is taken in.", True
    ),
    "left_out_by_profile": Cause("Left out by the profile", "Nothing: the research study does not need it."),
    "expired": Cause("Held past its time", "Send it again from the picture archive if it is still wanted."),
}


def is_known(key: str) -> bool:
    """Whether this version can hold something for this cause."""
    return key in CAUSES


def cause(key: str) -> Cause:
    """The words of a cause; one this version does not know is read as it is written."""
    words = key.replace("_", " ").capitalize() or "On its way"
    return CAUSES.get(key) or Cause(words, "Read the reason on the scan's page, put it right, then try again.")
