"""Actions by attribute: what the walk says of each tag adds up to what it says by action, on both roads."""

from collections import Counter

import pytest
from support.dicom_bytes import el, item, seq, slice_of

from isocentre.core.deid.engine import SubjectContext, deidentify
from isocentre.profiles import load

WHO = SubjectContext("P-ABCDEFGHIJKL", "S-01", "", "", "", "", "", "", "", None, False, 10)
DATA = slice_of(
    t00081110=seq(0x00081110, [item(el(0x00081155, "UI", "1.2.3.77"))] * 2),
    t00090010=el(0x00090010, "LO", "MAKER"),
    t00091001=el(0x00091001, "LO", "SMITHSON"),
    t00321032=el(0x00321032, "PN", "REFERRER^RITA"),
)


@pytest.mark.parametrize("slow", [False, True])
def test_each_tag_says_what_was_done_to_it(slow):
    tags: dict[tuple[int, str], int] = {}
    made = deidentify(DATA, profile=load("basic"), study_key=b"k" * 32, context=WHO, slow=slow, tags=tags)
    assert made.status == "done"
    assert tags[0x00091001, "X"] == 1
    assert tags[0x00080018, "U"] == 1
    assert tags[0x00100010, "X"] == 1
    by_letter: Counter[str] = Counter()
    for (_, letter), count in tags.items():
        by_letter[letter] += count
    assert by_letter == made.report.actions


def test_nothing_is_counted_by_tag_unless_it_is_asked_for():
    asked: dict[tuple[int, str], int] = {}
    with_tags = deidentify(DATA, profile=load("basic"), study_key=b"k" * 32, context=WHO, tags=asked)
    without = deidentify(DATA, profile=load("basic"), study_key=b"k" * 32, context=WHO)
    assert with_tags.report == without.report
    assert asked
