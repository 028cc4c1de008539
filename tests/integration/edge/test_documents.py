"""The documents of the API: what they say of operations and frames, and how they are served."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from intervene.core.wire.contact import ContactIn, ContactOut
from intervene.core.wire.staff import StaffIn, StaffOut
from intervene.edge.http import asyncapi, openapi
from intervene.edge.http.api import OPERATIONS
from intervene.edge.http.openapi import STATUSES
from tests.integration.edge.conftest import Edge

PROTOCOL = Path(__file__).parents[3] / "docs" / "protocol.md"
OPENAPI, ASYNCAPI = openapi.document(OPERATIONS), asyncapi.document()


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from references(part)


@pytest.mark.parametrize("document", [OPENAPI, ASYNCAPI], ids=["openapi", "asyncapi"])
def test_every_reference_leads_somewhere_and_every_schema_is_one(document: Any) -> None:
    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_each_operation_is_described_with_what_it_takes_and_refuses() -> None:
    """[R179]"""
    assert {(method.upper(), path) for path, by in OPENAPI["paths"].items() for method in by} == {
        (each.method, each.path) for each in OPERATIONS
    }
    names = [made["operationId"] for by in OPENAPI["paths"].values() for made in by.values()]
    assert len(names) == len(set(names))
    said = OPENAPI["paths"]["/v1/conversations/{conversation}/say"]["post"]
    assert [each["name"] for each in said["parameters"]] == ["conversation", "Idempotency-Key", "organisation"]
    body = OPENAPI["components"]["schemas"]["StaffSayBody"]
    assert (list(body["properties"]), body["required"]) == (
        ["text", "epoch", "seen", "confirmed"],
        ["text", "epoch", "seen"],
    )
    assert said["responses"].keys() >= {"200", "401", "404", "409", "422", "429"}
    assert said["security"] == [{"token": []}]


def test_each_frame_is_described_for_those_who_have_it() -> None:
    """[R179] No frame of staff is one of customers."""
    for audience, sends, is_sent in (("staff", StaffIn, StaffOut), ("customers", ContactIn, ContactOut)):
        for action, union in (("receive", sends), ("send", is_sent)):
            prefix = f"{audience}.{action}."
            listed = {name.removeprefix(prefix) for name in ASYNCAPI["operations"] if name.startswith(prefix)}
            assert listed - {"hello"} == {str(each.__struct_config__.tag) for each in get_args(union)}
    assert "AddNote" not in ASYNCAPI["channels"]["customers"]["messages"]


def test_refusals_have_the_status_that_the_protocol_says() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d, ]+) \|", PROTOCOL.read_text("utf-8"), re.MULTILINE)
    listed = {code: {int(status) for status in statuses.split(", ")} for code, statuses in rows}
    assert not [code for code, status in STATUSES.items() if code in listed and status not in listed[code]]


async def test_they_are_served_and_cached(edge: Edge) -> None:
    """[R179]"""
    for path, title in (("/v1/openapi.json", "openapi"), ("/v1/asyncapi.json", "asyncapi")):
        reply = await edge.ask("GET", path)
        assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
        assert title in reply.json
        again = await edge.ask("GET", path, b"", **{"if-none-match": reply.headers["etag"]})
        assert (again.status, again.body) == (304, b"")


async def test_the_page_loads_nothing_but_a_style_sheet_of_this_server(edge: Edge) -> None:
    """[R179]"""
    page = await edge.ask("GET", "/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert re.findall(rb'(?:src|href)="([^"#]+)"', page.body) == [
        b"/docs.css",
        b"/v1/openapi.json",
        b"/v1/asyncapi.json",
    ]
    assert b"<script" not in page.body
    style = await edge.ask("GET", "/docs.css")
    assert (style.status, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert b"url(" not in style.body
    ids = re.findall(rb'id="([^"]+)"', page.body)
    assert len(ids) == len(set(ids))
    assert set(re.findall(rb'href="#([^"]+)"', page.body)) <= set(ids)
