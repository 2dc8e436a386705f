"""A recipient of copies by C-STORE (PS3.4 annex B): one association, the data set as it lies in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from isocentre.adapters.dimse import client
from isocentre.adapters.dimse.client import NOT_SENT, AssociationRefused
from isocentre.adapters.dimse.pdu import ProtocolError
from isocentre.core.ports import Handed, RecipientAway, SendResult

_STORED: Final = (0x0000, 0xB000, 0xB006, 0xB007)
"""Success, and warnings with which an object is stored all the same (PS3.4 table B.2-1)."""
_NOBODY: Final = "Nobody answers there. Check address, port and firewall"
_REFUSED: Final = "It refused our association: ask those who look after it to admit our AE title, and check theirs"
_BROKE: Final = "It broke off while it was sent something. It is tried again"
_NO_CONTEXT: Final = "it does not take this kind of object, or not in its compression"


@dataclass(frozen=True, slots=True)
class DimseRecipient:
    """Implements `core.ports.Recipient`. `timeout` in seconds, of connecting and of each answer."""

    host: str
    port: int
    called_ae: str
    calling_ae: str
    timeout: float = 60.0

    def echo(self) -> None:
        """C-ECHO."""
        try:
            status = client.echo(self.host, self.port, self.called_ae, self.calling_ae, timeout=self.timeout)
        except AssociationRefused:
            raise RecipientAway(_REFUSED) from None
        except (OSError, ProtocolError):
            raise RecipientAway(_NOBODY) from None
        if status:
            raise RecipientAway(f"It answers our C-ECHO with status {status:04X}: ask those who look after it")

    def store(self, objects: Sequence[Handed]) -> list[SendResult]:
        """C-STORE them; where it breaks, an echo tells whether it is there at all."""
        files = {one.path: one.object_uid for one in objects}
        where = (self.host, self.port, self.called_ae, self.calling_ae)
        try:
            told = client.send(*where, files, timeout=self.timeout)
        except AssociationRefused:
            raise RecipientAway(_REFUSED) from None
        except (OSError, ProtocolError):
            self.echo()
            raise RecipientAway(_BROKE, reached=True) from None
        return [_result(files[path], status) for path, status in told]


def _result(object_uid: str, status: int) -> SendResult:
    if status in _STORED:
        return SendResult(object_uid, True)
    if status == NOT_SENT:
        return SendResult(object_uid, False, 0, _NO_CONTEXT)
    return SendResult(object_uid, False, status, f"status {status:04X}")
