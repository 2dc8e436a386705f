"""Contract of `core.ports.Vault`, held by the vault on disk and by the one that a server's transit engine wraps."""

from __future__ import annotations

import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.vault_server import Transit, serving

from isocentre.adapters.vault import named, transit
from isocentre.adapters.vault.local import LocalVault, make_master_key
from isocentre.adapters.vault.transit import TransitVault, VaultAway

AnyVault = LocalVault | TransitVault
Opened = Callable[[], AnyVault]


@pytest.fixture
def server() -> Iterator[Transit]:
    with serving() as held:
        yield held


@pytest.fixture
def token(tmp_path: Path, server: Transit) -> Path:
    file = tmp_path / "token"
    file.write_text(server.token + "\n")
    return file


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def elsewhere(home: Path, server: Transit, token: Path) -> Callable[[], TransitVault]:
    return lambda: TransitVault(home, server.url, token)


@pytest.fixture(params=["disk", "server"])
def opened(request: pytest.FixtureRequest, home: Path, elsewhere: Callable[[], TransitVault]) -> Opened:
    """Opens the vault anew, as another process would."""
    if request.param == "server":
        return elsewhere
    make_master_key(home)
    return lambda: LocalVault(home)


def test_a_key_is_made_once_and_read_back_by_another_process(opened: Opened) -> None:
    opened().create("onco-ct")
    key = opened().study_key("onco-ct")
    opened().create("onco-ct")
    assert (len(key), opened().study_key("onco-ct")) == (32, key)
    assert opened().trouble() == ""


def test_each_research_study_has_its_own_key_which_does_not_open_as_anothers(opened: Opened, home: Path) -> None:
    vault = opened()
    vault.create("a")
    vault.create("b")
    assert vault.study_key("a") != vault.study_key("b")
    (home / "vault/b.key").write_bytes((home / "vault/a.key").read_bytes())
    with pytest.raises(ValueError, match="does not open"):
        opened().study_key("b")


def test_the_key_lies_wrapped_and_private(opened: Opened, home: Path) -> None:
    opened().create("a")
    path = home / "vault/a.key"
    assert opened().study_key("a") not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in (home / "vault").iterdir()] == ["a.key"]


def test_without_a_key_it_is_a_key_error(opened: Opened) -> None:
    with pytest.raises(KeyError):
        opened().study_key("a")


@pytest.mark.parametrize("name", ["", "../a", "a/b", "a.b"])
def test_a_name_that_is_none_reaches_no_file(opened: Opened, name: str) -> None:
    for ask in (opened().study_key, opened().create):
        with pytest.raises(ValueError, match="short name"):
            ask(name)


def test_rotated_the_same_keys_are_wrapped_anew(opened: Opened, home: Path) -> None:
    for slug in ("a", "b"):
        opened().create(slug)
    keys = {slug: opened().study_key(slug) for slug in ("a", "b")}
    lay = {path.name: path.read_bytes() for path in (home / "vault").glob("*.key")}
    assert opened().rotate() == 2
    assert {slug: opened().study_key(slug) for slug in keys} == keys
    assert all(path.read_bytes() != lay[path.name] for path in (home / "vault").glob("*.key"))


