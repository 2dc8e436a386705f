"""Study keys on disk: made once, wrapped, private, and closed without the right master key."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from isocentre.adapters.private import write_private
from isocentre.adapters.vault import local
from isocentre.adapters.vault.local import LocalVault, make_master_key


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A zone's home with its master key."""
    make_master_key(tmp_path)
    return tmp_path


def test_a_key_is_made_once_and_read_back_by_another_process(home: Path) -> None:
    LocalVault(home).create("onco-ct")
    first = LocalVault(home).study_key("onco-ct")
    LocalVault(home).create("onco-ct")
    assert len(first) == 32
    assert LocalVault(home).study_key("onco-ct") == first


def test_each_research_study_has_its_own_key(home: Path) -> None:
    vault = LocalVault(home)
    vault.create("a")
    vault.create("b")
    assert vault.study_key("a") != vault.study_key("b")


def test_nobody_else_reads_the_files_and_the_key_lies_wrapped(home: Path) -> None:
    vault = LocalVault(home)
    vault.create("onco-ct")
    wrapped = home / "vault" / "onco-ct.key"
    for path in (home / "master.key", wrapped):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert vault.study_key("onco-ct") not in wrapped.read_bytes()
    assert os.listdir(home / "vault") == ["onco-ct.key"]


def test_without_a_key_it_is_a_key_error(home: Path) -> None:
    with pytest.raises(KeyError):
        LocalVault(home).study_key("onco-ct")


def test_another_master_key_opens_nothing(home: Path) -> None:
    LocalVault(home).create("onco-ct")
    (home / "master.key").unlink()
    make_master_key(home)
    with pytest.raises(ValueError, match="master key"):
        LocalVault(home).study_key("onco-ct")


def test_a_key_moved_to_another_research_study_does_not_open(home: Path) -> None:
    LocalVault(home).create("a")
    (home / "vault" / "a.key").rename(home / "vault" / "b.key")
    with pytest.raises(ValueError, match="master key"):
        LocalVault(home).study_key("b")


@pytest.mark.parametrize("name", ["", "../master", "a/b", "a.b"])
def test_a_name_that_is_no_slug_reaches_no_file(home: Path, name: str) -> None:
    with pytest.raises(ValueError, match="short name"):
        LocalVault(home).study_key(name)


def test_the_master_key_is_made_once(home: Path) -> None:
    before = (home / "master.key").read_bytes()
    make_master_key(home)
    assert (home / "master.key").read_bytes() == before
    with pytest.raises(FileExistsError):
        write_private(home / "master.key", b"x")


def test_a_missing_master_key_is_never_replaced_over_wrapped_study_keys(tmp_path: Path) -> None:
    assert make_master_key(tmp_path)
    LocalVault(tmp_path).create("onco-ct")
    (tmp_path / "master.key").unlink()
    assert not make_master_key(tmp_path)
    assert not (tmp_path / "master.key").exists()
    with pytest.raises(ValueError, match="master key is missing"):
        LocalVault(tmp_path).study_key("onco-ct")


def test_a_rotation_wraps_every_study_key_anew_and_changes_none(home: Path) -> None:
    vault = LocalVault(home)
    for slug in ("a", "b"):
        vault.create(slug)
    keys = {slug: vault.study_key(slug) for slug in ("a", "b")}
    old, wrapped = (home / "master.key").read_bytes(), (home / "vault" / "a.key").read_bytes()
    assert LocalVault(home).rotate() == 2
    assert {slug: LocalVault(home).study_key(slug) for slug in keys} == keys
    assert (home / "master.key").read_bytes() != old
    assert (home / "vault" / "a.key").read_bytes() != wrapped
    assert stat.S_IMODE((home / "master.key").stat().st_mode) == 0o600
    assert not (home / "master.next").exists()
    (home / "master.key").write_bytes(old)
    with pytest.raises(ValueError, match="master key"):
        LocalVault(home).study_key("a")


@pytest.mark.parametrize("writes", range(4))
def test_a_rotation_that_is_ended_anywhere_leaves_every_key_open_and_is_ended_by_the_next(
    home: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    vault = LocalVault(home)
    for slug in ("a", "b"):
        vault.create(slug)
    keys = {slug: vault.study_key(slug) for slug in ("a", "b")}
    done = 0

    def write(path: Path, data: bytes, **more: bool) -> None:
        nonlocal done
        if done == writes:
            raise KeyboardInterrupt
        done += 1
        write_private(path, data, **more)

    with monkeypatch.context() as patch:
        patch.setattr(local, "write_private", write)
        with pytest.raises(KeyboardInterrupt):
            LocalVault(home).rotate()
    assert {slug: LocalVault(home).study_key(slug) for slug in keys} == keys
    LocalVault(home).create("c")
    assert LocalVault(home).rotate() == 3
    assert {slug: LocalVault(home).study_key(slug) for slug in keys} == keys
    assert len(LocalVault(home).study_key("c")) == 32


def test_nothing_is_rotated_that_the_master_key_does_not_open(home: Path) -> None:
    LocalVault(home).create("a")
    (home / "master.key").write_bytes(bytes(32))
    with pytest.raises(ValueError, match="does not open"):
        LocalVault(home).rotate()
    assert (home / "master.key").read_bytes() == bytes(32)


def test_a_recovered_master_key_is_put_in_place_only_where_it_fits(home: Path) -> None:
    LocalVault(home).create("a")
    key = local.read_master_key(home)
    assert local.install_master_key(home, key) == 1
    with pytest.raises(ValueError, match="another master key"):
        local.install_master_key(home, bytes(32))
    (home / "master.key").unlink()
    with pytest.raises(ValueError, match="missing"):
        local.read_master_key(home)
    with pytest.raises(ValueError, match="does not open"):
        local.install_master_key(home, bytes(32))
    assert not (home / "master.key").exists()
    assert local.install_master_key(home, key) == 1
    assert stat.S_IMODE((home / "master.key").stat().st_mode) == 0o600
    assert len(LocalVault(home).study_key("a")) == 32
