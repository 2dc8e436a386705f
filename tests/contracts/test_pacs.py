"""What the gateway asks of a PACS, answered by Orthanc and by DCMTK's dcmqrscp, by each way that they offer."""

from __future__ import annotations

import datetime
import threading
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, StoragePresentationContexts, evt
from support import pacs
from support.peers import free_port, missing

from isocentre.adapters.dicomweb.named import WebServer
from isocentre.adapters.dicomweb.pacs import WebPacs
from isocentre.adapters.dimse.getting import GetPacs
from isocentre.adapters.dimse.pacs import DimsePacs
from isocentre.core.ports import PacsAway
from isocentre.core.pull.lines import Asked

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(bool({"orthanc", "dcmtk"} & set(missing())), reason="Orthanc or DCMTK is not here"),
]
OURS = "ISOCENTRE"
DAY = datetime.date(2026, 3, 3)


WAYS = ("orthanc move", "orthanc get", "orthanc web", "dcmqrscp move", "dcmqrscp get")


class Kept:
    """Takes in what is handed over, and remembers its UIDs."""

    def __init__(self, at: Path, received: list[str]) -> None:
        self.at, self.received = at, received

    def temporary(self) -> Path:
        self.at.mkdir(exist_ok=True)
        return self.at / f"{uuid.uuid4().hex}.tmp"

    def take(self, file: Path) -> str:
        self.received.append(str(dcmread(file).SOPInstanceUID))
        return ""


def way(name: str, served: pacs.Served, taking: Kept) -> DimsePacs | WebPacs:
    where = ("127.0.0.1", served.port, served.ae_title, OURS, OURS)
    if name.endswith("web"):
        return WebPacs(WebServer(urlsplit(served.web)), taking, timeout=10)
    return GetPacs(*where, timeout=10, taking=taking) if name.endswith("get") else DimsePacs(*where, timeout=10)


def image(number: int, *, scan: str, series: str, **more: object) -> Dataset:
    return pacs.image(f"{series}.{number}", scan=scan, series=series, number=number, **more)


@pytest.fixture(scope="module", params=WAYS)
def there(request, tmp_path_factory):
    """(the PACS with three scans in it, what was received of it)."""
    kind = request.param.split()[0]
    at: Path = tmp_path_factory.mktemp(request.param.replace(" ", ""))
    received: list[str] = []
    lock = threading.Lock()

    def keep(event):
        with lock:
            received.append(str(event.request.AffectedSOPInstanceUID))
        return 0x0000

    ae = AE(OURS)
    ae.supported_contexts = StoragePresentationContexts
    port = free_port()
    server = ae.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, keep)])
    pacs.written(at / "in", [
        *(image(n, scan="1.2.1", series="1.2.1.1") for n in range(1, 6)),
        *(image(n, scan="1.2.1", series="1.2.1.2", SeriesDescription="Localiser") for n in range(1, 3)),
        image(1, scan="1.2.2", series="1.2.2.1", accession="ACC2"),
        image(1, scan="1.2.3", series="1.2.3.1", accession="ACC2", day="20260304", StudyDescription="CT head"),
    ])  # fmt: skip
    with getattr(pacs, kind)(at, destination=OURS, port=port) as served, pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", None)
        patch.setattr("pynetdicom._config.STORE_RECV_CHUNKED_DATASET", False)
        pacs.fill(served, at / "in")
        yield way(request.param, served, Kept(at / "taken", received)), received
    server.shutdown()


def test_it_answers(there):
    it, _ = there
    it.echo()
    assert it.scans(Asked(study_uid="1.2.9")) == []


def test_a_scan_is_found_by_each_of_the_three_ways(there):
    it, _ = there
    for asked in (Asked(accession="ACC1"), Asked(study_uid="1.2.1"),
                  Asked(patient_id="P1", first_day=DAY, last_day=DAY)):  # fmt: skip
        found = [one for one in it.scans(asked) if one.study_uid == "1.2.1"]
        assert len(found) == 1, asked
        assert (found[0].accession, found[0].patient_id, found[0].day) == ("ACC1", "P1", DAY)
        assert found[0].description == "CT chest"


def test_several_scans_of_one_accession_number_are_all_told(there):
    it, _ = there
    found = it.scans(Asked(accession="ACC2"))
    assert {one.study_uid for one in found} == {"1.2.2", "1.2.3"}
    assert len({one.day for one in found}) == 2


def test_the_series_of_a_scan_are_told_with_what_a_rule_asks(there):
    it, _ = there
    found = {one.series_uid: one for one in it.series("1.2.1")}
    assert found.keys() == {"1.2.1.1", "1.2.1.2"}
    assert found["1.2.1.1"].modality == "CT"
    # dcmqrscp tells neither: a rule by words can choose nothing there, and images are counted one by one.
    assert {one.description for one in found.values()} in ({"Thorax 1.0", "Localiser"}, {""})
    assert {one.images for one in found.values()} in ({5, 2}, {None})


def test_the_images_of_a_series_are_told_one_by_one(there):
    it, _ = there
    assert it.images("1.2.1", "1.2.1.2") == ["1.2.1.2.1", "1.2.1.2.2"]
    assert it.images("1.2.1", "1.2.1.99") == []


def test_one_series_is_sent_to_us_whole(there):
    it, received = there
    received.clear()
    told = it.fetch("1.2.1", "1.2.1.1")
    assert not told.words
    assert sorted(received) == [f"1.2.1.1.{n}" for n in range(1, 6)]


def test_some_images_of_a_series_are_sent_and_no_others(there):
    it, received = there
    received.clear()
    assert not it.fetch("1.2.1", "1.2.1.1", ["1.2.1.1.2", "1.2.1.1.4"]).words
    assert sorted(received) == ["1.2.1.1.2", "1.2.1.1.4"]


def test_a_series_it_does_not_have_sends_nothing(there):
    it, received = there
    received.clear()
    told = it.fetch("1.2.1", "1.2.1.99")
    assert not received
    assert not told.sent


def test_a_place_it_does_not_know_is_told_in_words(there):
    it, _ = there
    if type(it) is not DimsePacs:
        return  # it is not told a place
    other = DimsePacs(it.host, it.port, it.ae_title, OURS, "ELSEWHERE", timeout=10)
    assert other.fetch("1.2.1", "1.2.1.1").words


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pynetdicom leaves its socket open
def test_nobody_there_is_told_in_words():
    nobody = DimsePacs("127.0.0.1", free_port(), "PACS", OURS, OURS, timeout=2)
    with pytest.raises(PacsAway, match="Nobody answers"):
        nobody.echo()
