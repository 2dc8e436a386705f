"""QIDO-RS queries: what is understood, and that everything else is refused without being quoted."""

from __future__ import annotations

import pytest

from isocentre.core.dicomweb.errors import BadRequest
from isocentre.core.dicomweb.query import MAX_LIMIT, parse_query


def ask(*pairs: tuple[str, str], level: str = "study"):  # type: ignore[no-untyped-def]  # the record under test
    return parse_query(level, pairs)  # type: ignore[arg-type]  # one of the three levels


def matched(*pairs: tuple[str, str], level: str = "study") -> list[tuple[str, str, tuple[str, ...]]]:
    return [(m.attribute.keyword, m.kind, m.values) for m in ask(*pairs, level=level).matches]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PatientID", "P-1", ("PatientID", "equal", ("P-1",))),
        ("00100020", "P-1", ("PatientID", "equal", ("P-1",))),
        ("0020000d", "1.2,1.3", ("StudyInstanceUID", "in", ("1.2", "1.3"))),
        ("StudyInstanceUID", "1.2\\1.3", ("StudyInstanceUID", "in", ("1.2", "1.3"))),
        ("StudyDescription", "he?d**", ("StudyDescription", "like", ("he?d*",))),
        ("StudyDate", "20200101", ("StudyDate", "equal", ("20200101",))),
        ("StudyDate", "20200101-20201231", ("StudyDate", "between", ("20200101", "20201231"))),
        ("StudyDate", "-20201231", ("StudyDate", "between", ("", "20201231"))),
        ("StudyDate", "20200101-", ("StudyDate", "between", ("20200101", ""))),
        ("StudyTime", "10-1130", ("StudyTime", "between", ("10", "1130"))),
        ("LongitudinalTemporalOffsetFromEvent", "-1.5", ("LongitudinalTemporalOffsetFromEvent", "equal", ("-1.5",))),
        ("PatientBirthDate", "19500101", ("PatientBirthDate", "equal", ("19500101",))),
        ("ModalitiesInStudy", "CT", ("ModalitiesInStudy", "equal", ("CT",))),
        ("ModalitiesInStudy", "CT,MR", ("ModalitiesInStudy", "in", ("CT", "MR"))),
        ("00080061", " CT\\MR,CT,", ("ModalitiesInStudy", "in", ("CT", "MR"))),
        ("ModalitiesInStudy", ",C*", ("ModalitiesInStudy", "like", ("C*",))),
        ("StudyDescription", "Head, neck", ("StudyDescription", "equal", ("Head, neck",))),
    ],
)
def test_conditions(name: str, value: str, expected: tuple[str, str, tuple[str, ...]]) -> None:
    assert matched((name, value)) == [expected]


def test_a_modality_given_again_is_one_more_that_fits() -> None:
    again = (("ModalitiesInStudy", "CT"), ("PatientID", "P-1"), ("00080061", "MR,CT"))
    assert matched(*again) == [("PatientID", "equal", ("P-1",)), ("ModalitiesInStudy", "in", ("CT", "MR"))]
    assert matched(("Modality", "CT"), ("Modality", "PT"), level="series") == [("Modality", "in", ("CT", "PT"))]
    assert matched(("Modality", "CT"), ("Modality", "CT"), level="series") == [("Modality", "equal", ("CT",))]


@pytest.mark.parametrize("pairs", [[("Modality", "C*,MR")], [("Modality", "C*"), ("Modality", "MR")]])
def test_a_list_of_modalities_holds_no_wildcard(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(BadRequest, match="wildcard"):
        ask(*pairs, level="series")


@pytest.mark.parametrize(("name", "value"), [
    ("PatientID", ""), ("PatientID", "**"), ("StudyInstanceUID", ","), ("ModalitiesInStudy", ","),
])  # fmt: skip
def test_universal_matching_is_no_condition(name: str, value: str) -> None:
    assert matched((name, value)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Nonsense", "x"),
        ("PatientID' OR 1=1", "x"),
        ("PatientAddress", "x"),
        ("NumberOfStudyRelatedInstances", "3"),
        ("Rows", "512"),
        ("RequestAttributesSequence.ScheduledProcedureStepID", "x"),
        ("study__pseudonym__regex", ".*"),
        ("StudyInstanceUID", "1.2.."),
        ("StudyInstanceUID", "*"),
        ("StudyInstanceUID", ",".join(["1.2"] * 501)),
        ("StudyDate", "yesterday"),
        ("StudyDate", "-"),
        ("StudyDate", "20201231-20200101"),
        ("LongitudinalTemporalOffsetFromEvent", "1e9"),
        ("PatientID", "*a" * 9),
        ("PatientID", "a\0b"),
        ("PatientID", "x" * 5000),
        ("limit", "-1"),
        ("limit", "٣"),
        ("offset", "9" * 13),
        ("includefield", "Nonsense"),
        ("n" * 300, "x"),
    ],
)
def test_hostile_and_unknown_filters_are_refused_without_a_quote(name: str, value: str) -> None:
    with pytest.raises(BadRequest) as refused:
        ask((name, value))
    assert value not in refused.value.detail or value in "-*x3"


def test_too_many_parameters_and_doubled_ones_are_refused() -> None:
    with pytest.raises(BadRequest, match="too long"):
        ask(*[("PatientID", "x")] * 65)
    with pytest.raises(BadRequest, match="twice"):
        ask(("limit", "1"), ("limit", "2"))


def test_a_whole_number_is_asked_for_as_one() -> None:
    assert matched(("Rows", "512"), level="instance") == [("Rows", "equal", ("512",))]
    with pytest.raises(BadRequest, match="number"):
        ask(("Rows", "5.5"), level="instance")


def test_paging_and_fuzziness() -> None:
    query = ask(("limit", "7"), ("offset", "3"), ("fuzzymatching", "TRUE"))
    assert (query.limit, query.offset, query.fuzzy) == (7, 3, True)
    assert ask(("limit", "999999999")).limit == MAX_LIMIT == ask().limit


def returned(*values: str, level: str = "study") -> set[str]:
    return {a.keyword for a in ask(*[("includefield", v) for v in values], level=level).returns}


def test_includefield_by_comma_repeated_and_all() -> None:
    assert "PatientAge" not in returned()
    assert {"PatientAge", "LongitudinalTemporalOffsetFromEvent"} <= returned(
        "00101010,LongitudinalTemporalOffsetFromEvent"
    )
    assert {"PatientAge", "LongitudinalTemporalOffsetFromEvent"} <= returned("PatientAge", "00120052")
    assert {"PatientAge", "LongitudinalTemporalOffsetFromEvent"} <= returned("all")
    # A known attribute we do not index, and one inside a sequence, are simply not in the answer (10.6.3.3).
    assert returned("PatientAddress,RequestAttributesSequence.ScheduledProcedureStepID") == returned()


def test_a_narrow_answer_names_its_scan_and_series_and_more_on_request() -> None:
    assert {"StudyInstanceUID", "SeriesInstanceUID", "Modality", "SOPInstanceUID"} <= returned(level="instance")
    assert "PatientID" not in returned(level="instance")
    assert "PatientID" in returned("PatientID", level="instance")
    assert [a.tag for a in ask(("includefield", "all")).returns] == sorted(
        a.tag for a in ask(("includefield", "all")).returns
    )
