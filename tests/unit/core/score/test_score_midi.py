"""Answers in the layout of MIDI-B."""

import json

import pytest

from isocentre.core.score.midi import answers, path
from isocentre.core.score.model import Answer


def entry(**more):
    return {
        "action": "<text_removed>",
        "action_text": "<Otto>",
        "value": "<CT Otto>",
        "tag_ds": "<(0008,103e)>",
        **more,
    }


def test_an_answer_in_our_words():
    data = {
        "0": entry(answer_category_v2={"hipaa_z": None, "hipaa_m": ["HIPAA-A"], "tcia": []}),
        "1": entry(action="<uid_changed>", value="<1.2.3>", tag_ds="<(0008,1140)>[<0001>]<(0008,1155)>"),
        "2": entry(action="<tag_retained>", action_text=None, answer_category_v2="<dicom>"),
        "3": entry(answer_category_v2={}),
        "4": entry(answer_category_v2={"tcia": "<TCIA-P15>"}),
    }
    assert list(answers(json.dumps(data))) == [
        Answer("text_removed", "(0008,103E)", "Otto", "HIPAA-A"),
        Answer("uid_changed", "(0008,1140)[1](0008,1155)", "1.2.3", ""),
        Answer("tag_retained", "(0008,103E)", "", "dicom"),
        Answer("text_removed", "(0008,103E)", "Otto", ""),
        Answer("text_removed", "(0008,103E)", "Otto", "TCIA-P15"),
    ]


def test_private_elements_keep_their_creator():
    assert path('<(0019,"SIEMENS MR HEADER",0c)>') == '(0019,"SIEMENS MR HEADER",0C)'


@pytest.mark.parametrize("data", ["[]", "{}x", '{"0": 5}', '{"0": {}}', '{"0": {"action": "<dance>"}}'])
def test_another_layout_is_refused(data):
    with pytest.raises(ValueError, match=r"MIDI-B|ten actions|Expecting|Extra"):
        list(answers(data))
