"""One tool at work on a folder of slices, in a process of its own: `python -m bench.deid_tools KEY FOLDER`.

Prints the seconds of processor time it took. The clock starts after the imports, and before a profile is read: what a
tool makes once and keeps is counted.
"""

from __future__ import annotations

import io
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import flywheel, scanner
from isocentre.core.deid import engine, identity, recheck
from isocentre.core.deid.plan import Plan
from isocentre.profiles import load

KEY = bytes(range(32))
PROFILE = "trial-ct-mr"
Work = Callable[[Sequence[bytes]], object]


@dataclass(frozen=True)
class Tool:
    """A tool under measurement: its name, the module it needs, and what imports it and returns its work on slices.

    `given`: what of a slice the tool is given; cut before the clock starts.
    """

    name: str
    module: str
    start: Callable[[], Work]
    given: Callable[[bytes], bytes] = bytes

    @property
    def is_here(self) -> bool:
        """Whether it is installed."""
        return find_spec(self.module) is not None


def subject(number: int) -> engine.SubjectContext:
    """What is known of the person of this number, and what their copies shall say."""
    who = scanner.person(number)
    canonical = identity.canonical_key(patient_id=who.patient_id, nhs_number=who.nhs_number)
    pseudonym = identity.pseudonym(KEY, canonical)
    return engine.SubjectContext(
        pseudonym=pseudonym, subject_id=pseudonym, sponsor="Sponsor", protocol_id="bench", protocol_name="Bench",
        site_id="RXH", site_name="", time_point_id="", time_point_description="", study_day=None, face_waiver=False,
        shift_weeks=identity.shift_weeks(KEY, canonical), known=who.known,
    )  # fmt: skip


def plans(slices: Iterable[bytes]) -> Iterator[tuple[bytes, Plan]]:
    """The slices, and what the engine makes of each; RuntimeError when it holds one."""
    profile, context = load(PROFILE).without_cleaning(), subject(0)  # reading pictures has rows of its own
    for number, data in enumerate(slices):
        if number % scanner.EACH == 0:
            context = subject(number // scanner.EACH)
        made = engine.deidentify(data, profile=profile, study_key=KEY, context=context)
        if made.plan is None:
            raise RuntimeError(made.words)
        yield data, made.plan


def _ours() -> Work:
    def work(slices: Sequence[bytes]) -> object:
        for data, plan in plans(slices):
            b"".join(plan.chunks(data))
        return None

    return work


def _second_check() -> Work:
    def work(heads: Sequence[bytes]) -> object:
        for number, head in enumerate(heads):
            if found := recheck.check(head, needles=scanner.person(number // scanner.EACH).known):
                raise RuntimeError(found[0].words)
        return None

    return work


def _each(start: Callable[[], Callable[[bytes], object]]) -> Work:
    """What `start` makes once, and then does to each slice."""

    def work(slices: Sequence[bytes]) -> object:
        one = start()
        for data in slices:
            one(data)
        return None

    return work


def _flywheel(road: str) -> Work:
    from fw_file_rs.dcm import Context

    return _each(lambda: getattr(Context().deid_profile(flywheel.PROFILE), road))


def _dcmanon() -> Work:
    from dcmanon import Anonymizer

    def start() -> Callable[[bytes], object]:
        made = Anonymizer()
        return lambda data: made.anonymize(io.BytesIO(data))

    return _each(start)


def _data_set(start: Callable[[], Callable[[Any], object]]) -> Work:
    """Read by pydicom, changed, written."""
    from pydicom import dcmread

    warnings.simplefilter("ignore")  # of pydicom, about dummy values of these tools

    def started() -> Callable[[bytes], object]:
        change = start()

        def one(data: bytes) -> None:
            ds = dcmread(io.BytesIO(data))
            change(ds)
            ds.save_as(io.BytesIO(), enforce_file_format=True)

        return one

    return _each(started)


def _kitware() -> Work:
    from dicomanonymizer import anonymize_dataset

    return _data_set(lambda: anonymize_dataset)


def _dicognito() -> Work:
    from dicognito.anonymizer import Anonymizer

    return _data_set(lambda: Anonymizer(seed="bench").anonymize)


def _header(data: bytes) -> bytes:
    """What lies before the pixel data, which ends the slice."""
    return data[: -scanner.PIXELS]


OURS, SECOND = "ours", "second_check"
PEERS = {
    "fw_header": Tool("fw-file-rs, header only", "fw_file_rs", lambda: _flywheel("deid_header"), _header),
    "fw_report": Tool(
        "fw-file-rs, header only, with report", "fw_file_rs", lambda: _flywheel("deid_header_with_report"), _header
    ),
    "dcmanon": Tool("dcmanon", "dcmanon", _dcmanon),
    "kitware": Tool("dicom-anonymizer (Kitware)", "dicomanonymizer", _kitware),
    "dicognito": Tool("dicognito", "dicognito", _dicognito),
    "pydicom": Tool("pydicom read and write", "pydicom", lambda: _data_set(lambda: lambda ds: None)),
}
TOOLS = {
    OURS: Tool("Isocentre", "isocentre", _ours), SECOND: Tool("second check", "isocentre", _second_check), **PEERS,
}  # fmt: skip


def main() -> None:
    """Measure one tool."""
    tool = TOOLS[sys.argv[1]]
    slices = [tool.given(path.read_bytes()) for path in sorted(Path(sys.argv[2]).iterdir())]
    work = tool.start()
    began = time.process_time()
    work(slices)
    print(time.process_time() - began)


if __name__ == "__main__":
    main()
