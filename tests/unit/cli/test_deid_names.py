"""Names of folders among the copies: whose folder it was must not be told, whoever's file lies in it."""

import json

import pytest
import typer
from support.dicom_bytes import el, slice_of
from typer.testing import CliRunner

from isocentre.cli import deid, deid_names

RUNNER = CliRunner()
KEY = b"k" * 32
NOBODY = deid_names.Facts(frozenset(), (), ())


@pytest.mark.parametrize(
    "folder",
    ["plain", "CT chest", "series 3", "SE000001", "ST12", "IM-0001", "Week 12", "visit_2", "DICOM", "images", "T1",
     "MR", "knee left", "Baseline scan"],
)  # fmt: skip
def test_words_of_the_trade_stay(folder):
    assert deid_names.is_plain(folder)
    assert deid_names.proposed(f"{folder}/IM1", "P-X", NOBODY, KEY) == f"{folder}/IM1"


@pytest.mark.parametrize(
    "folder",
    ["SMITH JOHN", "Smith", "JS", "SE", "ST", "chest of Smith", "smithct", "RXH1234567", "1234567", "12", "007",
     "CT 12", "patient 12", "series 9434765919", "series 1234", "20240315", "scan 3 Smith", "St\u00e9phane", "\u5f20",
     "A. May", "Pat", "Ch\u200best", "...", "_", "series\u00b2", "1.2.3.4"],
)  # fmt: skip
def test_everything_else_is_keyed(folder):
    assert not deid_names.is_plain(folder)
    made = deid_names.proposed(f"{folder}/CT/IM1", "P-X", NOBODY, KEY)
    assert made == f"{deid_names.keyed(folder, KEY)}/CT/IM1"
    assert made.startswith("F-")
    assert folder not in made
    assert deid_names.keyed(folder, b"j" * 32) != deid_names.keyed(folder, KEY)


def test_a_folder_of_another_patient_tells_nothing_of_either(key, tmp_path):
    """Files of two people, each also in the folder of the other; and a folder of somebody who has no file at all."""
    root = tmp_path / "in"
    other = {"t00100010": el(0x00100010, "PN", "QUIGLEY^DORCAS"), "t00100020": el(0x00100020, "LO", "RXH7654321")}
    folders = ("SMITHSON ADA", "QUIGLEY DORCAS", "RXH1234567", "RXH7654321", "GREENGRASS", "series 1")
    for number, folder in enumerate(folders):
        (root / folder / "CT chest").mkdir(parents=True)
        for who, more in (("a", {}), ("b", other)):
            uid = el(0x00080018, "UI", f"1.2.3.9.{number}.{len(more) + 1}")
            (root / folder / "CT chest" / f"IM{who}").write_bytes(slice_of(t00080018=uid, **more))
    app = typer.Typer()
    deid.register(app)
    app.command("other")(lambda: None)
    for jobs, out in (("1", "one"), ("2", "two")):
        args = ["deid", str(root), str(tmp_path / out), "--profile", "trial-ct-mr@1", "--key-file", str(key),
                "--jobs", jobs, "--report", str(tmp_path / "report.json")]  # fmt: skip
        assert RUNNER.invoke(app, args).exit_code == 0
    rows = {one["source"]: one["output"] for one in json.loads((tmp_path / "report.json").read_text())["files"]}
    assert len(rows) == 2 * len(folders)
    told = [str(path.relative_to(tmp_path / "one")) for path in (tmp_path / "one").rglob("*")]
    assert set(rows.values()) <= set(told)
    assert sorted(told) == sorted(str(path.relative_to(tmp_path / "two")) for path in (tmp_path / "two").rglob("*"))
    for known in ("SMITHSON", "ADA", "QUIGLEY", "DORCAS", "GREENGRASS", "1234567", "7654321"):
        assert not [name for name in told if known.lower() in name.lower()], known
    of = {source: output.split("/")[0] for source, output in rows.items()}
    assert of["SMITHSON ADA/CT chest/IMa"] == of["RXH1234567/CT chest/IMa"]
    assert of["SMITHSON ADA/CT chest/IMa"].startswith("P-")
    assert of["SMITHSON ADA/CT chest/IMb"].startswith("F-")
    assert of["GREENGRASS/CT chest/IMa"] == of["GREENGRASS/CT chest/IMb"]
    assert of["series 1/CT chest/IMa"] == "series 1"
    assert all(output.split("/")[1] == "CT chest" for output in rows.values())