def test_a_rotation_on_the_server_that_was_ended_half_way_is_ended_by_the_next(
    elsewhere: Callable[[], TransitVault], server: Transit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug in ("a", "b"):
        elsewhere().create(slug)
    keys = {slug: elsewhere().study_key(slug) for slug in ("a", "b")}
    write, done = transit.write_private, []

    def once(path: Path, data: bytes, **more: bool) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(path)
        write(path, data, **more)

    with monkeypatch.context() as patch:
        patch.setattr(transit, "write_private", once)
        with pytest.raises(KeyboardInterrupt):
            elsewhere().rotate()
    assert {slug: elsewhere().study_key(slug) for slug in keys} == keys
    assert elsewhere().rotate() == 2
    server.least = len(server.versions)  # nothing is wrapped by an older version any more
    assert {slug: elsewhere().study_key(slug) for slug in keys} == keys


def test_keys_that_the_master_key_wraps_are_taken_over(home: Path, elsewhere: Callable[[], TransitVault]) -> None:
    make_master_key(home)
    LocalVault(home).create("a")
    key = LocalVault(home).study_key("a")
    with pytest.raises(VaultAway, match="master-key rotate"):
        elsewhere().study_key("a")
    assert elsewhere().rotate() == 1
    (home / "master.key").unlink()
    assert elsewhere().study_key("a") == key


def test_what_is_wrong_is_said_with_what_to_do(
    elsewhere: Callable[[], TransitVault], server: Transit, token: Path
) -> None:
    elsewhere().create("a")
    for change, words in (
        ({"sealed": True}, "is sealed"),
        ({"token": "another"}, "renew the one in ISOCENTRE_VAULT_TOKEN_FILE"),
        ({"namespace": "imaging"}, "refuses the token"),
        ({"name": "another"}, "no such engine or key"),
        ({"least": 2}, "does not open this study key"),
        ({"answer": b"<html>"}, "proxy"),
        ({"answer": b'{"data": {}}'}, "without a"),
    ):
        before, vault = {name: getattr(server, name) for name in change}, elsewhere()
        for name, value in change.items():
            setattr(server, name, value)
        with pytest.raises(VaultAway, match=words) as raised:
            vault.study_key("a")
        assert server.url not in str(raised.value)
        assert "s.a-token" not in str(raised.value)
        if "least" not in change:
            assert words in vault.trouble() or "without a" in vault.trouble()
        for name, value in before.items():
            setattr(server, name, value)
    token.unlink()
    assert "there is no token" in elsewhere().trouble()
    assert len(elsewhere()._open) == 0


def test_a_key_that_is_open_stays_open_while_the_server_is_away(
    elsewhere: Callable[[], TransitVault], server: Transit
) -> None:
    vault = elsewhere()
    vault.create("a")
    key, asked = vault.study_key("a"), len(server.asked)
    server.sealed = True
    assert vault.study_key("a") == key
    assert len(server.asked) == asked


def test_nobody_there_and_a_certificate_of_nobody(home: Path, token: Path, server: Transit) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/transit/isocentre"
    assert "does not answer" in TransitVault(home, url, token).trouble()
    secure = TransitVault(home, server.url.replace("http:", "https:"), token)
    assert "certificate" in secure.trouble() or "does not answer" in secure.trouble()
    assert "PEM" in TransitVault(home, "https://127.0.0.1:1/transit/k", token, ca=home / "none").trouble()


@pytest.mark.parametrize(
    "url",
    ["http://vault.example.nhs.uk/transit/k", "https://vault.example.nhs.uk/k", "https://h/transit/", "ftp://h/a/b",
     "https://" + "u:p" + "@h/transit/k", "https://h/transit/k?x=1", "vault"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(home: Path, token: Path, url: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        TransitVault(home, url, token)


def test_named_by_the_environment(home: Path, token: Path, server: Transit, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ISOCENTRE_VAULT", "ISOCENTRE_VAULT_TOKEN_FILE", "ISOCENTRE_VAULT_CA", "ISOCENTRE_VAULT_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    assert isinstance(named.opened(home), LocalVault)
    assert not named.elsewhere()
    monkeypatch.setenv("ISOCENTRE_VAULT", server.url)
    with pytest.raises(ValueError, match="TOKEN_FILE"):
        named.opened(home)
    monkeypatch.setenv("ISOCENTRE_VAULT_TOKEN_FILE", str(token))
    monkeypatch.setenv("ISOCENTRE_VAULT_NAMESPACE", "imaging")
    server.namespace = "imaging"
    assert (named.elsewhere(), named.opened(home).trouble()) == (True, "")
