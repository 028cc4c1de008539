"""A session on a socket: hello, what becomes of its commands, and how its answers leave."""

import asyncio
from typing import Any

import pytest

from intervene.core.actors import Agent, Role
from intervene.core.codes import CloseCode
from intervene.core.conversation import moves, speech
from intervene.core.errors import Busy, Taken
from intervene.core.ids import AgentId
from intervene.core.limits import IN_FLIGHT
from intervene.edge.socket import connection
from tests.integration.edge.conftest import Edge
from tests.integration.edge.stand_ins import ANNA, CLARA, KEY, NOON
from tests.kit.limits import eventually
from tests.kit.peer import PING, PONG, TEXT, Peer, frame

SAY = {"type": "say", "id": "1", "conversation": "c1", "text": "hello"}

INTERVENE = {"type": "intervene", "id": "1", "conversation": "c1", "epoch": 1}


# -- hello -------------------------------------------------------------------------------------------------------------


async def test_a_customer_is_welcomed(edge: Edge, peer: Peer) -> None:
    welcome = await peer.joins(edge.visitor_token)
    assert welcome.keys() == {"type", "name", "expires", "ping_seconds", "features", "now"}
    assert welcome["name"] == "Clara"
    assert (edge.metrics.contacts, edge.metrics.agents) == (1, 0)


async def test_an_agent_is_welcomed(edge: Edge, peer: Peer) -> None:
    welcome = await peer.joins(edge.token("Sara", Role.SUPERVISOR))
    assert welcome["agent"] == {"type": "agent", "id": "sara", "name": "Sara"}
    assert welcome["role"] == "supervisor"
    assert (edge.metrics.contacts, edge.metrics.agents) == (0, 1)


@pytest.mark.parametrize(
    "first",
    [b"", b"{}", b"not json", b"[1]", b'{"type":"ping"}', b'{"type":"hello"}', b'{"type":"hello","token":1}',
     b'{"type":"hello","token":"t","more":1}', b"[" * 10_000],
)  # fmt: skip
async def test_the_first_frame_must_be_hello(peer: Peer, first: bytes) -> None:
    assert await peer.upgrades() == 101
    peer.writes(frame(TEXT, first))
    assert await peer.is_closed() == 4501


async def test_a_second_hello_is_refused(edge: Edge, clara: Peer) -> None:
    clara.says(type="hello", token=edge.visitor_token)
    assert (await clara.sees("error"))["code"] == "bad_frame"


async def test_an_invalid_token_ends_the_session_for_good(peer: Peer) -> None:
    assert await peer.upgrades() == 101
    peer.says(type="hello", token="not a token")
    assert await peer.is_closed() == 4500


async def test_a_token_that_has_ended_asks_for_a_new_one(edge: Edge, peer: Peer) -> None:
    assert await peer.upgrades() == 101
    peer.says(type="hello", token=edge.token("Clara", lasts=-1))
    assert await peer.is_closed() == 4001


async def test_a_token_is_refreshed_in_a_frame(edge: Edge, clara: Peer) -> None:
    clara.says(type="refresh", token=edge.token("Clara", lasts=7200))
    expires = (await clara.sees("refreshed"))["expires"]
    assert expires > edge.clock.now() + 7_000_000


@pytest.mark.parametrize("role", [None, Role.AGENT])
async def test_a_token_of_somebody_else_does_not_refresh(edge: Edge, clara: Peer, role: Role | None) -> None:
    clara.says(type="refresh", token=edge.token("Bob", role))
    assert await clara.is_closed() == 4500


async def test_a_token_that_has_ended_does_not_refresh(edge: Edge, clara: Peer) -> None:
    clara.says(type="refresh", token=edge.token("Clara", lasts=-1))
    assert await clara.is_closed() == 4001


# -- commands ----------------------------------------------------------------------------------------------------------


async def test_a_customer_s_words_become_a_command_of_that_customer(edge: Edge, clara: Peer) -> None:
    clara.says(**SAY)
    await eventually(lambda: bool(edge.engine.submitted))
    given = edge.engine.submitted[0]
    assert given.key == KEY
    assert isinstance(given.command, speech.ContactSay)
    assert given.command.author == CLARA
    assert given.command.message == "made-1"
    given.answer(seq=7)
    assert await clara.sees() == {"type": "ack", "id": "1", "conversation": "c1", "pub": 7, "at": NOON}


async def test_an_agent_s_ack_has_the_number_of_staff_and_the_epoch(edge: Edge, anna: Peer) -> None:
    edge.engine.meets = lambda submitted: submitted.answer(seq=7)
    anna.says(**INTERVENE)
    assert await anna.sees() == {"type": "ack", "id": "1", "conversation": "c1", "seq": 7, "epoch": 1, "at": NOON}
    command = edge.engine.submitted[0].command
    assert isinstance(command, moves.Intervene)
    assert (command.author, command.by.role) == (ANNA, Role.AGENT)


async def test_the_engine_is_told_who_waits_for_the_answer(edge: Edge, anna: Peer) -> None:
    socket = await edge.watches(anna)
    anna.says(**INTERVENE)
    await eventually(lambda: bool(edge.engine.submitted))
    assert edge.engine.submitted[0].watcher is socket


