"""The way out: what goes on the line, what the answers mean, and what counts as the national side being away."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from isocentre.adapters.dicomweb import wall
from isocentre.adapters.dicomweb.wall import HttpWall, PlatformAway
from isocentre.core import gateway_token
from isocentre.core.ports import MessageRefused, Outgoing

KEY = bytes(range(32))


class Line:
    """Stands in for `http.client.HTTPConnection`: keeps requests, gives the answers of the class."""

    made: list[Line] = []
    answers: list[Any] = []
    waits: list[float] = []

    def __init__(self, host: str, port: int | None, **_: Any) -> None:
        self.host, self.port, self.requests, self.closed = host, port, [], False
        self.sock = self
        Line.made.append(self)

    family = None

    def connect(self) -> None:
        """Nobody is there before it is asked."""

    def settimeout(self, seconds: float) -> None:
        self.waits.append(seconds)

    def request(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> None:
        self.requests.append((method, path, b"".join(bytes(c) for c in body or ()), headers or {}))

    def getresponse(self) -> Any:
        answer = Line.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Answer(*answer)

    def close(self) -> None:
        self.closed = True


class Answer:
    """One HTTP response."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self._body = status, body

    def read(self) -> bytes:
        return self._body


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpWall]:
    """A joined gateway whose line is kept in memory."""
    (tmp_path / "gateway.key").write_bytes(KEY)
    (tmp_path / "platform.json").write_text(json.dumps({"url": "http://127.0.0.1:8000/", "name": "local"}))
    monkeypatch.setattr(http.client, "HTTPConnection", Line)
    Line.made, Line.answers, Line.waits = [], [], []
    yield HttpWall(tmp_path)
    assert not Line.answers, "fewer requests than expected"


def things(*bodies: list[bytes]) -> list[Outgoing]:
    return [Outgoing("1.2", f"2.25.{n}", sum(map(len, b)), b, n) for n, b in enumerate(bodies)]


def stored(*uids: str) -> dict[str, Any]:
    return {"00081199": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": [u]}} for u in uids]}}


def test_a_large_object_is_given_the_time_to_be_checked_and_stored(out: HttpWall) -> None:
    Line.answers = [(200, json.dumps(stored("2.25.0")).encode()), (200, b"{}")]
    small = things([b"DICM"])[0]
    out.send("onco-ct", "RNM01", [Outgoing(small.sop_class_uid, small.object_uid, 4 << 30, small.chunks)])
    out.fetch_study_config()
    assert len(Line.made) == 1
    assert 800 < Line.waits[0] < 1000
    assert Line.waits[1:] == [wall.TIMEOUT] * 3


def test_the_request_is_multipart_of_the_length_it_says(out: HttpWall) -> None:
    Line.answers = [(200, json.dumps(stored("2.25.0", "2.25.1")).encode())]
    results = out.send("onco-ct", "RNM01", things([b"DICM", b"one"], [b"two"]))
    assert [(r.object_uid, r.stored) for r in results] == [("2.25.0", True), ("2.25.1", True)]
    method, path, body, headers = Line.made[0].requests[0]
    assert (method, path) == ("POST", "/dicomweb/studies")
    assert int(headers["Content-Length"]) == len(body)
    parts = message_from_bytes(b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body).get_payload()
    assert [p.get_content_type() for p in parts] == ["application/dicom"] * 2
    assert [p["X-Isocentre-Revision"] for p in parts] == ["0", "1"]
    assert [p.get_payload() for p in parts] == ["DICMone", "two"]


def test_the_token_is_this_gateways_and_in_time(out: HttpWall) -> None:
    Line.answers = [(200, b"{}")]
    out.fetch_study_config()
    kind, _, token = Line.made[0].requests[0][3]["Authorization"].partition(" ")
    assert kind == "Bearer"
    asked = "GET /api/v1/study-config"
    claims = gateway_token.read(token)
    gateway_token.verify(claims, gateway_token.public_key(KEY), time.time(), asked)
    assert claims.gateway == "local"
    Line.answers = [(200, b"{}")]
    out.post_receipts({"schema": 1})
    _, path, body, headers = Line.made[0].requests[1]
    claims = gateway_token.read(headers["Authorization"].partition(" ")[2])
    assert (claims.asked, claims.body) == (f"POST {path}", gateway_token.fingerprint(body))


def test_a_refused_object_comes_with_its_reason(out: HttpWall) -> None:
    refused = {
        "00081155": {"vr": "UI", "Value": ["2.25.1"]},
        "00081197": {"vr": "US", "Value": [0xA900]},
        "00000902": {"vr": "LO", "Value": ["The second check found a name"]},
    }
    answer = {**stored("2.25.0"), "00081198": {"vr": "SQ", "Value": [refused]}}
    Line.answers = [(202, json.dumps(answer).encode())]
    good, bad = out.send("onco-ct", "RNM01", things([b"a"], [b"b"]))
    assert good.stored
    assert (bad.stored, bad.failure, bad.reason) == (False, 0xA900, "The second check found a name")


@pytest.mark.parametrize("status", [400, 401, 403, 500, 503])
def test_any_other_answer_means_away_and_nothing_is_decided(out: HttpWall, status: int) -> None:
    Line.answers = [(status, b'{"detail": "no"}')]
    with pytest.raises(PlatformAway, match=str(status)) as caught:
        out.send("onco-ct", "RNM01", things([b"a"]))
    assert caught.value.shut_out is (status in (401, 403))


def test_a_page_instead_of_json_means_away(out: HttpWall) -> None:
    Line.answers = [(502, b"<html>proxy</html>")]
    with pytest.raises(PlatformAway, match="502"):
        out.post_receipts({"schema": 1})


def test_a_message_refused_at_a_place_is_told_with_it(out: HttpWall) -> None:
    Line.answers = [(403, b'{"detail": "receipts.sent[3] is of another site.", "place": "sent[3]"}')]
    with pytest.raises(MessageRefused, match="another site") as caught:
        out.post_receipts({"schema": 1})
    assert caught.value.place == "sent[3]"
    Line.answers = [(500, b'{"detail": "no"}')]
    with pytest.raises(PlatformAway, match="500"):
        out.post_receipts({"schema": 1})


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), http.client.IncompleteRead(b"")])
def test_a_broken_line_means_away_in_words_without_its_text(out: HttpWall, error: Exception) -> None:
    Line.answers = [error]
    with pytest.raises(PlatformAway, match="did not answer"):
        out.fetch_study_config()
    assert Line.made[0].closed


