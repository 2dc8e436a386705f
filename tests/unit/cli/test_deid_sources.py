"""What `isocentre deid` takes as SRC: zips with tricks in them, DICOMDIRs, folders with all sorts of things."""

import json
import os
import stat
import zipfile

import pydicom
import pytest
import typer
from support.dicom_bytes import el, item, part10, seq, slice_of
from typer.testing import CliRunner

from isocentre.cli import deid, deid_sources, deid_zip

RUNNER = CliRunner()


def run(source, out, key, *more):
    app = typer.Typer()
    deid.register(app)
    app.command("other")(lambda: None)
    args = ["deid", str(source), str(out), "--profile", "trial-ct-mr@1", "--key-file", str(key), *more]
    return RUNNER.invoke(app, args)


def rows(source, out, key):
    report = out.with_suffix(".json")
    result = run(source, out, key, "--report", str(report))
    said = json.loads(report.read_text())
    return {row["source"]: row for row in said["files"]}, said, result


def ct(number):
    return slice_of(t00080018=el(0x00080018, "UI", f"1.2.3.8.{number}"))


def test_members_of_a_zip_come_out_as_from_its_folder(key, tmp_path):
    folder, packed = tmp_path / "in", tmp_path / "in.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            path = folder / "Smithson" / f"IM{number}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(ct(number))
            archive.write(path, f"Smithson/IM{number}")
        archive.mkdir("empty")
        archive.writestr("notes.txt", "not an image")
    assert run(folder, tmp_path / "one", key).exit_code == 0
    found, said, result = rows(packed, tmp_path / "two", key)
    assert (result.exit_code, said["totals"]) == (0, {"done": 3, "held": 0, "left_out": 1, "failed": 0})
    assert found["notes.txt"]["reason"] == "not_dicom"
    for name in (row["output"] for row in found.values() if row["output"]):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
        assert "mithson" not in name


def hostile(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good", ct(1))
        archive.writestr("twice", ct(2))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("twice", ct(3))
        for name in ("../out", "/etc/out", "a/../../out", "C:/out", "x" * 300, "/".join("d" * 40), "a\nb", "a//b"):
            archive.writestr(zipfile.ZipInfo(name), ct(4))
        archive.writestr("bomb", bytes(deid_zip.RATIO_FREE + 1))
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "good")
        archive.writestr("inner.zip", b"PK\3\4 and more")
        archive.writestr("locked", ct(5))
        archive.writestr("odd", ct(6))
        archive.writestr("broken", ct(7))
    data = bytearray(path.read_bytes())

    def entry(name):
        return data.rindex(b"PK\1\2", 0, data.rindex(name))

    data[entry(b"locked") + 8] |= 1
    data[entry(b"odd") + 10] = 97
    start = data.index(b"broken") + len(b"broken")
    data[start + 20 : start + 30] = bytes(10)
    path.write_bytes(data)


def test_tricks_in_a_zip_fail_one_by_one_and_write_nothing_elsewhere(key, tmp_path):
    (tmp_path / "deep").mkdir()
    hostile(tmp_path / "deep" / "in.zip")
    found, said, result = rows(tmp_path / "deep" / "in.zip", tmp_path / "deep" / "out", key)
    assert result.exit_code == 1
    assert {row["output"] for row in said["files"]} == {"good", "twice", "twice-2", None}
    reasons = {name: (row["status"], row["reason"]) for name, row in found.items() if not row["output"]}
    bad = ("../out", "/etc/out", "a/../../out", "C:/out", "x" * 300, "/".join("d" * 40), "a\nb", "a//b")
    assert reasons == {
        **dict.fromkeys(bad, ("failed", "bad_name")),
        "bomb": ("failed", "zip_bomb"), "link": ("left_out", "link"), "inner.zip": ("left_out", "zip"),
        "locked": ("failed", "encrypted"), "odd": ("failed", "compression"), "broken": ("failed", "bad_member"),
    }  # fmt: skip
    outside = [p for p in tmp_path.rglob("*") if p.name.startswith("out")]
    assert {p.name for p in outside} == {"out", "out.json"}


def test_a_member_that_lies_about_its_size_is_stopped(tmp_path):
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("liar", bytes(100_000))
    data = path.read_bytes()
    at = data.rindex(b"PK\1\2")
    for said in (10, 200_000):
        path = tmp_path / f"{said}.zip"
        path.write_bytes(data[: at + 24] + said.to_bytes(4, "little") + data[at + 28 :])
        with pytest.raises(deid_zip.BadMember) as bad, deid_zip.member(path, 0):
            pass
        assert bad.value.reason == "bad_member"


