"""House rules a machine can see (design §6): sizes, first lines, waivers, nothing left for later."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tree import ROOT, SRC, is_generated, parsed, python, sources, where

MAX_FILE, MAX_FUNCTION = 400, 50
LATER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
BARE_WAIVER = re.compile(r"#\s*(?:no" + r"qa|type:\s*ig" + r"nore|pragma: no co" + r"ver)\s*$")
# A waiver names its code and says why, in the same comment: `
CODED_WAIVER = re.compile(r"#\s*(?:noqa:\s*[A-Z0-9, ]+|type:\s*ignore\[[a-z, -]+\])(?P<why>.*)$")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_files_are_short() -> None:
    sizes = {where(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python()}
    assert {name: size for name, size in sizes.items() if size > MAX_FILE} == {}


def test_functions_are_short() -> None:
    long = {
        f"{where(path, node.lineno)} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in python()
        for node in ast.walk(parsed(path))
        if isinstance(node, FUNCTIONS) and (node.end_lineno or node.lineno) - node.lineno + 1 > MAX_FUNCTION
    }
    assert long == {}


def test_a_module_says_first_what_it_is_for() -> None:
    silent = [
        where(path)
        for path in python()
        if not (path.name == "__init__.py" and not path.read_text(encoding="utf-8").strip())
        and not (ast.get_docstring(parsed(path)) or "").strip()
        and (SRC in path.parents or "scripts" in path.parts or "bench" in path.parts)
    ]
    assert silent == []


def test_nothing_is_left_for_later_in_code() -> None:
    later = [
        where(path, number)
        for path in python(generated=True)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if LATER.search(line)
    ]
    unfinished = [
        where(path, node.lineno)
        for path in sources()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Raise) and node.exc is not None and "NotImplementedError" in ast.unparse(node.exc)
    ]
    assert (later, unfinished) == ([], [])


def test_no_error_is_swallowed_whole() -> None:
    silent = [
        where(path, node.lineno)
        for path in python()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler)
        and all(isinstance(step, ast.Pass | ast.Continue) for step in node.body)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]
    assert silent == []


def test_a_waiver_carries_a_code_and_a_reason() -> None:
    bare = []
    for path in python():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            coded = CODED_WAIVER.search(line)
            if BARE_WAIVER.search(line) or (coded and len(coded["why"].strip(" #-:()")) < 4):
                bare.append(where(path, number))
    assert bare == []


def test_test_modules_have_names_of_their_own() -> None:
    # pytest imports them by bare name, so two of one name would be one module.
    modules = (path for path in python() if ROOT / "tests" in path.parents)
    names = Counter(path.name for path in modules if path.name not in ("conftest.py", "__init__.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_migrations_are_there_for_every_app_with_models() -> None:
    without = [
        where(path)
        for path in sources()
        if path.name == "models.py"
        and any(isinstance(node, ast.ClassDef) for node in parsed(path).body)
        and not list(path.parent.glob("migrations/0001_*.py"))
    ]
    assert without == []


def test_generated_files_are_known_by_their_name() -> None:
    assert is_generated(SRC / "isocentre/core/deid/_ps315.py")
    assert not is_generated(SRC / "isocentre/core/__init__.py")
