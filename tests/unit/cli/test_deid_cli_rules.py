"""`isocentre deid --rules`: what a hospital side exported holds here too; a bad file is refused first."""

import json

import pytest
import typer
from support.dicom_bytes import el, slice_of
from typer.testing import CliRunner

from isocentre.cli import deid, keygen
from isocentre.core.deid.reviewed import Rule, dump

RUNNER = CliRunner()
KEEP = Rule("keep", "Our protocol", tag=0x0008103E, phrase="fast xqz axial")


@pytest.fixture
def given(tmp_path):
    """A folder with one file, a key, and a file of one rule."""
    keygen.make(tmp_path / "study.key")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "IM1").write_bytes(slice_of(t0008103E=el(0x0008103E, "LO", KEEP.phrase)))
    (tmp_path / "rules.json").write_text(dump([KEEP]))
    return tmp_path


def run(folder, *more):
    app = typer.Typer()
    deid.register(app)
    app.command("other")(lambda: None)
    asked = [folder / "in", folder / "out", "--profile", "trial-ct-mr@2", "--key-file", folder / "study.key", *more]
    return RUNNER.invoke(app, ["deid", *map(str, asked), "--jobs", "1"])


def test_a_rule_holds_and_is_named_in_the_report(given):
    result = run(given, "--rules", given / "rules.json", "--report", given / "report.json")
    assert result.exit_code == 0, result.output
    [file] = json.loads((given / "report.json").read_text())["files"]
    assert file["rules"] == [KEEP.name]
    assert KEEP.phrase.encode() in next(path for path in (given / "out").iterdir() if path.is_file()).read_bytes()
    # The same folder with other rules would hold copies of two kinds.
    assert run(given).exit_code == 2


@pytest.mark.parametrize(("text", "words"), [("{}", "cannot be used"), (b"\xff", "cannot be read"), (None, "read")])
def test_a_bad_file_is_refused_first(given, text, words):
    if text is None:
        (given / "rules.json").unlink()
    else:
        (given / "rules.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    result = run(given, "--rules", given / "rules.json")
    assert result.exit_code == 2
    assert words in result.output
    assert not (given / "out").exists()