def test_the_line_is_kept_and_made_anew_when_it_broke(out: HttpWall) -> None:
    Line.answers = [(200, b"{}"), (200, b"{}"), ConnectionResetError(), (200, b'{"schema": 1}')]
    out.fetch_study_config()
    out.fetch_study_config()
    assert len(Line.made) == 1
    assert out.fetch_study_config() == {"schema": 1}
    assert len(Line.made) == 2


def test_a_batch_is_sent_again_whole_over_a_new_line(out: HttpWall) -> None:
    Line.answers = [(200, b"{}"), http.client.RemoteDisconnected(), (200, json.dumps(stored("2.25.0")).encode())]
    out.fetch_study_config()
    assert out.send("onco-ct", "RNM01", things([b"a", b"b"]))[0].stored
    first, second = Line.made[0].requests[1], Line.made[1].requests[0]
    assert first[2] == second[2]


def test_an_idle_line_is_not_trusted(out: HttpWall, monkeypatch: pytest.MonkeyPatch) -> None:
    Line.answers = [(200, b"{}"), (200, b"{}")]
    out.fetch_study_config()
    later = time.monotonic() + 60
    monkeypatch.setattr(wall.time, "monotonic", lambda: later)
    out.fetch_study_config()
    assert len(Line.made) == 2


def test_https_is_used_when_the_address_says_so(out: HttpWall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "platform.json").write_text(json.dumps({"url": "https://national.example/iso", "name": "local"}))
    monkeypatch.setattr(http.client, "HTTPSConnection", Line)
    monkeypatch.setattr(http.client, "HTTPConnection", None)
    Line.answers = [(200, b"{}")]
    out.post_receipts({"schema": 1})
    assert (Line.made[0].host, Line.made[0].requests[0][1]) == ("national.example", "/iso/api/v1/receipts")
    assert json.loads(Line.made[0].requests[0][2]) == {"schema": 1}


def test_before_joining_it_says_how_to(tmp_path: Path) -> None:
    with pytest.raises(PlatformAway, match="gateway join"):
        HttpWall(tmp_path).fetch_study_config()
