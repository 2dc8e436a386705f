"""What the kill test and the fault tests hold against each other: acknowledgements, the ledger, the blobs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from support.kill_traffic import script


@dataclass
class Direct:
    """Objects sent to the national side itself: pixel hash of what it acknowledged by UID, and all that was tried.

    `held`: how many of them are stored, once it was looked.
    """

    acknowledged: dict[str, str] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    held: int = 0


LEDGER = """
import json
from isocentre.cli import zone as zones
zones.use("gateway")
from isocentre.rooms.intake.models import Arrival, LedgerRow
rows = LedgerRow.objects.exclude(research_study="canary").values_list(
    "sop_instance_uid", "research_study", "disposition", "object_uid", "cause")
arrivals = Arrival.objects.exclude(rows__research_study="canary").values_list("sop_instance_uid", "revision")
print(json.dumps({"rows": list(rows), "arrivals": list(arrivals)}))
"""
HELD = """
import hashlib, io, json
from isocentre.cli import zone as zones
zones.use("platform"); zones.config("wiring").wire()
from pydicom import dcmread
from isocentre.rooms.archive.models import Instance
from isocentre.rooms.archive.ports import ports
found = []
rows = Instance.objects.exclude(series__study__research_study="canary")
for uid, key, state in rows.values_list("object_uid", "blob_key", "state"):
    ds = dcmread(io.BytesIO(b"".join(ports().blobs.read(key))))
    found.append((uid, state, str(ds.SOPInstanceUID), hashlib.sha256(ds.PixelData).hexdigest()))
print(json.dumps(found))
"""


def lost_and_doubled(
    acknowledged: dict[str, str], environment: dict[str, str], direct: Direct | None = None
) -> dict[str, list[str]]:
    """Hold what was acknowledged against the ledger and against the blobs; findings by kind, all empty when whole.

    `direct`: what a sender sent to the national side itself, past the ledger.
    """
    past = direct or Direct()
    ledger = json.loads(script(LEDGER, "gateway", environment))
    held = json.loads(script(HELD, "platform", environment))
    rows: dict[str, list[list[str]]] = {}
    for row in ledger["rows"]:
        rows.setdefault(row[0], []).append(row)
    arrived = [uid for uid, _ in ledger["arrivals"]]
    stored: dict[str, list[list[str]]] = {}
    for one in held:
        stored.setdefault(one[0], []).append(one)
    known = {r[0][3] for r in rows.values()} | past.tried
    held_as = {u: rows[u][0][3] for u in acknowledged if u in rows} | {u: u for u in past.acknowledged}
    pixels = acknowledged | past.acknowledged
    past.held = len(set(stored) & past.tried)
    return {
        "not in the ledger": [u for u in acknowledged if u not in rows],
        "not sent on": [f"{u} {r[0][2]} {r[0][4]}" for u, r in rows.items() if r[0][2] != "sent_on"],
        "twice in the ledger": [u for u, r in rows.items() if len(r) != 1],
        "twice arrived": sorted({u for u in arrived if arrived.count(u) > 1}) if len(arrived) != len(rows) else [],
        "not held": [u for u, held_uid in held_as.items() if held_uid not in stored],
        "held twice": [u for u, s in stored.items() if len(s) != 1],
        "held without a row": sorted(set(stored) - known),
        "another object": [u for u, s in stored.items() if s[0][2] != u or s[0][1] != "stored"],
        "other pixels": [
            u for u, held_uid in held_as.items() if held_uid in stored and stored[held_uid][0][3] != pixels[u]
        ],
    }  # fmt: skip
