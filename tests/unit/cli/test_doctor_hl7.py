"""The HL7 listener in the environment and for `isocentre doctor`: off, half set, listening, a certificate that ends."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from isocentre.cli import doctor_hl7
from isocentre.config import environment

NOW = datetime(2026, 12, 1, tzinfo=UTC)
NAMES = ("ISOCENTRE_TLS_CERTIFICATE", "ISOCENTRE_TLS_KEY", "ISOCENTRE_TLS_CLIENTS")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Read the environment with these settings of the listener and no other."""

    def read(zone: str = "gateway", **settings: str) -> Any:
        for name in (*NAMES, "ISOCENTRE_HL7_PORT", "ISOCENTRE_HL7_ALLOW"):
            monkeypatch.delenv(name, raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(f"ISOCENTRE_{name}", value)
        return environment.read(zone).hl7

    return read


def certificate(path: Path, ends: datetime) -> Path:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(NOW - timedelta(days=900)).not_valid_after(ends)
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


def test_it_is_off_unless_a_port_is_named_and_never_on_the_national_side(told: Any) -> None:
    assert told() is None
    assert told("platform", HL7_PORT="2575", HL7_ALLOW="127.0.0.1") is None
    assert [one.words for one in doctor_hl7.look(None)] == ["off: ISOCENTRE_HL7_PORT is not set"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"HL7_PORT": "x"}, "number of a port"), ({"HL7_PORT": "70000"}, "number of a port"),
     ({"HL7_PORT": "2575"}, "who may send"), ({"HL7_PORT": "2575", "HL7_ALLOW": "everybody"}, "addresses or networks"),
     ({"HL7_PORT": "2575", "HL7_ALLOW": "10.0.8.5"}, "over TLS"),
     ({"HL7_PORT": "2575", "HL7_ALLOW": "10.0.8.5", "TLS_KEY": "key.pem"}, "set all of")],
)  # fmt: skip
def test_half_a_setting_is_refused_in_words(told: Any, settings: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        told(**settings)


def test_without_tls_it_listens_to_this_machine_alone(told: Any) -> None:
    assert told(HL7_PORT="2575", HL7_ALLOW="127.0.0.1").host == "127.0.0.1"
    over = {"TLS_CERTIFICATE": "c.pem", "TLS_KEY": "k.pem", "TLS_CLIENTS": "a.pem"}
    assert told(HL7_PORT="2575", HL7_ALLOW="10.0.8.0/24", **over).host == "0.0.0.0"


def test_doctor_says_whether_it_listens(told: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        hl7 = told(HL7_PORT=str(server.getsockname()[1]), HL7_ALLOW="127.0.0.1")
        [good] = doctor_hl7.look(hl7)
    assert (good.state, "from this machine alone" in good.words) == ("good", True)
    [bad] = doctor_hl7.look(hl7)
    assert (bad.state, "nothing listens" in bad.words) == ("warning", True)


@pytest.mark.parametrize(
    ("left", "state", "words"),
    [(400, "good", "holds until"), (10, "warning", "taken up by itself"), (-1, "bad", "ended on")],
)
def test_doctor_says_when_a_certificate_ends(
    told: Any, tmp_path: Path, left: int, state: str, words: str
) -> None:  # fmt: skip
    mine = certificate(tmp_path / "c.pem", NOW + timedelta(days=left))
    authority = tmp_path / "a.pem"
    authority.write_text("none")
    over = {"TLS_CERTIFICATE": str(mine), "TLS_KEY": str(tmp_path / "k.pem"), "TLS_CLIENTS": str(authority)}
    _, first, second = doctor_hl7.look(told(HL7_PORT="2575", HL7_ALLOW="10.0.8.5", **over), NOW)
    assert (first.state, words in first.words) == (state, True)
    assert (second.state, second.words) == ("bad", "a.pem is no certificate that can be read (PEM)")
