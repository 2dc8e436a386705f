"""A hospital runs its side, a national team the other: two data folders, joined by a code, and a scan goes across."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import browser, rough
from support.running import Running, running, until
from support.system import seed

from isocentre.adapters.dimse import client

PASSWORD = "three words and another"
LINK = re.compile(r"http://127\.0\.0\.1:\d+/accounts/first/\S+")


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Running]]:
    """(national side, hospital side), the second joined to the first before it was ever started."""
    folder = tmp_path_factory.mktemp("two")
    with running(folder / "national", ISOCENTRE_ZONE="platform") as national:
        code = national.command("gateway", "invite", "--site", "LOCAL", "--name", "northmoor")
        assert code.returncode == 0, code.stderr
        join = national.command("gateway", "join", national.platform, code.stdout.strip(), home=folder / "hospital",
                                ISOCENTRE_ZONE="gateway")  # fmt: skip
        assert join.stdout == f"Joined {national.platform} as northmoor.\n", join.stderr
        with running(folder / "hospital", ISOCENTRE_ZONE="gateway") as hospital:
            yield national, hospital


def test_each_runs_its_own_side_only(joined: tuple[Running, Running]) -> None:
    for it, own, other in zip(joined, ("platform", "gateway"), ("gateway", "platform"), strict=True):
        assert (it.home / own).is_dir()
        assert not (it.home / other).exists()
        assert it.said().count("side  http://") == 1
        assert "has not joined" not in it.said()
        told = it.command("doctor")
        assert f"{other} data folder" not in told.stdout
        assert "WRONG" not in told.stdout, told.stdout


@pytest.mark.peers("chromium")
def test_each_side_gets_its_first_administrator(joined: tuple[Running, Running], page: Any) -> None:
    for it in joined:
        found = LINK.search(it.said())
        assert found
        page.goto(found[0])
        assert browser.axe(page) == []
        page.get_by_label("Name", exact=True).fill("Sam Lee")
        page.get_by_label("Sign-in name").fill("sam.lee")
        page.get_by_label("E-mail address").fill("sam@trust.example")
        for label in ("Password", "Password again"):
            page.get_by_label(label, exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Make the administrator").click()
        page.get_by_label("Sign-in name").fill("sam.lee")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        secret = page.locator("code").inner_text()
        assert "Set up a second step" in page.title()
        page.get_by_label("Code").fill(_code(secret))
        page.get_by_role("button", name="Set it up").click()
        page.goto(page.url.split("/accounts/")[0] + "/accounts/people/")
        assert "Sam Lee" in page.content()
        assert page.goto(found[0]).status == 404
        again = it.command("administrator", "first")
        assert "sam.lee" in again.stdout


def test_a_scan_goes_across_and_the_hospital_stays_joined(joined: tuple[Running, Running], tmp_path: Path) -> None:
    national, hospital = joined
    seed("platform", national)
    seed("gateway", hospital)
    uid = rough.new_uid()
    path = rough.write(tmp_path / "scan.dcm", rough.part10(rough.dataset(uid), uid))
    assert [status for _, status in client.send("127.0.0.1", hospital.dicom_port, "SPARE", "STORESCU", [path])] == [0]
    until(lambda: hospital.status()["research_studies"]["spare"]["sent_on"] == 1, hospital, "the scan is sent on", 60)
    assert national.status() == {"platform": {"stored": 1, "recalled": 0, "erased": 0}}
    assert national.platform in (hospital.home / "gateway/platform.json").read_text()


def _code(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238, SHA-1, 30 s, 6 figures)."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
