"""What a session sends beside the log counts once the log has said yes to that session, and never before."""

import sqlite3
from typing import Any

import pytest

from tests.kit.limits import eventually
from tests.kit.oracles.screen import Frame
from tests.kit.peer import packet
from tests.kit.people import Agent, Customer, all_leave
from tests.kit.server import ServerProcess
from tests.kit.wire import Wire, dial


def beside(c: str, n: int) -> list[Frame]:
    return [
        {"type": "set_typing", "conversation": c, "on": True},
        {"type": "set_read", "conversation": c, "n": n},
        {"type": "seen", "conversation": c, "n": n},
    ]


def positions(server: ServerProcess) -> dict[str, int]:
    """What is stored of each reader; what customers see of theirs is a row of its own."""
    with sqlite3.connect(server.database) as database:
        return dict(database.execute("SELECT reader, n FROM read_position WHERE reader <> 'holder'"))


async def answers_a_ping(wire: Wire) -> list[Frame]:
    """What came before it."""
    await wire.says({"type": "ping"})
    heard: list[Frame] = []
    while not heard or heard[-1]["type"] != "pong":
        heard.append(await wire.hears_json())
    return heard[:-1]


PACKETS: dict[str, Any] = {
    "a watch, and all at once": lambda c, n: [{"type": "watch", "conversation": c}, *beside(c, n)],
    "a watch twice, with a position": lambda c, n: [
        {"type": "watch", "conversation": c, "after": {"n": 0, "id": ""}},
        *beside(c, n),
        {"type": "watch", "conversation": c},
        *beside(c, n),
    ],
    "a watch taken back and asked for again": lambda c, n: [
        {"type": "watch", "conversation": c},
        {"type": "unwatch", "conversation": c},
        {"type": "watch", "conversation": c},
        *beside(c, n),
    ],
    "no watch": lambda c, n: beside(c, n),
}


@pytest.mark.parametrize("stranger", ["a customer", "an agent of another organisation"])
@pytest.mark.parametrize("what", PACKETS)
async def test_a_stranger_s_packet_leaves_no_trace(server: ServerProcess, stranger: str, what: str) -> None:
    """[P6] [P8] Staff see no typing, no read position is stored, and the takeover's `seen` counts no more."""
    async with Customer(server) as maria, Agent(server, "Ana") as ana:
        await maria.opens()
        await ana.watches(maria.c)
        taken = await ana.intervenes(maria.c)
        await maria.sees(maria.c, lambda event: event.holder == "agent")
        async with dial(server) as wire:
            if stranger == "a customer":
                await wire.joins(server.visitor_token("Mallory"))
            else:
                await wire.joins(server.agent_token("Mallory", organisation="other"))
            for n in (taken["seq"], taken["seq"] - 1, 2**53):
                await wire.write(packet(*PACKETS[what](maria.c, n)))
                codes = {frame.get("code") for frame in await answers_a_ping(wire)}
                assert codes <= {"not_found"}
        await maria.sends({"type": "seen", "conversation": maria.c, "n": maria.screen.last})
        times = await ana.hears(lambda frame: frame["type"] == "takeover" and bool(frame.get("seen")))
        assert times["seen"] == 1
        for person in (maria, ana):
            await person.sends({"type": "set_read", "conversation": maria.c, "n": person.screens[maria.c].last})
        await eventually(lambda: len(positions(server)) >= 2)
        assert positions(server) == {maria.author: maria.screen.last, ana.author: ana.screens[maria.c].last}
        assert not [frame for frame in ana.heard if frame["type"] == "typing" and frame["who"]["type"] != "bot"]
        await all_leave(maria, ana)


@pytest.mark.parametrize("kind", ["set_read", "seen"])
async def test_a_number_above_the_last_event_is_refused_and_never_stored(server: ServerProcess, kind: str) -> None:
    """[P7] Of one's own conversation, by each audience's own count."""
    async with Customer(server) as maria, Agent(server, "Ana") as ana:
        await maria.opens()
        await ana.watches(maria.c)
        await ana.intervenes(maria.c)
        await ana.notes(maria.c, "a note, which customers do not count")
        await maria.sees(maria.c, lambda event: event.holder == "agent")
        for person in (maria, ana):
            last = person.screens[maria.c].last
            for n in (last + 1, 2**53):
                answer = await person.asks({"type": kind, "conversation": maria.c, "n": n}, "error")
                assert (answer["code"], answer["conversation"]) == ("out_of_order", maria.c)
                assert f"number {last}." in answer["message"]
            await person.sends({"type": "set_read", "conversation": maria.c, "n": last})
        await eventually(lambda: len(positions(server)) == 2)
        assert positions(server) == {maria.author: maria.screen.last, ana.author: ana.screens[maria.c].last}
        await all_leave(maria, ana)
