"""The row that needs no server: the de-identification engine in memory."""

from __future__ import annotations

import io
import secrets
import statistics
import time
from collections.abc import Callable

from bench import workload
from bench.servers import Row, ahead


def deid_memory() -> list[Row]:
    """De-identification in memory on one core, with the whole profile; beside pydicom's read and write."""
    from pydicom import dcmread

    from isocentre.core.deid import engine, identity
    from isocentre.profiles import load

    key, data = secrets.token_bytes(32), [workload.in_memory("mem", n) for n in range(20)]
    context = engine.SubjectContext(
        identity.pseudonym(key, "id:|B"), "S1", "Sponsor", "bench", "Bench", "LOCAL", "", "", "", None, True, 20
    )
    profile = load("trial-ct-mr").without_cleaning()  # reading pictures has rows of its own

    def mine() -> float:
        started = time.perf_counter()
        for one in data:
            made = engine.deidentify(one, profile=profile, study_key=key, context=context)
            if made.plan is None:
                raise RuntimeError(made.words)
            b"".join(made.plan.chunks(one))
        return len(data) / (time.perf_counter() - started)

    def theirs() -> float:
        started = time.perf_counter()
        for one in data:
            dcmread(io.BytesIO(one)).save_as(io.BytesIO(), enforce_file_format=True)
        return len(data) / (time.perf_counter() - started)

    words = "CT of 525 KB and 261 elements, one core, in memory"
    return [ahead("deid_memory", _median(mine, 7), _median(theirs, 5), "pydicom read and write", "images/s", words)]


def _median(measure: Callable[[], float], times: int) -> float:
    return statistics.median(measure() for _ in range(times))
