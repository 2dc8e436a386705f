"""What the conformance statement tells of DICOM is what a real association is granted, refused and answered."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from dimse_service import Service
from pynetdicom import AE

from isocentre.adapters.dimse import association, messages, spoken, status

TOLD = spoken.spoken()
FOREIGN_CLASSES = ("1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.1.20.1", "1.2.840.10008.5.1.4.31", "1.2.3.4")
FOREIGN_SYNTAXES = ("1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.6.1", "1.2.3.4")


def granted(port: int, classes: list[str], syntaxes: list[str]) -> dict[str, list[str]]:
    """Class → syntaxes that were granted, each asked for in a context of its own (128 an association)."""
    asked = [(uid, syntax) for uid in classes for syntax in syntaxes]
    found: dict[str, list[str]] = {}
    for start in range(0, len(asked), 128):
        ae = AE("PYNETDICOM")
        for uid, syntax in asked[start : start + 128]:
            ae.add_requested_context(uid, syntax)
        made = ae.associate("127.0.0.1", port)
        assert made.is_established
        for one in made.accepted_contexts:
            found.setdefault(str(one.abstract_syntax), []).append(str(one.transfer_syntax[0]))
        made.release()
    return found


def test_a_real_association_is_granted_every_class_that_is_told_and_no_other(service: Service) -> None:
    classes = [one.uid for one in TOLD.accepted]
    found = granted(service.port, [*classes, *FOREIGN_CLASSES], [TOLD.syntaxes[0].uid])
    assert sorted(found) == sorted(classes)


def test_it_is_granted_every_syntax_that_is_told_and_no_other(service: Service) -> None:
    syntaxes = [one.uid for one in TOLD.syntaxes]
    ct = "1.2.840.10008.5.1.4.1.1.2"
    found = granted(service.port, [ct], [*syntaxes, *FOREIGN_SYNTAXES])
    assert sorted(found[ct]) == sorted(syntaxes)


def test_every_uid_has_its_name() -> None:
    for one in (*TOLD.accepted, *TOLD.syntaxes, *TOLD.get_classes):
        assert one.name != one.uid, one.uid


def test_every_status_and_rejection_of_the_code_is_told() -> None:
    codes = {value for name, value in vars(status).items() if name.isupper() and isinstance(value, int)}
    assert codes == set(status.MEANINGS)
    thrown = {
        one.args[0].id
        for one in ast.walk(ast.parse(Path(association.__file__).read_text(encoding="utf-8")))
        if isinstance(one, ast.Call) and getattr(one.func, "id", "") == "Rejected" and isinstance(one.args[0], ast.Name)
    }
    assert {getattr(association, name) for name in thrown} == {why for why, _ in spoken.REJECTIONS}
    reasons = [words for _, words in TOLD.reasons]
    assert {messages.NO_DATA.words, status.NO_ROOM.words} <= set(reasons)
    assert messages.BROKEN_OFF.words not in reasons, "nobody is there to be answered"


def test_a_sender_that_is_not_admitted_is_refused_as_told(service: Service) -> None:
    made = AE("STRANGER")
    made.add_requested_context("1.2.840.10008.1.1")
    refused = made.associate("127.0.0.1", service.port)
    assert refused.is_rejected
    answer = refused.acceptor.primitive
    if answer is None:
        pytest.skip("this pynetdicom does not keep the refusal")
    told = ", ".join(map(str, (answer.result, answer.result_source, answer.diagnostic)))
    assert told in dict(TOLD.rejections)


def test_limits_are_those_that_are_served_with() -> None:
    from isocentre.adapters.dimse.limits import Limits

    said = dict(spoken.spoken(Limits(associations=7, idle=3.0)).limits)
    assert (said["Associations at once, all senders"], said["Silence between messages"]) == ("7", "3 s")
