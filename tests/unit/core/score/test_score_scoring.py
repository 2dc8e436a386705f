"""Adding up: by action and category, what failed, what is absent, and dates settled by person."""

from score_objects import found

from isocentre.core.score.model import LEAKS, LOSSES, Answer, Key, Maps
from isocentre.core.score.scoring import NO_OUTPUT, Scorer

MAPS = Maps({"1.2.3": "2.25.3"}, {})


def keyed(uid, *answers, patient="Q1", expected="pass"):
    return Key(f"file {uid}", uid, "", patient, expected, answers)


def test_a_run_adds_up():
    right, wrong = (
        Answer("tag_retained", "(0010,0010)", "", "names"),
        Answer("text_removed", "(0010,0010)", "Quill", "names"),
    )
    hidden = Answer("pixels_hidden", "(7FE0,0010)", "words")
    keys = [keyed("1.2.3", right, wrong, hidden), keyed("1.2.8", right), keyed("1.2.9", right, expected="either")]
    scorer = Scorer(MAPS)
    out = found(SOPInstanceUID="2.25.3")
    assert scorer.original(out) == "1.2.3"
    assert scorer.original(found(SOPInstanceUID="1.2.77")) == "1.2.77"
    scorer.add(keys[0], out)
    scorer.unknown("other.dcm")
    report = scorer.report(keys)
    assert report.actions["tag_retained"].plain() == {"passed": 1, "total": 2, "open": 0}
    assert report.categories["other"].plain() == {"passed": 0, "total": 0, "open": 1}
    assert report.total.plain() == {"passed": 1, "total": 3, "open": 1}
    assert report.absent == ("file 1.2.8", "file 1.2.9")
    assert report.of(LEAKS) == 1
    assert report.of(LOSSES) == 0
    assert not report.right
    said = report.as_json()
    assert said["unknown"] == ["other.dcm"]
    assert [f["found"] for f in said["failures"]] == ["Quill^Otto", NO_OUTPUT]
    text = report.as_text()
    assert "1 of 3 answers right (33.33 %)" in text
    assert "1 not judged" in text
    assert "file 1.2.3  (0010,0010)  text_removed: 'Quill', found 'Quill^Otto'" in text
    assert "... and 1 more" in report.as_text(1)


def test_a_date_that_moved_by_itself_is_wrong():
    first = [Answer("date_shifted", "(0008,0020)", "20190328", "", "weeks")] * 2
    other = Answer("date_shifted", "(0008,0020)", "20190321", "", "weeks")
    keys = [keyed("1.2.3", *first, other), keyed("1.2.4", other, patient="Q2")]
    scorer = Scorer(MAPS)
    for key in keys:
        scorer.add(key, found())
    report = scorer.report(keys)
    assert report.total.plain() == {"passed": 3, "total": 4, "open": 0}
    assert "(weeks)" in report.failures[0].line()
    assert report.failures[0].answer == other


def test_a_run_that_is_right_and_one_of_nothing():
    key = keyed("1.2.3", Answer("tag_retained", "(0010,0010)"))
    scorer = Scorer(MAPS)
    scorer.add(key, found())
    report = scorer.report([key])
    assert report.right
    assert "wrong" not in report.as_text()
    empty = Scorer(MAPS).report([])
    assert not empty.right
    assert "nothing judged" in empty.as_text()
