"""One contract for destinations of copies: DCMTK's storescp, Orthanc by C-STORE, Orthanc by STOW-RS, one in memory."""

from __future__ import annotations

import hashlib
import json
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.onward_book import Memory
from support.pacs import image, orthanc, written
from support.peers import free_port

from isocentre.adapters.dicomweb.named import WebServer
from isocentre.adapters.dicomweb.recipient import WebRecipient
from isocentre.adapters.dimse import client
from isocentre.adapters.dimse.client import AssociationRefused
from isocentre.adapters.dimse.pdu import ProtocolError
from isocentre.adapters.dimse.recipient import DimseRecipient
from isocentre.core.dicom.header import read_meta
from isocentre.core.ports import Handed, Recipient, RecipientAway

UIDS = [f"2.25.{n}" for n in (11, 12, 13)]


@dataclass
class There:
    """A destination that runs, where nobody is instead, and the files it holds, as far as it can be asked."""

    recipient: Recipient
    nobody: Recipient
    held: Callable[[], list[bytes]]


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
        made = Memory()
        yield There(made, away, lambda: list(made.held.values()))
    elif request.param == "storescp":
        folder, port = tmp_path / "received", free_port()
        folder.mkdir()
        words = ["storescp", "-aet", "ELSEWHERE", "-od", str(folder), "+B", str(port)]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            _wait(_dimse(port))
            yield There(_dimse(port), _dimse(free_port()), lambda: [one.read_bytes() for one in folder.iterdir()])
            process.terminate()
    else:
        with orthanc(tmp_path / "orthanc", destination="NOBODY", port=free_port(), title="ELSEWHERE") as served:
            web = urlsplit(served.web).port or 0
            by = _dimse(served.port) if request.param == "orthanc" else _web(web)
            nobody = _dimse(free_port()) if request.param == "orthanc" else _web(free_port())
            yield There(by, nobody, lambda: _instances(f"http://127.0.0.1:{web}"))


def _instances(root: str) -> list[bytes]:
    """Every file of an Orthanc."""

    def got(path: str) -> bytes:
        with urllib.request.urlopen(f"{root}/{path}", timeout=10) as answer:
            return bytes(answer.read())

    return [got(f"instances/{one}/file") for one in json.loads(got("instances"))]


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


def data_set(data: bytes) -> bytes:
    """What comes after group 0002."""
    return data[read_meta(data)[1] :]


def test_it_answers_and_takes_objects_also_twice(there: There, tmp_path: Path) -> None:
    objects = handed(tmp_path)
    before = [hashlib.sha256(one.path.read_bytes()).hexdigest() for one in objects]
    there.recipient.echo()
    for _ in range(2):
        told = there.recipient.store(objects)
        assert {one.object_uid for one in told} == set(UIDS)
        assert [one.stored for one in told] == [True] * 3
    assert [hashlib.sha256(one.path.read_bytes()).hexdigest() for one in objects] == before
    # C-STORE carries the data set alone: whoever writes it to a file puts group 0002 before it anew.
    assert {data_set(one) for one in there.held()} == {data_set(one.path.read_bytes()) for one in objects}


def test_where_nobody_is_it_says_so_and_costs_no_object_a_try(there: There, tmp_path: Path) -> None:
    with pytest.raises(RecipientAway, match="Nobody answers"):
        there.nobody.echo()
    with pytest.raises(RecipientAway) as told:
        there.nobody.store(handed(tmp_path))
    assert not told.value.reached


class _Hostile(BaseHTTPRequestHandler):
    """Answers as it is told to, and says no more."""

    answer: tuple[int, dict[str, str], bytes] = (200, {}, b"")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def do_GET(self) -> None:
        status, headers, body = type(self).answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """A server that answers with `_Hostile.answer`."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), _Hostile)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.mark.parametrize(
    ("answer", "reached", "words"),
    [((401, {}, b""), False, "token"), ((403, {}, b""), False, "let us store"), ((404, {}, b""), False, "address"),
     ((503, {}, b"SECRET"), False, "status 503"), ((500, {}, b"SECRET"), True, "status 500"),
     ((302, {"Location": "http://127.0.0.1:1/"}, b""), True, "status 302"),
     ((200, {}, b"<html>SECRET"), True, "did not answer as"), ((200, {}, b"[1]"), True, "did not answer as"),
     ((200, {}, b'{"00081199": {"Value": [1]}}'), True, "did not answer as"),
     ((200, {"Content-Length": "99"}, b"{"), True, "did not answer as")],
)  # fmt: skip
def test_a_server_that_answers_otherwise_is_told_in_words(
    server: ThreadingHTTPServer, tmp_path: Path, answer: Any, reached: bool, words: str
) -> None:
    _Hostile.answer = answer
    one = _web(server.server_port)
    with pytest.raises(RecipientAway, match=words) as told:
        one.store(handed(tmp_path))
    assert told.value.reached == reached
    assert "SECRET" not in told.value.words


def test_of_what_a_server_refuses_only_the_code_is_repeated(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    failed = {"00081155": {"Value": [UIDS[0]]}, "00081197": {"Value": [0xA700]}, "00000902": {"Value": ["SECRET"]}}
    _Hostile.answer = (409, {}, json.dumps({"00081198": {"Value": [failed]}}).encode())
    [told] = _web(server.server_port).store(handed(tmp_path))
    assert (told.object_uid, told.stored, told.reason) == (UIDS[0], False, "failure reason A700")


def test_a_server_that_does_not_know_us_says_so_at_the_test_of_the_connection(server: ThreadingHTTPServer) -> None:
    _Hostile.answer = (401, {}, b"")
    with pytest.raises(RecipientAway, match="token"):
        _web(server.server_port).echo()


@pytest.mark.parametrize(("status", "stored", "words"), [
    (0x0000, True, ""), (0xB000, True, ""), (0xA700, False, "status A700"), (-1, False, "kind of object"),
])  # fmt: skip
def test_what_a_status_means(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, stored: bool, words: str
) -> None:
    monkeypatch.setattr(client, "send", lambda *_, **__: [(tmp_path / "a", status)])
    [told] = _dimse(1).store([Handed("2.25.1", tmp_path / "a")])
    assert (told.stored, words in told.reason) == (stored, True)


@pytest.mark.parametrize(("error", "there", "reached"), [
    (AssociationRefused((1, 1, 7)), True, False), (ConnectionResetError(), True, True),
    (ProtocolError("odd"), True, True), (TimeoutError(), False, False),
])  # fmt: skip
def test_where_it_breaks_an_echo_tells_whether_it_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, there: bool, reached: bool
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise error

    def echoes(*_: Any, **__: Any) -> int:
        if there:
            return 0
        raise ConnectionRefusedError

    monkeypatch.setattr(client, "send", fails)
    monkeypatch.setattr(client, "echo", echoes)
    with pytest.raises(RecipientAway) as told:
        _dimse(1).store([Handed("2.25.1", tmp_path / "a")])
    assert told.value.reached == reached


@pytest.mark.parametrize(("answer", "words"), [
    (0x0122, "status 0122"), (AssociationRefused((1, 1, 7)), "refused our association"), (OSError(), "Nobody answers"),
])  # fmt: skip
def test_an_echo_that_is_none_is_told_in_words(monkeypatch: pytest.MonkeyPatch, answer: Any, words: str) -> None:
    def echoes(*_: Any, **__: Any) -> int:
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    monkeypatch.setattr(client, "echo", echoes)
    with pytest.raises(RecipientAway, match=words):
        _dimse(1).echo()
