"""Commands over HTTP to a whole server: the same rules, ids and log as over sockets."""

from typing import Any

import msgspec

from tests.integration.system.conftest import MakeServer
from tests.kit.people import Agent, Customer
from tests.kit.server import Reply, ServerProcess


async def give(server: ServerProcess, token: str, c: str, name: str, id: str, **body: Any) -> Reply:
    headers = {"authorization": f"Bearer {token}", "idempotency-key": id}
    return await server.ask("POST", f"/v1/conversations/{c}/{name}", msgspec.json.encode(body), **headers)


async def test_a_program_takes_a_conversation_over_writes_and_gives_it_back(server: ServerProcess) -> None:
    """[R107] [P1] Beside people on sockets, who see each step once; the fence is the same."""
    ben = server.agent_token("Ben")
    async with Customer(server) as customer, Agent(server, "Ana") as ana:
        c = (await customer.opens()).conversation
        await ana.watches(c)
        epoch = ana.screens[c].epoch
        taken = await give(server, ben, c, "intervene", "take", epoch=epoch)
        assert (taken.status, taken.json["epoch"]) == (200, epoch + 1)
        late = await give(server, server.agent_token("Clio"), c, "intervene", "take", epoch=epoch)
        assert (late.status, late.json["code"], late.json["by"]["id"]) == (409, "taken", "ben")
        seen = taken.json["seq"]
        said = await give(server, ben, c, "say", "hello", text="Ben here.", epoch=epoch + 1, seen=seen)
        noted = await give(server, server.agent_token("Ana"), c, "add_note", "note", text="good")
        assert (said.status, noted.status) == (200, 200)
        back = await give(server, ben, c, "hand_back", "back", epoch=epoch + 1)
        assert back.json["epoch"] == epoch + 2
        log = await ana.reads_the_log(c)
        await ana.sees_the_end(c, log)
        await customer.sees_the_end(c, log)
        texts = [event["body"].get("text") for event in log if event.get("command") in ("hello", "note")]
        assert texts == ["Ben here.", "good"]


async def test_a_repeat_gets_the_first_result_over_http_and_sockets_and_after_a_kill(servers: MakeServer) -> None:
    """[P3] [P5] [R42] The log knows the command by its id."""
    server = servers()
    await server.start()
    token = server.agent_token("Ana")
    async with Customer(server) as customer:
        c = (await customer.opens()).conversation
    first = await give(server, token, c, "add_note", "n1", text="once")
    await server.restart()
    again = await give(server, token, c, "add_note", "n1", text="once")
    assert (again.status, again.json) == (200, first.json)
    other = await give(server, token, c, "add_note", "n1", text="twice")
    assert (other.status, other.json["code"]) == (422, "id_reused")
    async with Agent(server, "Ana") as ana:
        frame = {"type": "add_note", "id": "n1", "conversation": c, "text": "once"}
        ack = await ana.asks(frame, "ack")
        assert {name: ack[name] for name in ("id", "conversation", "seq", "epoch", "at")} == first.json
        log = await ana.reads_the_log(c)
    assert [event["body"]["text"] for event in log if event["body"]["kind"] == "note"] == ["once"]


async def test_another_organisation_s_conversation_is_not_found(server: ServerProcess) -> None:
    """[P6] Exactly as one that does not exist."""
    async with Customer(server) as customer:
        c = (await customer.opens()).conversation
    stranger = server.agent_token("Eve", "supervisor", organisation="evil")
    bodies: dict[str, dict[str, Any]] = {
        "add_note": {"text": "hm"},
        "intervene": {"epoch": 1},
        "close": {"epoch": 1, "seen": 1},
    }
    for name, body in bodies.items():
        foreign = await give(server, stranger, c, name, "k1", **body)
        unknown = await give(server, stranger, "nowhere", name, "k1", **body)
        assert (foreign.status, unknown.status) == (404, 404)
        assert {**foreign.json, "conversation": ""} == {**unknown.json, "conversation": ""}