async def test_a_refusal_names_the_command_and_says_who_was_first(edge: Edge, anna: Peer) -> None:
    ben = Agent(id=AgentId("ben"), name="Ben")
    refusal = Taken("Ben was first.", by=ben, at=NOON, epoch=2)
    edge.engine.meets = lambda submitted: submitted.reply(refusal)
    anna.says(**INTERVENE)
    error = await anna.sees("error")
    assert (error["code"], error["id"], error["conversation"]) == ("taken", "1", "c1")
    assert error["by"] == {"type": "agent", "id": "ben", "name": "Ben"}
    assert edge.metrics.refusals["taken"] == 1


async def test_a_customer_s_refusal_does_not_say_who_holds_control(edge: Edge, clara: Peer) -> None:
    refusal = Busy("Too much at once.", retry_after=1.0, epoch=2, by=ANNA)
    edge.engine.meets = lambda submitted: submitted.reply(refusal)
    clara.says(**SAY)
    error = await clara.sees("error")
    assert error.pop("message")
    assert error == {"type": "error", "code": "busy", "id": "1", "conversation": "c1", "retry_after": 1.0}


async def test_an_answer_to_somebody_who_left_is_dropped(edge: Edge) -> None:
    async with edge.peer() as clara:
        await clara.joins(edge.visitor_token)
        clara.says(**SAY)
        await eventually(lambda: bool(edge.engine.submitted))
    await eventually(lambda: not len(edge.sockets))
    edge.engine.submitted[0].answer()


async def test_a_session_with_too_many_unanswered_commands_is_not_read(edge: Edge, anna: Peer) -> None:
    """[P7]"""
    for n in range(IN_FLIGHT):
        anna.says(**{**INTERVENE, "id": f"a{n}"})
    await eventually(lambda: len(edge.engine.submitted) == IN_FLIGHT)
    anna.writes(frame(PING, b"are you there?"))
    anna.says(**{**INTERVENE, "id": "one-more"})
    await asyncio.sleep(0.05)  # the time in which a server that reads would have read
    assert len(edge.engine.submitted) == IN_FLIGHT
    for submitted in edge.engine.submitted[: IN_FLIGHT // 2 + 1]:
        submitted.answer()
    await eventually(lambda: len(edge.engine.submitted) == IN_FLIGHT + 1)
    got = [await anna.reads() for _ in range(IN_FLIGHT // 2 + 2)]
    assert [one.opcode for one in got].count(PONG) == 1


async def test_a_session_that_is_not_read_does_not_count_as_silent(edge: Edge, anna: Peer) -> None:
    for n in range(IN_FLIGHT):
        anna.says(**{**INTERVENE, "id": f"a{n}"})
    await eventually(lambda: len(edge.engine.submitted) == IN_FLIGHT)
    for _ in range(60):
        edge.sockets.wheel.turn(edge.clock.monotonic())
    assert not edge.metrics.closes


async def test_a_session_that_is_not_read_hears_goodbye_and_its_own_is_heard(edge: Edge, anna: Peer) -> None:
    edge.sockets.wheel.stop()  # it would end this too, later
    socket = await edge.watches(anna)
    for n in range(IN_FLIGHT):
        anna.says(**{**INTERVENE, "id": f"a{n}"})
    await eventually(lambda: len(edge.engine.submitted) == IN_FLIGHT)
    socket.close(CloseCode.RESTART, "going")
    assert await anna.is_closed() == 1012
    await eventually(lambda: not len(edge.sockets))


async def test_what_is_said_after_our_goodbye_is_not_done(edge: Edge, clara: Peer) -> None:
    """The peer repeats it where it comes back to; it must not wonder which of the two counted."""
    socket = await edge.watches(clara)
    socket.close(CloseCode.RESTART, "going")
    clara.says(**SAY)
    assert await clara.is_closed() == 1012
    await eventually(lambda: not len(edge.sockets))
    assert not edge.engine.submitted


# -- one write ---------------------------------------------------------------------------------------------------------


async def test_what_a_tick_sends_to_a_socket_leaves_in_one_write_and_in_order(
    edge: Edge, anna: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[bytes] = []
    flush = connection.Connection.flush

    def counted(self: connection.Connection, *, is_leaving: bool = False) -> None:
        if self._waiting:
            writes.append(b"".join(self._waiting))
        flush(self, is_leaving=is_leaving)

    monkeypatch.setattr(connection.Connection, "flush", counted)
    socket = await edge.watches(anna)

    def event_then_ack(submitted: Any) -> None:
        socket.send(frame(TEXT, b'{"type":"event"}', masked=False), 1)
        submitted.answer()

    edge.engine.meets = event_then_ack
    anna.writes(
        frame(TEXT, b'{"type":"ping"}') + frame(TEXT, b'{"type":"intervene","id":"1","conversation":"c1","epoch":1}')
    )
    assert [(await anna.sees())["type"] for _ in range(3)] == ["pong", "event", "ack"]
    assert len(writes) == 1
