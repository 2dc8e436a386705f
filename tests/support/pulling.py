"""Scans of a long list fetched from a real PACS by the whole road, while both sides crash and its manager pauses:

    PYTHONPATH=tests python -m support.pulling --studies 300 --peer orthanc

Afterwards every series that the PACS itself lists must be here right once, and nothing else; limits, console, CSV and
the estimate of the dry run are held against what was measured beside the PACS.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydicom.uid import generate_uid

from isocentre.adapters.dimse.pacs import DimsePacs
from support import pacs
from support.between import Between, between
from support.peers import free_ports
from support.processes import children
from support.running import until
from support.system import System, system

STUDY, TITLE, NODE = "spare", "BIG_PACS", "big"
SERIES = {1: 4, 2: 1}
"""Images of each series of a scan."""
SIDES = {"CT": 512, "MR": 320}
CLASSES = {"CT": "1.2.840.10008.5.1.4.1.1.2", "MR": "1.2.840.10008.5.1.4.1.1.4"}
AT_ONCE, NOT_THERE, TWICE, BY_UID = 2, 5, 5, 3
SHARED = (("SHARED1", 0, 1), ("SHARED2", 2, 3), ("SHARED3", 4, 5))
"""Accession numbers of two scans each; people choose the first, both, and none."""
CHOSEN = (0, 2, 3)
LAG = 2.0
"""Seconds by which an image may come later than another that was asked for at the same moment."""
ENTERED = """
from isocentre.core.actor import SYSTEM
from isocentre.rooms.intake import door as intake
answer = intake.pulling.set_node(
    by=SYSTEM, name=name, site="LOCAL", host="127.0.0.1", port=port, ae_title=title, calling_ae="ISOCENTRE",
    destination="ISOCENTRE", from_hour=0, to_hour=0, at_once=at_once, images_a_minute=rate).pk
"""
CHOOSE = """
from isocentre.core.actor import SYSTEM
from isocentre.rooms.intake import door as intake
pulling, answer = intake.pulling, 0
for line in pulling.PullLine.objects.filter(pull=pull, state="several").select_related("pull"):
    meant = [one["study_uid"] for one in line.found if one["study_uid"] in uids]
    pulling.choose(by=SYSTEM, line=line, study_uids=meant)
    answer += 1
pulling.start(by=SYSTEM, pull=pulling.Pull.objects.get(pk=pull))
"""
PAUSE = """
from isocentre.core.actor import SYSTEM
from isocentre.rooms.intake import door as intake
answer = intake.pulling.pause(by=SYSTEM, node=node, why="Upgrade of the PACS")
"""
RESUME = """
from isocentre.core.actor import SYSTEM
from isocentre.rooms.intake import door as intake
answer = intake.pulling.resume(by=SYSTEM, node=node)
"""
SIGNED_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from isocentre.people.models import RoleAssignment, User
user = User.objects.create(username="fetcher", name="Person Fetcher")
RoleAssignment.objects.create(user=user, role="imaging_lead")
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
session.create()
answer = session.session_key
"""


