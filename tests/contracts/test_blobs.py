"""Contract of `core.ports.Blobs`, held by every store."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import object_store

from isocentre.adapters import syncing
from isocentre.adapters.blobs import named
from isocentre.adapters.blobs.disk import DiskBlobs
from isocentre.adapters.blobs.s3 import S3Blobs
from isocentre.core.ports import Blobs

KEY = hashlib.sha256(b"one").hexdigest()
OTHER = hashlib.sha256(b"two").hexdigest()


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    with object_store.object_store() as endpoint:
        yield endpoint


@pytest.fixture(params=["disk", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "disk":
        return DiskBlobs(tmp_path / "blobs")
    endpoint = request.getfixturevalue("s3_endpoint")
    bucket = object_store.bucket(endpoint)
    return S3Blobs(
        f"s3://{bucket}/archive",
        endpoint=endpoint,
        region="us-east-1",
        access_key_id="test",
        secret_access_key="test",
        client_options={"allow_http": True},
        virtual_hosted_style_request=False,
    )


def whole(blobs: Blobs, key: str, start: int = 0, length: int | None = None) -> bytes:
    return b"".join(bytes(chunk) for chunk in blobs.read(key, start, length))


def test_what_is_put_is_read_back_whole_and_in_ranges(blobs: Blobs) -> None:
    content = os.urandom(3 * 1024 * 1024 + 7)
    size = blobs.put(KEY, [content[:10], memoryview(content)[10:]])
    assert size == len(content) == blobs.size(KEY)
    assert whole(blobs, KEY) == content
    assert whole(blobs, KEY, 5, 20) == content[5:25]
    assert whole(blobs, KEY, len(content) - 3) == content[-3:]
    assert whole(blobs, KEY, len(content) - 3, 100) == content[-3:]
    assert max(len(chunk) for chunk in blobs.read(KEY)) <= 1024 * 1024


def test_a_key_is_written_once(blobs: Blobs) -> None:
    blobs.put(KEY, [b"first"])
    assert blobs.put(KEY, [b"second time"]) == 5
    assert whole(blobs, KEY) == b"first"


def test_a_file_is_taken_as_if_it_had_been_put(blobs: Blobs, tmp_path: Path) -> None:
    content = os.urandom(2 * 1024 * 1024 + 7)
    file = tmp_path / "spooled"
    for key in (KEY, KEY, OTHER):
        file.write_bytes(content)
        assert blobs.take(key, file) == len(content) == blobs.size(key)
        assert whole(blobs, key) == content
    file.write_bytes(b"another")
    assert blobs.take(KEY, file) == len(content)
    assert sorted(blobs.keys()) == sorted([KEY, OTHER])


def test_a_file_of_the_same_disk_is_moved_and_one_of_another_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs, file = DiskBlobs(tmp_path / "blobs"), tmp_path / "spooled"
    file.write_bytes(b"here")
    number = file.stat().st_ino
    blobs.take(KEY, file)
    path = tmp_path / "blobs" / KEY[:2] / KEY[2:4] / KEY
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (number, 0)
    rename = Path.rename

    def renamed(self: Path, target: Path) -> Path:
        if self == file:
            raise OSError(errno.EXDEV, "another file system")
        return rename(self, target)

    file.write_bytes(b"elsewhere")
    monkeypatch.setattr(Path, "rename", renamed)
    blobs.take(OTHER, file)
    assert whole(blobs, OTHER) == b"elsewhere"
    assert list((tmp_path / "blobs" / "tmp").iterdir()) == []


def test_what_is_absent_is_a_key_error_and_deleting_it_is_success(blobs: Blobs) -> None:
    with pytest.raises(KeyError):
        blobs.read(KEY)
    with pytest.raises(KeyError):
        blobs.size(KEY)
    blobs.delete(KEY)
    blobs.put(KEY, [b"x"])
    blobs.delete(KEY)
    with pytest.raises(KeyError):
        blobs.size(KEY)


def test_keys_lists_every_blob_and_nothing_else(blobs: Blobs) -> None:
    blobs.put(KEY, [b"1"])
    blobs.put(f"{OTHER}.dcm", [b"2"])
    assert sorted(blobs.keys()) == sorted([KEY, f"{OTHER}.dcm"])


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "a/b/c/d/e/f", "short", "", ".hidden-key", f"{KEY}.", "a" * 40 + "..", "x" * 200]
)
def test_a_key_is_never_a_path(blobs: Blobs, key: str) -> None:
    with pytest.raises(ValueError, match="blob key"):
        blobs.put(key, [b"x"])
    with pytest.raises(ValueError, match="blob key"):
        blobs.read(key)


def test_disk_leaves_no_time_and_no_half_file(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)

    def breaks() -> Iterator[bytes]:
        yield b"half"
        raise OSError("source went away")

    with pytest.raises(OSError, match="went away"):
        blobs.put(KEY, breaks())
    assert list(blobs.keys()) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    blobs.put(OTHER, [b"kept"])
    path = tmp_path / OTHER[:2] / OTHER[2:4] / OTHER
    blobs.put(KEY, [b"kept as well"])
    blobs.delete(KEY)
    assert path.stat().st_mtime_ns == 0
    assert {each.stat().st_mtime_ns for each in (tmp_path, *tmp_path.rglob("*"))} == {0}


def test_what_is_put_unsettled_is_whole_and_settling_it_twice_is_success(blobs: Blobs) -> None:
    assert blobs.put(KEY, [b"one ", b"of many"], settled=False) == 11
    blobs.put(OTHER, [b"another"], settled=False)
    blobs.settle([KEY, OTHER])
    blobs.settle([OTHER])
    assert (whole(blobs, KEY), whole(blobs, OTHER)) == (b"one of many", b"another")


def test_what_a_crash_left_on_disk_under_its_name_is_written_anew(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    path = tmp_path / KEY[:2] / KEY[2:4] / KEY
    # Named, not synced: after a power cut its bytes may be missing.
    blobs.put(KEY, [b"as it was sent"], settled=False)
    path.write_bytes(b"as it ")
    assert blobs.put(KEY, [b"as it was sent"]) == 14
    assert whole(blobs, KEY) == b"as it was sent"
    # Synced, and so never touched again.
    assert path.stat().st_mode & 0o777 == 0o400
    assert blobs.put(KEY, [b"other"]) == 14
    assert whole(blobs, KEY) == b"as it was sent"


def test_disk_syncs_a_file_and_every_folder_above_it_before_it_calls_it_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def fsync(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}").removeprefix(str(tmp_path)))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(syncing, "_syncfs", lambda: None)
    blobs = DiskBlobs(tmp_path)
    blobs.put(KEY, [b"x"], settled=False)
    assert synced == []
    blobs.settle([KEY])
    first, second = f"/{KEY[:2]}", f"/{KEY[:2]}/{KEY[2:4]}"
    assert synced == [f"{second}/{KEY}", second, first, ""]


def test_disk_syncs_many_files_at_once_and_tells_when_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def syncfs(descriptor: int) -> int:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        return 0

    blobs = DiskBlobs(tmp_path)
    blobs.put(KEY, [b"x"], settled=False)
    blobs.put(OTHER, [b"y"], settled=False)
    monkeypatch.setattr(syncing, "_syncfs", lambda: lambda descriptor: -1)
    monkeypatch.setattr(ctypes, "get_errno", lambda: errno.EIO)
    with pytest.raises(OSError, match="Input/output error"):
        blobs.settle([KEY, OTHER])
    # Not called safe: the next try syncs both again.
    monkeypatch.setattr(syncing, "_syncfs", lambda: syncfs)
    blobs.settle([KEY, OTHER])
    blobs.settle([KEY, OTHER])
    assert synced == [str(tmp_path)]


def test_what_a_crash_left_half_written_is_swept_and_no_blob(blobs: Blobs, tmp_path: Path) -> None:
    blobs.put(KEY, [b"kept"])
    assert blobs.sweep(time.time() + 60) == 0
    assert whole(blobs, KEY) == b"kept"
    left = tmp_path / "blobs" / "tmp" / "left"
    if left.parent.is_dir():
        left.write_bytes(b"half")
        assert (blobs.sweep(time.time() - 60), blobs.sweep(time.time() + 60)) == (0, 1)
        assert left.parent.stat().st_mtime_ns == 0


@pytest.mark.parametrize("where", ["bucket/prefix", "s3://", "https://bucket"])
def test_an_s3_store_is_named_by_an_s3_address(where: str) -> None:
    with pytest.raises(ValueError, match="s3://"):
        S3Blobs(where)


def test_what_is_wrong_with_a_store_is_said_without_a_secret(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in object_store.environment(s3_endpoint).items():
        monkeypatch.setenv(name, value)
    assert named.trouble(f"s3://{object_store.bucket(s3_endpoint)}/archive") == ""
    said = [named.trouble("s3://not-made"), named.trouble("s3:///x")]
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    said.append(named.trouble("s3://not-made"))
    for words, expected in zip(said, ("no such bucket", "s3://bucket/prefix", "AWS_ENDPOINT_URL"), strict=True):
        assert expected in words
        assert "test-only-secret" not in words
