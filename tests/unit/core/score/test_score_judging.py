"""The ten checks, each on what is right and what is wrong."""

import pytest
from score_objects import dataset, found, item, sequence

from isocentre.core.score.judging import CHECKS, judge, outside_box
from isocentre.core.score.model import ACTIONS, ANYWHERE, Answer, Maps

SHA256 = "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a"
MAPS = Maps({"1.2.3": "2.25.3", "1.2.4": "2.25.4"}, {"Q1": "P-1"})


def verdict(action, path, text="", how="", **values):
    return judge(Answer(action, path, text, "", how), found(**values), MAPS)


def test_there_is_a_check_for_each_action():
    assert tuple(CHECKS) == ACTIONS


@pytest.mark.parametrize(
    ("action", "path", "text", "how", "values", "passed"),
    [
        ("tag_retained", "(0010,0010)", "", "", {}, True),
        ("tag_retained", "(0010,0030)", "", "", {}, False),
        ("text_notnull", "(0010,0010)", "", "", {}, True),
        ("text_notnull", "(0010,0010)", "", "", {"PatientName": ""}, False),
        ("text_notnull", "(0010,0030)", "", "", {}, False),
        ("text_retained", "(0008,0060)", "CT", "", {}, True),
        ("text_retained", "(0008,0060)", "CT", "exact", {}, True),
        ("text_retained", "(0008,0060)", "MR", "exact", {}, False),
        ("text_retained", "(0008,0008)", "A \\B", "exact", {"ImageType": ["A", "B"]}, True),
        ("text_retained", "(0008,0060)", "CT", "", {"Modality": ""}, False),
        ("text_retained", "(0008,103E)", "CT", "", {}, False),
        ("text_removed", "(0010,0010)", "Quill^Otto", "", {"PatientName": "P-1"}, True),
        ("text_removed", "(0010,0010)", "Quill^Otto", "", {}, False),
        ("text_removed", "(0010,0030)", "20190314", "", {}, True),
        ("text_removed", ANYWHERE, "Quillfeather", "", {}, True),
        ("text_removed", ANYWHERE, "Quill", "", {}, False),
        ("date_shifted", "(0008,0020)", "20190314", "", {}, False),
        ("date_shifted", "(0008,0020)", "20190315", "", {}, True),
        ("date_shifted", "(0008,0021)", "20190315", "", {}, True),
        ("date_shifted", "(0008,0020)", "20190328", "weeks", {}, True),
        ("date_shifted", "(0008,0020)", "20190327", "weeks", {}, False),
        ("date_shifted", "(0008,0020)", "20190307", "weeks", {}, False),
        ("date_shifted", "(0008,0020)", "20190314", "weeks", {}, False),
        ("date_shifted", "(0008,0020)", "20190314\\20190321", "weeks", {}, False),
        ("date_shifted", "(0008,0020)", "20190328\\20190321", "weeks", {"StudyDate": None}, False),
        ("date_shifted", "(0008,0020)", "March", "weeks", {}, False),
        ("date_shifted", "(0008,0020)", "20199999", "weeks", {}, False),
        ("date_shifted", "(0008,0020)", "20190314", "weeks", {"StudyDate": ""}, True),
        ("uid_changed", "(0020,000D)", "1.2.4", "", {}, False),
        ("uid_changed", "(0020,000D)", "1.2.9", "", {}, True),
        ("uid_changed", "(0020,0052)", "1.2.9", "", {}, True),
        ("uid_changed", ANYWHERE, "1.2.840.77.5", "", {}, True),
        ("uid_changed", ANYWHERE, "1.2.840.77.5", "", {"FrameOfReferenceUID": "1.2.840.77.5"}, False),
        ("uid_consistent", "(0020,000D)", "1.2.4", "", {"StudyInstanceUID": "2.25.4"}, True),
        ("uid_consistent", "(0020,000D)", "1.2.4", "", {}, False),
        ("uid_consistent", "(0020,000D)", "1.2.9", "", {"StudyInstanceUID": ""}, False),
        ("uid_consistent", "(0020,0052)", "1.2.9", "", {}, True),
        ("patid_consistent", "(0010,0020)", "Q1", "", {"PatientID": "P-1"}, True),
        ("patid_consistent", "(0010,0020)", "Q1", "", {}, False),
        ("pixels_retained", "(7FE0,0010)", SHA256, "", {}, True),
        ("pixels_retained", "(7FE0,0010)", "08d6c05a21512a79a1dfeb9d2a8f262f", "", {}, True),
        ("pixels_retained", "(7FE0,0010)", "00", "", {}, False),
        ("pixels_retained", "(7FE0,0010)", "00", "0,0,1,1", {}, False),
        ("pixels_retained", "(7FE0,0010)", "00", "0,0,1,1", {"PixelData": None}, None),
        ("pixels_hidden", "(7FE0,0010)", "0,0,2,1", "", {}, False),
        ("pixels_hidden", "(7FE0,0010)", "0,0,1,1", "", {}, True),
        ("pixels_hidden", "(7FE0,0010)", "some words", "", {}, None),
        ("pixels_hidden", "(7FE0,0010)", "0,0,1,1", "", {"PixelData": None}, None),
    ],
)  # fmt: skip
def test_an_answer(action, path, text, how, values, passed):
    assert verdict(action, path, text, how, **values).passed is passed


def test_a_text_that_is_there_is_said_where():
    assert verdict("text_removed", ANYWHERE, "Quill").found == "(0010,0010)"
    ds = dataset()
    ds.preamble = b"made for Harpwick".ljust(128, b"\0")
    answer = Answer("text_removed", ANYWHERE, "Harpwick")
    assert judge(answer, found(ds), MAPS).found == "in its name, or in the bytes outside every value"


def test_how_far_a_date_moved():
    assert verdict("date_shifted", "(0008,0020)", "20190328", "weeks").days == 14
    nested = item(DateTime="20190314101112")
    there = found(ViewCodeSequence=sequence(nested))
    answer = Answer("date_shifted", "(0054,0220)[0](0040,A120)", "2019.03.21101112", "", "weeks")
    assert judge(answer, there, MAPS).days == 7


def test_what_lies_outside_a_box_is_compared_alone():
    before, after = found(), found(PixelData=b"\0\2\3\4")
    assert outside_box(before, "0,0,1,1") == outside_box(after, "0,0,1,1")
    assert outside_box(before, "1,0,2,1") != outside_box(after, "1,0,2,1")
    assert outside_box(before, "1,0,2,1;0,0,1,1") == outside_box(after, "1,0,2,1;0,0,1,1")
    frames = {"NumberOfFrames": 2, "PixelData": b"\1\2\3\4\1\2\3\4"}
    assert verdict("pixels_hidden", "(7FE0,0010)", "0,0,1,2", **frames).passed is False
