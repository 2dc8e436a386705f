"""Under CI=true a skip is a failure, and elsewhere it is a skip: the conftest hook, seen from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tree import ROOT

SKIPS = {
    "in the test": "import pytest\ndef test_it():\n    pytest.skip('because')\n",
    "by a mark": "import pytest\n@pytest.mark.skip(reason='because')\ndef test_it():\n    pass\n",
    "of the module": "import pytest\npytest.skip('because', allow_module_level=True)\n",
    "as expected to fail": "import pytest\n@pytest.mark.xfail(reason='because')\ndef test_it():\n    assert 0\n",
}


def run(tmp_path: Path, text: str, ci: str) -> tuple[int, str]:
    (tmp_path / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "test_sample.py").write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django", str(tmp_path)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT / "tests")},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("how", SKIPS)
def test_a_skip_fails_under_ci(tmp_path: Path, how: str) -> None:
    code, said = run(tmp_path, SKIPS[how], "true")
    assert code != 0
    assert "nothing may skip under CI=true" in said
    assert "because" in said


def test_a_skip_is_a_skip_elsewhere(tmp_path: Path) -> None:
    code, said = run(tmp_path, SKIPS["by a mark"], "")
    assert (code, "1 skipped" in said) == (0, True)


def test_an_unknown_peer_is_a_mistake(tmp_path: Path) -> None:
    code, said = run(tmp_path, "import pytest\n@pytest.mark.peers('orthank')\ndef test_it():\n    pass\n", "")
    assert code != 0
    assert "orthank" in said


def test_data_that_is_not_there_leaves_the_test_out(tmp_path: Path) -> None:
    text = "import pytest\ndef test_one():\n    pass\n@pytest.mark.data('no-such-folder')\ndef test_two():\n    pass\n"
    code, said = run(tmp_path, text, "true")
    assert (code, "1 passed, 1 deselected" in said) == (0, True), said
