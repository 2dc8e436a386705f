"""Run by test_deid_poison.py in its own process: workers that one image kills, each time they come to it.

python -m support.poisoned FOLDER      says as JSON how the workers ended, and what became of the images
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "isocentre.config.settings.test"
import django

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.core.management import call_command  # noqa: E402 - as above
from django.db import connection  # noqa: E402 - as above

from isocentre.core.actor import Actor, Scope  # noqa: E402 - as above
from isocentre.core.ports import SendResult  # noqa: E402 - as above
from isocentre.rooms.deid import door, work  # noqa: E402 - as above
from isocentre.rooms.intake.models import LedgerRow  # noqa: E402 - as above
from support.hospital import hospital, images  # noqa: E402 - as above

GOOD, MOST_LIVES = 6, 40
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), frozenset({"study_config_accept"}))


class Vault:
    """One key for everything."""

    def create(self, research_study: str) -> None:
        """There is one."""

    def study_key(self, research_study: str) -> bytes:
        """It."""
        return bytes(32)


class Wall:
    """A national side that stores everything."""

    def send(self, research_study: str, site: str, objects: list[Any]) -> list[SendResult]:
        """Stored."""
        return [SendResult(one.object_uid, True) for one in objects]


def life(poison: bytes) -> int:
    """One worker in a process of its own, until nothing is due; its exit code, minus a signal's number."""
    connection.close()
    child = os.fork()
    if not child:
        real = work.engine.deidentify

        def deadly(buffer: Any, **more: Any) -> Any:
            if buffer.find(poison) >= 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(buffer, **more)

        work.engine.deidentify = deadly
        while work.move(f"gateway worker 0-{os.getpid()}"):
            pass
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(home: Path) -> None:
    """Some good images and one that kills, in the middle of them."""
    settings.ZONE, settings.ZONE_HOME = "gateway", home
    settings.HOME.mkdir(exist_ok=True)
    call_command("migrate", verbosity=0)
    hospital()
    door.ports = door.Ports(vault=Vault(), wall=Wall())  # type: ignore[arg-type]  # nothing else is asked of it
    door.accept(by=LEAD, slug="own")
    uids = images(home, GOOD + 1)
    poison = uids[GOOD // 2]
    lives: list[int] = []
    good_passed_after = 0
    while LedgerRow.objects.filter(disposition="pending").exists() and len(lives) < MOST_LIVES:
        lives.append(life(poison.encode()))
        if not good_passed_after and LedgerRow.objects.filter(disposition="sent_on").count() == GOOD:
            good_passed_after = len(lives)
        if lives[-1] == 0:  # nothing was due: the pauses pass
            LedgerRow.objects.update(not_before=None)
    row = LedgerRow.objects.get(sop_instance_uid=poison)
    told = {"lives": lives, "good_passed_after": good_passed_after, "poison": [row.disposition, row.cause, row.words]}
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
