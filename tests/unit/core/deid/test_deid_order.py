"""What is put into an object stands in the order of tags (PS3.5 7.1), under every profile that ships."""

from __future__ import annotations

import pytest

from isocentre.core.deid.blocks import inserts
from isocentre.core.deid.engine import SubjectContext
from isocentre.core.dicom.walk import EXPLICIT_LE
from isocentre.profiles import everyone

CONTEXT = SubjectContext(
    pseudonym="P-ABCDEFGHIJKL", subject_id="01/007", sponsor="Sponsor", protocol_id="trial", protocol_name="Trial",
    site_id="RNM01", site_name="", time_point_id="Baseline", time_point_description="Before", study_day=0,
    face_waiver=True, shift_weeks=9, scanner="NM-CT1",
)  # fmt: skip


@pytest.mark.parametrize("profile", everyone(), ids=lambda one: f"{one.name}.v{one.version}")
def test_elements_are_put_in_in_the_order_of_their_tags(profile):
    tags = [tag for tag, _ in inserts(profile, CONTEXT, EXPLICIT_LE)]
    assert tags == sorted(tags)
    assert len(tags) == len(set(tags))
