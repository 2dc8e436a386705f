"""The DICOMweb servers of the configuration: read from a file of its owner's alone, refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isocentre.adapters.dicomweb.named import servers

URL = "https://pacs.example.nhs.uk/dicom-web"


def written(at: Path, said: Any, mode: int = 0o600) -> Path:
    path = at / "dicomweb.json"
    path.touch(mode=0o600)
    path.write_text(said if isinstance(said, str) else json.dumps(said), encoding="utf-8")
    path.chmod(mode)
    return at


def test_without_a_file_there_is_none(tmp_path):
    assert servers(tmp_path) == {}


def test_each_is_read_by_name_and_its_secret_is_not_shown(tmp_path):
    found = servers(written(tmp_path, {"East": {"url": f"{URL}/", "token": "S3CRET"},
                                       "West": {"url": "http://127.0.0.1:8042/x", "user": "u", "password": "S3CRET"},
                                       "Open": {"url": URL}}))  # fmt: skip
    assert found["East"].url.geturl() == URL
    assert found["East"].authorization() == {"Authorization": "Bearer S3CRET"}
    assert found["West"].authorization() == {"Authorization": "Basic dTpTM0NSRVQ="}
    assert found["Open"].authorization() == {}
    assert "S3CRET" not in repr(found)


def test_another_file_may_be_named(tmp_path, monkeypatch):
    (tmp_path / "else").mkdir()
    written(tmp_path / "else", {"East": {"url": URL}})
    monkeypatch.setenv("ISOCENTRE_DICOMWEB", str(tmp_path / "else" / "dicomweb.json"))
    assert list(servers(tmp_path)) == ["East"]


@pytest.mark.parametrize(
    ("said", "words"),
    [("{", "is not JSON"), ([], "must hold servers"), ({"East": URL}, "needs a name"), ({"": {"url": URL}}, "a name"),
     ({"East": {"url": URL, "more": ""}}, "texts named"), ({"East": {"url": 1}}, "texts named"),
     ({"East": {"url": "http://pacs.example.nhs.uk/"}}, "must look like"), ({"East": {}}, "must look like"),
     ({"East": {"url": "https://u:S3CRET@pacs.example/"}}, "must look like"),  # secret-scan: made up for a test
     ({"East": {"url": f"{URL}?q=1"}}, "must look like"), ({"East": {"url": "file:///etc/passwd"}}, "must look like"),
     ({"East": {"url": URL, "token": "S3CRET", "user": "u"}}, "more than one")],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words_without_a_secret(tmp_path, said, words):
    with pytest.raises(ValueError, match=words) as told:
        servers(written(tmp_path, said))
    assert "S3CRET" not in str(told.value)


def test_a_file_that_others_can_read_is_refused(tmp_path):
    with pytest.raises(ValueError, match="chmod 600"):
        servers(written(tmp_path, {"East": {"url": URL}}, 0o644))
