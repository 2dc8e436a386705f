"""`isocentre deid` and `isocentre keygen` from the outside: files, names, report, maps, exit codes."""

import csv
import io
import json
import re
import stat

import pydicom
import pytest
import typer
from PIL import Image, ImageDraw, ImageFont
from support.burned import burned
from support.dicom_bytes import CT, SC, SR, el, part10, slice_of
from support.heads import Head, Scan, series
from typer.testing import CliRunner

from isocentre.cli import deid, deid_key, deid_state, keygen
from isocentre.core.deid import recheck
from isocentre.profiles import load

RUNNER = CliRunner()


@pytest.fixture
def app():
    made = typer.Typer()
    deid.register(made)
    keygen.register(made)
    return made


def other(number):
    """A slice of another person."""
    return slice_of(
        t00080018=el(0x00080018, "UI", f"1.2.3.5.{number}"),
        t00100010=el(0x00100010, "PN", "GREENGRASS^DORCAS"),
        t00100020=el(0x00100020, "LO", "RXH7654321"),
    )


@pytest.fixture
def source(tmp_path):
    root = tmp_path / "in"
    for name, data in {
        "Smithson_Ada/20240315/CT chest/1.2.3.4.dcm": slice_of(),
        "Smithson_Ada/20240315/CT chest/IM0002.dcm": slice_of(t00080018=el(0x00080018, "UI", "1.2.3.6")),
        "RXH7654321/a-1.2.3.5.1": other(1),
        "RXH7654321/b-1.2.3.5.2": other(2),
        "plain/IM0003": other(3),
        "plain/report.dcm": slice_of(sop_class=SR),
        "plain/nobody.dcm": slice_of(t00100020=el(0x00100020, "LO", "")),
        "plain/notes.txt": b"not an image",
        "plain/empty.dcm": b"",
        "DICOMDIR": part10(el(0x00041130, "CS", "SMITHSON"), sop_class="1.2.840.10008.1.3.10"),
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (root / "link").symlink_to(root / "plain" / "IM0003")
    return root


def copies(out):
    """Names of the copies in DST."""
    found = (p.relative_to(out) for p in out.rglob("*") if p.is_file())
    return sorted(str(p) for p in found if p.parts[0] != deid_state.FOLDER)


def run(app, source, out, key, *more):
    return RUNNER.invoke(
        app, ["deid", str(source), str(out), "--profile", "trial-ct-mr@2", "--key-file", str(key), *more]
    )


def test_a_folder_is_mirrored_without_its_patients(app, source, key, tmp_path):
    out, report, maps = tmp_path / "out", tmp_path / "report.json", tmp_path / "maps"
    result = run(app, source, out, key, "--report", str(report), "--maps", str(maps))
    assert result.exit_code == 1, result.output
    said = json.loads(report.read_text())
    assert said["totals"] == {"done": 5, "held": 3, "left_out": 2, "failed": 0}
    files = {entry["source"]: entry for entry in said["files"]}
    assert len(files) == 10
    ada = files["Smithson_Ada/20240315/CT chest/1.2.3.4.dcm"]["output"].split("/")[0]
    assert files["Smithson_Ada/20240315/CT chest/1.2.3.4.dcm"]["output"] == f"{ada}/{ada}/CT chest/{ada}.dcm"
    assert files["Smithson_Ada/20240315/CT chest/IM0002.dcm"]["output"] == f"{ada}/{ada}/CT chest/IM0002.dcm"
    dorcas = files["RXH7654321/a-1.2.3.5.1"]["output"].split("/")[0]
    assert files["RXH7654321/a-1.2.3.5.1"]["output"] == f"{dorcas}/{dorcas}.dcm"
    assert files["RXH7654321/b-1.2.3.5.2"]["output"] == f"{dorcas}/{dorcas}-2.dcm"
    assert files["plain/IM0003"]["output"] == "plain/IM0003"
    reasons = {name: (files[name]["status"], files[name]["reason"]) for name in files if not files[name]["output"]}
    assert reasons == {
        "plain/report.dcm": ("held", "structured_report"), "plain/nobody.dcm": ("held", "no_patient_id"),
        "plain/notes.txt": ("left_out", "not_dicom"), "plain/empty.dcm": ("held", "unparseable"),
        "DICOMDIR": ("left_out", "directory"),
    }  # fmt: skip
    assert files["plain/IM0003"]["actions"]["U"] >= 4
    written = copies(out)
    assert written == sorted(entry["output"] for entry in said["files"] if entry["output"])
    for path in written:
        assert recheck.check((out / path).read_bytes(), needles=("SMITHSON^ADA", "RXH1234567", "RXH7654321")) == []
        assert "mithson" not in path
    ds = pydicom.dcmread(out / files["plain/IM0003"]["output"])
    assert ds.PatientID == dorcas
    people = list(csv.reader(io.StringIO((maps / "patient_id_map.csv").read_text())))
    assert people == [["id_old", "id_new"], ["RXH1234567", ada], ["RXH7654321", dorcas]]
    uids = dict(csv.reader(io.StringIO((maps / "uid_map.csv").read_text())))
    assert uids["id_old"] == "id_new"
    assert uids["1.2.3.5.3"] == ds.SOPInstanceUID
    assert CT not in uids
    for private in (report, maps / "uid_map.csv", maps / "patient_id_map.csv", key):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert "Before anything is sent on" in result.output
    assert all(f"  {n}. " in result.output for n in "1234")
    assert "mithson" not in result.output


DISGUISED = ["SMITHSON", "smithson_ada", "nosht\u00adims", "\u0405mithson", "Smi\u200bthson", "U21pdGhzb24=",
             "536d697468736f6e", "RXH-1234567", "born 1931-02-03", "scan of 15.03.2024", "CT 1.2.3.1 of"]  # fmt: skip


@pytest.mark.parametrize("name", DISGUISED)
def test_a_name_of_file_or_folder_may_be_in_disguise(app, key, tmp_path, name):
    path = tmp_path / "in" / name / f"a {name}.dcm"
    path.parent.mkdir(parents=True)
    path.write_bytes(slice_of())
    assert run(app, tmp_path / "in", tmp_path / "out", key).exit_code == 0
    (made,) = (p.relative_to(tmp_path / "out") for p in (tmp_path / "out").rglob("*.dcm"))
    (pseudonym,) = {part.removesuffix(".dcm") for part in made.parts}
    assert re.fullmatch("P-[A-Z2-7]{12}", pseudonym)


def test_many_files_in_several_processes_give_the_same(app, key, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for number in range(70):
        (source / f"IM{number}").write_bytes(other(number))
    assert run(app, source, tmp_path / "one", key).exit_code == 0
    assert run(app, source, tmp_path / "two", key, "--jobs", "2").exit_code == 0
    assert len(copies(tmp_path / "one")) == 70
    for name in copies(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_single_file_and_a_face_waiver(app, key, tmp_path):
    one = tmp_path / "IM1"
    one.write_bytes(slice_of(t00180015=None))
    held = run(app, one, tmp_path / "out", key)
    assert (held.exit_code, "face waiver" in held.output) == (1, True)
    assert run(app, one, tmp_path / "out", key, "--face-waiver", "agreed by the ethics committee").exit_code == 0
    assert pydicom.dcmread(tmp_path / "out" / "IM1").RecognizableVisualFeatures == "YES"


def test_the_second_check_holds_what_the_profile_lets_through(app, key, tmp_path):
    one = tmp_path / "IM1"
    one.write_bytes(slice_of(t00181140=el(0x00181140, "CS", "FOR SMITHSON")))
    result = run(app, one, tmp_path / "out", key)
    assert result.exit_code == 1
    assert "second check" in result.output
    assert copies(tmp_path / "out") == []


def test_what_cannot_be_written_failed_and_says_so(app, source, key, tmp_path):
    out = tmp_path / "out"
    run(app, source, out, key)
    written = copies(out)
    for path in (out / name for name in written if name.startswith("plain/")):
        path.unlink()
    (out / "plain").rmdir()
    (out / "plain").write_text("a file where the folder should be")
    result = run(app, source, out, key)
    assert (result.exit_code, "1 failed" in result.output) == (1, True)
    (out / "plain").unlink()
    assert "5 done" in run(app, source, out, key).output
    assert copies(out) == written
    (tmp_path / "file").write_text("")
    assert run(app, source, tmp_path / "file", key).exit_code == 2


@pytest.mark.parametrize(
    "case", ["profile", "source", "inside", "key", "no key file", "bad key", "key is a folder", "report"]
)
def test_wrong_usage_exits_2(app, source, key, tmp_path, case):
    bad = tmp_path / "bad.key"
    bad.write_text("not a key")
    folder = tmp_path / "folder"
    folder.mkdir()
    ordinary = ["deid", str(source), str(tmp_path / "out"), "--profile", "basic", "--key-file", str(key)]
    changed = {
        "profile": {4: "nothing"},
        "source": {1: str(tmp_path / "none")},
        "inside": {2: str(source / "out")},
        "key": {6: str(tmp_path / "none.key")},
        "bad key": {6: str(bad)},
        "key is a folder": {6: str(folder)},
    }.get(case, {})
    args = [changed.get(index, arg) for index, arg in enumerate(ordinary)]
    if case == "no key file":
        args = args[:5]
    if case == "report":
        args += ["--report", str(folder)]
    result = RUNNER.invoke(app, args)
    assert result.exit_code == 2
    assert result.output.strip()


def test_on_a_terminal_a_key_is_offered(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.chdir(tmp_path)
    answers = iter([False, True])
    monkeypatch.setattr(typer, "confirm", lambda words: next(answers))
    with pytest.raises(typer.Exit):
        deid_key.key(None)
    assert len(deid_key.key(tmp_path / "new.key")) == 32
    (tmp_path / "study.key").write_text("x")
    with pytest.raises(typer.Exit):
        deid_key.key(None)
    monkeypatch.setattr(typer, "confirm", lambda words: True)
    with pytest.raises(typer.Exit):
        deid_key.key(tmp_path / "none" / "new.key")


def test_a_key_file_that_is_not_there_is_named(app, source, tmp_path):
    asked = ["deid", str(source), str(tmp_path / "out"), "--profile", "basic", "--key-file", "no.key"]
    done = RUNNER.invoke(app, asked)
    assert (done.exit_code, "There is no key file no.key" in done.output) == (2, True)


def test_keygen_makes_a_private_key_once(app, tmp_path):
    path = tmp_path / "a.key"
    assert RUNNER.invoke(app, ["keygen", str(path)]).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = keygen.read(path)
    assert len(first) == 32
    assert RUNNER.invoke(app, ["keygen", str(path)]).exit_code == 2
    assert keygen.read(path) == first
    assert RUNNER.invoke(app, ["keygen", str(tmp_path / "none" / "a.key")]).exit_code == 2
    told = RUNNER.invoke(app, ["keygen", str(tmp_path / "b.key"), "--json"])
    assert json.loads(told.stdout) == {"key_file": str(tmp_path / "b.key"), "written": True}
    assert len(keygen.read(tmp_path / "b.key")) == keygen.KEY_BYTES
    raw = tmp_path / "raw.key"
    raw.write_bytes(bytes(range(32)))
    assert keygen.read(raw) == bytes(range(32))


def test_uids_stay_where_the_profile_keeps_them(app, key, tmp_path):
    kept = load("basic").text.replace("options: []", "options: [{code: 113110, why: linked to a registry}]")
    (tmp_path / "kept.yaml").write_text(kept)
    (tmp_path / "one.dcm").write_bytes(slice_of())
    args = ["--profile", str(tmp_path / "kept.yaml"), "--key-file", str(key)]
    result = RUNNER.invoke(app, ["deid", str(tmp_path / "one.dcm"), str(tmp_path / "out"), *args])
    assert result.exit_code == 0, result.output
    ds = pydicom.dcmread(tmp_path / "out" / "one.dcm")
    assert (ds.SOPInstanceUID, ds.StudyInstanceUID, "SMITHSON" in str(ds)) == ("1.2.3.4", "1.2.3.1", False)


def drawn(words, sop_class=SC):
    """A copied screen with these words in it."""
    picture = Image.new("L", (256, 96), 30)
    ImageDraw.Draw(picture).text((20, 30), words, fill=230, font=ImageFont.load_default(20))
    return burned(picture.tobytes(), sop_class=sop_class, rows=96, columns=256)


def test_pictures_are_cleaned_where_a_profile_says_so(app, key, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "IM1").write_bytes(drawn("SMITHSON 03/02/1931"))
    (tmp_path / "in" / "IM2").write_bytes(drawn("LEFT").replace(b"1.2.3.4", b"1.2.3.5"))
    rules, report = tmp_path / "cleaning.yaml", tmp_path / "report.json"
    cleaning = load("basic").text.replace("do: hold", "do: clean_pixels")
    rules.write_text(cleaning.replace("name: basic", "name: cleaning"))
    more = ["--profile", str(rules), "--key-file", str(key), "--report", str(report)]
    result = RUNNER.invoke(app, ["deid", str(tmp_path / "in"), str(tmp_path / "out"), *more])
    assert result.exit_code == 0, result.output
    first, second = json.loads(report.read_text())["files"]
    assert first["pixels"][0]["why"] == "text"
    assert "pixels" not in second
    blacked = pydicom.dcmread(tmp_path / "out" / "IM1")
    assert blacked.pixel_array.max() == 30
    assert pydicom.dcmread(tmp_path / "out" / "IM2").pixel_array.max() > 200
    assert "SMITHSON" not in report.read_text()


# In one process it is what test_face_remover and every single file go through.
@pytest.mark.parametrize("jobs", [pytest.param("1", marks=pytest.mark.whole), "2"])
def test_heads_lose_their_faces_where_a_profile_says_so(app, key, tmp_path, jobs):
    scan = Scan(spacing=2.5, size=100, step=5)
    for name, head in (("a", Head()), ("b", Head(seed=2))):
        (tmp_path / "in" / name).mkdir(parents=True)
        for number, data in enumerate(series(head, scan)):
            (tmp_path / "in" / name / f"{number:03}").write_bytes(
                data.replace(b"RXH7654321", b"RXH765432" + name.encode())
            )
    (tmp_path / "in" / "single").write_bytes(series(Head(), scan, "")[20].replace(b"10.511.2", b"10.511.9"))
    rules, report = tmp_path / "faceless.yaml", tmp_path / "report.json"
    rules.write_text(load("basic").text.replace("do: pass", "do: clean_faces").replace("name: basic", "name: faceless"))
    more = ["--profile", str(rules), "--key-file", str(key), "--report", str(report), "--jobs", jobs]
    result = RUNNER.invoke(app, ["deid", str(tmp_path / "in"), str(tmp_path / "out"), *more])
    assert result.exit_code == 1, result.output
    rows = {row["source"]: row for row in json.loads(report.read_text())["files"]}
    held = rows.pop("single")
    assert (held["status"], held["reason"]) == ("held", "face_left")
    assert "10 are needed" in result.output
    assert {row["status"] for row in rows.values()} == {"done"}
    assert all(row["face"]["surface_left"] < 0.02 for row in rows.values())
    made = pydicom.dcmread(tmp_path / "out" / rows["a/018"]["output"])
    before = pydicom.dcmread(tmp_path / "in" / "a" / "018")
    assert made.RecognizableVisualFeatures == "NO"
    assert "113102" in [item.CodeValue for item in made.DeidentificationMethodCodeSequence]
    assert 0.02 < (made.pixel_array != before.pixel_array).mean() < 0.5
    waived = [*more, "--face-waiver", "Agreed by the sponsor."]
    assert RUNNER.invoke(app, ["deid", str(tmp_path / "in"), str(tmp_path / "kept"), *waived]).exit_code == 0
