"""One command in many conversations, and what is left of the allowances that requests are paid from."""

from typing import Any

import msgspec
import pytest

from intervene.core.errors import NotFound, Taken, Unavailable
from intervene.core.limits import AGENT_BURST, REQUESTS_BURST
from intervene.core.limits import BULK as MOST
from intervene.ports.log import Receipt
from tests.integration.edge.conftest import Edge, problem
from tests.integration.edge.stand_ins import NOON
from tests.integration.edge.test_commands import BULK, answers, give
from tests.kit.server import Reply


async def all_are_given(edge: Edge, **body: Any) -> Reply:
    return await give(edge, BULK, msgspec.json.encode(body))


async def test_each_conversation_has_its_answer_and_none_stops_another(edge: Edge) -> None:
    """[R177]"""
    refusals = Taken("Ben has it.", epoch=4), NotFound("There is none."), Unavailable("Away.")
    answers(edge, Receipt(seq=7, epoch=3, at=NOON), *refusals, Receipt(epoch=5))
    epochs = {f"c{n}": {"epoch": n} for n in range(1, 6)}
    reply = await all_are_given(edge, command="set_status", members={"status": "s1"}, conversations=epochs)
    assert reply.status == 200
    first, taken, unknown, away, last = reply.json["items"]
    assert first == {"conversation": "c1", "done": {"id": "k1", "conversation": "c1", "seq": 7, "epoch": 3, "at": NOON}}
    assert [each["refused"]["code"] for each in (taken, unknown, away)] == ["taken", "not_found", "unavailable"]
    assert (taken["refused"]["epoch"], taken["refused"]["status"]) == (4, 409)
    assert last["done"]["epoch"] == 5
    assert {submitted.key.conversation for submitted in edge.engine.submitted} == epochs.keys()


async def test_what_does_not_fit_is_refused_where_it_stands(edge: Edge) -> None:
    answers(edge, Receipt(epoch=1))
    some: dict[str, Any] = {"c1": {"epoch": 1}, "c2": {}, "c3": {"epoch": 1, "id": "k9"}, "c 4": {"epoch": 1}}
    reply = await all_are_given(edge, command="release", conversations=some)
    assert [each.get("refused", {}).get("code") for each in reply.json["items"]] == [None] + ["bad_frame"] * 3
    for command in ("watch", "ping", "shout", ""):
        reply = await all_are_given(edge, command=command, conversations={"c1": {}})
        assert reply.json["items"][0]["refused"]["code"] == "bad_frame"


@pytest.mark.parametrize(
    "body",
    [
        {"command": "release", "conversations": {}},
        {"command": "release", "conversations": {f"c{n}": {} for n in range(MOST + 1)}},
        {"command": "release"},
        {"conversations": {"c1": {}}},
        {"command": "release", "conversations": {"c1": 1}},
    ],
)  # fmt: skip
async def test_a_body_that_does_not_fit_does_nothing(edge: Edge, body: Any) -> None:
    """[P7]"""
    assert problem(await all_are_given(edge, **body)) == (400, "bad_request")
    assert not edge.engine.submitted


async def test_each_conversation_is_paid_for(edge: Edge) -> None:
    """[P7, R178]"""
    edge.clock.hold()
    edge.engine.meets = lambda submitted: submitted.reply(Receipt(epoch=1))
    many = {f"c{n}": {"epoch": 1} for n in range(AGENT_BURST)}
    first = await all_are_given(edge, command="release", conversations=many)
    assert (first.status, len(first.json["items"])) == (200, AGENT_BURST)
    assert problem(await all_are_given(edge, command="release", conversations=many)) == (429, "too_fast")
    assert len(edge.engine.submitted) == AGENT_BURST


# -- rates -------------------------------------------------------------------------------------------------------------


async def test_an_answer_says_what_is_left(edge: Edge) -> None:
    """[R178] A refusal too."""
    edge.clock.hold()
    edge.engine.meets = lambda submitted: submitted.reply(Receipt(epoch=1))
    first, second = await give(edge), await give(edge)
    assert first.headers["ratelimit-policy"] == '"person";q=100;w=5'
    assert [reply.headers["ratelimit"] for reply in (first, second)] == ['"person";r=99;t=1', '"person";r=98;t=1']
    assert {(await give(edge)).status for _ in range(AGENT_BURST - 2)} == {200}
    refused = await give(edge)
    assert problem(refused) == (429, "too_fast")
    assert refused.headers["ratelimit"] == '"person";r=0;t=5'


async def test_an_address_has_an_allowance_for_all_its_requests() -> None:
    """[P7, R178] Whatever tokens it shows, or none."""
    async with Edge(development=False, proxies=()) as edge:
        edge.clock.hold()
        reply = await edge.ask("GET", "/v1/desk")
        assert reply.headers["ratelimit-policy"] == '"network";q=2000;w=5'
        assert reply.headers["ratelimit"] == '"network";r=1999;t=1'
        for _ in range(REQUESTS_BURST - 1):
            edge.sockets.allowances.take_request("127.0.0.1", edge.clock.monotonic())
        assert problem(await edge.ask("GET", "/v1/desk")) == (429, "too_fast")
        assert (await edge.ask("GET", "/healthz")).status == 200
