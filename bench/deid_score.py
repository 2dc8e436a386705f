"""The row that counts right answers: the engine and three known tools on the same corpus, by the same keys."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.servers import Row

Tool = Callable[[bytes], bytes]
SHARE = 0.1
NOT_ASKED = "method"  # codes of the method and what became of dates: no such tool writes them as PS3.15 E.1.1 asks


def deid_score() -> list[Row]:
    """Share of required actions that are right, by the basic profile, in per cent; a row for each tool that is here."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    from support.corpus.building import corpus, keyed, promise, rows_of
    from support.corpus.engine_run import opened, run
    from support.data import SHARED

    from isocentre.core.deid.profile import parse
    from isocentre.core.score.model import LEAKS, LOSSES, Maps
    from isocentre.profiles import load

    if not (SHARED / "ps315.json").exists():
        sys.stderr.write("deid_score left out: no ../shared/data/ps315.json\n")
        return []
    objects = corpus(SHARE)
    text = opened(load("basic").text, objects)
    rows = rows_of(SHARED / "ps315.json")
    keys = [_fair(keyed(one, rows, promise(text))) for one in objects]
    done = run(objects, parse(text))
    mine = _scored(keys, done.outputs, Maps(done.uids, done.patients))
    out = []
    for name, tool in _tools().items():
        outputs, maps = _by(tool, objects)
        theirs = _scored(keys, outputs, maps)
        sys.stderr.write(f"{name}\n{theirs.as_text(0)}\n")
        a, b = (100 * report.total.passed / report.total.total for report in (mine, theirs))
        words = (f"{len(objects)} objects; wrong answers {len(mine.failures)} to {len(theirs.failures)}, leaks "
                 f"{mine.of(LEAKS)} to {theirs.of(LEAKS)}, losses {mine.of(LOSSES)} to {theirs.of(LOSSES)}, "
                 f"not put out {len(mine.absent)} to {len(theirs.absent)}")  # fmt: skip
        out.append(Row("deid_score", round(a, 2), round(b, 2), name, round(a / b, 3), "% right", words))
    sys.stderr.write(f"ours\n{mine.as_text(0)}\n")
    return out


def _fair(key: Any) -> Any:
    return replace(key, answers=tuple(a for a in key.answers if a.category != NOT_ASKED))


def _tools() -> dict[str, Tool]:
    """What makes new Part 10 bytes of those of an object, by name."""
    tools: dict[str, Tool] = {}
    if find_spec("dicomanonymizer"):
        from dicomanonymizer import anonymize_dataset

        tools["dicom-anonymizer (Kitware)"] = partial(_changed, anonymize_dataset)
    if find_spec("dicognito"):
        from dicognito.anonymizer import Anonymizer

        tools["dicognito"] = partial(_changed, Anonymizer(seed="corpus").anonymize)
    if find_spec("dcmanon"):
        from dcmanon import Anonymizer as Dcmanon

        anonymizer = Dcmanon()
        tools["dcmanon"] = lambda data: anonymizer.anonymize(io.BytesIO(data))
    if not tools:
        sys.stderr.write("deid_score without peers: `make bench` installs them from requirements/bench.txt\n")
    return tools


def _changed(change: Callable[[Any], Any], data: bytes) -> bytes:
    """Bytes read by pydicom, changed as a data set, and written."""
    from pydicom import dcmread

    ds, out = dcmread(io.BytesIO(data)), io.BytesIO()
    change(ds)
    ds.save_as(out)
    return out.getvalue()


def _by(tool: Tool, objects: Any) -> tuple[dict[str, bytes], Any]:
    """What a tool puts out, and the maps it does not write: from what stands in each place before and after."""
    from isocentre.core.score.model import Maps
    from isocentre.core.score.reading import read

    outputs: dict[str, bytes] = {}
    uids: dict[str, str] = {}
    patients: dict[str, str] = {}
    for one in objects:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of pydicom, about values in real files that break rules of their VR
                made = tool(one.data)
            after = read(made)
        except Exception as error:  # noqa: BLE001 - a tool may fail in any way: counted as not put out, and said
            sys.stderr.write(f"{one.source}: {type(error).__name__}\n")
            continue
        outputs[one.found.sop_instance_uid] = made
        for path, old in one.found.values.items():
            if one.found.vrs[path] == "UI" and after.values.get(path):
                uids.setdefault(old, after.values[path])
        patients.setdefault(one.found.values["(0010,0020)"], after.values.get("(0010,0020)", ""))
    return outputs, Maps(uids, patients)


def _scored(keys: list[Any], outputs: dict[str, bytes], maps: Any) -> Any:
    from isocentre.core.score.reading import read
    from isocentre.core.score.scoring import Scorer

    scorer = Scorer(maps)
    for key in keys:
        if key.sop_instance_uid in outputs:
            scorer.add(key, read(outputs[key.sop_instance_uid]))
    return scorer.report(keys)
