"""The web server's log stays lines of JSON, and says what happened, when an answer fails or is broken off half-way."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from support.peers import free_port

APP = """
import time

from isocentre.config import logs

logs.configure()

class Ended(Exception):
    pass

def chunks():
    yield b"x" * 1000
    time.sleep(0.5)  # the server may drop what it has not sent yet when the rest fails at once
    raise Ended("SMITH^JANE")

def application(environ, start):
    if environ["PATH_INFO"] == "/fails":
        raise ValueError("SMITH^JANE\\nSMITH^JANE")
    start("200 OK", [("Content-Length", "5000")])
    return chunks()
"""
SERVER = """
import sys
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from isocentre.config import logs

Granian("app:application", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.WSGI, websockets=False,
        log_level=LogLevels.error, log_dictconfig=logs.server_logging(), log_access=False).serve()
"""


def asked(port: int, path: str) -> int:
    """The status, after reading as much as comes."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as line:
        line.request("GET", path)
        answer = line.getresponse()
        if answer.status == 200:
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                answer.read()
        return answer.status


def test_an_answer_that_fails_or_is_broken_off_is_one_line_each(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    port, log = free_port(), tmp_path / "web.log"
    told = os.environ | {"ISOCENTRE_LOG": str(log)}
    with log.open("ab") as out:
        server = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], cwd=tmp_path, env=told, stdout=out,
                                  stderr=out)  # fmt: skip
    try:
        limit = time.monotonic() + 60
        while True:
            try:
                assert asked(port, "/fails") == 500
                break
            except ConnectionError:
                assert time.monotonic() < limit, log.read_text()
                time.sleep(0.1)
        assert asked(port, "/stops") == 200
    finally:
        server.terminate()
        server.wait(30)
    lines = [json.loads(text) for text in log.read_text().splitlines()]
    assert [(said["error"], said["where"].partition(":")[0]) for said in lines] == [
        ("ValueError", "app.py"),
        ("Ended", "app.py"),
    ]
    assert {said["event"] for said in lines} == {"Application callable raised an exception"}
    assert "SMITH" not in log.read_text()
