"""A charter as a table, and what differs between two versions."""

from __future__ import annotations

from charters import TEXT, charter

from isocentre.core.charter.lines import Change, Line, changes, lines


def test_every_thing_a_charter_asks_is_a_line() -> None:
    found = lines(charter())
    assert found[0] == Line("CT of the chest", "", "Which scan", "CT, at Baseline or Week 8")
    assert Line("CT of the chest", "Thin axial", "KVP", "100 or 120 kV", "KVP") in found
    assert Line("CT of the chest", "Lung window", "Needed", "no, but right where it is there") in found
    assert found[-4] == Line("PET/CT", "PET", "Needed", "yes")
    assert Line("PET/CT", "", "Which scan", "PT with CT, at any time point") in found
    assert len(found) == 2 + 4 * 3 + 6


def test_the_same_differs_in_nothing() -> None:
    assert changes(charter(), charter()) == []


def test_what_was_changed_added_and_taken_away_is_told() -> None:
    new = TEXT.replace("[100, 120]", "[100]").replace("- {attribute: ConvolutionKernel, exact: B30f}\n          ", "")
    new = new.replace("most: 5}", "most: 5}, decimals: 1").replace("minimum_images: 10", "minimum_images: 20")
    new = new.replace("present: true}", "present: true}\n          - {attribute: KVP, range: {least: 90}}")
    where = ("CT of the chest", "Thin axial")
    assert changes(charter(), charter(new)) == [
        Change(*where, "Images", "at least 10", "at least 20"),
        Change(*where, "Slice thickness", "0.5 to 5 mm", "0.5 to 5 mm, rounded to 1 places"),
        Change(*where, "KVP", "100 or 120 kV", "100 kV and at least 90 kV"),
        Change(*where, "Convolution kernel", "B30f", ""),
    ]
