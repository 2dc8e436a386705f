"""ISOCENTRE_PUBLIC_URL and ISOCENTRE_PROXIES decide how a side is reached: names, forms, cookies, https."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from isocentre.cli import zone as zones
from isocentre.config import environment
from isocentre.config.settings import base

PUBLIC = "https://imaging.example"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ZONE", "PUBLIC_URL", "PUBLIC_URL_GATEWAY", "PROXIES", "DATABASE_URL"):
        monkeypatch.delenv(f"ISOCENTRE_{name}", raising=False)
    monkeypatch.setenv("ISOCENTRE_HOME", str(tmp_path))


def told(monkeypatch: pytest.MonkeyPatch, zone: str = "platform", **variables: str) -> dict[str, Any]:
    for name, value in variables.items():
        monkeypatch.setenv(f"ISOCENTRE_{name}", value)
    return base.common(environment.read(zone))


def test_without_an_address_it_is_reached_on_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(monkeypatch)
    assert found["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]
    assert (found["CSRF_TRUSTED_ORIGINS"], found["SECURE_HSTS_SECONDS"]) == ([], 0)
    assert (found["SESSION_COOKIE_SECURE"], found["SECURE_PROXY_SSL_HEADER"]) == (False, None)


def test_an_https_address_decides_names_forms_cookies_and_hsts(monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(monkeypatch, PUBLIC_URL="https://Imaging.example:8443/")
    assert found["PUBLIC_URL"] == "https://imaging.example:8443"
    assert found["ALLOWED_HOSTS"][-1] == "imaging.example"
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://imaging.example:8443"]
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["SECURE_PROXY_SSL_HEADER"] is None  # nobody is believed who was not stated


def test_a_plain_address_promises_no_https(monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(monkeypatch, PUBLIC_URL="http://[fd00::7]:8000")
    assert found["ALLOWED_HOSTS"][-1] == "[fd00::7]"
    assert (found["SESSION_COOKIE_SECURE"], found["SECURE_HSTS_SECONDS"]) == (False, 0)


def test_a_header_of_a_proxy_counts_once_proxies_are_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(monkeypatch, PUBLIC_URL=PUBLIC, PROXIES="127.0.0.1, 10.0.8.0/24")
    assert found["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert [str(network) for network in found["PROXIES"]] == ["127.0.0.1/32", "10.0.8.0/24"]


@pytest.mark.parametrize("url", ["imaging.example", "ftp://x", "https://", "https://x/path", "https://u@x"])
def test_an_address_that_is_none_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ValueError, match="ISOCENTRE_PUBLIC_URL must"):
        told(monkeypatch, PUBLIC_URL=url)


def test_a_proxy_that_is_none_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="ISOCENTRE_PROXIES must"):
        told(monkeypatch, PROXIES="proxy.example")


def test_two_sides_of_one_machine_have_two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOCENTRE_PUBLIC_URL", PUBLIC)
    monkeypatch.setenv("ISOCENTRE_PUBLIC_URL_GATEWAY", "https://hospital.example")
    own = {zone: zones.own_environment(zone)["ISOCENTRE_PUBLIC_URL"] for zone in zones.ZONES}
    assert own == {"platform": PUBLIC, "gateway": "https://hospital.example"}
    monkeypatch.setenv("ISOCENTRE_ZONE", "gateway")
    assert zones.own_environment("gateway")["ISOCENTRE_PUBLIC_URL"] == PUBLIC


def test_what_libpq_is_to_be_told_goes_with_the_address_of_the_database() -> None:
    options = environment.database("postgresql://db.example/x?sslmode=verify-full", Path("x"))["OPTIONS"]
    assert options == {"sslmode": "verify-full"}


@pytest.mark.django_db
def test_a_form_sent_through_a_proxy_is_taken_and_one_of_elsewhere_is_not(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    """The proxy speaks http to us, so a browser's Origin never fits the scheme that we see."""
    for name, value in told(monkeypatch, PUBLIC_URL=PUBLIC).items():
        if name.startswith(("ALLOWED", "CSRF", "SECURE")):
            setattr(settings, name, value)
    client = Client(enforce_csrf_checks=True, headers={"Host": "imaging.example"})
    client.get("/accounts/login/")
    typed = {"login": "nobody", "password": "x", "csrfmiddlewaretoken": client.cookies[settings.CSRF_COOKIE_NAME].value}
    for origin, status in ((PUBLIC, 200), ("https://elsewhere.example", 403)):
        assert client.post("/accounts/login/", typed, headers={"Origin": origin}).status_code == status


def test_under_another_name_the_right_one_is_said() -> None:
    answer = Client(headers={"Host": "other.example"}).get("/help/")
    assert (answer.status_code, "127.0.0.1" in answer.content.decode()) == (400, True)
