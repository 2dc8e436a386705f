"""What is told of the surroundings holds each address and no secret of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isocentre.config import trust

SECRET = "hunter2-never-told"


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ISOCENTRE_ZONE", "ISOCENTRE_BLOBS", "AWS_ENDPOINT_URL", "ISOCENTRE_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ISOCENTRE_HOME", str(tmp_path))
    for zone in ("gateway", "platform"):
        (tmp_path / zone).mkdir()


def private(path: Path, said: object) -> None:
    path.write_text(json.dumps(said), encoding="utf-8")
    path.chmod(0o600)


def test_a_hospital_side_with_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "DATABASE_URL": f"postgresql://isocentre:{SECRET}@db.example/x?password={SECRET}",
        "MAIL": f"smtp+starttls://u:{SECRET}@mail.example", "MAIL_FROM": "a@b.uk", "MAIL_TO": "c@d.uk",
        "VAULT": "https://vault.example:8200/v1/transit", "HL7_PORT": "2575", "HL7_ALLOW": "127.0.0.1",
        "PUBLIC_URL": "https://h.example",
        "PUBLIC_URL_GATEWAY": "https://h.example", "OIDC_ISSUER": "https://login.example/realm", "OIDC_CLIENT_ID": "x",
        "OIDC_CLIENT_SECRET": SECRET, "OIDC_NAME": "Trust",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"ISOCENTRE_{name}", value)
    home = tmp_path / "gateway"
    private(home / "platform.json", {"url": "https://national.example:8443/x", "name": "g"})
    private(home / "dicomweb.json", {"East": {"url": "https://pacs.example/dicom-web", "token": SECRET}})
    told = trust.surroundings("gateway")
    assert SECRET not in repr(told)
    assert (told.database_url, told.mail_url) == ("postgresql://db.example:5432", "smtp+starttls://mail.example:587")
    assert (told.vault_url, told.national_url) == ("https://vault.example:8200", "https://national.example:8443")
    assert (told.sign_in_url, told.public_url) == ("https://login.example", "https://h.example")
    assert told.web_servers == (("East", "https://pacs.example"),)
    assert told.hl7 is not None
    assert (told.hl7.port, told.hl7.allowed, told.hl7.tls) == (2575, ("127.0.0.1/32",), False)
    assert told.port == 8001


def test_a_side_with_nothing_and_files_that_cannot_be_read(tmp_path: Path) -> None:
    home = tmp_path / "gateway"
    (home / "platform.json").write_text("[", encoding="utf-8")
    private(home / "dicomweb.json", ["no"])
    told = trust.surroundings("gateway")
    assert (told.national_url, told.web_servers, told.mail_url, told.hl7) == ("", (), "", None)


def test_the_store_of_the_national_side(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trust.surroundings("platform").store_url == ""
    monkeypatch.setenv("ISOCENTRE_BLOBS", "s3://bucket/prefix")
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    assert trust.surroundings("platform").store_url == "https://s3.eu-west-2.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://key:{SECRET}@s3.example:9000/")
    assert trust.surroundings("platform").store_url == "https://s3.example:9000"


def test_an_address_is_bared() -> None:
    assert trust.bare("https://[::1]:8/x") == "https://[::1]:8"
    assert trust.bare("nothing") == ""
