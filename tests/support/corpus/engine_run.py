"""Run the engine over the corpus in memory, and score what it puts out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from isocentre.core.deid import engine, identity, recheck
from isocentre.core.deid.facts import facts
from isocentre.core.deid.profile import Profile, parse
from isocentre.core.dicom.header import read_header
from isocentre.core.score.answers import Facts
from isocentre.core.score.model import Maps
from isocentre.core.score.reading import Unreadable, read
from isocentre.core.score.scoring import Report, Scorer
from support.corpus.building import Planted, Promise, keyed, promise

KEY = b"corpus study key, 32 bytes long."


@dataclass
class Run:
    """What the engine made of the corpus: outputs by SOP instance UID of the original, the maps, what was held why.

    `apart`: objects of which the two roads make something else, by name, and what differs.
    """

    outputs: dict[str, bytes] = field(default_factory=dict, repr=False)
    uids: dict[str, str] = field(default_factory=dict, repr=False)
    patients: dict[str, str] = field(default_factory=dict, repr=False)
    held: Counter[str] = field(default_factory=Counter)
    apart: dict[str, str] = field(default_factory=dict)


def opened(text: str, corpus: Iterable[Planted], do: str = "pass") -> str:
    """A profile that lets every kind of object of the corpus pass, so that all of them are scored.

    Pictures that are to be cleaned pass as they are, since their headers are scored; or all pictures are cleaned
    (`do`: clean_pixels), for the corpus of pictures.
    """
    kinds = sorted(
        {one.found.values["(0008,0016)"] for one in corpus if one.found.values["(0008,0016)"] not in text.split()}
    )
    more = f"  - uid: {' '.join(kinds)}\n    do: {do}\n    why: To be scored.\n" if kinds else ""
    return re.sub("do: (hold|leave_out|clean_[a-z_ ]+|pass)", f"do: {do}", text) + more


def run(
    corpus: Iterable[Planted], profile: Profile, check: bool = True, *, both: bool = False,
    pixels: engine.PixelCleaner | None = None,
) -> Run:  # fmt: skip
    """De-identify each object as `isocentre deid` does, with its second check or without.

    `both`: the slow road too, and `apart` says of which objects it makes something else. `pixels` cleans pictures.
    """
    done = Run()
    for one in corpus:
        values = one.found.values
        patient, issuer = values.get("(0010,0020)", ""), values.get("(0010,0021)", "")
        canonical = identity.canonical_key(patient_id=patient, issuer=issuer)
        pseudonym = identity.pseudonym(KEY, canonical)
        known = facts(read_header(one.data)).known
        weeks = identity.shift_weeks(KEY, canonical)
        context = engine.SubjectContext(
            pseudonym, pseudonym, "", "", "", "", "", "", "", None, True, weeks, known=known
        )  # fmt: skip
        how = {"profile": profile, "study_key": KEY, "context": context, "pixels": pixels}
        made = engine.deidentify(one.data, uid_log=done.uids, **how)
        if both and (words := _apart(one.data, made, engine.deidentify(one.data, slow=True, **how))):
            done.apart[one.name] = words
        done.patients[patient] = pseudonym
        if made.plan is None:
            done.held[f"{made.reason}: {made.words}"] += 1
        elif check and (wrong := _wrong(made.plan, one.data, known)):
            done.held[f"second check: {wrong[0].words}"] += 1
        else:
            done.outputs[one.found.sop_instance_uid] = b"".join(made.plan.chunks(one.data))
    return done


def _apart(data: bytes, fast: engine.Outcome, slow: engine.Outcome) -> str:
    """What differs between the roads; empty when nothing does."""
    for name in ("status", "reason", "words", "report", "pixels", "faceless", "rules"):
        if getattr(fast, name) != getattr(slow, name):
            return name
    if fast.plan is None or slow.plan is None:
        return ""
    same = b"".join(fast.plan.chunks(data)) == b"".join(slow.plan.chunks(data))
    return "" if same and fast.plan.head(data) == slow.plan.head(data) else "the objects"


def _wrong(plan: engine.Plan, data: bytes, known: tuple[str, ...]) -> list[recheck.Finding]:
    return recheck.check(plan.head(data), needles=known, picture=plan.picture(data))


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
