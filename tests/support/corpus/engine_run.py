"""Run the engine over the corpus in memory, and score what it puts out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from isocentre.core.deid import engine, identity, recheck
from isocentre.core.deid.profile import Profile, parse
from isocentre.core.score.answers import Facts
from isocentre.core.score.model import Maps
from isocentre.core.score.reading import Unreadable, read
from isocentre.core.score.scoring import Report, Scorer
from support.corpus.building import Planted, Promise, keyed, promise

# What `isocentre deid` knows of a patient from the header.
KNOWN = ("(0010,0010)", "(0010,1001)", "(0008,0090)", "(0010,0020)", "(0010,1000)", "(0008,0050)", "(0020,0010)",
         "(0008,0018)", "(0020,000D)", "(0020,000E)", "(0010,0030)")  # fmt: skip
KEY = b"corpus study key, 32 bytes long."


@dataclass
class Run:
    """What the engine made of the corpus: outputs by SOP instance UID of the original, the maps, what was held why."""

    outputs: dict[str, bytes] = field(default_factory=dict, repr=False)
    uids: dict[str, str] = field(default_factory=dict, repr=False)
    patients: dict[str, str] = field(default_factory=dict, repr=False)
    held: Counter[str] = field(default_factory=Counter)


def opened(text: str, corpus: Iterable[Planted]) -> str:
    """A profile that lets every kind of object of the corpus pass, so that all of them are scored.

    Pictures that are to be cleaned pass as they are: their headers are scored here, and pictures in the pixel tests.
    """
    kinds = sorted(
        {one.found.values["(0008,0016)"] for one in corpus if one.found.values["(0008,0016)"] not in text.split()}
    )
    more = f"  - uid: {' '.join(kinds)}\n    do: pass\n    why: To be scored.\n" if kinds else ""
    return re.sub("do: (hold|leave_out|clean_pixels|clean_faces)", "do: pass", text) + more


def run(corpus: Iterable[Planted], profile: Profile, check: bool = True) -> Run:
    """De-identify each object as `isocentre deid` does, with its second check or without."""
    done = Run()
    for one in corpus:
        values = one.found.values
        patient, issuer = values.get("(0010,0020)", ""), values.get("(0010,0021)", "")
        canonical = identity.canonical_key(patient_id=patient, issuer=issuer)
        pseudonym = identity.pseudonym(KEY, canonical)
        context = engine.SubjectContext(
            pseudonym, pseudonym, "", "", "", "", "", "", "", None, True, identity.shift_weeks(KEY, canonical)
        )
        made = engine.deidentify(one.data, profile=profile, study_key=KEY, context=context, uid_log=done.uids)
        done.patients[patient] = pseudonym
        known = tuple(value for tag in KNOWN if len(value := values.get(tag, "")) >= 4)
        if made.plan is None:
            done.held[f"{made.reason}: {made.words}"] += 1
        elif check and (wrong := recheck.check(made.plan.head(one.data), needles=known)):
            done.held[f"second check: {wrong[0].words}"] += 1
        else:
            done.outputs[one.found.sop_instance_uid] = b"".join(made.plan.chunks(one.data))
    return done


def score(corpus: Iterable[Planted], done: Run, rows: Facts, asked: Promise) -> Report:
    """Judge every output by its key."""
    scorer = Scorer(Maps(done.uids, done.patients))
    keys = [keyed(one, rows, asked) for one in corpus]
    for key in keys:
        data = done.outputs.get(key.sop_instance_uid)
        if data is None:
            continue
        try:
            scorer.add(key, read(data))
        except Unreadable:
            scorer.unknown(key.name)
    return scorer.report(keys)


def whole(corpus: Iterable[Planted], text: str, rows: Facts) -> tuple[Run, Report]:
    """Run and score one profile, given as its text."""
    corpus = list(corpus)
    done = run(corpus, parse(text))
    return done, score(corpus, done, rows, promise(text))
