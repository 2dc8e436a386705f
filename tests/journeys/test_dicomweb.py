"""Clients people use read from the running system: dicomweb-client, curl, and Orthanc's own DICOMweb client."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from support.peers import ORTHANC, ORTHANC_PLUGINS, free_ports
from support.system import System

pytestmark = [pytest.mark.data("head-mr"), pytest.mark.peers("dcmtk")]


def pixels(scan: Dataset) -> tuple[int, bytes]:
    """Instance number and pixel value."""
    return int(scan.InstanceNumber), bytes(scan.PixelData)


@pytest.fixture(scope="module")
def sent(spare: list[Path]) -> dict[int, bytes]:
    """Pixel values as sent, by instance number."""
    return dict(pixels(dcmread(path)) for path in spare)


@pytest.fixture(scope="module")
def client(system: System) -> Any:
    from dicomweb_client.api import DICOMwebClient
    from dicomweb_client.session_utils import create_session

    session = create_session()
    session.headers["Authorization"] = f"Bearer {system.token('study:spare')}"
    return DICOMwebClient(f"{system.it.platform}/dicomweb", session=session)


def test_dicomweb_client_searches_at_three_levels(client: Any, sent: dict[int, bytes]) -> None:
    [study] = client.search_for_studies(search_filters={"ModalitiesInStudy": "MR"})
    assert client.search_for_studies(search_filters={"ModalitiesInStudy": "CT,MR"}) == [study]
    assert client.search_for_studies(search_filters={"ModalitiesInStudy": "CT,PT"}) == []
    uid = study["0020000D"]["Value"][0]
    [series] = client.search_for_series(uid, search_filters={"Modality": "PT,MR"})
    found = client.search_for_instances(uid, series["0020000E"]["Value"][0])
    assert sorted(one["00200013"]["Value"][0] for one in found) == sorted(sent)
    assert len(client.search_for_instances(uid, limit=7)) == 7
    assert client.search_for_studies(search_filters={"PatientID": "P-NOBODY*"}) == []
    assert client.search_for_studies(search_filters={"PatientID": study["00100020"]["Value"][0][:6] + "*"}) == [study]


def test_dicomweb_client_downloads_the_pixels_that_were_sent(client: Any, sent: dict[int, bytes]) -> None:
    uid = client.search_for_studies()[0]["0020000D"]["Value"][0]
    whole = client.retrieve_study(uid)
    assert dict(map(pixels, whole)) == sent
    series = whole[0].SeriesInstanceUID
    assert dict(map(pixels, client.retrieve_series(uid, series))) == sent
    one = client.retrieve_instance(uid, series, whole[3].SOPInstanceUID)
    assert pixels(one) == pixels(whole[3])


def test_dicomweb_client_reads_metadata_frames_bulk_data_and_pictures(client: Any, sent: dict[int, bytes]) -> None:
    uid = client.search_for_studies()[0]["0020000D"]["Value"][0]
    told = [Dataset.from_json(one, lambda *_: b"") for one in client.retrieve_study_metadata(uid)]
    assert sorted(int(one.InstanceNumber) for one in told) == sorted(sent)
    one = told[0]
    where = (uid, one.SeriesInstanceUID, one.SOPInstanceUID)
    value = sent[int(one.InstanceNumber)]
    [frame] = client.retrieve_instance_frames(*where, frame_numbers=[1])
    assert bytes(frame) == value
    # Addresses of values are relative to the metadata's own (RFC 3986 5.2), so that they hold behind any proxy.
    address = urljoin(f"{client.base_url}/", client.retrieve_instance_metadata(*where)["7FE00010"]["BulkDataURI"])
    assert b"".join(client.retrieve_bulkdata(address)) == value
    picture = client.retrieve_instance_rendered(*where, media_types=("image/png",))
    assert picture.startswith(b"\x89PNG")


DROP = """
from isocentre.rooms.archive.models import Series
answer = Series.objects.filter(series_uid=uid).delete()[0]
"""
PUT_RIGHT = """
from django.db.models import F
from isocentre.rooms.archive.models import DirectTotal, ImagingStudy
DirectTotal.objects.filter(research_study="spare").update(objects_stored=F("objects_stored") - 1)
answer = ImagingStudy.objects.filter(study_uid=uid).update(
    series_count=F("series_count") - 1, instance_count=F("instance_count") - 1)
