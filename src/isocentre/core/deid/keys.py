"""One person's keys at work: keyed UIDs and shifted dates, remembered while a series is done."""

from __future__ import annotations

from isocentre.core.deid import identity, values
from isocentre.core.dicom import dictionary

_REMEMBERED = 8192
_UNKNOWN = b"\xff"


class Keys:
    """Changes UIDs and dates by a study key and a shift. Memory is bounded: the tables are emptied when full.

    `log`: a dictionary to fill with every UID replaced, old to new, for the map a hospital keeps.
    """

    def __init__(self, study_key: bytes, weeks: int, log: dict[str, str] | None = None) -> None:
        self._key = study_key
        self._log = log
        self._weeks = weeks
        self._uids: dict[bytes, bytes] = {}
        self._dates: dict[bytes, bytes] = {}

    @property
    def logs(self) -> bool:
        """Whether every UID is to be written down."""
        return self._log is not None

    def uid(self, raw: bytes) -> bytes:
        """The keyed UIDs for a UI value, each of several; those of the standard's registry stay (PS3.6 annex A)."""
        made = self._uids.get(raw)
        if made is None:
            parts = [part.strip(b" \0") for part in raw.split(b"\\")]
            made = b"\\".join(part if _stays(part) else identity.object_uid(self._key, part).encode() for part in parts)
            _remember(self._uids, raw, made)
            if self._log is not None:
                pairs = zip(parts, made.split(b"\\"), strict=True)
                self._log.update({old.decode("latin-1"): new.decode() for old, new in pairs if old != new})
        return made

    def date(self, raw: bytes) -> bytes | None:
        """The shifted DA value; None when it is no date."""
        return self._shift(b"D", raw)

    def datetime(self, raw: bytes) -> bytes | None:
        """The shifted DT value; None when it has no whole date."""
        return self._shift(b"T", raw)

    def _shift(self, kind: bytes, raw: bytes) -> bytes | None:
        made = self._dates.get(kind + raw)
        if made is None:
            shift = values.shift_date if kind == b"D" else values.shift_datetime
            moved = shift(raw, self._weeks)
            made = _UNKNOWN if moved is None else moved
            _remember(self._dates, kind + raw, made)
        return None if made == _UNKNOWN else made


def _stays(part: bytes) -> bool:
    # The standard's prefix is not enough: a number may stand behind it that the standard never gave.
    return not part or dictionary.is_registered(part.decode("latin-1"))


def _remember(table: dict[bytes, bytes], raw: bytes, made: bytes) -> None:
    if len(table) >= _REMEMBERED:
        table.clear()
    if len(raw) <= 256:  # longer values are hostile or lists that never come twice
        table[raw] = made
