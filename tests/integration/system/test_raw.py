"""The table of raw cases, said to a server in development, to one in production, and through the proxy that we ship."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.integration.system.conftest import MakeServer
from tests.integration.system.haproxy import haproxy
from tests.kit import raw
from tests.kit.limits import eventually
from tests.kit.peer import CLOSE, TEXT, Peer, frame
from tests.kit.server import ServerProcess, until


class Door(NamedTuple):
    port: int
    server: ServerProcess
    is_proxy: bool


@pytest.fixture(params=["development", "production", "proxy"])
async def door(request: pytest.FixtureRequest, servers: MakeServer, tmp_path: Path) -> AsyncIterator[Door]:
    server = servers(development=str(request.param == "development").lower())
    await server.start()
    if request.param == "proxy":
        async with haproxy(server, tmp_path) as port:
            yield Door(port, server, True)
    else:
        yield Door(server.port, server, False)


async def is_left(server: ServerProcess) -> bool:
    return await server.metric("intervene_sockets") == 0


async def test_every_request_of_the_table_has_its_answer(door: Door) -> None:
    """[P7] And none of them leaves a line in the log but those that say why a token was refused, or anything else."""
    before = len(door.server.log)
    answers = {}
    for case in raw.HANDSHAKES + raw.REQUESTS:
        answers[case.name] = await raw.answered(door.port, case.said)
        await until(lambda: is_left(door.server))
    expected = {
        case.name: (case.by_proxy if door.is_proxy and case.by_proxy else case.answer)
        for case in raw.HANDSHAKES + raw.REQUESTS
    }
    assert {name: (answer, expected[name]) for name, answer in answers.items() if answer != expected[name]} == {}
    assert [line for line in door.server.log[before:].splitlines() if "a token was refused" not in line] == []


async def test_every_frame_of_the_table_has_its_answer(door: Door) -> None:
    """[P7]"""
    token = door.server.visitor_token("Maria")
    found: dict[str, object] = {}
    for case in raw.FRAMES:
        async with Peer(door.port) as peer:
            await peer.joins(token)
            peer.writes(case.said)
            answer = await peer.reads()
            if answer.opcode == CLOSE:
                found[case.name] = answer.code if answer.data else 1005
            elif isinstance(case.answer, tuple) and case.answer[1] in answer.data:
                found[case.name] = (answer.opcode, case.answer[1])
            else:
                found[case.name] = answer
        await until(lambda: is_left(door.server))
    assert found == {case.name: case.answer for case in raw.FRAMES}


@pytest.mark.parametrize("cut", [0, 1, 7, 60])
async def test_a_hello_behind_the_request_is_not_lost(door: Door, cut: int) -> None:
    """[P3] In the same packet, in whole or in part."""
    hello = frame(TEXT, b'{"type":"hello","token":"%s"}' % door.server.visitor_token("Maria").encode())
    async with Peer(door.port) as peer:
        peer.writes(raw.up() + hello[: cut or len(hello)])
        assert await peer.status() == 101
        peer.writes(hello[cut or len(hello) :])
        assert (await peer.sees("welcome"))["name"] == "Maria"


async def test_a_peer_that_asks_much_and_never_reads_costs_kilobytes_and_goes_by_itself(door: Door) -> None:
    """[P7]"""
    async with Peer(door.port) as warm:
        warm.writes(raw.http("GET /healthz HTTP/1.1", raw.HOST))
        assert await warm.status() == 200
    before = door.server.peak_bytes
    peers = [Peer(door.port) for _ in range(12)]
    for peer in peers:
        await peer.__aenter__()
        peer._writer.transport.pause_reading()  # type: ignore[attr-defined]
        peer.writes(raw.http("GET /healthz HTTP/1.1", raw.HOST) * 1200)
    await eventually(lambda: all(peer._writer.transport.get_write_buffer_size() == 0 for peer in peers))
    assert (await door.server.ask("GET", "/healthz")).status == 200
    assert (door.server.peak_bytes - before) / len(peers) < 256 * 1024

    async def all_are_gone() -> bool:
        return await door.server.metric("intervene_http_connections") == 0

    if not door.is_proxy:  # it has timeouts of its own
        await until(all_are_gone)
    for peer in peers:
        await peer.__aexit__()
