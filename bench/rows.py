"""The rows: each measures us and a peer on the same workload in the same run."""

from __future__ import annotations

import secrets
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import requests

from bench import ours, peers, workload
from bench.peers import Served

STORESCU = "/usr/bin/storescu"


@dataclass(frozen=True)
class Row:
    """One line of `bench/results.json`; ratio is how many times better than the peer (over 1 is ahead)."""

    name: str
    ours: float
    peer: float | None
    peer_name: str
    ratio: float | None
    unit: str
    workload: str

    def plain(self) -> dict[str, object]:
        """As written to the file."""
        return asdict(self)


class Bench:
    """Servers started once, shared by the rows."""

    def __init__(self, stack: ExitStack, *, count: int) -> None:
        self.at = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="isocentre-bench-")))
        self.count = count
        self.ours = stack.enter_context(ours.isocentre(self.at / "ours"))
        self.orthanc = stack.enter_context(peers.orthanc(self.at / "orthanc"))
        self.quick = stack.enter_context(peers.orthanc(self.at / "orthanc-nodelay", nodelay=True))
        self.sent = 0
        self.run = secrets.token_hex(3)

    def folder(self, name: str, count: int) -> Path:
        """A new series of slices."""
        return workload.folder(self.at / "slices", f"{self.run}{name}", count)

    # C-STORE -----------------------------------------------------------------------------------------------------

    def cstore(self, to: Served, folders: list[Path]) -> float:
        """Images a second of one storescu a folder, all at once."""
        started = time.monotonic()
        senders = [
            subprocess.Popen([STORESCU, "-aec", to.called, "+sd", "127.0.0.1", str(to.dicom), str(folder)],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for folder in folders
        ]  # fmt: skip
        codes = [sender.wait() for sender in senders]
        took = time.monotonic() - started
        if any(codes):
            raise RuntimeError(f"storescu ended with {codes}")
        return sum(len(list(f.iterdir())) for f in folders) / took

    def cstore_one(self) -> list[Row]:
        """One association: received, stored, indexed."""
        folder = [self.folder("one", self.count)]
        mine = self.cstore(self.ours, folder)
        self._settle(self.count)
        words = f"{self.count} CT of 525 KB, one DCMTK association; ours durable and in the ledger"
        return [
            _row("cstore_one", mine, self.cstore(to, folder), name, "images/s", words)
            for to, name in ((self.orthanc, "Orthanc as shipped"), (self.quick, "Orthanc with TCP_NODELAY"))
        ]

    def cstore_four(self) -> list[Row]:
        """Four associations; ours until the last image is stored on the national side, theirs store only."""
        folders = [self.folder(f"four{n}", self.count // 4) for n in range(4)]
        total = self.count // 4 * 4
        started = time.monotonic()
        self.cstore(self.ours, folders)
        self._settle(total)
        mine = total / (time.monotonic() - started)
        words = f"{total} CT of 525 KB, 4 associations; ours received, de-identified, sent on, stored, indexed"
        return [
            _row("cstore_four", mine, self.cstore(to, folders), name, "images/s", words)
            for to, name in ((self.orthanc, "Orthanc as shipped"), (self.quick, "Orthanc with TCP_NODELAY"))
        ]

    def _settle(self, count: int) -> None:
        self.sent += count
        ours.settled(self.at / "ours", self.sent)

    # DICOMweb ----------------------------------------------------------------------------------------------------

    def studies(self, to: Served) -> list[str]:
        """StudyInstanceUIDs the server answers with."""
        found = _client(to).get("/studies", params={"limit": "50"}).json()
        return [item["0020000D"]["Value"][0] for item in found]

    def wado_study(self) -> list[Row]:
        """One imaging study downloaded whole."""
        mine, theirs = (_median(lambda s=server: self._download(s), 3) for server in (self.ours, self.orthanc))
        return [_row("wado_study", mine, theirs, "Orthanc as shipped", "MB/s", f"an imaging study of {self.count} CT")]

    def _download(self, server: Served) -> float:
        study = max(self.studies(server), key=lambda uid: self._size(server, uid))
        started, size = time.monotonic(), 0
        headers = {"Accept": 'multipart/related; type="application/dicom"'}
        with _client(server).get(f"/studies/{study}", headers=headers, stream=True) as answer:
            answer.raise_for_status()
            for chunk in answer.raw.stream(1 << 20, decode_content=False):
                size += len(chunk)
        return size / 1e6 / (time.monotonic() - started)

    def _size(self, server: Served, study: str) -> int:
        return len(_client(server).get(f"/studies/{study}/instances", params={"limit": "1000"}).json())

    def series_metadata(self) -> list[Row]:
        """Metadata of a 100-instance series, warm."""
        folder = self.folder("meta", 100)
        for server in (self.ours, self.orthanc):
            self.cstore(server, [folder])
        self._settle(100)
        times = [_median(lambda s=server: self._metadata(s), 7) for server in (self.ours, self.orthanc)]
        return [_slower("series_metadata", *times, "a series of 100 CT, 261 elements each")]

    def _metadata(self, server: Served) -> float:
        study = min(self.studies(server), key=lambda uid: abs(self._size(server, uid) - 100))
        client = _client(server)
        series = client.get(f"/studies/{study}/series").json()[0]["0020000E"]["Value"][0]
        headers = {"Accept": "application/dicom+json", "Accept-Encoding": "gzip"}
        started = time.monotonic()
        answer = client.get(f"/studies/{study}/series/{series}/metadata", headers=headers)
        answer.raise_for_status()
        return (time.monotonic() - started) * 1000

    def qido_studies(self) -> list[Row]:
        """The first ten imaging studies."""
        times = [_median(lambda s=server: self._query(s), 21) for server in (self.ours, self.orthanc)]
        return [_slower("qido_studies", *times, "limit 10, few imaging studies on both sides")]

    def _query(self, server: Served) -> float:
        client = _client(server)
        client.get("/studies", params={"limit": "1"})
        started = time.monotonic()
        client.get("/studies", params={"limit": "10"}).raise_for_status()
        return (time.monotonic() - started) * 1000


class _Client(requests.Session):
    """A session with the server's address and token."""

    def __init__(self, server: Served) -> None:
        super().__init__()
        self._base = server.url
        self.headers["Accept"] = "application/dicom+json"
        if server.token:
            self.headers["Authorization"] = f"Bearer {server.token}"

    def request(self, method: str, url: str, *args: object, **kwargs: object) -> requests.Response:  # type: ignore[override]  # a path
        """One request to a path below the server's address."""
        kwargs.setdefault("timeout", 120)
        return super().request(method, self._base + url, *args, **kwargs)  # type: ignore[arg-type]  # handed through


def _client(server: Served) -> _Client:
    return _Client(server)


def _median(measure: Callable[[], float], times: int) -> float:
    return statistics.median(measure() for _ in range(times))


def _row(name: str, mine: float, theirs: float, peer: str, unit: str, words: str) -> Row:
    return Row(name, round(mine, 1), round(theirs, 1), peer, round(mine / theirs, 2), unit, words)


def _slower(name: str, mine: float, theirs: float, words: str) -> Row:
    """A row in milliseconds, where less is better."""
    return Row(name, round(mine, 2), round(theirs, 2), "Orthanc as shipped", round(theirs / mine, 2), "ms", words)


def deid_memory() -> list[Row]:
    """De-identification in memory on one core, with the whole profile; beside pydicom's read and write."""
    import io

    from pydicom import dcmread

    from isocentre.core.deid import engine, identity
    from isocentre.profiles import load

    key, data = secrets.token_bytes(32), [workload.in_memory("mem", n) for n in range(20)]
    context = engine.SubjectContext(
        identity.pseudonym(key, "id:|B"), "S1", "Sponsor", "bench", "Bench", "LOCAL", "", "", "", None, True, 20
    )
    profile = load("trial-ct-mr")

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
    return [_row("deid_memory", _median(mine, 7), _median(theirs, 5), "pydicom read and write", "images/s", words)]
