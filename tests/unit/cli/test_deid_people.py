"""Names of copies tell of nobody at SRC: of no patient of another file either, whoever came first."""

import json

import pytest
import typer
from support.dicom_bytes import el, slice_of
from typer.testing import CliRunner

from isocentre.cli import deid, deid_names, deid_people
from isocentre.cli.deid_people import People
from isocentre.cli.deid_state import FOLDER

RUNNER = CliRunner()
KEY = b"k" * 32
KNOWN = ("QUIGLEY^DORCAS M", "RXH7654321", "19370219", "9434765919", "M\u00fcller^Zo\u00eb", "\u5f20^\u4f1f",
         "Li^Wei^^MR", "1.2.840.99.4711", "ANON 4711", "PHANTOM^HEAD", "O'Brien^Sean", "CT 98")  # fmt: skip


def of(*known):
    people = People(KEY, bits=1 << 20)
    people.add(deid_people.told(known, KEY))
    return people


@pytest.mark.parametrize(
    "part",
    ["QUIGLEY_DORCAS_001.dcm", "quigley", "dorcas-2", "DQuigley.dcm", "quigleyd7", "QuigleyDorcas", "DorcasQuigley3",
     "rxh7654321", "RXH-765-4321.dcm", "IM7654321", "19370219", "1937-02-19", "19.02.1937", "02191937", "943 476 5919",
     "Mueller", "Muller", "M\u00dcLLER", "zoe_1", "\u5f20\u4f1f.dcm", "LI_0001.dcm", "wei", "anon", "4711", "phantom 2",
     "head_001.dcm", "BRIEN", "Qu\u200bigley"],
)  # fmt: skip
def test_what_tells_of_somebody(part):
    assert of(*KNOWN).tells(part)


@pytest.mark.parametrize(
    "part",
    ["IM0001.dcm", "MR000001", "CT chest", "1.dcm", "2024", "SE1", "series 3", "1.2.840.99.4712", "DM_1", "98",
     "N2D_0001.dcm", "", ".dcm", "quig", "Doris", "765 4322", b"\xff\xfe.dcm".decode("utf-8", "surrogateescape")],
)  # fmt: skip
def test_what_tells_of_nobody(part):
    assert not of(*KNOWN).tells(part)


def test_what_is_added_is_always_found_and_little_else():
    people = People(KEY, bits=1 << 20)
    for number in range(2000):
        people.add(deid_people.told((f"Ward{'xyz'[number % 3]}^{number:06}",), KEY))
    assert all(people.tells(f"{number:06}") for number in range(2000))
    assert sum(people.tells(f"IM{number:06}") for number in range(10_000, 20_000)) < 10
    assert not People(KEY, bits=1 << 20).tells("Ward")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("CT/IM1", "CT/IM1"), ("QUIGLEY/IM1", "F-1/IM1"), ("CT/QUIGLEY_1.dcm", "CT/F-1.dcm"),
        ("QUIGLEY.DCM", "F-1.dcm"),
        ("P-ABCDEFGHIJKL/F-ABCDEFGHIJKL-2.dcm", "P-ABCDEFGHIJKL/F-ABCDEFGHIJKL-2.dcm"),
    ],
)  # fmt: skip
def test_a_part_that_tells_is_replaced(name, made, monkeypatch):
    monkeypatch.setattr(deid_names, "keyed", lambda part, key: "F-1")
    assert deid_names.without(name, lambda part: "QUIGLEY" in part or "ABC" in part, KEY) == made


PEOPLE = (("SMITHSON^ADA", "RXH1234567"), ("QUIGLEY^DORCAS", "RXH7654321"), ("LONG^PETRA", "RXH5550001"))


def put(path, who, number):
    path.parent.mkdir(parents=True, exist_ok=True)
    name, patient = PEOPLE[who]
    path.write_bytes(
        slice_of(
            t00080018=el(0x00080018, "UI", f"1.2.3.9.{number}"), t00100010=el(0x00100010, "PN", name),
            t00100020=el(0x00100020, "LO", patient),
        )
    )  # fmt: skip


@pytest.fixture
def source(tmp_path):
    """Files and folders that are named after other patients than those of the files in them."""
    root = tmp_path / "in"
    names = ("CT long axis/IM0001", "CT long axis/IM0002", "SMITHSON^ADA/quigley_0001.dcm", "plain/Smithson Ada 7.dcm",
             "plain/RXH-765-4321", "plain/IM0003.dcm", "plain/dquigley", "QUIGLEY DORCAS/series 1/IM0004")  # fmt: skip
    for number, name in enumerate(names):
        put(root / name, number % 2, number)
    return root


def run(source, out, key, *more):
    app = typer.Typer()
    deid.register(app)
    app.command("other")(lambda: None)
    report = out.with_suffix(".json")
    args = ["deid", str(source), str(out), "--profile", "basic", "--key-file", str(key), "--report", str(report), *more]
    result = RUNNER.invoke(app, args)
    assert result.exit_code == 0, result.output
    return {one["source"]: one["output"] for one in json.loads(report.read_text())["files"]}


def told(out):
    return sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.relative_to(out).parts[0] != FOLDER)


def assert_nobody(names, *more):
    # What is made with the key is letters by chance, and may have ADA in it.
    names = {part for name in names for part in name.split("/") if not deid_names.OURS.fullmatch(part)}
    for known in ("smithson", "ada", "quigley", "dorcas", "1234567", "7654321", "765-4321", *more):
        assert not [name for name in names if known in name.lower()], known


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_no_name_of_a_copy_tells_of_any_patient_of_the_run(source, key, tmp_path, jobs, monkeypatch):
    monkeypatch.setattr("isocentre.cli.deid_pool.FEW", 2)
    rows = run(source, tmp_path / "out", key, "--jobs", jobs)
    names = told(tmp_path / "out")
    assert_nobody(names)
    assert set(rows.values()) <= set(names)
    assert rows["plain/IM0003.dcm"] == "plain/IM0003.dcm"
    assert rows["CT long axis/IM0001"] == "CT long axis/IM0001"  # nobody is called Long, so far
    assert rows["plain/Smithson Ada 7.dcm"].startswith("plain/F-")
    assert rows["plain/dquigley"].startswith("plain/F-")


def test_names_do_not_hang_on_who_came_first(source, key, tmp_path):
    """The last file of all is the first that says whom a folder of the trade, and of all others, is named after."""
    put(source / "zz" / "IM0009", 2, 20)
    rows = run(source, tmp_path / "out", key, "--jobs", "1")
    assert_nobody(told(tmp_path / "out"), "long", "petra")
    assert rows["CT long axis/IM0001"].endswith("/IM0001")


def test_names_are_changed_when_somebody_comes_later_of_whom_they_tell(source, key, tmp_path):
    out = tmp_path / "out"
    before = run(source, out, key)
    data = {source_: (out / output).read_bytes() for source_, output in before.items()}
    assert any("long" in name for name in told(out))
    put(source / "zz" / "IM0009", 2, 20)
    after = run(source, out, key)
    assert_nobody(told(out), "long", "petra")
    assert {name: (out / after[name]).read_bytes() for name in before} == data
    assert after["plain/IM0003.dcm"] == before["plain/IM0003.dcm"]
    assert run(source, out, key) == after == run(source, tmp_path / "other", key)
