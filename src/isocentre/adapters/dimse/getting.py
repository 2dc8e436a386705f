"""A hospital's PACS by C-GET (PS3.4 C.4.3): images come on the line we opened, so the PACS need not know our address.

Asked for are the SOP classes the series has, as the PACS tells them, each uncompressed and compressed as the PACS holds
it: a class asked for too little is one the PACS cannot hand over. Where it does not tell, the commonest.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from pynetdicom import AE, _config, build_role, evt

from isocentre.adapters.dimse.contexts import TRANSFER_SYNTAXES, VERIFICATION
from isocentre.adapters.dimse.pacs import FIND, DimsePacs, ended, named, text
from isocentre.core.ports import MOST_IMAGES, Moved, TakesIn

log = structlog.get_logger()
GET = "1.2.840.10008.5.1.4.1.2.2.3"
"""Study Root Query/Retrieve Information Model, GET (PS3.4 C.6.2.1.1)."""
UNCOMPRESSED = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]
COMPRESSED = sorted(TRANSFER_SYNTAXES - {*UNCOMPRESSED, "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"})
_STORED = "1.2.840.10008.5.1.4.1.1."
COMMON = tuple(
    _STORED + tail
    for tail in ("1", "1.1", "1.2", "1.3", "2", "2.1", "3.1", "4", "4.1", "4.2", "6.1", "7", "7.1", "7.2", "7.3", "7.4",
                 "11.1", "12.1", "12.2", "13.1.3", "20", "30", "66.4", "88.11", "88.22", "88.33", "88.59", "88.67",
                 "104.1", "128", "130", "481.1", "481.2", "481.3", "481.5")
)  # fmt: skip
_MOST = 60
"""SOP classes of one association: each takes two of its 128 contexts (PS3.8 9.3.2)."""
_CANNOT_UNDERSTAND, _OUT_OF_RESOURCES = 0xC000, 0xA700


@dataclass(frozen=True, slots=True)
class GetPacs(DimsePacs):
    """Implements `core.ports.Pacs` by C-GET; what comes is given to `taking`."""

    taking: TakesIn = field(kw_only=True)

    def echo(self) -> None:
        """C-ECHO, and whether it offers C-FIND and C-GET to us."""
        with self.open((VERIFICATION, FIND, GET)) as association:
            self._done(association.send_c_echo())

    def fetch(self, study_uid: str, series_uid: str, images: Sequence[str] = ()) -> Moved:
        """C-GET of one series, or some of its images."""
        classes = self._classes(study_uid, series_uid)
        _through_files(self.taking)

        def ask(ae: AE) -> None:
            for one in classes:
                # Two contexts: of several syntaxes in one the PACS picks the one it likes.
                ae.add_requested_context(one, UNCOMPRESSED)
                ae.add_requested_context(one, COMPRESSED)

        roles = [build_role(one, scp_role=True) for one in classes]
        handlers = [(evt.EVT_C_STORE, self._stored)]
        with self.open((GET,), silent=self.patience, asked=ask, ext_neg=roles, handlers=handlers) as association:
            return ended(association.send_c_get(named(study_uid, series_uid, images), GET))

    def _classes(self, study_uid: str, series_uid: str) -> list[str]:
        """SOP classes of a series, as the PACS tells them image by image; the commonest where it does not."""
        known = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": series_uid}
        told = self.find("IMAGE", ("SOPInstanceUID", "SOPClassUID"), known, most=MOST_IMAGES)
        found = sorted({uid for one in told if (uid := text(one, "SOPClassUID"))})
        return (found or list(COMMON))[:_MOST]

    def _stored(self, event: evt.Event) -> int:
        """One object that came: kept, or refused with a status."""
        path = event.dataset_path
        try:
            return _CANNOT_UNDERSTAND if self.taking.take(path) else 0x0000
        except Exception as error:  # noqa: BLE001 - its trace would go to a log that may quote the header
            log.error("object_not_taken", phase="pull", error=type(error).__name__)
            return _OUT_OF_RESOURCES
        finally:
            path.unlink(missing_ok=True)


def _through_files(taking: TakesIn) -> None:
    """Have what comes written as it comes, into quarantine: an object of gigabytes is never held in memory, and one
    that a crash leaves lies nowhere else."""
    _config.STORE_RECV_CHUNKED_DATASET = True
    tempfile.tempdir = str(taking.temporary().parent)
