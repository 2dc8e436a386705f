"""E-mail is off unless a server is set; what is set is refused in words where it cannot be, or would add a header."""

from __future__ import annotations

import pytest

from isocentre.config import environment
from isocentre.config.settings import base


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch):
    def say(url: str, sender: str = "gateway@example.nhs.uk", to: str = "a@example.nhs.uk, b@example.nhs.uk"):
        for name, value in (("", url), ("_FROM", sender), ("_TO", to)):
            monkeypatch.setenv(f"ISOCENTRE_MAIL{name}", value)
        return environment.read("gateway").mail

    return say


def test_it_is_off_by_default(monkeypatch):
    monkeypatch.delenv("ISOCENTRE_MAIL", raising=False)
    env = environment.read("gateway")
    assert env.mail is None
    settings = base.common(env)
    assert settings["EMAIL_BACKEND"].endswith("dummy.EmailBackend")
    assert settings["MAIL_TO"] == ()


@pytest.mark.parametrize(
    ("url", "where"),
    [("smtp://mail.example", ("mail.example", 25, "", "", "")),
     ("smtps://u:S3%40RET@m.example", ("m.example", 465, "u", "S3@RET", "tls")),  # secret-scan: made up
     ("smtp+starttls://mail.example:25", ("mail.example", 25, "", "", "starttls"))],
)  # fmt: skip
def test_a_server_is_read_from_one_address(said, url, where):
    mail = said(url)
    assert (mail.host, mail.port, mail.user, mail.password, mail.tls) == where
    assert mail.to == ("a@example.nhs.uk", "b@example.nhs.uk")
    assert "S3" not in repr(mail)
    settings = base.common(environment.read("gateway"))
    assert (settings["EMAIL_USE_SSL"], settings["EMAIL_USE_TLS"]) == (where[4] == "tls", where[4] == "starttls")


@pytest.mark.parametrize(
    ("url", "sender", "to"),
    [("http://mail.example", "a@b.uk", "a@b.uk"), ("smtp://", "a@b.uk", "a@b.uk"),
     ("smtp://mail/x", "a@b.uk", "a@b.uk"), ("smtp://mail.example", "", "a@b.uk"),
     ("smtp://mail.example", "a@b.uk", "a@b.uk\nBcc: c@d.uk"), ("smtp://mail.example", "a@b.uk\r\nX: y", "a@b.uk"),
     ("smtp://mail.example", "a@b.uk", "Ann <a@b.uk>")],
)  # fmt: skip
def test_what_cannot_be_or_would_add_a_header_is_refused(said, url, sender, to):
    with pytest.raises(ValueError, match="ISOCENTRE_MAIL"):
        said(url, sender, to)
