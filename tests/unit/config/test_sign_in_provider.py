"""How a trust's identity provider is set: by environment or a file only its owner reads, never half."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isocentre.config.provider import FILE, read, settings

SOUND = {"issuer": "https://login.northmoor.nhs.uk/", "client_id": "isocentre", "client_secret": "a-secret"}


def write(home: Path, values: object, mode: int = 0o600) -> None:
    path = home / FILE
    path.write_text(values if isinstance(values, str) else json.dumps(values))
    path.chmod(mode)


def test_off_unless_set(tmp_path: Path) -> None:
    assert read(tmp_path, {}) is None
    assert settings(None)["SOCIALACCOUNT_PROVIDERS"] == {"openid_connect": {"APPS": []}}


def test_from_a_file_and_the_environment_wins(tmp_path: Path) -> None:
    write(tmp_path, {**SOUND, "second_step": "amr=mfa, otp"})
    found = read(tmp_path, {"ISOCENTRE_OIDC_CLIENT_SECRET": "another"})
    assert found is not None
    assert (found.issuer, found.name) == ("https://login.northmoor.nhs.uk", "login.northmoor.nhs.uk")
    assert (found.client_secret, found.match) == ("another", "email")
    assert found.second_step == ("amr", frozenset({"mfa", "otp"}))
    assert "another" not in repr(found)


def test_an_issuer_with_a_path_stays_as_it_is(tmp_path: Path) -> None:
    found = read(tmp_path, {"ISOCENTRE_OIDC_ISSUER": "https://x.nhs.uk/realms/a/", "ISOCENTRE_OIDC_CLIENT_ID": "i",
                            "ISOCENTRE_OIDC_CLIENT_SECRET": "s"})  # fmt: skip
    assert found is not None
    assert found.issuer == "https://x.nhs.uk/realms/a/"


@pytest.mark.parametrize(
    ("values", "mode", "words"),
    [
        (SOUND, 0o640, "chmod 600"),
        ("{", 0o600, "not JSON"),
        ([], 0o600, "nothing else"),
        ({**SOUND, "secret": "x"}, 0o600, "nothing else"),
        ({**SOUND, "client_id": 1}, 0o600, "nothing else"),
        ({"issuer": "https://x"}, 0o600, "lacks client_id, client_secret"),
        ({**SOUND, "issuer": "http://login.northmoor.nhs.uk"}, 0o600, "https"),
        ({**SOUND, "second_step": "mfa"}, 0o600, "amr=mfa"),
    ],
)
def test_what_cannot_be_is_told_in_words(tmp_path: Path, values: object, mode: int, words: str) -> None:
    write(tmp_path, values, mode)
    with pytest.raises(ValueError, match=words):
        read(tmp_path, {})
