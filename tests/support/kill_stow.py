"""The direct sender of the kill test: de-identified objects by STOW-RS to the national side, until it saw a 200.

These objects never pass the hospital side, so no ledger has them: they are held against what is stored, and
`isocentre verify` counts them apart.
"""

from __future__ import annotations

import http.client
import json
import threading
import uuid
from contextlib import closing
from io import BytesIO
from itertools import islice

from isocentre.core.deid import engine, identity
from isocentre.profiles import load
from support.kill_traffic import AGAIN, STUDY, Acknowledged, Slices, pixel_hash

HOW, BATCH = "STOW", 4
PERSON, KEY = "KPS", bytes(range(32))


class Stower:
    """Sends batches one after the other, each again and again until it was acknowledged; `run` until `stop` is set."""

    def __init__(self, *, port: int, token: str, acknowledged: Acknowledged, stop: threading.Event, seed: int) -> None:
        self.sent: set[str] = set()  # tried at least once: it may be there, whatever was answered
        self._port, self._token, self._acknowledged, self._stop = port, token, acknowledged, stop
        self._slices, self._profile = Slices(PERSON, seed * 10 + 8), load("trial-ct-mr", 2)

    def run(self, pause: float) -> None:
        """Returns when told to stop; RuntimeError when an object is refused."""
        while not self._stop.is_set():
            batch = dict(islice(iter(self._made, None), BATCH))
            self.sent.update(batch)
            while not (said := self._post(batch)) and not self._stop.wait(AGAIN):
                pass
            for uid in said:
                self._acknowledged.add(uid, batch[uid][1], HOW)
            self._stop.wait(pause)

    def _made(self) -> tuple[str, tuple[bytes, str]]:
        """The UID of a new de-identified object, its file, and the hash of its pixels."""
        ds, file = self._slices.next(), BytesIO()
        ds.save_as(file, enforce_file_format=True)
        canonical = identity.canonical_key(patient_id=PERSON)
        pseudonym = identity.pseudonym(KEY, canonical)
        context = engine.SubjectContext(
            pseudonym=pseudonym, subject_id=pseudonym, sponsor="Sponsor", protocol_id=STUDY, protocol_name="Kill test",
            site_id="LOCAL", site_name="", time_point_id="", time_point_description="", study_day=None,
            face_waiver=False, shift_weeks=identity.shift_weeks(KEY, canonical),
        )  # fmt: skip
        whole = file.getvalue()
        made = engine.deidentify(whole, profile=self._profile, study_key=KEY, context=context)
        if made.plan is None:
            raise RuntimeError(f"a made-up slice was not de-identified: {made.words}")
        return made.plan.object_uid, (b"".join(made.plan.chunks(whole)), pixel_hash(ds))

    def _post(self, batch: dict[str, tuple[bytes, str]]) -> list[str]:
        """UIDs of all of them when the answer was 200 and named each; empty when no answer, or a 5xx, came."""
        boundary = uuid.uuid4().hex
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        body = b"".join(head + file + b"\r\n" for file, _ in batch.values()) + f"--{boundary}--\r\n".encode()
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
        }
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)) as line:
                line.request("POST", "/dicomweb/studies", body, headers)
                answer = line.getresponse()
                said = answer.read()
        except (OSError, http.client.HTTPException):
            return []
        if answer.status >= 500:
            return []
        if answer.status != 200:
            raise RuntimeError(f"STOW was answered {answer.status}: {said[:300]!r}")
        named = [item["00081155"]["Value"][0] for item in json.loads(said)["00081199"]["Value"]]
        if set(named) != batch.keys():
            raise RuntimeError("STOW was answered 200, but not for each object")
        return named
