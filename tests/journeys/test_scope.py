"""Scope over the running system: what one may not see is not there, alike at every address; revoked is revoked."""

from __future__ import annotations

import http.client
import re
import socket
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support import rough
from support.system import System

from isocentre.adapters.dimse import client

pytestmark = [pytest.mark.data("head-mr"), pytest.mark.peers("dcmtk")]
ABSENT = "2.25.1234567890123456789"
STUDY = "/dicomweb/studies/{study}"
SERIES = STUDY + "/series/{series}"
OBJECT = SERIES + "/instances/{object}"
READS = (
    STUDY, STUDY + "/metadata", STUDY + "/rendered", SERIES, SERIES + "/metadata", SERIES + "/rendered",
    SERIES + "/thumbnail", OBJECT, OBJECT + "/metadata", OBJECT + "/rendered", OBJECT + "/thumbnail",
    OBJECT + "/frames/1", OBJECT + "/bulkdata/7FE00010",
)  # fmt: skip
SEARCHES = (
    "/dicomweb/studies?StudyInstanceUID={study}", "/dicomweb/series?SeriesInstanceUID={series}",
    "/dicomweb/instances?SOPInstanceUID={object}", STUDY + "/series", STUDY + "/instances", SERIES + "/instances",
)  # fmt: skip
PAGES = ("/archive/{study}", "/archive/{study}/{series}", "/archive/{study}/{series}/{object}", "/scan/{study}/")
SCOPES = {
    "*": True, "study:spare": True, "study:spare@LOCAL": True, "site:LOCAL": True,
    "study:rough": False, "study:spare@RSY02": False, "site:RSY02": False, "study:spare-": False,
}  # fmt: skip
"""Scope of a token, and whether the scan of the research study `spare` at site LOCAL is in it."""


@pytest.fixture(scope="module")
def names(system: System, spare: list[Path]) -> dict[str, str]:
    """Study, series and object UID of the scan."""
    study, series, objects = system.scan("spare", objects=len(spare))
    return {"study": study, "series": series, "object": objects[7]}


@pytest.fixture(scope="module")
def theirs(system: System, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The same of a scan of another research study, `rough`."""
    uid = rough.new_uid()
    path = rough.write(tmp_path_factory.mktemp("theirs") / "one.dcm", rough.part10(rough.dataset(uid), uid))
    assert client.send("127.0.0.1", system.it.dicom_port, "ROUGH", "STORESCU", [path]) == [(path, 0)]
    system.settled("rough", 1)
    study, series, objects = system.scan("rough")
    return {"study": study, "series": series, "object": objects[0]}


def nobody(path: str, names: dict[str, str]) -> str:
    """The same address for a scan that does not exist."""
    return path.format(**dict.fromkeys(names, ABSENT))


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("scope", SCOPES)
def test_a_read_out_of_scope_is_answered_like_one_of_nothing(
    system: System, names: dict[str, str], scope: str, path: str
) -> None:
    token = system.token(scope)
    answer = system.ask(path.format(**names), token=token)
    absent = system.ask(nobody(path, names), token=token)
    assert absent.status == 404
    if SCOPES[scope]:
        assert answer.status == 200
        assert len(answer.body) > 500
    else:
        assert (answer.status, answer.body) == (absent.status, absent.body)
        assert {k for k, _ in answer.headers} == {k for k, _ in absent.headers}


@pytest.mark.parametrize("path", SEARCHES)
@pytest.mark.parametrize("scope", SCOPES)
def test_a_search_finds_what_is_in_scope_and_nothing_else(
    system: System, names: dict[str, str], scope: str, path: str
) -> None:
    token = system.token(scope)
    answer = system.ask(path.format(**names), token=token)
    assert answer.status == 200
    assert bool(answer.json()) is SCOPES[scope]
    if not SCOPES[scope]:
        assert answer.body == system.ask(nobody(path, names), token=token).body


@pytest.mark.parametrize("path", [*READS, *SEARCHES])
def test_who_may_not_see_images_sees_none(system: System, names: dict[str, str], path: str) -> None:
    where = path.format(**names)
    assert system.ask(where).status == 401
    assert system.ask(where, token="iso_guessed").status == 401
    assert {system.ask(where, person=person).status for person in ("audit", "admin")} == {403}
    assert system.ask(where, person="core").status == 200
    assert system.ask(where, person="core", method="DELETE").status == 405


@pytest.mark.parametrize("path", PAGES)
def test_a_page_out_of_scope_is_answered_like_one_of_nothing(
    system: System, names: dict[str, str], theirs: dict[str, str], path: str
) -> None:
    """`narrow` is imaging core of `spare` alone; the scan of another research study is not there for them."""
    here = system.ask(path.format(**names), person="narrow")
    there, absent = (system.ask(where, person="narrow") for where in (path.format(**theirs), nobody(path, names)))
    assert here.status == 200
    assert names["study"] in here.text
    assert (there.status, plain(there.text)) == (absent.status, plain(absent.text))
    assert there.status == 404
    assert system.ask(path.format(**theirs), person="core").status == 200


def plain(page: str) -> str:
    """A page without what differs at every request."""
    differs = r'(nonce|name="csrfmiddlewaretoken" value)="[^"]*"|2\.25\.\d+|app-mono">\d{4}-\d{4}<'
    return re.sub(differs, "", page)


def test_lists_exports_search_and_counts_keep_to_the_scope(
    system: System, names: dict[str, str], theirs: dict[str, str]
) -> None:
    other = theirs["study"]
    for path in ("/archive/", "/archive/?format=csv", "/archive/?format=json", f"/search/?q={other}"):
        mine, all_ = system.ask(path, person="narrow"), system.ask(path, person="core")
        assert (mine.status, all_.status) == (200, 200)
        assert f"/archive/{other}" not in mine.text.replace(f'value="{other}"', "")
        assert "rough" not in mine.text, path
        assert "rough" in all_.text, path
    assert "1 scan" in system.ask("/archive/", person="narrow").text


class Slow(http.client.HTTPConnection):
    """A client with a small receive buffer, so that the server cannot send far ahead."""

    def connect(self) -> None:
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        made.settimeout(60)
        made.connect((self.host, self.port))
        self.sock = made


def test_a_token_revoked_in_the_middle_breaks_the_download_off(system: System, names: dict[str, str]) -> None:
    token = system.token("study:spare", fresh=True)
    path = STUDY.format(**names)
    whole = system.ask(path, token=token)
    assert whole.body.rstrip().endswith(b"--")
    with closing(Slow(urlsplit(system.it.platform).netloc)) as line:
        line.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = line.getresponse()
        assert answer.status == 200
        got = len(answer.read(1 << 16))
        system.run(
            "platform",
            "from isocentre.core.actor import SYSTEM\nfrom isocentre.people import tokens\n"
            "from isocentre.people.bearer import digest\nfrom isocentre.people.models import Token\n"
            "tokens.revoke(by=SYSTEM, token_id=Token.objects.get(digest=digest(token)).pk)\nanswer = True",
            token=token,
        )
        # A client that reads to the end is told that the end was not reached.
        with pytest.raises((http.client.IncompleteRead, ConnectionError)) as broken:
            answer.read()
    if isinstance(broken.value, http.client.IncompleteRead):
        assert 0 < got + len(broken.value.partial) < len(whole.body)
    assert system.ask(path, token=token).status == 401
