"""The example in docs/conformance.md says what the code's tables say now."""

from __future__ import annotations

import importlib.util

from tree import ROOT


def test_the_example_is_the_one_that_the_script_writes() -> None:
    spec = importlib.util.spec_from_file_location("make_conformance_doc", ROOT / "scripts" / "make_conformance_doc.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run python scripts/make_conformance_doc.py"
