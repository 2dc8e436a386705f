"""The generated list of safe private elements is the reviewed one joined with the table, our entries first."""

import importlib.util
from pathlib import Path

import pytest
import yaml

from isocentre.core.deid import _safe_private

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
OURS = yaml.safe_load((SCRIPTS / "safe_private.yaml").read_text(encoding="utf-8"))
spec = importlib.util.spec_from_file_location("make_safe_private", SCRIPTS / "make_safe_private.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)


def table(*rows):
    return {"rows": [{"tag": t, "private_creator": c, "vr": vr, "vm": vm} for c, t, vr, vm in rows]}


def test_our_entries_go_before_the_table_and_blobs_go():
    found = make.joined(
        table(("GEMS_PARM_01", "(0043,xx39)", "IS", "4"), ("A", "(0043,xx01)", "OB", "1"),
              ("A", "(0043,xx0a)", "", "1"),
              ("A", "(0043,xx02)", "SQ", "0-n"), ("A", "(0043,xx03)", "UI", "1"), ("A", "(0043,xx04)", "DT", "3-4")),
        OURS,
    )  # fmt: skip
    assert found["GEMS_PARM_01"][0x004339][:4] == ("IS", 1, 0, "keep")
    assert found["A"] == {0x004302: ("SQ", 0, 0, "walk", ""), 0x004303: ("UI", 1, 1, "key", ""),
                          0x004304: ("DT", 3, 4, "shift", "")}  # fmt: skip


def test_what_is_not_a_private_element_or_has_no_reason_is_refused():
    with pytest.raises(ValueError, match="not a private element"):
        make.joined(table(("A", "(0042,xx39)", "IS", "4")), OURS)
    with pytest.raises(ValueError, match="no reason"):
        make.joined(table(), {**OURS, "elements": [{**OURS["elements"][0], "why": " "}]})
    with pytest.raises(ValueError, match="no known action"):
        make.joined(table(), {**OURS, "elements": [{**OURS["elements"][0], "action": "trust"}]})


def test_the_list_in_use_is_the_reviewed_one():
    for creator, rules in make.joined(table(), OURS).items():
        for key, row in rules.items():
            assert _safe_private.ELEMENTS[creator][key] == row[:4]
    assert {word for group in OURS["terms"] for word in group["words"]} == _safe_private.TERMS
    assert {field["name"]: (field["vr"], field["form"]) for field in OURS["csa"]} == _safe_private.CSA
    assert all(str(entry["why"]).strip() for part in ("elements", "refused", "terms", "csa") for entry in OURS[part])
