"""Decode the text of DICOM elements by SpecificCharacterSet (PS3.5 section 6.1), never failing and never warning."""

from __future__ import annotations

from functools import lru_cache

_ESC = b"\x1b"
_FALLBACK = "latin-1"


@lru_cache(maxsize=64)
def codecs(charset: bytes) -> tuple[str, ...]:
    """Python codecs for the value of (0008,0005); unknown terms read as Latin-1 so that every byte stays visible."""
    from pydicom.charset import python_encoding

    terms = [term.strip(b" \0").decode("ascii", "replace") for term in charset.split(b"\\")]
    found = [_codec(str(python_encoding.get(term, _FALLBACK))) for term in terms]
    return tuple(found) or (_FALLBACK,)


def _codec(name: str) -> str:
    # pydicom's own names for the default repertoire, and for GB 2312 in ISO 2022, are not Python codecs.
    return {"iso_ir_58": "gb2312", "iso8859": _FALLBACK}.get(name, name)


def decode(value: bytes, charset: bytes) -> str:
    """Text of a value, without trailing padding. Undecodable bytes become U+FFFD."""
    value = value.rstrip(b" \0")
    if _ESC not in value:
        if value.isascii():
            return value.decode("ascii")
        return value.decode(codecs(charset)[0], "replace")
    return _decode_2022(value, codecs(charset)[0])


def _decode_2022(value: bytes, initial: str) -> str:
    """Text with ISO 2022 escape sequences (PS3.3 C.12.1.1.2): each stretch by the set its escape names."""
    from pydicom.charset import CODES_TO_ENCODINGS

    first, *stretches = value.split(_ESC)
    out = [first.decode(initial, "replace")]
    for stretch in stretches:
        codec, size = "", 0
        for code, name in CODES_TO_ENCODINGS.items():
            if code.startswith(_ESC) and stretch.startswith(code[1:]) and len(code) - 1 > size:
                codec, size = str(name), len(code) - 1
        if not codec:
            out.append(stretch.decode(_FALLBACK))
        elif codec.startswith("iso2022"):
            out.append((_ESC + stretch).decode(codec, "replace"))
        else:
            out.append(stretch[size:].decode(_codec(codec), "replace"))
    return "".join(out)
