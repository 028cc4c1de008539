"""The served OpenAPI document, tried by schemathesis: no request meets a fault of the server's, and no answer is one
that the document does not have.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.matrix.table import ADMIN, SETTINGS
from tests.integration.matrix.world import OWN, World, canary
from tests.kit.server import ServerProcess

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
FEW, MANY = 3, 200
SECONDS = 30.0  # for one answer
NAMES = {path: name for path, (name, _, _) in SETTINGS.items()} | {
    "people": "person", "organisations": "organisation", "me": "device", "conversations": "conversation"
}  # fmt: skip


@pytest.fixture
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    server = ServerProcess(tmp_path_factory.mktemp("schema"), bot="echo")
    await server.start()
    async with AsyncExitStack() as stack:
        made = World(server, stack)
        await made.is_made()
        yield made
    await server.kill()
    assert not server.complaints


@pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
async def test_every_answer_is_one_that_the_document_has(world: World, examples: int) -> None:
    """[R179]"""
    document = (await world.server.ask("GET", "/v1/openapi.json")).json
    schema = schemathesis.openapi.from_dict(document)
    operations: list[Any] = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    assert len(operations) == sum(map(len, document["paths"].values()))
    found = [await asyncio.to_thread(is_kept, world, operation, examples) for operation in operations]
    wrong = [problem for problem in found if problem]
    assert not wrong, f"{len(wrong)} of {len(found)} operations\n" + "\n\n".join(wrong[:10])


def is_kept(world: World, operation: Any, examples: int) -> str:
    """What is wrong with it, as a text."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples == FEW,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), has_ids=st.booleans(), version=st.sampled_from(["", '"1"', '"2"']))
    def tried(case: Any, has_ids: bool, version: str) -> None:
        if has_ids:
            case.path_parameters = {name: id_of(world, case.path, name) for name in case.path_parameters or {}}
            (case.query or {}).pop("organisation", None)
        headers = {"authorization": f"Bearer {token(world, case.path)}", "origin": world.server.url}
        if version and "If-Match" in (case.headers or {}):
            headers["If-Match"] = version
        answer = case.call(base_url=world.server.url, headers=headers, timeout=SECONDS)
        case.validate_response(answer, checks=CHECKS)

    try:
        tried()
    except (AssertionError, BaseExceptionGroup) as problem:
        return f"{operation.method.upper()} {operation.path}: {problem!s:.1500}"
    return ""


def token(world: World, path: str) -> str:
    """Of somebody who may ask."""
    visitor = world.server.visitor_token(f"v {canary(OWN)}", organisation=world.organisations[OWN])
    return visitor if "/webchat/" in path else world.token(ADMIN)


def id_of(world: World, path: str, name: str) -> str:
    if name != "id":
        return world.ids[OWN].get(name, "webchat")
    return world.ids[OWN].get(NAMES.get(path.split("/")[2], ""), "none")
