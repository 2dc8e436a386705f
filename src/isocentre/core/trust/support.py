"""The support bundle's redaction: nothing known of a patient, nothing that looks like a person's, and no secret stays.

Names and numbers are looked for by the second check's own code. What is not of a known form is not taken in at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from isocentre.core.deid import needles, recheck_known, recheck_patterns
from isocentre.core.deid.disguises import is_uid
from isocentre.core.deid.recheck_page import page
from isocentre.core.deid.recheck_sorts import FREE

GONE = "[removed]"
LOG_KEYS = frozenset({"level", "logger", "timestamp", "event", "error", "where", "reference", "phase", "kind", "room",
                      "hook", "task", "listener", "cause", "association", "tries"})  # fmt: skip
"""What is taken of a log line; anything else in it is not."""
_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?")
_SECRETS = (
    re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.S),
    re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/@]+@", re.I),
    re.compile(
        r"(?:password|passwd|pwd|secret|token|bearer|basic|authorization|api[_-]?key)\b[\"']?\s*[=: ]\s*\S+", re.I
    ),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"(?<![A-Za-z0-9+/_=-])(?=[A-Za-z+/_=-]*[0-9])(?=[a-z0-9+/_=-]*[A-Z])[A-Za-z0-9+/_=-]{24,}"),
    re.compile(r"(?<![0-9a-f])[0-9a-f]{32,}"),
)
"""What a secret looks like: a key in PEM, a name and password in an address, what is called one, long runs of
small and capital letters and digits, and of hexadecimal digits."""
_CHUNK, _TAG, _SHORTEST = 200, 0x00104000, 6


class Redaction:
    """Removes values from texts. `known`: anything known of any patient; `secrets`: passwords, tokens, keys in use."""

    def __init__(self, known: Iterable[str], secrets: Iterable[str] = ()) -> None:
        told = iter(dict.fromkeys(one.strip() for one in known if one.strip()))
        self._sought = []
        while chunk := tuple(islice(told, _CHUNK)):
            self._sought.append(needles.prepare(tuple(one for one in chunk if not is_uid(one))))
        self._secrets = tuple(one for one in secrets if len(one) >= _SHORTEST)
        self._seen: dict[str, str] = {}
        self.removed = 0

    def text(self, said: str) -> str:
        """The text, or in its place that it was removed."""
        if said not in self._seen:
            self._seen[said] = GONE if self._tells(said) else said
        self.removed += self._seen[said] == GONE
        return self._seen[said]

    def data(self, said: Any) -> Any:
        """The same of anything that JSON holds, names of members as well; of a form that it does not hold: removed."""
        if isinstance(said, dict):
            return {self.text(str(name)): self.data(value) for name, value in said.items()}
        if isinstance(said, list | tuple):
            return [self.data(one) for one in said]
        if isinstance(said, bool) or said is None:
            return said
        if isinstance(said, int | float):
            return said if self.text(str(said)) != GONE else GONE
        return self.text(said) if isinstance(said, str) else self.text(GONE)

    def log(self, lines: Iterable[str]) -> tuple[list[str], int]:
        """The lines of a log that are of its known form, each with what may be told of it; and how many are not."""
        kept, strange = [], 0
        for line in lines:
            try:
                said = json.loads(line)
            except ValueError:
                said = None
            if isinstance(said, dict):
                known = {name: value for name, value in said.items() if name in LOG_KEYS}
                kept.append(json.dumps(self.data(known), sort_keys=True))
            else:
                strange += 1
        return kept, strange

    def _tells(self, said: str) -> bool:
        if _TIME.fullmatch(said):
            return False
        if is_uid(said) and said.count(".") > 4:  # 1.2.840… names a scan; a version has few parts
            return True
        if any(one in said for one in self._secrets) or any(form.search(said) for form in _SECRETS):
            return True
        raw = said.encode()
        read = page({b"ISO_IR 192": [(raw, _TAG, FREE)]})
        if recheck_patterns.told(read):
            return True
        return any(
            recheck_known.where(read, one.forms) is not None or needles.coded_in({raw: _TAG}, one.raw) is not None
            for one in self._sought
        )