"""


def verified(system: System) -> tuple[int, int, list[str]]:
    """Exit code of `isocentre verify`, how many count as stored directly, and what it finds of those."""
    done = system.it.command("verify", "--json")
    zones = json.loads(done.stdout)["zones"]
    found = [f["about"] for zone in zones.values() for f in zone["findings"]]
    return done.returncode, zones["platform"]["checked"].get("direct", 0), found


def test_a_derived_object_stored_with_a_token_is_counted_apart_and_missed_when_gone(
    system: System, client: Any, sent: dict[int, bytes]
) -> None:
    code, before, found = verified(system)
    assert (code, found) == (0, [])
    study, series, objects = system.scan("spare")
    derived = client.retrieve_instance(study, series, objects[0])
    derived.SOPInstanceUID = derived.file_meta.MediaStorageSOPInstanceUID = f"2.25.{uuid.uuid4().int}"
    derived.SeriesInstanceUID = f"2.25.{uuid.uuid4().int}"
    file = BytesIO()
    derived.save_as(file, enforce_file_format=True)
    answer = system.stow([file.getvalue()], token=system.token())
    assert answer.status == 200, answer.text
    assert verified(system) == (0, before + 1, [])
    assert f"{before + 1:,} stored here directly" in system.it.command("verify").stdout
    system.run("platform", DROP, uid=str(derived.SeriesInstanceUID))
    code, now, found = verified(system)
    assert (code, now) == (1, before)
    assert "direct" in found
    # As it was, for the tests after this one.
    system.run("platform", PUT_RIGHT, uid=study)
    assert verified(system) == (0, before, [])


def curl(*arguments: str) -> bytes:
    done = subprocess.run(["curl", "-sS", "--fail-with-body", *arguments], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode("utf-8", "replace")
    return done.stdout


def test_curl_searches_and_downloads(system: System, sent: dict[int, bytes], tmp_path: Path) -> None:
    auth = ["-H", f"Authorization: Bearer {system.token('study:spare')}"]
    root = f"{system.it.platform}/dicomweb"
    [study] = json.loads(curl(*auth, "-H", "Accept: application/dicom+json", f"{root}/studies"))
    uid = study["0020000D"]["Value"][0]
    listed = json.loads(curl(*auth, "--compressed", f"{root}/studies/{uid}/metadata"))
    assert len(listed) == len(sent)
    series, name = listed[0]["0020000E"]["Value"][0], listed[0]["00080018"]["Value"][0]
    address = f"{root}/studies/{uid}/series/{series}/instances/{name}"
    curl(*auth, "-H", "Accept: application/dicom", "-o", str(tmp_path / "one.dcm"), address)
    number, value = pixels(dcmread(tmp_path / "one.dcm"))
    assert sent[number] == value
    many = curl(*auth, "-H", 'Accept: multipart/related; type="application/dicom"', f"{root}/studies/{uid}")
    assert all(value in many for value in sent.values())
    picture = curl(*auth, "-H", "Accept: image/jpeg", f"{address}/rendered?window=400,1200,linear&viewport=128,128")
    assert picture.startswith(b"\xff\xd8\xff")
    refused = subprocess.run(["curl", "-s", "-o", "-", "-w", "%{http_code}", f"{root}/studies"], capture_output=True,
                             timeout=60, check=False)  # fmt: skip
    assert refused.stdout.endswith(b"401")


@contextmanager
def orthanc(folder: Path, server: dict[str, Any]) -> Iterator[str]:
    """Orthanc, knowing us as the DICOMweb server `isocentre`; its address."""
    dicom, http = free_ports(2)
    settings = {
        "StorageDirectory": str(folder), "IndexDirectory": str(folder), "Plugins": [ORTHANC_PLUGINS],
        "DicomPort": dicom, "HttpPort": http, "RemoteAccessAllowed": True, "AuthenticationEnabled": False,
        "DicomWeb": {"Enable": True, "Servers": {"isocentre": server}},
    }  # fmt: skip
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([ORTHANC, str(folder / "orthanc.json")], stdout=log, stderr=log)
    try:
        limit = time.monotonic() + 30
        while not _up(f"http://127.0.0.1:{http}/system"):
            assert time.monotonic() < limit, (folder / "orthanc.log").read_text()[-2000:]
            time.sleep(0.2)
        yield f"http://127.0.0.1:{http}"
    finally:
        process.terminate()
        process.wait(20)


def _up(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except OSError:
        return False


def asked(address: str, body: Any = None) -> Any:
    """JSON of an address of Orthanc, by POST when there is a body."""
    request = urllib.request.Request(address, None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{error.code} {error.read().decode()[:500]}") from None


@pytest.mark.peers("orthanc")
def test_orthanc_finds_and_fetches_the_scan(system: System, sent: dict[int, bytes], tmp_path: Path) -> None:
    server = {
        "Url": f"{system.it.platform}/dicomweb/", "HasDelete": False,
        "HttpHeaders": {"Authorization": f"Bearer {system.token('study:spare')}"},
    }  # fmt: skip
    uid = system.scan("spare")[0]
    with orthanc(tmp_path, server) as address:
        ours = f"{address}/dicom-web/servers/isocentre"
        [found] = asked(f"{ours}/qido", {"Uri": "/studies", "Arguments": {"StudyInstanceUID": uid}})
        assert uid in json.dumps(found)
        asked(f"{ours}/retrieve", {"Resources": [{"Study": uid}], "Synchronous": True})
        names = asked(f"{address}/instances")
        assert len(names) == len(sent)
        got = {}
        for name in names:
            with urllib.request.urlopen(f"{address}/instances/{name}/file", timeout=30) as answer:
                (tmp_path / "one.dcm").write_bytes(answer.read())
            number, value = pixels(dcmread(tmp_path / "one.dcm"))
            got[number] = value
    assert got == sent
    assert np.frombuffer(got[1], "<i2").std() > 0
