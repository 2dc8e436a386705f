"""A document is set from data that is only data: no markup in it is obeyed, no file is read; the PDF is tagged."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest

from isocentre.adapters.documents.typesetting import Typst

AT = datetime(2026, 12, 4, 6, 5, tzinfo=UTC)


def told(*cells: str) -> dict[str, Any]:
    return {"title": "Reconciliation of 3 December 2026", "words": "3 images received.", "made": "As it stood.",
            "tables": [{"title": "Images", "heads": ["A", "B"], "rows": [list(cells)]},
                       {"title": "Nothing", "heads": ["A"], "rows": []}], "more": ""}  # fmt: skip


def streams(pdf: bytes) -> bytes:
    """What its compressed streams say."""
    said = []
    for one in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            said.append(zlib.decompress(one))
        except zlib.error:
            said.append(one)
    return b"".join(said)


def test_a_document_is_tagged_titled_and_the_same_each_time():
    made = Typst().pdf("intake/typst/night.typ", told("1", "2"), at=AT)
    assert made.startswith(b"%PDF-")
    whole = made + streams(made)
    assert b"/StructTreeRoot" in whole
    assert b"/Lang" in whole
    assert b"pdfuaid" in whole
    assert Typst().pdf("intake/typst/night.typ", told("1", "2"), at=AT) == made


@pytest.mark.parametrize("text", ['#panic("x")', '#read("/etc/passwd")', "*bold* $x$ @nobody", "`", "]", "Zołądek"])
def test_what_looks_like_markup_is_text(text):
    assert Typst().pdf("intake/typst/night.typ", told(text, text), at=AT).startswith(b"%PDF-")


def test_a_long_record_goes_over_pages():
    data = told("1", "2")
    data["tables"][0]["rows"] = [[str(n), "x"] for n in range(600)]
    made = Typst().pdf("intake/typst/night.typ", data, at=AT)
    assert len(re.findall(rb"/Type ?/Page\b", made + streams(made))) > 5
