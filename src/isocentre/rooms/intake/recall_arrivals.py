"""What comes of a scan that was taken back: a replay is refused, more of it under the same patient is held."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from isocentre.audit import rows as plain
from isocentre.core.routing import Route
from isocentre.rooms.intake.models import Recall, RecalledImage
from isocentre.rooms.intake.recalling import CAUSE

STILL = "It still names the patient for whom the scan was taken back."


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was taken back of the scans (by StudyInstanceUID) and images (by SOPInstanceUID) of one batch."""

    scans: Mapping[str, list[Recall]]
    images: Mapping[str, list[RecalledImage]]

    def replayed(self, uid: str, header_sha256: str, pixel_sha256: str) -> bool:
        """True when just this was taken back, to the byte; it is counted as having come once more."""
        same = [one.pk for one in self.images.get(uid, ()) if (one.header_sha256, one.pixel_sha256) ==
                (header_sha256, pixel_sha256)]  # fmt: skip
        if same:
            RecalledImage.objects.filter(pk__in=same).update(again=F("again") + 1)
        return bool(same)

    def routes(self, uid: str, facts: Mapping[str, Any], given: tuple[Route, ...]) -> tuple[Route, ...]:
        """Where an image goes: as given, unless it still names a patient for whom it, or its scan, was taken back.

        It is held then whatever else is known of it: only a person may say that the patient was right after all.
        """
        scans = self.scans.get(facts["study_uid"], ())
        # What replaces images that a rejection note names is another series of the same patient, and welcome.
        of_scan = [one for one in scans if not one.note and (one.whole or facts["series_uid"] in one.series)]
        of_image = [one.recall for one in self.images.get(uid, ())]
        if not any(facts["patient_id"] in one.patients for one in (*of_scan, *of_image)):
            return given
        return tuple(
            Route(one.research_study, "held", CAUSE, STILL, enrolment_id=one.enrolment_id, time_point=one.time_point,
                  study_day=one.study_day) if one.disposition in ("pending", "held") else one
            for one in given
        )  # fmt: skip


NOTHING = TakenBack({}, {})


def taken_back(*, scans: Collection[str], images: Iterable[str]) -> TakenBack:
    """What was taken back of these scans, and of these images, which came before: nearly always nothing."""
    uids = sorted(set(images))
    again = RecalledImage.objects.filter(sop_instance_uid__in=uids).select_related("recall") if uids else ()
    of_scan: dict[str, list[Recall]] = {}
    for one in plain.find(Recall, "study_uid", scans):
        of_scan.setdefault(one.study_uid, []).append(one)
    of_image: dict[str, list[RecalledImage]] = {}
    for image in again:
        of_image.setdefault(image.sop_instance_uid, []).append(image)
    return TakenBack(of_scan, of_image) if of_scan or of_image else NOTHING
