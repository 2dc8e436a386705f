"""House rule 5: importing does no work. Seen from the syntax everywhere, and from outside where no Django is needed."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tree import SRC, module_name, parsed, sources, where

# Settings are a module by Django's design, and the WSGI module is the process's own entry point.
EXEMPT = ("config/settings/", "config/wsgi.py")
WORK = {
    "open", "input", "print", "connect", "create_engine", "Thread", "Process", "Popen", "run", "check_output", "getenv",
    "basicConfig", "setup", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "urlopen", "sleep", "now",
    "token_bytes", "token_hex", "uuid4", "getaddrinfo",
}  # fmt: skip
ARMED = """
import sys, importlib
import pydicom, yaml  # other people's imports are theirs
FORBIDDEN = ("socket.connect", "socket.bind", "subprocess.Popen", "os.system", "sqlite3.connect", "os.mkdir")
def hook(event, arguments):
    if event in FORBIDDEN or event == "_thread.start_new_thread":
        raise SystemExit(f"{event} while importing {name}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise SystemExit(f"opened {arguments[0]} to write while importing {name}")
    if event == "import" and arguments[0] == "django":
        raise SystemExit(f"django while importing {name}")
name = ""
sys.addaudithook(hook)
sys.dont_write_bytecode = True
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def work_at_import(path: Path) -> list[str]:
    found = []
    for statement in parsed(path).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            continue
        if isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test):
            continue
        if isinstance(statement, ast.With | ast.For | ast.While | ast.Try):
            found.append(f"{where(path, statement.lineno)} {type(statement).__name__.lower()}")
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Lambda):
                break
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in WORK:
                found.append(f"{where(path, node.lineno)} {ast.unparse(node.func)}()")
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "os.environ":
                found.append(f"{where(path, node.lineno)} os.environ")
    return found


def test_no_module_works_while_it_is_imported() -> None:
    looked_at = [path for path in sources() if not any(part in path.as_posix() for part in EXEMPT)]
    assert [found for path in looked_at for found in work_at_import(path)] == []


@pytest.mark.parametrize("area", ["core"])
def test_pure_modules_import_without_touching_the_machine(area: str) -> None:
    names = [module_name(path) for path in sources() if SRC / "isocentre" / area in path.parents]
    assert names
    done = subprocess.run(
        [sys.executable, "-c", ARMED, *names],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(SRC)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
