"""A DICOM peer that says exactly the bytes it is told, and the bytes it mostly says."""

from __future__ import annotations

import contextlib
import socket

from isocentre.adapters.dimse import command, pdu
from isocentre.adapters.dimse.pdu import Associate, Proposed

CT, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"
VERIFICATION = "1.2.840.10008.1.1"
REQUEST = pdu.encode_associate(
    Associate(
        "OURS",
        "SENDER",
        (Proposed(1, CT, (EXPLICIT,)), Proposed(3, VERIFICATION, (EXPLICIT,))),
        implementation_class_uid="1.2.3",
    )
)
STORE = pdu.encode_message(1, command.store_request(1, CT, "1.2.3.4"), 0)


class Raw:
    """A peer that says exactly the bytes it is told."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), 10)

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def say(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            self.sock.sendall(data)

    def hear(self) -> tuple[int, bytes]:
        """One PDU: (type, body); (0, b"") when the connection ended."""
        head = self._exactly(6)
        return (head[0], self._exactly(int.from_bytes(head[2:], "big"))) if head else (0, b"")

    def associate(self) -> None:
        self.say(REQUEST)
        assert self.hear()[0] == pdu.ASSOCIATE_AC

    def status(self) -> int:
        kind, body = self.hear()
        assert kind == pdu.P_DATA_TF
        return command.decode(body[6:]).status

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                part = self.sock.recv(count - len(data))
            except ConnectionResetError:
                return b""
            if not part:
                return b""
            data += part
        return data
