"""A large object through the whole system, the memory of every process watched: run by hand, and small in the tests.

    PYTHONPATH=tests python -m support.large [--gib 3.9] [--kind native] [--kind encapsulated] [--cgroup 512 [--apart]]

Sent by DCMTK to the hospital side, imported, de-identified by the command, sent on with both second checks, read back
whole and byte for byte, by frames, as metadata and as a picture. Prints what each step took, and peak RssAnon.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from support import cgroup
from support.apart import apart
from support.large_objects import Large
from support.memory import Monitor
from support.peers import STORESCU
from support.seeding import SITE
from support.system import System, system

SLUG, CALLED = "large", "LARGE"
ALLOWED = 300.0
"""Most anonymous memory of a process, in MB."""
PATIENCE = 1800.0


@dataclass
class Step:
    """One step: seconds, and peaks of memory in MB by process."""

    name: str
    seconds: float
    peaks: dict[str, float]


@dataclass
class Journey:
    """Takes one object along its way in `folder`; every step looks at what came out."""

    it: System
    monitor: Monitor
    folder: Path
    steps: list[Step] = field(default_factory=list)
    progress: Callable[[str], None] = lambda line: None

    @contextmanager
    def file(self, one: Large) -> Iterator[Path]:
        """Its file, while the block works."""
        with self._step(f"{one.uid}: write the file"):
            path = one.write(self.folder / "large.dcm")
        yield path
        path.unlink()

    def whole(self, sent: Large, imported: Large) -> None:
        """Every step: `sent` de-identified by the command, sent by DCMTK, read; `imported`, and read."""
        with self.file(sent) as path:
            self.deid(sent, path)
            self.send(sent, path)
        self.read(sent)
        with self.file(imported) as path:
            self.import_(imported, path)
        self.read(imported)

    def send(self, one: Large, path: Path) -> None:
        """C-STORE by DCMTK, then de-identified, checked, sent on, checked again, stored."""
        proposed = "-xy" if one.encapsulated else "-xe"
        command = [STORESCU, proposed, "-aec", CALLED, "127.0.0.1", str(self.it.it.dicom_port), str(path)]
        with self._step(f"{one.uid}: C-STORE, received and kept"):
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
            assert done.returncode == 0, done.stderr
        self._sent_on(one)

    def import_(self, one: Large, path: Path) -> None:
        """`isocentre import`, then the same way."""
        with self._step(f"{one.uid}: isocentre import"):
            done = self._command("import", str(path), "--study", SLUG, "--site", SITE)
            assert done.returncode == 0, done.stderr + done.stdout
        self._sent_on(one)

    def deid(self, one: Large, path: Path) -> None:
        """`isocentre deid`: the copy has the same pixel value."""
        key, out = self.folder / "study.key", self.folder / "out" / one.uid
        if not key.exists():
            assert self._command("keygen", str(key)).returncode == 0
        with self._step(f"{one.uid}: isocentre deid"):
            done = self._command("deid", str(path), str(out), "--profile", "trial-ct-mr@2", "--key-file", str(key))
            assert done.returncode == 0, done.stderr + done.stdout
        (made,) = [p for p in out.iterdir() if p.is_file()]
        with made.open("rb") as file:
            assert_pixels(one, file.read)
        made.unlink()

    def read(self, one: Large) -> None:
        """WADO-RS: the whole object, frames, metadata, a picture."""
        base = self._address(one)
        with self._step(f"{one.uid}: WADO-RS, the whole object"), self._get(base, "application/dicom") as answer:
            assert answer.status == 200
            assert_pixels(one, answer.read)
        some = sorted({1, one.frames // 2, one.frames})
        for number in some:
            self._frames(one, base, [number])
        self._frames(one, base, [*reversed(some), 2])
        with self._step(f"{one.uid}: metadata"), self._get(f"{base}/metadata", "application/dicom+json") as answer:
            (described,) = json.loads(answer.read())
            assert described["00280008"]["Value"] == [one.frames]
            assert described["7FE00010"]["BulkDataURI"]
        middle = one.frames // 2
        with self._step(f"{one.uid}: a picture"), self._get(f"{base}/frames/{middle}/rendered", "image/png") as answer:
            body = answer.read()
            assert answer.status == 200, body[:300]
            check_picture(one, middle, body)
        with self._step(f"{one.uid}: search"), self._get(f"/dicomweb/{base.split('/', 4)[2]}", "*/*") as answer:
            assert len(answer.read()) < 100_000

    def erase(self, one: Large) -> None:
        """Off the national side, and its blob gone: the other tests of the run search all that lies there."""
        script = (
            "from isocentre.core.actor import SYSTEM\nfrom isocentre.rooms.archive import door\n"
            "answer = door.erase(by=SYSTEM, stones={uid: 0}, reason='The test is over')"
        )
        [(uid,)] = self.it.sql("gateway", "SELECT object_uid FROM intake_ledgerrow WHERE sop_instance_uid = ?", one.uid)
        with self._step(f"{one.uid}: erase"):
            assert self.it.run("platform", script, uid=uid) == 1
        assert not [p for p in (self.it.national / "blobs").rglob("*") if p.is_file() and p.stat().st_size > one.size]

    def _frames(self, one: Large, base: str, numbers: list[int]) -> None:
        names = ",".join(map(str, numbers))
        kind = "image/jpeg" if one.encapsulated else "application/octet-stream"
        accept = f'multipart/related; type="{kind}"'
        with self._step(f"{one.uid}: frames {names}"), self._get(f"{base}/frames/{names}", accept) as answer:
            body = answer.read()
            assert answer.status == 200, body[:300]
            boundary = answer.headers["Content-Type"].partition("boundary=")[2].strip('"').encode()
        parts = [part.partition(b"\r\n\r\n")[2][:-2] for part in body.split(b"--" + boundary)[1:-1]]
        assert len(parts) == len(numbers)
        for number, part in zip(numbers, parts, strict=True):
            assert part[: one.frame_length(number)] == one.frame(number), f"frame {number} differs"
            assert len(part) - one.frame_length(number) in (0, 1)  # the padding of a fragment

    def _sent_on(self, one: Large) -> None:
        query = "SELECT disposition, cause, words FROM intake_ledgerrow WHERE sop_instance_uid = ?"
        with self._step(f"{one.uid}: de-identified, checked, sent on, checked, stored"):
            limit = time.monotonic() + PATIENCE
            while (now := self.it.sql("gateway", query, one.uid))[0][0] == "pending":
                assert time.monotonic() < limit, self.it.it.logs()
                time.sleep(0.1)
        assert [row[0] for row in now] == ["sent_on"], now

    def _address(self, one: Large) -> str:
        query = "SELECT object_uid, object_study_uid FROM intake_ledgerrow WHERE sop_instance_uid = ?"
        [(uid, study)] = self.it.sql("gateway", query, one.uid)
        query = (
            "SELECT e.series_uid FROM archive_series e JOIN archive_instance i ON i.series_id = e.id"
            " WHERE i.object_uid = ?"
        )
        [(series,)] = self.it.sql("platform", query, uid)
        return f"/dicomweb/studies/{study}/series/{series}/instances/{uid}"

    @contextmanager
    def _get(self, path: str, accept: str) -> Iterator[Any]:
        headers = {"Accept": accept, "Authorization": f"Bearer {self.it.token()}"}
        where = urlsplit(self.it.it.platform).netloc
        with closing(http.client.HTTPConnection(where, timeout=120)) as line:
            line.request("GET", path, headers=headers)
            yield line.getresponse()

    def _command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "isocentre", *arguments], capture_output=True, text=True, timeout=PATIENCE,
            check=False, env=self.it.it.environment,
        )  # fmt: skip

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self.monitor.taken()
        begun = time.monotonic()
        yield
        step = Step(name, time.monotonic() - begun, self.monitor.taken())
        self.steps.append(step)
        self.progress(words(step))


def assert_pixels(one: Large, read: Callable[[int], bytes]) -> None:
    """The Part 10 file that `read` gives ends in exactly the pixel value of `one`."""
    head = b""
    marked = b"\xe0\x7f\x10\x00" + (b"OB" if one.encapsulated else b"OW")
    while (at := head.find(marked)) < 0 or len(head) < at + 12:
        more = read(1 << 20)
        assert more, "no pixel value"
        head += more
    rest = io.BytesIO(head[at + 12 :])
    for number, expected in enumerate(one.value()):
        got = rest.read(len(expected))
        while len(got) < len(expected):
            more = read(len(expected) - len(got))
            assert more, f"the pixel value is cut short in piece {number}"
            got += more
        assert got == expected, f"piece {number} of the pixel value differs"
    assert not rest.read(1)
    assert not read(1), "something follows the pixel value"


def check_picture(one: Large, number: int, body: bytes) -> None:
    """A PNG of the size of the frame, and of its grey when it was a JPEG."""
    from PIL import Image

    picture = Image.open(io.BytesIO(body))
    assert picture.size == (one.columns, one.rows)
    if one.encapsulated:
        low, high = picture.convert("L").getextrema()
        assert low == high, (low, high)  # one grey all over: the window is of that frame alone


def words(step: Step) -> str:
    """A step as a person reads it: seconds, and the five largest processes."""
    top = sorted(step.peaks.items(), key=lambda each: -each[1])[:14]
    return f"{step.seconds:7.1f} s  {step.name:70}  " + ", ".join(f"{name} {mb:.0f}" for name, mb in top)


def of_size(gib: float, kind: str, number: int) -> Large:
    """An object of about so many GiB."""
    size = int(gib * 1024**3)
    if kind == "native":
        return Large(number, size // (512 * 512 * 2))
    if kind == "groups":
        return Large(number, 10_000, 256, size // (10_000 * 256 * 2), groups=True)
    frame = Large(number, 1, 256, 256, encapsulated=6).frame_length(1) + 9
    return Large(number, size // frame, 256, 256, encapsulated=6, table=kind == "encapsulated")


@contextmanager
def _started(folder: Path, megabytes: int, each: bool) -> Iterator[tuple[System, list[cgroup.Group]]]:
    """Both sides, within so many MiB together, or each; 0: within the machine's."""
    if each:
        with apart(folder, megabytes) as both:
            yield both
        return
    with ExitStack() as stack:
        groups = [stack.enter_context(cgroup.limited(megabytes))] if megabytes else []
        for group in groups:
            group.enter()
        it = stack.enter_context(system(folder / "home"))
        for group in groups:
            group.leave()
        yield it, groups


