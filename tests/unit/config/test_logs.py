"""Logs stay lines of JSON without anybody's name, and no line is lost while they are moved aside."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from isocentre.cli import logfiles
from isocentre.config import logs

FAILED = """Application callable raised an exception
Traceback (most recent call last):
  File "/x/rooms/archive/wado.py", line 12, in chunks
    yield from part
  File "/x/rooms/archive/gate.py", line 64, in ensure
    raise Ended(words)
isocentre.rooms.archive.gate.Ended: SMITH^JANE
left at 1931
"""


def line(name: str, words: str) -> dict[str, str]:
    record = logging.LogRecord(name, logging.ERROR, "x.py", 1, words, None, None)
    return dict(json.loads(logs.JsonLine().format(record)))


def test_what_the_web_server_says_of_an_error_is_one_line_without_its_text() -> None:
    said = line("_granian.utils", FAILED)
    assert said["event"] == "Application callable raised an exception"
    assert (said["error"], said["where"]) == ("Ended", "gate.py:64")
    assert "SMITH" not in str(said)
    assert "1931" not in str(said)


def test_the_line_of_a_failed_request_has_the_number_its_page_says() -> None:
    try:
        raise RuntimeError("secret")
    except RuntimeError:
        record = logging.LogRecord("django.request", logging.ERROR, "x.py", 1, "Failed: /x", None, sys.exc_info())
    record.request = SimpleNamespace(reference="4821-0937")
    told = json.loads(logs.JsonLine().format(record))
    assert (told["reference"], told["error"]) == ("4821-0937", "RuntimeError")
    assert "secret" not in str(told)


def test_of_a_chain_of_errors_the_last_counts_and_another_word_of_the_server_stays() -> None:
    chain = FAILED + "\nDuring handling of the above exception, another exception occurred:\n\n" + FAILED.replace(
        "isocentre.rooms.archive.gate.Ended: SMITH^JANE", "OSError").replace("64", "65")  # fmt: skip
    assert line("_granian", chain)["error"] == "OSError"
    assert line("_granian", chain)["where"] == "gate.py:65"
    assert line("_granian", "Unexpected exit from worker-1")["event"] == "Unexpected exit from worker-1"
    assert "event" not in line("urllib3", "GET /SMITH")


WRITER = """
import sys, threading, time, warnings
import structlog
from isocentre.config import logs

logs.FOLLOWS = 0.005
logs.configure()
log = structlog.get_logger()
def fail():
    raise ValueError("SMITH^JANE")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
warnings.warn("SMITH^JANE")
for number in range(600):
    log.info("line", writer=sys.argv[1], number=number)
    time.sleep(0.0005)
raise KeyError("SMITH^JANE")
"""


def test_no_line_is_lost_or_cut_while_logs_are_moved_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logfiles, "MOST", 5_000)
    monkeypatch.setattr(logfiles, "KEEP", 500)
    log = tmp_path / "web.log"
    told = os.environ | {"ISOCENTRE_LOG": str(log)}
    with log.open("ab") as out:
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(number)], env=told, stdout=out, stderr=out)
            for number in range(3)
        ]
    moved = 0
    while any(writer.poll() is None for writer in writers):
        moved += logfiles.rotate(log)
        time.sleep(0.02)
    lines = [json.loads(text) for path in tmp_path.iterdir() for text in path.read_text().splitlines()]
    assert moved > 5
    assert (log.with_name("web.log.1")).exists()
    found = sorted((said["writer"], said["number"]) for said in lines if said.get("event") == "line")
    assert found == [(str(writer), number) for writer in range(3) for number in range(600)]
    assert (
        sorted(said["error"] for said in lines if said.get("event") == "uncaught")
        == ["KeyError"] * 3 + ["ValueError"] * 3
    )
    assert "SMITH" not in str(lines)


def test_only_so_many_full_logs_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logfiles, "MOST", 3)
    log = tmp_path / "web.log"
    assert not logfiles.rotate(log)
    for number in range(9):
        log.write_text(f"{number}xx")
        assert logfiles.rotate(log)
    log.write_text("9")
    assert not logfiles.rotate(log)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["web.log", *(f"web.log.{number}" for number in range(1, logfiles.KEEP + 1))]
    assert (tmp_path / "web.log.1").read_text() == "8xx"
