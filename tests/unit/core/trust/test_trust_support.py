"""What a support bundle says: nothing of a patient, no secret, nothing of an unknown form; counts and times stay."""

from __future__ import annotations

import base64
import json

import pytest

from isocentre.core.trust.support import GONE, Redaction

KNOWN = ("OKONKWO^ADAEZE", "9990000018", "NM445566", "RNM01-778899", "19480417", "1.2.3")


def redaction() -> Redaction:
    return Redaction([*KNOWN, " ", *(f"FILLER{n}^X" for n in range(250))], ["hunter2!", "x"])


@pytest.mark.parametrize(
    "said",
    ["for Adaeze Okonkwo", "okonkwo", "999 000 0018", "NM445566 was held", "see RNM01-778899", "born 19480417",
     "4010232137", "mail ada@example.nhs.uk", "1.2.840.113619.2.55.3.604688",
     "it is hunter2! now", "postgresql://isocentre" + ":pass@db/x", "password=letmein", "Authorization: Bearer abc",
     "-----BEGIN " + "PRIVATE KEY-----\nabc", "AKIA" + "ABCDEFGHIJKLMNOP", "iso_" + "Ab3" * 14, "0f" * 20,
     base64.b64encode(b"OKONKWO^ADAEZE").decode()],
)  # fmt: skip
def test_what_tells_of_a_person_or_is_a_secret_is_removed(said: str) -> None:
    made = redaction()
    assert (made.text(said), made.text(said), made.removed) == (GONE, GONE, 2)


@pytest.mark.parametrize(
    "said",
    ["images held", "2026-12-01T16:00:00.123+00:00", "0.1.0", "running", "no_room", "receive.py:94", "3fa1b2c4d5e6f708",
     "127.0.0.1:8001", "intake 0007_withdrawal_and_enrolment_changes"],
)  # fmt: skip
def test_what_support_needs_stays(said: str) -> None:
    assert redaction().text(said) == said


def test_data_is_walked_whole() -> None:
    made = redaction()
    said = {"okonkwo": 1, "n": [3, 9990000018, 1.5, True, None], "at": ("held",), "odd": {1, 2}}
    assert made.data(said) == {GONE: 1, "n": [3, GONE, 1.5, True, None], "at": ["held"], "odd": GONE}
    assert made.removed == 3


def test_of_a_log_only_lines_of_its_form_and_of_them_only_what_is_known() -> None:
    line = {"timestamp": "2026-12-01T16:00:00+00:00", "event": "held", "row": "Okonkwo", "where": "NM445566"}
    kept, strange = redaction().log([json.dumps(line), "Traceback: Okonkwo", "[1]", ""])
    assert strange == 3
    assert [json.loads(one) for one in kept] == [
        {"timestamp": "2026-12-01T16:00:00+00:00", "event": "held", "where": GONE}
    ]
