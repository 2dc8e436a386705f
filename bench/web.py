"""The DICOMweb rows: STOW-RS, WADO-RS and QIDO-RS, on the same de-identified slices in us and in the peer."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable

from bench import ours, processes, workload
from bench.client import Line, bodies
from bench.peers import Served
from bench.servers import SHIPPED, Row, Servers, ahead, slower

CLIENTS = 4
TOGETHER = 50
"""Instances of one request where a client sends several: as the peers' figures were measured (ADR 0037)."""
SCANS = 100_000
QUESTIONS = {
    "": "newest 10",
    "&PatientID=P-BENCH0050000": "one PatientID",
    "&StudyDate=20250101-20250131": "a month of StudyDate",
    "&ModalitiesInStudy=MR": "ModalitiesInStudy",
    "&StudyDescription=*chest*": "a wildcard description",
    "&PatientID=P-BENCH00500*": "a wildcard PatientID",
    "&PatientName=P-BENCH0050000": "one PatientName",
    "&offset=50000": "offset 50,000",
}
"""What people ask of 100,000 scans, after `limit=10`."""


class Web:
    """Each row sends what it needs to both sides first, by STOW."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._both = (servers.ours, servers.orthanc)

    # STOW-RS -----------------------------------------------------------------------------------------------------

    def stow_one(self) -> list[Row]:
        """One client on one line, several instances a request; then one a request, under a name of its own."""
        return [self._stowed("stow_one", 1, TOGETHER), self._stowed("stow_one_single", 1, 1)]

    def stow_four(self) -> list[Row]:
        """Four clients at once, each with a series of its own; then the same one instance a request."""
        return [self._stowed("stow_four", CLIENTS, TOGETHER), self._stowed("stow_four_single", CLIENTS, 1)]

    def _stowed(self, name: str, clients: int, each: int) -> Row:
        count = self._servers.count // clients // each * each
        sets = [bodies(self._servers.slices(f"{name}{each}{n}", count), each) for n in range(clients)]
        rates, used = [], []
        for server in self._both:
            before = processes.cpu(server.pid)
            rates.append(count * clients / _together([(server, one) for one in sets]))
            time.sleep(0.2)
            used.append(processes.spent(before, processes.cpu(server.pid), count * clients))
        words = (
            f"{count * clients} de-identified CT of 525 KB and 261 elements, {clients} client{'s' * (clients > 1)}, "
            f"{each} a request; ours checked again, on disk and indexed before the answer. CPU ms an image: {used[0]}; "
            f"theirs {used[1]}"
        )
        mine, theirs = rates
        return ahead(name, mine, theirs, SHIPPED, "images/s", words)

    # WADO-RS -----------------------------------------------------------------------------------------------------

    def wado_study(self) -> list[Row]:
        """One imaging study downloaded whole, again and again, by turns."""
        study = self._scan("wado", self._servers.count)
        lines = [Line(server) for server in self._both]
        sizes = {line.download(f"/studies/{study}")[0] for line in lines}
        if max(sizes) - min(sizes) > 1000 * self._servers.count:
            raise RuntimeError(f"the two sides did not send the same objects: {sizes}")
        rates: list[list[float]] = [[], []]
        before = [processes.cpu(server.pid) for server in self._both]
        for _ in range(7):
            for line, kept in zip(lines, rates, strict=True):
                size, seconds = line.download(f"/studies/{study}")
                kept.append(size / 1e6 / seconds)
        used = [
            processes.spent(was, processes.cpu(server.pid), 7 * self._servers.count)
            for was, server in zip(before, self._both, strict=True)
        ]
        words = f"a scan of {self._servers.count} CT, read before; CPU ms an image: {used[0]}; theirs {used[1]}"
        mine, theirs = map(statistics.median, rates)
        return [ahead("wado_study", mine, theirs, SHIPPED, "MB/s", words)]

    def series_metadata(self) -> list[Row]:
        """Metadata of a series of 100 instances, warm, gzipped where the server can."""
        study = self._scan("meta", 100)
        lines = [Line(server) for server in self._both]
        series = lines[0].json(f"/studies/{study}/series")[0]["0020000E"]["Value"][0]
        path = f"/studies/{study}/series/{series}/metadata"
        if len(lines[0].json(path)) != 100 or len(lines[1].json(path)) != 100:
            raise RuntimeError("not all of the series is described")
        times = [_median(lambda at=line: at.timed(path, gzip=True), 15) for line in lines]  # type: ignore[misc]  # the loop's own line
        mine, theirs = times
        words = "a series of 100 CT of 261 elements, kept gzipped by us"
        return [slower("series_metadata", mine, theirs, SHIPPED, words)]

    def _scan(self, name: str, count: int) -> str:
        """Store one scan of `count` slices on both sides; its StudyInstanceUID."""
        objects = self._servers.slices(name, count)
        for server in self._both:
            _together([(server, bodies(objects, TOGETHER))])
        return workload.study_uid(objects[0])

    # QIDO-RS -----------------------------------------------------------------------------------------------------

    def qido_studies(self) -> list[Row]:
        """The first ten scans at equal content; then ours alone over many, with the filters people use."""
        few = 300
        objects = workload.scans(self._servers.run, few)
        for server in self._both:
            _together([(server, bodies(objects, TOGETHER))])
        lines = [Line(server) for server in self._both]
        times = [_median(lambda at=line: at.timed("/studies?limit=10"), 101) for line in lines]  # type: ignore[misc]  # the loop's own line
        mine, theirs = times
        rows = [slower("qido_studies", mine, theirs, SHIPPED, f"limit 10, {few} scans and a few more on both sides")]
        ours.seed("index", self._servers.home, str(SCANS))
        line = Line(self._servers.ours)
        for asked, words in QUESTIONS.items():
            mine = _median(lambda to=f"/studies?limit=10{asked}": line.timed(to), 51)  # type: ignore[misc]  # the loop's own question
            said = f"limit 10, {words}, {SCANS:,} scans (rows made beside the doors)"
            rows.append(Row("qido_studies", round(mine, 2), None, "", None, "ms", said))
        return rows


def _together(work: list[tuple[Served, list[bytes]]]) -> float:
    """Seconds until every client has sent its requests and read every answer."""
    lines = [Line(server) for server, _ in work]
    failed: list[BaseException] = []

    def send(line: Line, requests: list[bytes]) -> None:
        try:
            for body in requests:
                line.stow(body)
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=send, args=(line, each)) for line, (_, each) in zip(lines, work, strict=True)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    for line in lines:
        line.close()
    if failed:
        raise failed[0]
    return took


def _median(measure: Callable[[], float], times: int) -> float:
    measure()
    return statistics.median(measure() for _ in range(times))
