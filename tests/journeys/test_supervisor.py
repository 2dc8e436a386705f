"""`isocentre up` as a supervisor: children die with it however it dies, the dead are started again, ports are named."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from support.processes import children
from support.running import Running, running, until


def of_home(home: Path) -> dict[int, str]:
    """Running processes that were started with this data folder, and their short names."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "comm").read_text().strip()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue  # gone meanwhile, or another user's
        if b"ISOCENTRE_HOME=" + os.fsencode(home) in environment and state != "Z":
            found[int(folder.name)] = command
    return found


def receivers(it: Running) -> set[int]:
    return {pid for pid, command in of_home(it.home).items() if command.startswith("iso-receiver-")}


def test_the_dead_are_started_again_and_all_die_with_the_supervisor(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home) as it:
        until(lambda: len(receivers(it)) == 2, it, "both receivers run")
        first = receivers(it)
        os.kill(min(first), signal.SIGKILL)
        # One look: between two the killed one may just have gone, and the next not come.
        until(lambda: len(now := receivers(it)) == 2 and now != first, it, "the killed receiver is back")
        assert max(first) in receivers(it)
        assert "gateway receiver" in (home / "up.out").read_text()
        assert len(of_home(home)) >= 10
        both = children(it.process.pid)
        lost = next(side for side in both if max(first) in children(side))
        before = children(lost)
        os.kill(lost, signal.SIGKILL)
        until(lambda: len(receivers(it) - before) == 2, it, "the killed side is back")
        assert len(both & children(it.process.pid)) == 1
        assert not before & set(of_home(home))
        assert "hospital side ended (-9)" in (home / "up.out").read_text()
        until(it.answers, it, "both sides answer again")
        it.process.kill()
        it.process.wait()
        limit = time.monotonic() + 10
        while of_home(home) and time.monotonic() < limit:
            time.sleep(0.1)
        assert of_home(home) == {}
        it.expected(-signal.SIGKILL)


ORPHAN = """
import multiprocessing, os, sys, time
from isocentre.cli.supervisor import die_with_parent

def worker():
    parent = multiprocessing.parent_process().pid
    while os.getppid() == parent:
        time.sleep(0.01)
    print("orphaned", flush=True)
    die_with_parent()
    print("survived", flush=True)

multiprocessing.get_context("fork").Process(target=worker).start()
os._exit(0)
"""


def test_a_web_worker_whose_parent_died_before_it_asked_to_follow_ends_all_the_same() -> None:
    told = os.environ | {"ISOCENTRE_SUPERVISED": "1"}
    done = subprocess.run([sys.executable, "-c", ORPHAN], env=told, stdout=subprocess.PIPE, text=True, timeout=30)
    assert done.stdout == "orphaned\n"


def test_it_starts_again_after_being_killed_and_keeps_keys_to_itself(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home) as it:
        it.process.kill()
        it.process.wait()
        it.expected(-signal.SIGKILL)
    keys = {p: p.read_bytes() for p in home.rglob("*.key")}
    assert {p.name for p in keys} == {"secret.key", "master.key", "gateway.key"}
    assert {p.stat().st_mode & 0o777 for p in keys} == {0o600}
    assert {(home / zone).stat().st_mode & 0o777 for zone in ("gateway", "platform")} == {0o700}
    with running(home) as it:
        assert {p: p.read_bytes() for p in home.rglob("*.key")} == keys
        told = it.command("doctor")
        assert "WRONG" not in told.stdout, told.stdout
        assert not any(secret.decode("latin-1") in told.stdout for secret in keys.values())
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            refused = it.command("up", "--dicom", str(port), home=tmp_path / "other")
    assert refused.returncode == 2
    assert "Port" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert of_home(home) == {}