def test_a_large_member_lies_in_a_file_without_a_name(monkeypatch, tmp_path):
    monkeypatch.setattr(deid_zip, "IN_MEMORY", 10)
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("large", ct(1))
    with deid_zip.member(tmp_path / "in.zip", 0) as buffer:
        assert bytes(buffer) == ct(1)


def test_a_zip_that_is_cut_short_or_holds_too_much_is_refused(key, monkeypatch, tmp_path):
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one", ct(1))
        archive.writestr("two", ct(2))
    monkeypatch.setattr(deid_zip, "MOST_MEMBERS", 1)
    assert run(path, tmp_path / "out", key).exit_code == 2
    monkeypatch.undo()
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2")] = 0
    (tmp_path / "broken.zip").write_bytes(data)
    result = run(tmp_path / "broken.zip", tmp_path / "out2", key)
    assert (result.exit_code, "zip cannot be opened" in result.output) == (2, True)


def disc(root, *ids):
    records = [item(el(0x00041430, "CS", "IMAGE") + (el(0x00041500, "CS", i) if i else b"")) for i in ids]
    data = el(0x00041130, "CS", "SMITHSON") + seq(0x00041220, [*records, item(el(0x00041430, "CS", "PATIENT"))])
    (root / "DICOMDIR").write_bytes(part10(data, sop_class="1.2.840.10008.1.3.10"))
    return root / "DICOMDIR"


def test_a_dicomdir_stands_for_what_it_refers_to(key, tmp_path):
    root = tmp_path / "disc"
    (root / "images").mkdir(parents=True)
    for number in range(3):
        (root / "images" / f"im{number}").write_bytes(ct(number))
    (root / "images" / "link").symlink_to(root / "images" / "im2")
    ids = ("IMAGES\\IM0", "images\\im1", "IMAGES\\IM0", "GONE\\IM1", "IMAGES\\GONE", "..\\study.key", "IMAGES\\LINK",
           "IMAGES\\IM0\\IM1", "")  # fmt: skip
    found, said, result = rows(disc(root, *ids), tmp_path / "out", key)
    assert result.exit_code == 1
    assert said["totals"] == {"done": 2, "held": 0, "left_out": 1, "failed": 5}
    assert {name: row["reason"] for name, row in found.items() if not row["output"]} == {
        "DICOMDIR": "directory", "GONE/IM1": "missing", "IMAGES/GONE": "missing", "../study.key": "bad_name",
        "IMAGES/LINK": "bad_name", "IMAGES/IM0/IM1": "missing",
    }  # fmt: skip
    assert pydicom.dcmread(tmp_path / "out" / found["images/im0"]["output"]).PatientID.startswith("P-")
    assert not (tmp_path / "out" / "DICOMDIR").exists()


def test_a_dicomdir_that_is_broken_is_refused(key, tmp_path):
    path = disc(tmp_path, "IM1")
    path.write_bytes(path.read_bytes()[:-3])
    result = run(path, tmp_path / "out", key)
    assert (result.exit_code, "DICOMDIR cannot be read" in result.output) == (2, True)


def test_a_folder_may_hold_anything(key, tmp_path):
    root = tmp_path / "in"
    root.mkdir()
    (root / "image").write_bytes(ct(1))
    (root / "empty").write_bytes(b"")
    (root / "letter.pdf").write_bytes(b"%PDF-1.7")
    (root / "more.zip").write_bytes(b"PK\3\4")
    (root / "bare").write_bytes(ct(1)[132:])
    os.mkfifo(root / "pipe")
    odd = os.fsdecode("M\xfcller".encode("latin-1"))
    (root / odd).write_bytes(
        slice_of(t00100010=el(0x00100010, "PN", b"M\xfcller^Ada"), t00080005=el(0x00080005, "CS", "ISO_IR 100"))
    )
    found, _, result = rows(root, tmp_path / "out", key)
    assert result.exit_code == 1
    assert {name: (row["status"], row["reason"]) for name, row in found.items() if not row["output"]} == {
        "empty": ("left_out", "not_dicom"), "letter.pdf": ("left_out", "not_dicom"), "more.zip": ("left_out", "zip"),
        "bare": ("held", "unparseable"), "pipe": ("left_out", "not_a_file"),
    }  # fmt: skip
    assert found[odd]["output"].startswith("P-")


def test_a_folder_that_cannot_be_opened_is_said(monkeypatch, tmp_path):
    def walk(root, onerror):
        onerror(OSError(13, "Permission denied", str(root / "closed")))
        yield str(root), [], ["gone"]

    monkeypatch.setattr(deid_sources.os, "walk", walk)
    gone, closed = deid_sources.entries(tmp_path)
    assert (gone.name, gone.wrong[1], closed.name, closed.wrong[1]) == ("gone", "file", "closed", "folder")
