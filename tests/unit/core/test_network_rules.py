"""Sites and scanners are refused in words by field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isocentre.core.checks import Unfit
from isocentre.core.network import check_scanner, check_site
from isocentre.core.record_types import ScannerEntry

SCANNER = ScannerEntry("NM-MR1", "RZN01", "Siemens", "Vida", "175999", "AWP1", "NM_MR1", "MR")


def test_a_good_site_and_scanner_pass() -> None:
    check_site(ods="RZN01", name="Northmoor General", organisation_ods="RZN", organisation_name="Northmoor NHS Trust")
    check_scanner(SCANNER, software="XA30")
    assert SCANNER.code == "NM-MR1"


def test_every_wrong_field_of_a_site_is_named() -> None:
    with pytest.raises(Unfit) as caught:
        check_site(ods="rzn", name="", organisation_ods="?", organisation_name=" ")
    assert set(caught.value.errors) == {"ods", "name", "organisation_ods", "organisation_name"}


def test_no_name_of_a_site_holds_an_nhs_number() -> None:
    with pytest.raises(Unfit) as caught:
        check_site(ods="9990000018", name="of 9990000018", organisation_ods="RZN", organisation_name="9990000018")
    assert set(caught.value.errors) == {"ods", "name", "organisation_name"}
    with pytest.raises(Unfit, match="software"):
        check_scanner(SCANNER, software="for 9990000018")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "a b"}, "code"),
        ({"code": "add"}, "code"),
        ({"site": ""}, "site"),
        ({"modality": "mr"}, "modality"),
        ({"ae_title": "X" * 17}, "ae_title"),
        ({"station_name": "X" * 17}, "station_name"),
        ({"serial": "", "station_name": "", "ae_title": ""}, "serial"),
        ({"serial": "9990000018"}, "serial"),
        ({"model": "Vida 999 000 0018"}, "model"),
        ({"station_name": "9990000018"}, "station_name"),
    ],
)
def test_a_scanner_that_cannot_be_told_apart_is_refused(change: dict[str, str], field: str) -> None:
    with pytest.raises(Unfit) as caught:
        check_scanner(replace(SCANNER, **change), software="")
    assert set(caught.value.errors) == {field}
