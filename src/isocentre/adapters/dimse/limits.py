"""Bounds of the receiver: how many, how long, how big. One frozen record, with the defaults we serve with."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, sizes in bytes.

    `associations` and `per_address` hold across all receivers (the listener counts); the limit of a peer comes with its
    admission. Beyond `associations`, a further `refusals` connections get a polite A-ASSOCIATE-RJ, then none are taken.
    """

    associations: int = 256
    per_address: int = 160
    refusals: int = 256
    artim: float = 15.0  # PS3.8 9.1.4: from connection to a whole A-ASSOCIATE-RQ, from our last word to the close
    idle: float = 300.0  # between messages: modalities keep an association open while they reconstruct
    stall: float = 60.0  # without a byte inside a message
    grace: float = 10.0  # for objects on their way when we are told to stop
    without_receivers: float = 10.0  # connections wait in the kernel this long for a restarted receiver
    max_pdu: int = MIB
    associate_bytes: int = MIB  # an A-ASSOCIATE-RQ with 128 contexts of every syntax is under 300 KB
    command_bytes: int = 64 << 10
    buffer_bytes: int = 16 * MIB  # an object up to this size is handed over in memory as well
    buffers_total: int = 96 * MIB  # of all associations of one process; beyond it objects go straight to disk
    object_bytes: int = 32 << 30
