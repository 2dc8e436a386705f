"""The kill test: `isocentre up` under traffic, its processes ended by SIGKILL at points drawn by a seed.

    PYTHONPATH=tests python -m support.harness --kills 1000 [--seconds 3600] [--seed 7]

Afterwards every acknowledged object must be in the ledger once and on the national side once, with the pixels sent.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isocentre.core.points import POINTS
from support import kill_traffic
from support.kill_proof import Direct, lost_and_doubled
from support.kill_stow import Stower
from support.kill_traffic import Acknowledged, Traffic
from support.peers import free_port, free_ports
from support.processes import children

SUPERVISOR, SIDE = "supervisor", "side"
LEAST = 5
AHEAD = 4
OUTSTANDING = 12  # orders that wait for their point at the same time
PATIENCE = 20.0  # seconds until an order nobody met is drawn again
SETTLE = 900.0  # seconds for what is leased to a dead worker to be claimed again, and sent on


@dataclass
class Outcome:
    """What the run did and found."""

    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    phases: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    findings: dict[str, list[str]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All kills."""
        return sum(self.kills.values())

    def wrong(self) -> dict[str, list[str]]:
        """Findings there are, at most three examples each."""
        return {kind: [f"{len(some)} in all", *some[:3]] for kind, some in self.findings.items() if some}

    def words(self) -> str:
        """The run as a person reads it."""
        lines = [f"{self.total} kills in {self.seconds:.0f} s, {self.phases}"]
        lines += [f"acknowledged: {self.acknowledged}; ledger: {self.totals}"]
        lines += [f"  {name}: {self.kills[name]}" for name in (*POINTS, SUPERVISOR, SIDE)]
        return "\n".join(lines + [f"  WRONG {kind}: {some}" for kind, some in self.wrong().items()])


