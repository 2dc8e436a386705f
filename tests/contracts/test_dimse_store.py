"""C-ECHO and C-STORE contract: DCMTK, pynetdicom and our sender, to ours and to pynetdicom's: equal data sets."""

from __future__ import annotations

import errno
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from dimse_service import Keeper, Service, serving
from pydicom.data import get_testdata_file
from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation, UserIdentityNegotiation

from isocentre.adapters.dimse import client
from isocentre.adapters.dimse.contexts import TRANSFER_SYNTAXES, VERIFICATION, storage_classes
from isocentre.adapters.dimse.limits import Limits
from isocentre.core.ports import NotKept, Received

STORESCU, ECHOSCU = Path("/usr/bin/storescu"), Path("/usr/bin/echoscu")
dcmtk = [pytest.mark.peers, pytest.mark.skipif(not STORESCU.exists(), reason="DCMTK is not installed (make peers)")]
HTJ2K = "HTJ2K.dcm"
# The file, and the option with which DCMTK proposes its syntax.
FILES = {
    "CT_small.dcm": "-xe",
    "MR_small_implicit.dcm": "-xi",
    "MR_small_bigendian.dcm": "-xb",
    "image_dfl.dcm": "-xd",
    "MR_small_RLE.dcm": "-xr",
    "SC_rgb_jpeg_dcmtk.dcm": "-xy",
    "SC_rgb_jpeg_gdcm.dcm": "-xs",
    "MR_small_jpeg_ls_lossless.dcm": "-xt",
    "MR_small_jp2klossless.dcm": "-xv",
    "JPEG2000.dcm": "-xw",
}


@pytest.fixture
def reference() -> Iterator[tuple[int, dict[str, bytes]]]:
    """pynetdicom as acceptor of the same contexts: port, and UID → data set as it came."""
    stored: dict[str, bytes] = {}

    def keep(event: evt.Event) -> int:
        stored[str(event.request.AffectedSOPInstanceUID)] = event.request.DataSet.getvalue()
        return 0

    ae = AE("REFERENCE")
    for uid in sorted(storage_classes()):
        ae.add_supported_context(uid, sorted(TRANSFER_SYNTAXES))
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, keep)])
    try:
        yield server.socket.getsockname()[1], stored
    finally:
        server.shutdown()


def _file(name: str, folder: Path | None = None) -> Path:
    if name == HTJ2K and folder is not None:
        # Nothing here looks inside the pixel data: only the syntax it says it has matters.
        data_set = pydicom.dcmread(_file("JPEG2000.dcm"))
        data_set.file_meta.TransferSyntaxUID = pydicom.uid.HTJ2KLossless
        data_set.save_as(folder / name)
        return folder / name
    path = get_testdata_file(name, download=False)
    assert path is not None, f"{name} is not in this pydicom"
    return Path(str(path))


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=60, check=False)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout + done.stderr)


def _data_set(received: Received, keeper: Keeper) -> bytes:
    return (keeper.folder / f"{received.sop_instance_uid}.dcm").read_bytes()[received.dataset_offset :]


def _pynetdicom_sends(port: int, path: Path, **more: object) -> int:
    meta = pydicom.filereader.read_file_meta_info(path)
    ae = AE("PYNETDICOM")
    ae.add_requested_context(meta.MediaStorageSOPClassUID, UID(meta.TransferSyntaxUID))
    association = ae.associate("127.0.0.1", port, ae_title="OURS", **more)  # type: ignore[arg-type]  # pass-through
    assert association.is_established
    status = association.send_c_store(path)
    association.release()
    return int(status.Status)


@pytest.mark.parametrize("name", [pytest.param(n, marks=dcmtk) for n, option in FILES.items() if option])
def test_dcmtk_stores_the_same_with_us_and_with_pynetdicom(
    service: Service, keeper: Keeper, reference: tuple[int, dict[str, bytes]], name: str
) -> None:
    path = _file(name)
    for port in (service.port, reference[0]):
        done = _run(STORESCU, "-R", FILES[name], "-aet", "STORESCU", "-aec", "OURS", "127.0.0.1", port, path)
        assert done.returncode == 0, done.stdout
    (received,) = keeper.kept
    assert _data_set(received, keeper) == reference[1][received.sop_instance_uid] != b""
    assert keeper.buffers == [True]
    assert (received.calling_ae, received.called_ae, received.address) == ("STORESCU", "OURS", "127.0.0.1")
    assert keeper.leftovers == []


@pytest.mark.parametrize("name", [*FILES, HTJ2K])
def test_pynetdicom_and_our_sender_store_the_same_with_both(
    service: Service, keeper: Keeper, reference: tuple[int, dict[str, bytes]], name: str, tmp_path: Path
) -> None:
    path = _file(name, tmp_path)
    for port in (service.port, reference[0]):
        assert _pynetdicom_sends(port, path) == 0
    (received,) = keeper.kept
    theirs = _data_set(received, keeper)
    assert theirs == reference[1][received.sop_instance_uid] != b""
    for port in (service.port, reference[0]):
        assert client.send("127.0.0.1", port, "OURS", "SENDER", [path]) == [(path, 0)]
    ours = _data_set(keeper.kept[1], keeper)
    assert ours == reference[1][received.sop_instance_uid]
    assert path.read_bytes().endswith(ours)  # bytes as they lie in the file


