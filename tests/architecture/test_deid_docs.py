"""The pages of docs/deid/ say what the table and the profiles say now."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from tree import ROOT


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_deid_docs", ROOT / "scripts" / "make_deid_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_of_attributes_are_those_that_the_script_writes() -> None:
    pages = script().pages()
    there = {path.name for path in (ROOT / "docs" / "deid").glob("attributes-*.md")}
    assert there == set(pages), "run python scripts/make_deid_docs.py"
    for name, text in pages.items():
        written = (ROOT / "docs" / "deid" / name).read_text(encoding="utf-8")
        assert written == text, f"{name} is out of date: run python scripts/make_deid_docs.py"
