"""The OpenAPI documents: valid, complete, enforced by the gate, and the examples of docs/api.md held against them."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import clear_url_caches
from openapi_spec_validator import validate
from support import access_matrix
from support.data import ROOT

from isocentre.api import hospital, national
from isocentre.api.build import document
from isocentre.people.granting import GRANTS
from isocentre.people.roles import roles

SIDES = {"gateway": hospital, "platform": national}
METHODS = ("get", "post", "put", "patch", "delete")
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
ADDRESS = re.compile(r"/api/v1(/[\w{}./-]*)(?:\?([\w=&-]+))?")


def documents() -> dict[str, dict[str, Any]]:
    return {zone: document(side.api()) for zone, side in SIDES.items()}


@pytest.mark.parametrize("zone", SIDES)
def test_it_is_valid_and_served_to_everybody(zone: str, settings: LazySettings, db: None) -> None:
    settings.ROOT_URLCONF = f"isocentre.config.urls_{zone}"
    clear_url_caches()
    answer = Client().get("/api/v1/openapi.json")
    clear_url_caches()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    said = answer.json()
    validate(said)
    assert said == documents()[zone]
    for script in ("/api/v1/docs", "/api/v1/"):
        assert Client().get(script).status_code == 404


@pytest.mark.parametrize("zone", SIDES)
def test_every_path_stands_in_the_matrix_with_the_permissions_it_says(zone: str) -> None:
    rows = {re.sub(r"<\w+:(\w+)>", r"{\1}", one.pattern): one for one in access_matrix.addresses() if one.zone == zone}
    written = access_matrix.FILE.read_text(encoding="utf-8").splitlines()
    for path, operations in documents()[zone]["paths"].items():
        said = [p for method in METHODS if method in operations for p in operations[method]["x-permissions"]]
        assert list(dict.fromkeys(said)) == list(rows[path].needs or ())
        assert rows[path].scope
        assert rows[path].line in written
    served = {path for path, one in rows.items() if path.startswith("/api/v1/") and one.needs is not None}
    assert served == set(documents()[zone]["paths"])


@pytest.mark.parametrize("zone", SIDES)
def test_every_permission_can_be_given_to_a_token_by_somebody(zone: str) -> None:
    held = {p for role in roles().values() if role.zone == zone for p in role.permissions}
    for path, operations in documents()[zone]["paths"].items():
        for method in set(METHODS) & set(operations):
            assert held & GRANTS.keys() & set(operations[method]["x-permissions"]), f"{method} {path}"


@pytest.mark.parametrize("zone", SIDES)
def test_every_operation_says_what_it_is_and_how_it_fails(zone: str) -> None:
    for path, operations in documents()[zone]["paths"].items():
        for method in set(METHODS) & set(operations):
            one = operations[method]
            assert one["summary"], path
            assert one["description"], path
            assert {"400", "401", "403", "404"} <= set(one["responses"]), path
            assert one["security"] == [{"Bearer": []}], path
    for name, shape in documents()[zone]["components"]["schemas"].items():
        assert shape["description"], name


def test_nothing_on_the_national_side_has_room_for_an_identifier_or_a_clock() -> None:
    """But the status, whose processes are no scans."""
    schemas = documents()["platform"]["components"]["schemas"]
    named = {f"{name}.{field}" for name, shape in schemas.items() for field in shape.get("properties", {})}
    assert not [one for one in named if re.search(r"nhs|hospital_number|surname|birth|patient|accession", one)]
    clocks = [name for name, shape in schemas.items() if '"date-time"' in json.dumps(shape)]
    assert clocks == ["Process"]


def test_every_address_in_the_documentation_is_one() -> None:
    """So is every parameter named with it."""
    every = {zone: said["paths"] for zone, said in documents().items()}
    found = ADDRESS.findall(PAGE)
    assert len(found) > 5
    for path, query in found:
        if path in ("/openapi.json", ""):
            continue
        there = [
            operations
            for paths in every.values()
            for known, operations in paths.items()
            if re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", known), f"/api/v1{path}")
        ]
        assert there, path
        known = {p["name"] for one in there for p in one.get("get", {}).get("parameters", ())}
        assert {name for name, _ in parse_qsl(query)} <= known, f"{path}?{query}"


def test_every_path_and_permission_is_in_the_documentation() -> None:
    for said in documents().values():
        for path, operations in said["paths"].items():
            assert f"`{path.removeprefix('/api/v1')}`" in PAGE, path
            for method in set(METHODS) & set(operations):
                assert all(f"`{p}`" in PAGE for p in operations[method]["x-permissions"]), path


def test_the_bodies_of_the_examples_fit_the_document() -> None:
    """Each JSON body of a curl line has the fields its schema asks for, and no other."""
    bodies = re.findall(r"/api/v1(/[\w/-]+) .*?-d '(\{.*?\})'", PAGE, re.DOTALL)
    assert len(bodies) >= 2
    for path, body in bodies:
        sent = json.loads(body)
        for said in documents().values():
            for known, operations in said["paths"].items():
                if "post" in operations and re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", known), f"/api/v1{path}"):
                    name = operations["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                    shape = said["components"]["schemas"][name.rpartition("/")[2]]
                    assert set(shape["required"]) <= sent.keys() <= shape["properties"].keys(), path


def test_the_python_examples_compile() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert examples
    for one in examples:
        compile(one, "docs/api.md", "exec")