def test_the_file_is_a_part_10_file_of_ours(service: Service, keeper: Keeper) -> None:
    path = _file("JPEG2000.dcm")
    assert client.send("127.0.0.1", service.port, "OURS", "SENDER", [path]) == [(path, 0)]
    (received,) = keeper.kept
    stored, sent = pydicom.dcmread(keeper.folder / f"{received.sop_instance_uid}.dcm"), pydicom.dcmread(path)
    assert stored.preamble == bytes(128)
    assert stored.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID == received.transfer_syntax
    assert stored.file_meta.SourceApplicationEntityTitle == "SENDER"
    assert stored.PixelData == sent.PixelData
    assert received.size == (keeper.folder / f"{received.sop_instance_uid}.dcm").stat().st_size


@pytest.mark.parametrize("title", [pytest.param(t, marks=dcmtk) for t in ("ECHOSCU", "NOBODY")])
def test_dcmtk_echo_is_answered_and_an_unknown_caller_refused(service: Service, title: str) -> None:
    done = _run(ECHOSCU, "-aet", title, "-aec", "OURS", "127.0.0.1", service.port)
    assert done.returncode == (0 if title == "ECHOSCU" else 1)
    assert ("Calling AE Title Not Recognized" in done.stdout) is (title == "NOBODY")
    assert "Permanent" in done.stdout or title == "ECHOSCU"


def test_our_echo_and_our_refusal(service: Service) -> None:
    assert client.echo("127.0.0.1", service.port, "OURS", "SENDER") == 0
    with pytest.raises(client.AssociationRefused) as refused:
        client.echo("127.0.0.1", service.port, "OURS", "NOBODY")
    assert refused.value.why == (1, 1, 3)


def test_roles_and_user_identity_are_no_obstacle(service: Service, keeper: Keeper) -> None:
    role, user = SCP_SCU_RoleSelectionNegotiation(), UserIdentityNegotiation()
    role.sop_class_uid, role.scu_role, role.scp_role = pydicom.uid.CTImageStorage, True, True
    user.user_identity_type, user.primary_field, user.positive_response_requested = 1, b"someone", True
    assert _pynetdicom_sends(service.port, _file("CT_small.dcm"), ext_neg=[role, user]) == 0
    assert len(keeper.kept) == 1


def test_a_class_that_is_no_storage_and_a_syntax_we_do_not_keep_are_refused(service: Service) -> None:
    ae = AE("PYNETDICOM")
    ae.add_requested_context("1.2.840.10008.5.1.4.1.2.2.1")  # Study Root Query/Retrieve - FIND
    ae.add_requested_context(pydicom.uid.CTImageStorage, "1.2.840.10008.1.2.4.94")  # JPIP
    ae.add_requested_context(VERIFICATION)
    association = ae.associate("127.0.0.1", service.port)
    assert association.is_established
    assert sorted(context.result for context in association.rejected_contexts) == [3, 4]
    assert association.send_c_echo().Status == 0
    association.release()


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (OSError(errno.ENOSPC, "full"), 0xA700),
        (ValueError("Needle^Patient"), 0x0110),
        (0xA900, 0xA900),
        (0xB000, 0xB000),
    ],
)
def test_what_keep_says_is_what_the_peer_hears(
    service: Service, keeper: Keeper, caplog: pytest.LogCaptureFixture, problem: Exception | int, status: int
) -> None:
    def answer(_received: Received) -> int:
        if isinstance(problem, Exception):
            raise problem
        return problem

    path = _file("CT_small.dcm")
    keeper.answer = answer
    # The association goes on after a failure: the second object gets its own answer.
    assert client.send("127.0.0.1", service.port, "OURS", "SENDER", [path])[0][1] == status
    keeper.answer = None
    assert client.send("127.0.0.1", service.port, "OURS", "SENDER", [path])[0][1] == 0
    assert len(keeper.leftovers) == (1 if status == 0xB000 else 0)  # a warning means kept: the file is intake's
    assert "Needle" not in caplog.text
    assert pydicom.dcmread(path).SOPInstanceUID not in caplog.text


def test_what_is_no_dicom_file_is_not_sent(service: Service, tmp_path: Path) -> None:
    text, good = tmp_path / "text.dcm", _file("CT_small.dcm")
    text.write_text("not DICOM")
    result = client.send("127.0.0.1", service.port, "OURS", "SENDER", [text, good])
    assert result == [(text, client.NOT_SENT), (good, 0)]


def test_an_object_larger_than_memory_allows_goes_to_disk_as_it_came(tmp_path: Path, keeper: Keeper) -> None:
    data_set = pydicom.dcmread(_file("CT_small.dcm"))
    data_set.PixelData = bytes(range(256)) * 20_000
    big = tmp_path / "big.dcm"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set.save_as(big)
    with serving(tmp_path, keeper, Limits(buffer_bytes=1 << 20, max_pdu=50_000)) as service:
        assert client.send("127.0.0.1", service.port, "OURS", "SENDER", [big]) == [(big, 0)]
    assert keeper.buffers == [False]
    assert big.read_bytes().endswith(_data_set(keeper.kept[0], keeper))
    assert keeper.kept[0].size > 5_000_000


@pytest.mark.parametrize("title", [pytest.param("TRIAL", marks=dcmtk)])
def test_dcmtk_is_told_why_an_object_is_refused_and_so_are_the_people_here(
    service: Service, keeper: Keeper, title: str
) -> None:
    def refuse(_received: Received) -> int:
        raise NotKept(0xC000, "no_study_uid", "Study Instance UID (0020,000D) is missing or empty")

    keeper.answer = refuse
    done = _run(STORESCU, "-d", "-aet", "SENDER", "-aec", title, "127.0.0.1", service.port, _file("CT_small.dcm"))
    assert done.returncode != 0, done.stdout
    assert "0xc000" in done.stdout
    assert "Study Instance UID (0020,000D) is missing or empty" in done.stdout
    assert keeper.refusals == [("SENDER", "SENDER", "TRIAL", "no_study_uid")]
    assert keeper.leftovers == []
