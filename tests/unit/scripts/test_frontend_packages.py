"""The front-end script: nothing points outside, and only the pinned viewer is unpacked, less what it must not have."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from pathlib import Path, PurePosixPath

import frontend
import ohif
import pytest

INDEX = (
    "<html><script>one()</script><script rel='preload' src='/init-service-worker.js'></script>"
    "<script>two()</script><script defer src='/app.bundle.1.js'></script></html>"
)


def source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture
def tarball(tmp_path: Path) -> Path:
    path = tmp_path / "viewer.tgz"
    members = {
        "package/LICENSE": "MIT",
        "package/dist/index.html": INDEX,
        "package/dist/app.bundle.1.js": "app",
        "package/dist/app.bundle.1.js.map": "map",
        "package/dist/ort/big.wasm": "big",
        "package/dist/sw.js": "worker",
        "package/dist/init-service-worker.js": "worker",
        "package/dist/google.js": "sign-in",
        "package/dist/assets/favicon.ico": "icon",
        "package/dist/../../escape.js": "out",
        "package/README.md": "words",
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("package/dist/link.js")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return path


def test_the_viewer_is_unpacked_without_what_it_must_not_have(tarball: Path, tmp_path: Path) -> None:
    target = tmp_path / "viewer"
    (target / "old").mkdir(parents=True)
    ohif.unpack(tarball, target)
    there = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    assert there == ["allowlist.json", "app.bundle.1.js", "assets/favicon.ico", "index.html", "licences/LICENSE"]
    assert "service-worker" not in (target / "index.html").read_text()
    assert not (tmp_path / "escape.js").exists()


def test_the_allow_list_names_files_and_inline_scripts(tarball: Path, tmp_path: Path) -> None:
    ohif.unpack(tarball, tmp_path / "viewer")
    listed = json.loads((tmp_path / "viewer" / ohif.ALLOWLIST).read_text())
    assert listed["version"] == ohif.VERSION
    assert listed["files"] == {
        "app.bundle.1.js": hashlib.sha256(b"app").hexdigest(),
        "assets/favicon.ico": hashlib.sha256(b"icon").hexdigest(),
    }
    assert listed["inline_script_hashes"] == [source("one()"), source("two()")]


def test_only_the_pinned_file_is_verified(tarball: Path, tmp_path: Path) -> None:
    assert not ohif.verified(tmp_path / "absent.tgz")
    assert not ohif.verified(tarball)


@pytest.mark.parametrize("name", ["ort/a.js", "x.js.map", "sw.js", "google.js", "app-config.js", "customizations/a.js"])
def test_left_out(name: str) -> None:
    assert not ohif.kept(PurePosixPath(name))


def test_the_style_sheet_stays_at_home() -> None:
    text = "@font-face{src:url(https://assets.example/a.woff)}.a{background:url(/assets/images/b.svg)}\n"
    text += "/*# sourceMappingURL=a.css.map */"
    assert frontend.css(text) == ".a{background:url(assets/images/b.svg)}\n"


def test_a_style_sheet_that_points_elsewhere_is_refused() -> None:
    with pytest.raises(frontend.FrontendError, match="address this script does not know"):
        frontend.css(".a{background:url(/elsewhere/b.svg)}")


def test_a_failed_command_says_what_it_was_for() -> None:
    with pytest.raises(frontend.FrontendError, match=r"could not fetch the moon \(exit 3\)"):
        frontend.run(["sh", "-c", "echo no >&2; exit 3"], "the moon")
