"""A subject id that a second person accepted goes with the image; a whole name or a birth date is held all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support import hospital_world as world
from support.burned import burned
from support.dicom_bytes import CT, el

from isocentre.rooms.deid import work
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake import subject_ids
from isocentre.rooms.intake.models import Enrolment, LedgerRow

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("subject_id", "disposition", "cause"),
    [("AGNESOVA-07", "sent_on", ""), ("AA-07", "sent_on", ""), ("ANNA AGNESOVA 7", "held", "second_check"),
     ("19610203", "held", "second_check")],
)  # fmt: skip
def test_what_was_accepted_passes_the_second_check_but_for_the_whole_of_a_name_or_birth_date(
    subject_id: str, disposition: str, cause: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.hospital_world(tmp_path, settings, monkeypatch):
        one = intake.enrol(by=world.BY, research_study="lungs", hospital_number="RNM7720", name="AGNESOVA^Anna",
                           birth_date=date(1961, 2, 3), subject_id=subject_id)  # fmt: skip
        if subject_id.isdigit():
            Enrolment.objects.filter(pk=one.pk).update(subject_doubt="", subject_settled="accepted")
        else:
            subject_ids.accept(by=replace(world.BY, name="b"), enrolment=one.pk, reason="As the sponsor numbers them")
        chest = {"t00180015": el(0x00180015, "CS", "CHEST")}
        world._arrive(tmp_path, one.pk, "1.2.77.1", CT, burned(world.GREY, sop_class=CT, **chest))
        work.move("w")
        row = LedgerRow.objects.get(sop_instance_uid="1.2.77.1")
        assert (row.disposition, row.cause) == (disposition, cause), row.words
