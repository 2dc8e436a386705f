"""Ports of the hospital side in memory: a vault that makes keys, and a national side that stores all or is away."""

from __future__ import annotations

import json
from typing import Any

from isocentre.adapters.dimse.spoken import spoken
from isocentre.core.ports import PacsAway
from isocentre.core.trust.facts import Surroundings
from isocentre.rooms.intake.pull.ports import Ports
from isocentre.rooms.intake.trust.ports import Ports as TrustPorts


class MemoryVault:
    """Study keys in memory."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}
        self.trouble = ""

    def create(self, research_study: str) -> None:
        if self.trouble:
            raise ValueError(self.trouble)
        self.keys.setdefault(research_study, bytes(32))

    def study_key(self, research_study: str) -> bytes:
        if self.trouble:
            raise ValueError(self.trouble)
        return self.keys[research_study]


class MemoryWall:
    """A national side that stores everything, or is away."""

    def __init__(self) -> None:
        self.away = False
        self.refuse = ""
        self.sent: list[bytes] = []

    def send(self, research_study: str, site: str, objects: list[Any]) -> list[Any]:
        from isocentre.core.ports import SendResult

        if self.away:
            raise OSError("away")
        self.sent += [b"".join(bytes(c) for c in one.chunks) for one in objects]
        return [SendResult(one.object_uid, not self.refuse, 0, self.refuse) for one in objects]

    def post_receipts(self, message: dict[str, object]) -> None:
        raise AssertionError("not used")

    def fetch_study_config(self) -> dict[str, object]:
        raise AssertionError("not used")


def _no_pacs(node: Any) -> Any:
    raise PacsAway("Nobody answers at the address of the PACS")


NO_PACS = Ports(_no_pacs, lambda slug, patient: None)
"""Ports of fetching where no PACS answers."""


class PlainTypesetter:
    """Sets what it is given as JSON: a test reads in it what a document says."""

    def pdf(self, template: str, data: Any, *, at: Any) -> bytes:
        return json.dumps(data).encode()


TRUST = TrustPorts(spoken, lambda: Surroundings("0.1", port=8001, dicom_port=11112), PlainTypesetter(),
                   lambda slug: None)  # fmt: skip
"""Ports of the documents about a gateway that was just set up."""
