"""Forked processes: they end as they say, tell of errors without their text, and take no thread along."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = """
import os, signal, subprocess, sys, threading, time
from pathlib import Path
from isocentre.cli.forks import Fork

log = Path("its.log")
"""


def run(folder: Path, script: str) -> str:
    """What a script of a process of its own, which may fork, says."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", HEAD + script], cwd=folder, capture_output=True,
                          text=True, timeout=60, check=False, env={"PATH": os.environ["PATH"]})  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_asked_as_a_program_is(tmp_path: Path) -> None:
    said = run(tmp_path, """
def work():
    print(Path("/proc/self/comm").read_text().strip(), flush=True)
    os.write(2, b"and its errors\\n")
    time.sleep(60)

before = signal.signal(signal.SIGTERM, lambda *_: print("not for me"))
one = Fork("iso-name-that-is-cut", work, log)
while not (log.exists() and "errors" in log.read_text()):
    time.sleep(0.01)
print(one.poll(), one.returncode)
try:
    one.wait(0.01)
except subprocess.TimeoutExpired:
    print("lives")
one.send_signal(signal.SIGTERM)
print(one.wait(30), one.poll(), one.returncode)
one.send_signal(signal.SIGTERM)
one.kill()
print(Fork("x", lambda: sys.exit(3), log).wait(), Fork("x", lambda: None, log).wait(30))
""")  # fmt: skip
    assert said.splitlines() == ["None None", "lives", "-15 -15 -15", "3 0"]
    assert (tmp_path / "its.log").read_text() == "iso-name-that-i\nand its errors\n"
    assert (tmp_path / "its.log").stat().st_mode & 0o777 == 0o600


def test_an_error_is_told_without_its_text(tmp_path: Path) -> None:
    said = run(tmp_path, """
def work():
    raise ValueError("Smith^Jane")

print(Fork("x", work, log).wait())
""")  # fmt: skip
    assert said == "1\n"
    log = (tmp_path / "its.log").read_text()
    assert "ValueError" in log
    assert "Smith" not in log


def test_it_dies_with_the_process_that_forked_it(tmp_path: Path) -> None:
    said = run(tmp_path, """
if (middle := os.fork()) == 0:
    def work():
        Path("pid").write_text(str(os.getpid()))
        time.sleep(60)

    Fork("x", work, log)
    time.sleep(60)
while not (Path("pid").exists() and (pid := Path("pid").read_text())):
    time.sleep(0.01)
os.kill(middle, signal.SIGKILL)
for _ in range(1000):
    time.sleep(0.01)
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        state = "gone"
    if state in ("gone", "Z"):
        print("ended")
        break
""")  # fmt: skip
    assert said == "ended\n"


@pytest.mark.parametrize(("threads", "said"), [(0, "0"), (1, "refused")])
def test_a_process_with_threads_does_not_fork(tmp_path: Path, threads: int, said: str) -> None:
    assert said == run(tmp_path, f"""
for _ in range({threads}):
    threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
try:
    print(Fork("x", lambda: None, log).wait())
except RuntimeError:
    print("refused")
""").strip()  # fmt: skip
