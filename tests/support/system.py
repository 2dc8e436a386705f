"""The whole system for tests: both sides running, dedicated research studies to send to, people to ask as."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from support.data import ROOT
from support.peers import STORESCU
from support.running import Running, running, until
from support.seeding import STUDIES


@dataclass(frozen=True)
class Answer:
    """What an address answered: status, headers as sent, the whole body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class System:
    """Both sides at work, filled by `support.seeding`."""

    it: Running
    cookies: dict[str, str]
    tokens: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def national(self) -> Path:
        """The data folder of the national side."""
        return self.it.home / "platform"

    @property
    def hospital(self) -> Path:
        """The data folder of the hospital side."""
        return self.it.home / "gateway"

    def sql(self, side: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of one side's database, read beside the running system; `side` is gateway or platform."""
        return self.it.sql(side, statement, *values)

    def ledger(self, slug: str) -> dict[str, int]:
        """Rows of a research study by disposition, and `received`, their sum."""
        return self.it.ledger(slug)

    def settled(self, slug: str, received: int | None = None) -> dict[str, int]:
        """Wait until so many images were received and none is pending; the ledger of the research study then."""

        limit = time.monotonic() + 60
        while (now := self.ledger(slug)).get("pending") or now["received"] < (received or 0):
            assert time.monotonic() < limit, f"{slug} does not settle: {now}\n{self.it.logs()}"
            time.sleep(0.05)
        return now

    def receipted(self) -> None:
        """Wait until the national side was told of everything that was sent on, and has matched it."""
        query = "SELECT COUNT(*) FROM intake_ledgerrow WHERE disposition = 'sent_on' AND NOT receipt_sent"
        until(lambda: not self.sql("gateway", query + " AND research_study <> 'canary'")[0][0], self.it, "receipts", 60)
        until(lambda: not self.sql("platform", "SELECT COUNT(*) FROM jobs_outboxrow")[0][0], self.it, "events", 60)

    def storescu(self, files: Iterable[Path], called: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Send files with DCMTK to the AE title of a research study."""
        command = [STORESCU, *options, "-aec", called, "127.0.0.1", str(self.it.dicom_port), *map(str, files)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def run(self, side: str, script: str, **values: object) -> Any:
        """Run a few lines in a process of that side, `values` as names; what they set as `answer`, as JSON."""
        head = "import json\nfrom isocentre.cli import zone as zones\n"
        head += f"zones.use({side!r}); zones.config('wiring').wire()\n"
        given = "".join(f"{name} = {value!r}\n" for name, value in values.items())
        done = subprocess.run(
            [sys.executable, "-c", f"{head}{given}{script}\nprint(json.dumps(answer))"], capture_output=True, text=True,
            timeout=60, check=False, env=self.it.environment | {"ISOCENTRE_ZONE": side},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def token(self, *scope: str, user: str = "core", fresh: bool = False) -> str:
        """A token of a person with this scope (everything when none is named), made once; a fresh one is not kept."""
        key = (user, *scope)
        if fresh or key not in self.tokens:
            done = self.it.command(
                "token", "create", "--zone", "platform", "--user", user,
                *(part for one in scope or ("*",) for part in ("--scope", one)),
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            if fresh:
                return done.stdout.strip()
            self.tokens[key] = done.stdout.strip()
        return self.tokens[key]

    def ask(
        self, path: str, *, token: str = "", person: str = "", method: str = "GET", body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """One request to the national side, as a token, as a person, or as nobody."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if person:
            sent["Cookie"] = f"isocentre_platform={self.cookies[person]}"
        with closing(http.client.HTTPConnection(urlsplit(self.it.platform).netloc, timeout=60)) as line:
            line.request(method, path, body, sent)
            answer = line.getresponse()
            return Answer(answer.status, tuple(answer.getheaders()), answer.read())

    def stow(self, objects: Iterable[bytes], *, token: str, path: str = "/dicomweb/studies") -> Answer:
        """STOW whole Part 10 objects."""
        boundary = uuid.uuid4().hex
        parts = [f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode() + o + b"\r\n" for o in objects]
        kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        return self.ask(path, token=token, method="POST", body=body, headers={"Content-Type": kind})

    def scan(self, slug: str, *, objects: int = 0) -> tuple[str, str, list[str]]:
        """(study, series, object UIDs) of the newest scan of a research study, with at least so many objects."""
        rows = self.sql(
            "platform",
            "SELECT s.study_uid, e.series_uid, i.object_uid FROM archive_instance i JOIN archive_series e"
            " ON i.series_id = e.id JOIN archive_imagingstudy s ON e.study_id = s.id WHERE s.research_study = ?"
            " AND i.current AND i.state = 'stored' ORDER BY s.id DESC, e.id, i.id", slug,
        )  # fmt: skip
        assert rows, f"no scan of {slug}"
        study, series = rows[0][:2]
        found = [uid for one, part, uid in rows if (one, part) == (study, series)]
        assert len(found) >= objects
        return study, series, found


@contextmanager
def system(home: Path, **variables: str) -> Iterator[System]:
    """Start both sides in a folder, without the demonstration, and fill them; `variables` join the environment."""
    with running(home, **variables) as it:
        cookies = seed("platform", it)
        seed("gateway", it)
        yield System(it, cookies)


def seed(side: str, it: Running) -> Any:
    """Fill one side by `support.seeding`; what it says was made."""
    environment = it.environment | {"ISOCENTRE_ZONE": side, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    done = subprocess.run([sys.executable, "-m", "support.seeding", side], env=environment, capture_output=True,
                          text=True, timeout=120, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


__all__ = ["STUDIES", "Answer", "System", "seed", "system"]
