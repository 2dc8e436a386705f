"""Accept headers: weights, parameters, transfer syntaxes, refusals."""

from __future__ import annotations

import pytest

from isocentre.core.dicomweb.errors import BadRequest, NotAcceptable
from isocentre.core.dicomweb.media import DICOM, DICOM_JSON, JSON, Media, Offer, choose, parse_accept, parse_media

OFFERS = [Offer(DICOM, multipart=True), Offer(DICOM), Offer(DICOM_JSON), Offer(JSON)]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", OFFERS[0]),
        ("*/*", OFFERS[0]),
        ("application/dicom+json", OFFERS[2]),
        ("application/json;q=0.5, application/dicom+json;q=0.4", OFFERS[3]),
        ('multipart/related; type="application/dicom"', OFFERS[0]),
        ("multipart/related; type=application/*", OFFERS[0]),
        ("multipart/related", OFFERS[0]),
        ("application/*", OFFERS[1]),
        ("text/html, application/dicom", OFFERS[1]),
        ('*/*, multipart/related; type="application/dicom"; q=0', OFFERS[1]),
        ("*/*, application/json;q=0, multipart/related;type=application/dicom;q=0, application/dicom;q=0", OFFERS[2]),
    ],
)
def test_the_client_gets_what_it_prefers(accept: str, chosen: Offer) -> None:
    assert choose(accept, OFFERS)[0] == chosen


@pytest.mark.parametrize("accept", ["text/html", "multipart/related; type=text/html", "application/dicom;q=0"])
def test_what_cannot_be_made_is_not_acceptable_and_says_what_can(accept: str) -> None:
    with pytest.raises(NotAcceptable, match='multipart/related; type="application/dicom"'):
        choose(accept, OFFERS)


def test_a_transfer_syntax_narrows_an_offer_that_has_one() -> None:
    offers = [Offer(DICOM, multipart=True, syntax="1.2.3")]
    for syntax in ("1.2.3", "*"):
        offer, wanted = choose(f'multipart/related; type="application/dicom"; transfer-syntax={syntax}', offers)
        assert (offer, wanted.syntax) == (offers[0], syntax)
    with pytest.raises(NotAcceptable):
        choose('multipart/related; type="application/dicom"; transfer-syntax=1.2.4', offers)


@pytest.mark.parametrize("accept", ["a", "a/b;q=2", "a/b;q=x", "a/b c", "a/b; q", "a/b" + " " * 5000, ",", "a/b;;"])
def test_a_malformed_header_is_told(accept: str) -> None:
    with pytest.raises(BadRequest):
        parse_accept(accept)


def test_quoted_parameters_and_one_media_type() -> None:
    assert parse_media('A/B; C="d\\"e, f"; g=h') == Media("a/b", {"c": 'd"e, f', "g": "h"})
    for wrong in ("", "a/b, c/d"):
        with pytest.raises(BadRequest):
            parse_media(wrong)
