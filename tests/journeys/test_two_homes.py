"""A hospital runs its side, a national team the other: two data folders, joined by a code, and a scan goes across.

The national side keeps its objects in S3, as a national team would.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support import browser, object_store, rough, second_step
from support.running import Running, running, until
from support.system import seed

from isocentre.adapters.dimse import client

PASSWORD = "three words and another"
LINK = re.compile(r"http://127\.0\.0\.1:\d+/accounts/first/\S+")


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Running]]:
    """(national side, hospital side), the second joined to the first before it was ever started."""
    folder = tmp_path_factory.mktemp("two")
    with ExitStack() as stack:
        endpoint = stack.enter_context(object_store.object_store())
        store = object_store.environment(endpoint) | {
            "ISOCENTRE_BLOBS": f"s3://{object_store.bucket(endpoint)}/archive"
        }
        national = stack.enter_context(running(folder / "national", ISOCENTRE_ZONE="platform", **store))
        code = national.command("gateway", "invite", "--site", "LOCAL", "--name", "northmoor")
        assert code.returncode == 0, code.stderr
        join = national.command("gateway", "join", national.platform, code.stdout.strip(), home=folder / "hospital",
                                ISOCENTRE_ZONE="gateway")  # fmt: skip
        assert join.stdout == f"Joined {national.platform} as northmoor.\n", join.stderr
        yield national, stack.enter_context(running(folder / "hospital", ISOCENTRE_ZONE="gateway"))


def test_each_runs_its_own_side_only(joined: tuple[Running, Running]) -> None:
    assert "lets us in" in joined[0].command("doctor").stdout
    for it, own, other in zip(joined, ("platform", "gateway"), ("gateway", "platform"), strict=True):
        assert (it.home / own).is_dir()
        assert not (it.home / other).exists()
        assert it.said().count("side  http://") == 1
        assert "has not joined" not in it.said()
        told = it.command("doctor")
        assert f"{other} data folder" not in told.stdout
        assert "WRONG" not in told.stdout, told.stdout
        assert "test-only-secret" not in told.stdout
        assert f"administrator first --zone {own}" in told.stdout


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
        page.get_by_label("Code").fill(second_step.code(secret))
        page.get_by_role("button", name="Set it up").click()
        page.goto(page.url.split("/accounts/")[0] + "/accounts/people/")
        assert "Sam Lee" in page.content()
        assert page.goto(found[0]).status == 404
        again = it.command("administrator", "first")
        assert "sam.lee" in again.stdout


def test_a_scan_goes_across_into_the_object_store_and_the_hospital_stays_joined(
    joined: tuple[Running, Running], tmp_path: Path
) -> None:
    national, hospital = joined
    seed("platform", national)
    seed("gateway", hospital)
    uid = rough.new_uid()
    path = rough.write(tmp_path / "scan.dcm", rough.part10(rough.dataset(uid), uid))
    assert [status for _, status in client.send("127.0.0.1", hospital.dicom_port, "SPARE", "STORESCU", [path])] == [0]
    until(lambda: hospital.ledger("spare").get("sent_on") == 1, hospital, "the scan is sent on", 60)
    nothing = {"stored": 0, "recalled": 0, "erased": 0}
    assert national.status() == {"platform": nothing | {"stored": 1}, "stored_directly": nothing}
    assert national.platform in (hospital.home / "gateway/platform.json").read_text()
    assert not (national.home / "platform/blobs").exists()
    assert _read(national) == rough.PIXELS
    for done in (national.command("verify", "--deep"), national.command("backup", str(tmp_path / "copy"))):
        assert done.returncode == 0, done.stdout + done.stderr
    # The canary of this hour may lie beside it.
    copied = (tmp_path / "copy/platform/blobs").glob("??/??/*")
    assert sum(path.read_bytes().endswith(rough.PIXELS) for path in copied) >= 1
    _restored(national, tmp_path)


def _read(national: Running) -> bytes:
    """The pixels of the one scan that is stored, by WADO-RS."""
    from dicomweb_client.api import DICOMwebClient
    from dicomweb_client.session_utils import create_session

    session = create_session()
    made = national.command("token", "create", "--zone", "platform", "--user", "core", "--scope", "study:spare")
    session.headers["Authorization"] = f"Bearer {made.stdout.strip()}"
    client = DICOMwebClient(f"{national.platform}/dicomweb", session=session)
    (found,) = client.search_for_studies()
    (stored,) = client.retrieve_study(found["0020000D"]["Value"][0])
    return bytes(stored.PixelData)


def _restored(national: Running, folder: Path) -> None:
    """The backup goes into another, empty store, never into one that holds something."""
    store = national.environment["ISOCENTRE_BLOBS"]
    refused = national.command("restore", str(folder / "copy"), home=folder / "again")
    assert (refused.returncode, "not empty: name another" in refused.stderr) == (1, True), refused.stderr
    done = national.command("restore", str(folder / "copy"), home=folder / "again", ISOCENTRE_BLOBS=f"{store}-again")
    assert (done.returncode, "Everything is as it should be" in done.stdout) == (0, True), done.stdout + done.stderr