@dataclass
class Outcome:
    """What was measured, and what was wrong."""

    peer: str
    scans: int
    seconds: dict[str, float] = field(default_factory=dict)
    dry_run: dict[str, Any] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def that(self, holds: bool, words: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.wrong.append(words)


class Run:
    """One run in a folder: `scans` scans, `rate` images a minute."""

    def __init__(self, folder: Path, peer: str, scans: int, rate: int) -> None:
        self._folder, self._peer, self._scans, self._rate = folder, peer, scans, rate
        self._ports = tuple(free_ports(2))
        self._uids = [str(generate_uid(prefix="1.2.3."))[:40].rstrip(".") for _ in range(scans)]
        self._stack = ExitStack()
        self.outcome = Outcome(peer, scans)

    def run(self) -> Outcome:
        """Fill the PACS, look the list up, fetch it with everything that goes wrong, and compare."""
        with system(self._folder / "home") as it, between(it.it.dicom_port) as back, between(self._ports[0]) as ask:
            self._back = back
            try:
                self._through(it, ask)
            finally:
                self._stack.close()
        return self.outcome

    def _through(self, it: System, ask: Between) -> None:
        begun = time.monotonic()
        self._start()
        pacs.fill(self._served, self._written())
        node = it.run("gateway", ENTERED, name=NODE, port=ask.port, title=TITLE, at_once=AT_ONCE, rate=self._rate)
        self._took("filled", begun)
        begun = time.monotonic()
        pull = self._looked_up(it)
        self._took("dry run", begun)
        begun = time.monotonic()
        it.run("gateway", CHOOSE, pull=pull, uids=[self._uids[n] for n in CHOSEN])
        self._accidents(it, node)
        self._until_done(it, pull)
        self._took("fetched", begun)
        self.outcome.limits["asked at once"] = ask.most
        self.outcome.limits["sent at once"] = self._back.most
        self._compare(it, pull)

    def _took(self, what: str, begun: float) -> None:
        self.outcome.seconds[what] = round(time.monotonic() - begun, 1)

    def _start(self) -> None:
        made = getattr(pacs, self._peer)(
            self._folder / "pacs", destination="ISOCENTRE", port=self._back.port, title=TITLE, ports=self._ports
        )
        self._served = self._stack.enter_context(made)

    def _written(self) -> Path:
        """The scans as files: half of them CT, half MR, as large as they commonly are."""
        at = self._folder / "in"
        for number, scan in enumerate(self._uids):
            modality = "CT" if number % 2 else "MR"
            side, shared = SIDES[modality], {n: name for name, *both in SHARED for n in both}
            objects = [
                pacs.image(f"{scan}.{series}.{image}", scan=scan, series=f"{scan}.{series}", number=image,
                           accession=shared.get(number, f"BIG{number}"), patient=f"BIG{number}", day="20260303",
                           StudyTime=f"10{number % 60:02}00", Modality=modality, SOPClassUID=CLASSES[modality],
                           Rows=side, Columns=side, PixelData=bytes([number % 256]) * (side * side * 2))
                for series, images in SERIES.items()
                for image in range(1, images + 1)
            ]  # fmt: skip
            for one in objects:
                one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
            pacs.written(at / f"{number:04}", objects)
        return at

    def _listed(self) -> Path:
        """The list: each accession number, some twice, some scans also by UID, some that the PACS does not have."""
        single = [f"BIG{number}" for number in range(6, self._scans)]
        rows = [(one, "") for one in [*single, *(name for name, *_ in SHARED), *single[:TWICE]]]
        rows += [("", uid) for uid in self._uids[6 : 6 + BY_UID]]
        rows += [(f"GONE{number}", "") for number in range(NOT_THERE)]
        path = self._folder / "list.csv"
        text = "".join(f"{accession},{uid}\n" for accession, uid in rows)
        path.write_text(f"Accession number,StudyInstanceUID\n{text}", encoding="utf-8")
        return path

    def _looked_up(self, it: System) -> int:
        """`isocentre pull --dry-run`, in a process of its own beside the gateway's worker."""
        done = it.it.command("pull", str(self._listed()), "--study", STUDY, "--pacs", NODE, "--dry-run", "--json",
                             patience=1800)  # fmt: skip
        told = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
        self.outcome.that(done.returncode == 1, f"the dry run ended with {done.returncode}: {done.stderr[-300:]}")
        wanted = {"found": self._scans - 6 + BY_UID, "not in the PACS": NOT_THERE, "to choose from several": 3}
        self.outcome.that(told.get("lines") == wanted, f"the dry run found {told.get('lines')}, not {wanted}")
        self.outcome.that(not self._came(it), "the dry run fetched something")
        self.outcome.dry_run = told.get("estimate", {})
        return int(told["list"])

    def _came(self, it: System) -> int:
        return int(it.sql("gateway", "SELECT COUNT(*) FROM intake_arrival WHERE peer = ?", NODE)[0][0])

    def _accidents(self, it: System, node: int) -> None:
        """At three points of the way: our worker and receivers die, the PACS dies, its manager pauses."""
        whole = (len(CHOSEN) + self._scans - 6) * sum(SERIES.values())
        self._until_came(it, whole // 5)
        self._until_sending()
        _kill_ours(it)
        self._until_came(it, whole * 2 // 5)
        self._until_sending()
        self._served.kill()
        time.sleep(3)
        self._start()
        self._until_came(it, whole * 3 // 5)
        it.run("gateway", PAUSE, node=node)
        time.sleep(3)  # what it was sending comes to its end
        before = self._came(it)
        time.sleep(5)
        self.outcome.that(self._came(it) == before, "images came while the PACS was paused")
        it.run("gateway", RESUME, node=node)

    def _until_came(self, it: System, images: int) -> None:
        until(lambda: self._came(it) >= images, it.it, f"{images} images came", 900)

    def _until_sending(self) -> None:
        """The PACS is in the middle of sending something."""
        limit = time.monotonic() + 60
        while not self._back.now:
            assert time.monotonic() < limit, "the PACS sends nothing"
            time.sleep(0.002)

    def _until_done(self, it: System, pull: int) -> None:
        query = "SELECT state FROM intake_pull WHERE id = ?"
        until(lambda: it.sql("gateway", query, pull)[0][0] == "done", it.it, "the list is done", 1200)
        it.settled(STUDY)

    def _compare(self, it: System, pull: int) -> None:
        """What came against the PACS's own list, limits, the console and its CSV."""
        there = DimsePacs("127.0.0.1", self._served.port, TITLE, "ISOCENTRE", "ISOCENTRE")
        wanted = [self._uids[n] for n in CHOSEN] + self._uids[6:]
        listed = {
            one.series_uid: there.images(scan, one.series_uid) for scan in wanted for one in there.series(scan)
        }  # fmt: skip
        query = "SELECT series_uid, sop_instance_uid, size FROM intake_arrival WHERE peer = ? AND revision = 0"
        rows = it.sql("gateway", query, NODE)
        came: dict[str, list[str]] = {}
        for series, image, _ in rows:
            came.setdefault(series, []).append(image)
        here = {series: sorted(images) for series, images in came.items()}
        self.outcome.that(here == listed, f"{_apart(here, listed)} series differ from the PACS's own list")
        query = "SELECT COUNT(*), SUM(duplicates), SUM(disposition = 'sent_on') FROM intake_ledgerrow WHERE study_uid"
        count, again, sent = it.sql("gateway", f"{query} IN ({','.join('?' * len(wanted))})", *wanted)[0]
        images = sum(map(len, listed.values()))
        self.outcome.that(count == images == sent, f"{count} rows and {sent} sent on, {images} in the PACS")
        self.outcome.moved = {
            "scans": len(wanted), "series": len(listed), "images": images, "bytes": sum(size for *_, size in rows),
            "sent again": again,
        }  # fmt: skip
        self._estimated()
        self._within_limits(it)
        self._console(it, pull, listed)

    def _estimated(self) -> None:
        """The dry run did not know what people would choose: what it found for sure is held against what was moved."""
        chosen = len(CHOSEN) * sum(SERIES.values())
        told, moved = self.outcome.dry_run, self.outcome.moved
        part = (moved["images"] - chosen) / moved["images"]
        for name, said, was in (("images", told.get("images", 0), moved["images"] - chosen),
                                ("bytes", told.get("size", 0), moved["bytes"] * part)):  # fmt: skip
            off = abs(said - was) / was
            self.outcome.limits[f"estimate of {name} off by, %"] = round(off * 100, 1)
            self.outcome.that(off <= 0.1, f"the dry run told {said:,.0f} {name}, {was:,.0f} were moved")

    def _within_limits(self, it: System) -> None:
        self.outcome.that(self.outcome.limits["asked at once"] <= AT_ONCE, "more was asked at once than allowed")
        query = "SELECT (julianday(arrived_at) - 2460000.5) * 1440 FROM intake_arrival WHERE peer = ? ORDER BY 1"
        over, low = 0.0, float("inf")
        for number, (minute,) in enumerate(it.sql("gateway", query, NODE)):
            at = number - self._rate * minute
            low = min(low, at)
            over = max(over, at - low + 1)
        # The most images in any span of time over what the rate allows in it: those of the requests open at once.
        allowed = (AT_ONCE + 1) * max(SERIES.values()) + self._rate * LAG / 60
        self.outcome.limits["images over the rate, at the most"] = round(over, 1)
        self.outcome.limits["allowed over it"] = round(allowed, 1)
        self.outcome.that(over <= allowed, f"{over:.0f} images over the rate in a row, {allowed:.0f} are allowed")

    def _console(self, it: System, pull: int, listed: dict[str, list[str]]) -> None:
        cookie, images = it.run("gateway", SIGNED_IN), self.outcome.moved["images"]
        page = _got(f"{it.it.gateway}/intake/fetching/{pull}/", cookie)
        told = " ".join(page.split())
        self.outcome.that(f"{images:,} of {images:,}" in told, "the console tells another number of images")
        rows = list(csv.DictReader(_got(f"{it.it.gateway}/intake/fetching/{pull}/?format=csv", cookie).splitlines()))
        said = Counter((row["Images in the PACS"], row["Received"], row["State"] in ("whole", "here")) for row in rows)
        wanted = Counter((str(len(one)), str(len(one)), True) for one in listed.values())
        self.outcome.that(said == wanted, f"the CSV tells {dict(said)}, the PACS {dict(wanted)}")


def _apart(one: dict[str, list[str]], other: dict[str, list[str]]) -> int:
    return sum(one.get(key) != other.get(key) for key in one.keys() | other.keys())


def _kill_ours(it: System) -> None:
    """The worker that fetches and every receiver, at once; their supervisor starts them again."""
    for side in children(it.it.process.pid):
        for pid in children(side):
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            if name == "iso-worker-0" or name.startswith("iso-receiver"):
                os.kill(pid, signal.SIGKILL)


def _got(url: str, cookie: str) -> str:
    request = urllib.request.Request(url, headers={"Cookie": f"isocentre_gateway={cookie}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(answer.read().decode("utf-8-sig"))


def main() -> int:
    """Run by hand; exit 1 when something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--studies", type=int, default=300)
    parser.add_argument("--peer", choices=("orthanc", "dcmqrscp"), default="orthanc")
    parser.add_argument("--rate", type=int, default=900, help="images a minute")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="isocentre-pull-") as folder:
        outcome = Run(Path(folder), given.peer, given.studies, given.rate).run()
    print(json.dumps(asdict(outcome), indent=1))
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