def main() -> int:
    """Run by hand; exit 1 when a process took more than 300 MB."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--gib", type=float, default=3.9)
    parser.add_argument("--kind", action="append", choices=("native", "encapsulated", "untabled", "groups"))
    parser.add_argument("--cgroup", type=int, default=0, help="MiB that everything under `isocentre up` may use")
    parser.add_argument("--apart", action="store_true", help="each side by itself, in a cgroup of its own")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="isocentre-large-", dir=given.folder) as name:
        folder = Path(name)
        with ExitStack() as stack:
            it, groups = stack.enter_context(_started(folder, given.cgroup, given.apart))
            monitor = stack.enter_context(Monitor(folder))
            journey = Journey(it, monitor, folder, progress=lambda line: print(line, flush=True))
            for number, kind in enumerate(given.kind or ["native", "encapsulated"]):
                journey.whole(of_size(given.gib, kind, 10 * number + 1), of_size(given.gib, kind, 10 * number + 2))
            worst = max((mb, process, step.name) for step in journey.steps for process, mb in step.peaks.items())
            print(f"most: {worst[0]:.0f} MB in {worst[1]} during {worst[2]}; all together: {monitor.together:.0f} MB")
            for group in groups:
                print(group.told())
    return 1 if worst[0] > ALLOWED else 0


if __name__ == "__main__":
    sys.exit(main())
