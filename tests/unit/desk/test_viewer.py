"""The viewer's addresses: who may open it, under which policy, and that only listed files are answered."""

from __future__ import annotations

import json

import pytest

from isocentre.desk import viewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def unpacked(tmp_path, monkeypatch):
    """A viewer of three files, one of which is not on the list."""
    (tmp_path / "index.html").write_text("<!doctype html><script>1</script>", encoding="utf-8")
    (tmp_path / "app.bundle.0f.js").write_text("listed", encoding="utf-8")
    (tmp_path / "decode.wasm").write_bytes(b"\0asm")
    (tmp_path / "sw.js").write_text("not listed", encoding="utf-8")
    listed = {"files": {"app.bundle.0f.js": "", "decode.wasm": ""}, "inline_script_hashes": ["'sha256-AAAA'"]}
    (tmp_path / "allowlist.json").write_text(json.dumps(listed), encoding="utf-8")
    monkeypatch.setattr(viewer, "FOLDER", tmp_path)
    viewer._list.cache_clear()
    yield tmp_path
    viewer._list.cache_clear()


def test_nobody_is_asked_to_sign_in_and_a_role_without_images_is_refused(client, room, person, unpacked):
    assert client.get("/viewer").status_code == 302
    person("national_auditor")
    assert client.get("/viewer").status_code == 403


def test_the_page_runs_only_the_scripts_it_came_with(client, room, person, unpacked):
    person("imaging_core")
    answer = client.get("/viewer?StudyInstanceUIDs=2.25.7")
    assert answer.status_code == 200
    scripts = next(p for p in answer["Content-Security-Policy"].split("; ") if p.startswith("script-src"))
    assert scripts == "script-src 'self' 'sha256-AAAA' 'wasm-unsafe-eval'"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("query", ["", "?StudyInstanceUIDs=", "?x=1"])
def test_without_a_scan_to_open_it_leads_to_the_repository_browser(client, room, person, unpacked, query, monkeypatch):
    monkeypatch.setattr(viewer, "address", {"archive:scans": "/archive/"}.get)
    person("imaging_core")
    answer = client.get(f"/viewer{query}")
    assert (answer.status_code, answer["Location"]) == (302, "/archive/")
    assert client.get("/viewer?studyInstanceUIDs=2.25.7").status_code == 200, "as OHIF reads it, in any case"


def test_only_listed_files_are_answered(client, unpacked):
    assert b"".join(client.get("/app.bundle.0f.js").streaming_content) == b"listed"
    wasm = client.get("/decode.wasm")
    assert wasm["Content-Type"] == "application/wasm"
    wasm.close()
    for name in ("sw.js", "index.html", "allowlist.json", "../viewer.py", "%2e%2e/viewer.py", "etc/passwd"):
        assert client.get(f"/{name}").status_code == 404, name
    assert client.post("/app.bundle.0f.js").status_code == 404


def test_a_viewer_that_was_not_fetched_is_no_error(client, room, person, tmp_path, monkeypatch):
    monkeypatch.setattr(viewer, "FOLDER", tmp_path)
    viewer._list.cache_clear()
    person("imaging_core")
    assert client.get("/viewer?StudyInstanceUIDs=2.25.7").status_code == 404
    assert client.get("/app.bundle.0f.js").status_code == 404
    viewer._list.cache_clear()


def test_the_configuration_names_no_other_host_and_says_what_it_is_not_for(client):
    text = client.get("/app-config.js").content.decode()
    assert "://" not in text
    assert "for research, not for diagnosis" in text
    # Said in the header of every viewer page; a notice over the image would only be clicked away.
    assert "createLogoComponentFn: logo" in text
    assert "investigationalUseDialog: { option: 'never' }" in text
