"""One contract for destinations of copies: DCMTK's storescp, Orthanc by C-STORE, Orthanc by STOW-RS, one in memory."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pydicom
import pytest
from support.onward_book import Memory
from support.pacs import image, orthanc, written
from support.peers import free_port

from isocentre.adapters.dicomweb.named import WebServer
from isocentre.adapters.dicomweb.recipient import WebRecipient
from isocentre.adapters.dimse.recipient import DimseRecipient
from isocentre.core.ports import Handed, Recipient, RecipientAway

UIDS = [f"2.25.{n}" for n in (11, 12, 13)]


@dataclass
class There:
    """A destination that runs, where nobody is instead, and how many objects it is known to hold."""

    recipient: Recipient
    nobody: Recipient
    folder: Path | None = None


def _dimse(port: int, title: str = "ELSEWHERE") -> DimseRecipient:
    return DimseRecipient("127.0.0.1", port, title, "ISOCENTRE", timeout=10)


def _web(port: int, path: str = "/dicom-web") -> WebRecipient:
    return WebRecipient(WebServer(urlsplit(f"http://127.0.0.1:{port}{path}")), timeout=10)


@pytest.fixture(
    params=[
        "memory",
        pytest.param("storescp", marks=pytest.mark.peers("dcmtk")),
        pytest.param("orthanc", marks=pytest.mark.peers("orthanc")),
        pytest.param("stow", marks=pytest.mark.peers("orthanc")),
    ]
)
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[There]:
    """Each of them."""
    if request.param == "memory":
        away = Memory(away=RecipientAway("Nobody answers there"))
        yield There(Memory(), away)
    elif request.param == "storescp":
        folder, port = tmp_path / "received", free_port()
        folder.mkdir()
        words = ["storescp", "-aet", "ELSEWHERE", "-od", str(folder), "+B", str(port)]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            _wait(_dimse(port))
            yield There(_dimse(port), _dimse(free_port()), folder)
            process.terminate()
    else:
        with orthanc(tmp_path / "orthanc", destination="NOBODY", port=free_port(), title="ELSEWHERE") as served:
            web = urlsplit(served.web).port or 0
            by = _dimse(served.port) if request.param == "orthanc" else _web(web)
            yield There(by, _dimse(free_port()) if request.param == "orthanc" else _web(free_port()))


def _wait(one: Recipient) -> None:
    for _ in range(100):
        try:
            one.echo()
        except RecipientAway:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError


def handed(at: Path) -> list[Handed]:
    """Three objects of one series."""
    made = [image(uid, scan="2.25.1", series="2.25.2", number=n) for n, uid in enumerate(UIDS)]
    return [Handed(uid, path) for uid, path in zip(UIDS, written(at / "out", made), strict=True)]


def test_it_answers_and_takes_objects_also_twice(there: There, tmp_path: Path) -> None:
    objects = handed(tmp_path)
    before = [hashlib.sha256(one.path.read_bytes()).hexdigest() for one in objects]
    there.recipient.echo()
    for _ in range(2):
        told = there.recipient.store(objects)
        assert {one.object_uid for one in told} == set(UIDS)
        assert [one.stored for one in told] == [True] * 3
    assert [hashlib.sha256(one.path.read_bytes()).hexdigest() for one in objects] == before
    if there.folder is not None:
        came = {str(pydicom.dcmread(path).SOPInstanceUID) for path in there.folder.iterdir()}
        assert came == set(UIDS)


def test_where_nobody_is_it_says_so_and_costs_no_object_a_try(there: There, tmp_path: Path) -> None:
    with pytest.raises(RecipientAway, match="Nobody answers"):
        there.nobody.echo()
    with pytest.raises(RecipientAway) as told:
        there.nobody.store(handed(tmp_path))
    assert not told.value.reached
