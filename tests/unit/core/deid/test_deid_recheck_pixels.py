"""Names among the samples of a picture: where they are found in every picture, where in the sample; flat memory."""

import random
import tracemalloc
import zlib

import pytest
from support.checked import good
from support.dicom_bytes import BIG, DEFLATED, EXPLICIT, IMPLICIT, JPEG, el

from isocentre.core.deid import recheck, recheck_pixels
from isocentre.core.deid.disguises import all_forms

KNOWN = ("Smithson^Ada", "9434765919", "RXH12345", "1.2.3.4")
WORDS = recheck_pixels.sought(all_forms(KNOWN[:3]))
RNG = random.Random(20261126)
CT = b"".join((value & 0xFFFF).to_bytes(2, "little") for value in (RNG.randrange(-1000, 3000) for _ in range(40_000)))
CR = b"".join(RNG.randrange(1 << 14).to_bytes(2, "little") for _ in range(40_000))
US = bytes(min(255, max(0, int(RNG.gauss(90, 30)))) for _ in range(80_000))


def says(data, *, bits=16, little=True, whole=False, step=1 << 20):
    return recheck_pixels.says(
        (data[at : at + step] for at in range(0, len(data), step)), WORDS, bits=bits, little=little, whole=whole
    )


def with_(data, text, at):
    return data[:at] + text + data[at + len(text) :]


def test_what_is_looked_for_is_long_enough_not_to_come_by_chance():
    assert WORDS == (b"9434765919", b"rxh12345", b"smithson")
    assert recheck_pixels.sought(all_forms(("Li^Ng", "12345", "Ada^Lee"))) == ()
    for data, bits in ((CT, 16), (CR, 16), (US, 8), (bytes(100), 16), (b"", 8), (b"x", 16)):
        assert not any(says(data, bits=bits, whole=whole) for whole in (False, True))


@pytest.mark.parametrize("step", [1 << 20, 30_001])
@pytest.mark.parametrize("text", [b"Smithson", b"SMITHSON", b"9434765919", b"rxh12345", "Smithson".encode("utf-16-le")])
@pytest.mark.parametrize("at", [3, 30_000, 30_001, 59_998, 79_000])
def test_letters_among_samples_of_two_bytes_are_found(text, at, step):
    assert says(with_(CT, text, at), whole=True, step=step)
    if len(text) < 16 or at % 2 or not 4096 < at < 75_000:  # UTF-16 in low bytes is found in the sample, or at the ends
        assert says(with_(CT, text, at), step=step)
    swapped = CT[1:] + CT[:1]
    assert says(with_(swapped, text, at), little=False, whole=True, step=step)


def test_in_a_picture_of_14_bits_names_are_found_and_numbers_in_the_sample():
    assert says(with_(CR, b"Smithson", 30_000))
    assert not says(with_(CR, b"9434765919", 30_000))
    assert says(with_(CR, b"9434765919", 30_000), whole=True)


def test_in_samples_of_one_byte_names_are_found_at_the_ends_and_in_the_sample():
    assert says(with_(US, b"Smithson", 4000), bits=8)
    assert says(with_(US, b"Smithson", 79_990), bits=8)
    assert not says(with_(US, b"Smithson", 40_000), bits=8)
    assert says(with_(US, b"Smithson", 40_000), bits=8, whole=True)
    assert says(with_(US, "Smithson".encode("utf-16-be"), 40_000), bits=8, whole=True)
    assert says(with_(US, b"Smithson", 39_998), bits=8, whole=True, step=40_000)


def test_one_picture_in_twenty_is_searched_whole_and_which_does_not_depend_on_the_day():
    chosen = [number for number in range(2000) if zlib.crc32(f"2.25.{number}".encode()) % recheck_pixels.SAMPLE == 0]
    assert 70 < len(chosen) < 130


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG, DEFLATED])
def test_the_second_check_looks_at_a_native_picture(syntax):
    bits = el(0x00280100, "US", b"\0\x10" if syntax == BIG else b"\x10\0", syntax)
    data = good(syntax, t00280100=bits, t7FE00010=el(0x7FE00010, "OW", with_(CT, b"SMITHSON", 41_000), syntax))
    (finding,) = recheck.check(data, needles=KNOWN)
    assert (finding.code, "samples" in finding.words, "(7FE0,0010)" in finding.words) == ("identifier", True, True)
    assert recheck.check(data, needles=("Somebody^Else",)) == recheck.check(data) == []
    assert recheck.check(data, needles=("Li^Ng",)) == []


def test_the_picture_may_come_in_chunks_behind_the_head():
    data = good(
        t00280100=el(0x00280100, "US", b"\x10\0"), t7FE00010=el(0x7FE00010, "OW", with_(CT, b"SMITHSON", 41_000))
    )
    head, picture = data[: -len(CT)], data[-len(CT) :]
    chunks = [memoryview(picture)[at : at + 10_000] for at in range(0, len(picture), 10_000)]
    assert [one.code for one in recheck.check(head, needles=KNOWN, picture=chunks)] == ["identifier"]
    assert recheck.check(head, needles=KNOWN) == []
    # A compressed one says nothing by its bytes.
    assert recheck.check(good(JPEG), needles=KNOWN, picture=[b"SMITHSON"]) == []


def test_a_large_picture_is_searched_in_flat_memory():
    chunk = memoryview(CT * 12)  # about a megabyte

    tracemalloc.start()
    recheck_pixels.says((chunk for _ in range(40)), WORDS, bits=16, little=True, whole=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * len(chunk)
