"""A DICOMweb server that does what servers do wrong: leads elsewhere, breaks off, answers too much, shuts us out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from isocentre.adapters.dicomweb.named import WebServer
from isocentre.adapters.dicomweb.pacs import WebPacs
from isocentre.core.ports import MOST_ANSWERS, PacsAway
from isocentre.core.pull.lines import Asked

PART = b"--b\r\nContent-Type: application/dicom\r\n\r\nDICM\r\n"
JSON, MULTIPART = "application/dicom+json", 'multipart/related; type="application/dicom"; boundary=b'


class Taken:
    def __init__(self, at: Path, words: str = "") -> None:
        self.at, self.words, self.files = at, words, list[bytes]()

    def temporary(self) -> Path:
        return self.at / f"{len(self.files)}.tmp"

    def take(self, file: Path) -> str:
        self.files.append(file.read_bytes())
        return self.words


@pytest.fixture
def server() -> Iterator[Any]:
    """`answer`: (status, headers, body) given to each request; `asked`: their paths and Authorization."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            it.asked.append((self.path, self.headers.get("Authorization")))
            status, headers, body = it.answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        answer: tuple[int, dict[str, str], bytes] = (200, {"Content-Type": JSON}, b"[]")
        asked: list[tuple[str, str | None]] = []

    it = Server(("127.0.0.1", 0), Handler)
    it.asked = []
    threading.Thread(target=it.serve_forever, daemon=True).start()
    yield it
    it.shutdown()
    it.server_close()


def pacs(server: Any, at: Path, words: str = "", **said: str) -> tuple[WebPacs, Taken]:
    taken = Taken(at, words)
    return WebPacs(WebServer(urlsplit(f"http://127.0.0.1:{server.server_port}/x"), **said), taken, timeout=5), taken


def test_it_says_who_it_is_and_asks_under_the_address_of_the_configuration(server, tmp_path):
    (tmp_path / "token").write_text("t0\n", encoding="ascii")
    pacs(server, tmp_path, token_file=str(tmp_path / "token"))[0].scans(Asked(accession="A&limit=9/../?"))
    pacs(server, tmp_path, user="u", password="p")[0].series("1.2/../../admin")
    assert server.asked[0][0].startswith("/x/studies?AccessionNumber=A%26limit%3D9%2F..%2F%3F&")
    assert server.asked[0][1] == "Bearer t0"
    assert server.asked[1][1] == "Basic dTpw"
    assert server.asked[1][0].startswith("/x/studies/1.2%2F..%2F..%2Fadmin/series?")


@pytest.mark.parametrize(
    ("status", "headers", "body", "words"),
    [(302, {"Location": "http://127.0.0.1:1/"}, b"", "status 302"), (401, {}, b"", "does not know who we are"),
     (403, {}, b"", "does not let us in"), (404, {}, b"", "nothing at this address"), (500, {}, b"", "status 500"),
     (200, {}, b"<html>", "did not answer as"), (200, {}, b'{"a": 1}', "did not answer as"),
     (200, {}, b"[1]", "did not answer as"), (200, {"Content-Length": "99"}, b'[{"a"', "did not answer as")],
)  # fmt: skip
def test_a_strange_answer_to_a_question_is_told_in_words(server, tmp_path, status, headers, body, words):
    server.answer = (status, headers, body)
    with pytest.raises(PacsAway, match=words) as told:
        pacs(server, tmp_path)[0].scans(Asked(accession="ACC77"))
    assert "ACC77" not in told.value.words
    assert len(server.asked) == 1, "what leads elsewhere is not followed"


def test_strange_values_and_too_many_rows_are_read_with_care(server, tmp_path):
    row = b'{"0020000D": {"Value": ["1.2"]}, "00100010": {"Value": [{"Alphabetic": "A^B"}]}, "00080020": {"Value": 3},'
    row += b'"00201208": {"Value": [0]}, "00080061": {"Value": ["CT", null, "PT"]}, "00080050": 7, "00080030": {}}'
    server.answer = (200, {}, b"[" + b",".join([row] * (MOST_ANSWERS + 50)) + b"]")
    found = pacs(server, tmp_path)[0].scans(Asked(accession="A"))
    assert len(found) == MOST_ANSWERS
    assert (found[0].study_uid, found[0].patient_name, found[0].day) == ("1.2", "A^B", None)
    assert (found[0].images, found[0].modalities, found[0].accession) == (0, ("CT", "PT"), "")
    server.answer = (204, {}, b"")
    assert pacs(server, tmp_path)[0].scans(Asked(accession="A")) == []


def test_images_are_handed_over_part_by_part(server, tmp_path):
    server.answer = (200, {"Content-Type": MULTIPART}, PART * 2 + b"--b--\r\n")
    it, taken = pacs(server, tmp_path)
    assert it.fetch("1.2", "1.2.3").sent == 2
    assert taken.files == [b"DICM", b"DICM"]
    moved = it.fetch("1.2", "1.2.3", ["1.2.3.1", "1.2.3.2"])
    assert (moved.sent, server.asked[-1][0]) == (4, "/x/studies/1.2/series/1.2.3/instances/1.2.3.2")
    assert not list(tmp_path.iterdir()), "nothing of it is left"


@pytest.mark.parametrize(
    ("headers", "body", "words", "came"),
    [({"Content-Type": MULTIPART}, PART + b"--b\r\nContent-Type: application/dicom\r\n\r\nDI", "broke off", 1),
     ({"Content-Type": MULTIPART}, b"", "did not answer as", 0),
     ({"Content-Type": "text/html"}, b"<html>", "did not answer as", 0)],
)  # fmt: skip
def test_a_line_that_breaks_half_way_is_told_and_what_came_is_kept(server, tmp_path, headers, body, words, came):
    server.answer = (200, headers, body)
    it, taken = pacs(server, tmp_path)
    with pytest.raises(PacsAway, match=words):
        it.fetch("1.2", "1.2.3")
    assert len(taken.files) == came
    assert not list(tmp_path.iterdir())


def test_what_is_not_there_or_not_kept_is_counted_as_failed(server, tmp_path):
    server.answer = (200, {"Content-Type": MULTIPART}, PART + b"--b--\r\n")
    moved = pacs(server, tmp_path, words="Not DICOM")[0].fetch("1.2", "1.2.3")
    assert (moved.sent, moved.failed, bool(moved.words)) == (0, 1, True)
    server.answer = (404, {}, b"")
    assert pacs(server, tmp_path)[0].fetch("1.2", "1.2.3").failed == 1


def test_nobody_there_is_told_in_words(server, tmp_path):
    it, _ = pacs(server, tmp_path)
    server.shutdown()
    server.server_close()
    with pytest.raises(PacsAway, match="Nobody answers"):
        it.echo()