class Harness:
    """One run in `folder`: `kills` kills, or as many as go into `seconds`."""

    def __init__(self, folder: Path, *, kills: int, seconds: float, seed: int, pace: float = 0.05) -> None:
        self._folder, self._kills, self._seconds = folder, kills, seconds
        self._random = random.Random(seed)
        self._orders = folder / "orders"
        self._orders.mkdir(parents=True)
        self._http, self._dicom = free_ports(2)[0], free_port()
        self.environment = kill_traffic.environment_of(folder / "home", self._http, self._dicom, self._orders)
        self._traffic = Traffic(
            port=self._dicom, folder=folder, environment=self.environment, seed=seed, pace=pace
        )  # fmt: skip
        self._stowed = Acknowledged(folder / "stowed.txt")
        self._direct = Direct(acknowledged=self._stowed.pixels)
        self._seed = seed
        self._up: subprocess.Popen[bytes] | None = None
        self._waiting: dict[str, tuple[str, float]] = {}
        self._drawn = 0
        self.outcome = Outcome(findings={"harness": []})

    def run(self) -> Outcome:
        """Start, kill, stop, let it settle, and look."""
        begun = time.monotonic()
        try:
            self._start()
            self._begin_traffic(kill_traffic.seed(self.environment))
            try:
                self._killing()
            finally:
                self._withdraw()
                self._traffic.stop()
            killed = time.monotonic()
            self.outcome.acknowledged = self._traffic.acknowledged.by | self._stowed.by
            self.outcome.findings["harness"] += self._traffic.failures
            self._settle()
            self.outcome.phases = {"killing": int(killed - begun), "settling": int(time.monotonic() - killed)}
            self._look()
        finally:
            self._end()
        self.outcome.seconds = time.monotonic() - begun
        return self.outcome

    def _begin_traffic(self, token: str) -> None:
        direct = Stower(
            port=self._http, token=token, acknowledged=self._stowed, stop=self._traffic.stopping, seed=self._seed
        )
        self._direct.tried = direct.sent
        self._traffic.start(lambda: direct.run(0.3))

    def _start(self) -> None:
        out = (self._folder / "up.out").open("ab")
        with out:
            command = [sys.executable, "-m", "support.impatient", "up"]
            self._up = subprocess.Popen(command, env=self.environment, stdout=out, stderr=out)
        limit = time.monotonic() + 90
        while not all(_answers(f"http://127.0.0.1:{self._http + n}/healthz") for n in (0, 1)):
            assert self._up.poll() is None, f"`isocentre up` did not start:\n{self._said()}"
            assert time.monotonic() < limit, f"`isocentre up` does not answer:\n{self._said()}"
            time.sleep(0.2)

    def _killing(self) -> None:
        limit = time.monotonic() + self._seconds
        supervisors = max(LEAST, self._kills // 40)
        while self.outcome.total < self._kills and time.monotonic() < limit:
            self._take_in()
            due = self.outcome.total * supervisors // self._kills
            self._kill_supervisors(due)
            while len(self._waiting) < OUTSTANDING and self._order():
                pass
            assert self._up is not None
            if self._up.poll() is not None:
                self.outcome.findings["harness"].append(f"`isocentre up` ended by itself: {self._said()}")
                return
            time.sleep(0.05)
        self._withdraw()
        self._kill_supervisors(supervisors)

    def _order(self) -> bool:
        """Draw among the points met least that nobody waits for; False when there is none."""
        free = [name for name in POINTS if name not in self._waiting]
        # Points met often may not run ahead of the rare ones: those need processes that live a while.
        most = min(self.outcome.kills[name] for name in POINTS) + AHEAD
        due = [name for name in free if self.outcome.kills[name] < most]
        if not due:
            return False
        name = self._random.choice(due)
        self._drawn += 1
        word = f"{self._drawn}"
        whole = self._folder / "order"
        whole.write_text(f"{word} {self._random.randrange(2)}", encoding="ascii")
        whole.rename(self._orders / name)
        self._waiting[name] = (word, time.monotonic() + PATIENCE)
        return True

    def _take_in(self) -> None:
        for name, (word, limit) in list(self._waiting.items()):
            if not (self._orders / name).exists() or time.monotonic() > limit:
                self._withdraw_one(name, word)

    def _withdraw(self) -> None:
        for name, (word, _) in list(self._waiting.items()):
            self._withdraw_one(name, word)

    def _withdraw_one(self, name: str, word: str) -> None:
        (self._orders / name).unlink(missing_ok=True)
        for done in self._orders.glob(f"done.{name}.{word}.*"):
            # An order taken is a kill only when its process is gone: no test of kills that were not made.
            if _gone(int(done.suffix[1:])):
                self.outcome.kills[name] += 1
            else:
                self.outcome.findings["harness"].append(f"a process outlived its kill at {name}")
        self._waiting.pop(name)

    def _kill_supervisors(self, due: int) -> None:
        while self.outcome.kills[SUPERVISOR] < due:
            self._kill_supervisor()
        while self.outcome.kills[SIDE] < due:
            self._kill_side()

    def _kill_side(self) -> None:
        """Everything of one side dies with it; then it is started again."""
        assert self._up is not None
        limit = time.monotonic() + 30
        while len(sides := [pid for pid in children(self._up.pid) if children(pid)]) < 2:
            assert time.monotonic() < limit, f"a side is not back: {self._said()}"
            time.sleep(0.05)
        side = self._random.choice(sides)
        its = children(side)
        os.kill(side, signal.SIGKILL)
        self.outcome.kills[SIDE] += 1
        if alive := [pid for pid in its if not _gone(pid)]:
            self.outcome.findings["harness"].append(f"{len(alive)} processes outlived their side")

    def _kill_supervisor(self) -> None:
        """The whole tree dies with it; then it is started again."""
        assert self._up is not None
        self._up.send_signal(signal.SIGKILL)
        self._up.wait()
        self.outcome.kills[SUPERVISOR] += 1
        limit = time.monotonic() + 10
        while alive := _supervised(self.environment["ISOCENTRE_HOME"]):
            if time.monotonic() > limit:
                self.outcome.findings["harness"].append(f"{len(alive)} processes outlived the supervisor")
                break
            time.sleep(0.05)
        self._start()

    def _settle(self) -> None:
        limit = time.monotonic() + SETTLE
        while time.monotonic() < limit:
            totals = self._status()
            if totals and not totals["pending"]:
                self.outcome.totals = totals
                return
            time.sleep(2)
        self.outcome.findings["harness"].append(f"still pending after {SETTLE:.0f} s: {self._status()}")

    def _status(self) -> dict[str, int]:
        done = self._command("status", "--json")
        if done.returncode:
            self.outcome.findings["harness"].append(f"the ledger does not balance: {done.stderr[-300:]}{done.stdout}")
            return {}
        rows = json.loads(done.stdout)["research_studies"].values()
        return {name: sum(row[name] for row in rows) for name in ("received", "sent_on", "pending", "duplicates")}

    def _look(self) -> None:
        self.outcome.findings |= lost_and_doubled(self._traffic.acknowledged.pixels, self.environment, self._direct)
        done = self._command("verify", "--json", "--deep")
        answer: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {"zones": {}}
        found = [
            f"{zone}: {f['count']} {f['words']}" for zone, proof in answer["zones"].items() for f in proof["findings"]
        ]  # fmt: skip
        # What the direct sender stored no hospital sent on: `verify` counts exactly that many apart.
        directly = answer["zones"].get("platform", {"checked": {}})["checked"].get("direct", 0)
        if directly != self._direct.held:
            found.append(f"{directly} objects count as stored directly, {self._direct.held} are")
        if not {"gateway", "platform", "across"} <= answer["zones"].keys():
            found.append(done.stderr[-300:] or "`isocentre verify` did not look at both sides")
        self.outcome.findings["verify"] = found
        self.outcome.totals |= {
            f"sealed, {z}": p["audit"]["sealed"] for z, p in answer["zones"].items() if "audit" in p
        }

    def _command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "isocentre", *arguments], env=self.environment, capture_output=True, text=True,
            timeout=180, check=False,
        )  # fmt: skip

    def _said(self) -> str:
        return (self._folder / "up.out").read_text()[-1500:]

    def _end(self) -> None:
        if self._up is None:
            return
        self._up.terminate()
        try:
            self._up.wait(40)
        except subprocess.TimeoutExpired:
            self._up.kill()
            self._up.wait()
            self.outcome.findings["harness"].append("`isocentre up` did not stop")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


def _gone(pid: int) -> bool:
    """Whether a process ended; it is given a moment."""
    limit = time.monotonic() + 5
    while time.monotonic() < limit:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.01)
    return False


def _supervised(home: str) -> list[int]:
    """Processes that a supervisor of this data folder started, and what those started; zombies left out."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "environ").read_bytes().split(b"\0")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue  # gone meanwhile, or another user's
        if state != "Z" and {b"ISOCENTRE_SUPERVISED=1", b"ISOCENTRE_HOME=" + os.fsencode(home)} <= set(told):
            found.append(int(folder.name))
    return found


def main() -> int:
    """Run by hand; exit 1 when something was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=7200.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write kills and acknowledgements to this file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="isocentre-kill-") as folder:
        outcome = Harness(Path(folder), kills=given.kills, seconds=given.seconds, seed=given.seed).run()
    print(outcome.words())
    if given.json:
        given.json.write_text(json.dumps({"kills": outcome.kills, "acknowledged": outcome.acknowledged}))
    return 1 if outcome.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
