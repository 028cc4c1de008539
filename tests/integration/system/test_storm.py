"""A customer's socket under a storm of all that is among staff: not a byte of it arrives, and nothing shows how much of
it there was.

Two customers are served alike, in the same moments. Round one of them staff note, sort, tag, assign, come and go; the
other one's conversation is calm. Both sockets receive frames of the same kinds and sizes, and no word of the storm.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

from tests.integration.system.browser import admin
from tests.integration.system.conftest import MakeServer
from tests.kit.oracles.screen import Frame
from tests.kit.peer import TEXT
from tests.kit.people import Agent, accepted, all_leave
from tests.kit.server import ServerProcess
from tests.kit.wire import Wire, dial
from tests.unit.core.test_frames import PRIVATE

CANARY = "canary"
ROUNDS = 8
OF_THE_CUSTOMER = {"opened", "rated", "identified", "continued_from"}
"""Kinds of private events that follow from what the customer does."""
OF_THE_BOT = {"attributes_kept"}
"""Kinds that no person makes."""
LATER = {"unblocked"}
"""Kinds that come when a customer has no session."""
WORDS = [
    '"mentioned"',
    '"seq"',
    '"epoch"',
    '"here"',
    '"presence"',
    '"takeover"',
    '"command"',
    '"move"',
    '"author"',
    '"reason"',
]

Act = Callable[[Agent, str, int, Mapping[str, str]], Awaitable[Frame]]


async def notes(ana: Agent, c: str, n: int, ids: Mapping[str, str]) -> Frame:
    return await ana.does("add_note", c, text=f"{CANARY}-note-{n}", mentions=[ids["ben"]])


async def sets_queue(ana: Agent, c: str, n: int, ids: Mapping[str, str]) -> Frame:
    accepted(await ana.does("set_queue", c, queue=ids["queue"]))
    return await ana.does("set_queue", c, queue="default")  # whose agents may be mentioned, and take it


async def sets_status(ana: Agent, c: str, n: int, ids: Mapping[str, str]) -> Frame:
    return await ana.does("set_status", c, status=ids["status"] if n % 2 == 0 else "")


async def sets_tags(ana: Agent, c: str, n: int, ids: Mapping[str, str]) -> Frame:
    return await ana.does("set_tags", c, tags=[f"{CANARY}-tag-{n}", f"{CANARY}-vip"])


async def sets_fields(ana: Agent, c: str, n: int, ids: Mapping[str, str]) -> Frame:
    return await ana.does("set_fields", c, fields={ids["field"]: f"{CANARY}-value-{n}"})


async def blocks(ana: Agent, c: str, n: int, ids: Mapping[str, str]) -> Frame:
    return await ana.does("block", c, why=f"{CANARY}-why")


STORM: dict[str, Act] = {
    "note": notes, "queue_set": sets_queue, "status_set": sets_status, "tags_set": sets_tags,
    "fields_set": sets_fields,
}  # fmt: skip
AT_LAST: dict[str, Act] = {"blocked": blocks}
"""It ends the session."""


def test_every_private_kind_of_event_has_its_place_in_the_storm() -> None:
    """[P6] Of the Structs of events: one that is added fails here until somebody makes it happen below."""
    assert STORM.keys() | AT_LAST.keys() | OF_THE_CUSTOMER | OF_THE_BOT | LATER == PRIVATE.keys()


async def test_a_socket_receives_nothing_of_the_storm_and_cannot_tell_how_strong_it_was(servers: MakeServer) -> None:
    """[P6] Raw bytes."""
    server = servers(bot="none")
    await server.start()
    ana, ben = Agent(server, "Ana", "supervisor"), Agent(server, "Ben")
    ids = await made(server)
    async with AsyncExitStack() as stack:
        calm, stormy = [await stack.enter_async_context(dial(server)) for _ in range(2)]
        conversations = [await comes(wire, server, name) for wire, name in ((calm, "Carla"), (stormy, "Maria"))]
        quiet, c = conversations
        await ana.joins()
        await ben.joins()
        for each in conversations:
            await ana.watches(each)
            await ana.intervenes(each)
        for n in range(ROUNDS):
            await storms(server, ana, c, n, ids)
            for wire, each in ((calm, quiet), (stormy, c)):
                await wire.says({"type": "say", "id": f"m{n}", "conversation": each, "text": f"Message {n}"})
                await wire.hears_json("ack")
                await ana.sees(each, lambda event, n=n: event.text == f"Message {n}")  # type: ignore[misc]
                await ana.says(each, f"Answer {n}")
        await ben.hears("mentioned")
        for each in conversations:  # an assignment is a change of holder: what customers see of one, both see
            accepted(await ana.does("assign", each, agent=ben.id))
            await ana.intervenes(each)
            await ana.closes(each)
        for wire in (calm, stormy):
            await wire.says({"type": "ping"})
            await wire.hears_json("pong")
        assert shape(stormy) == shape(calm), "what comes shows nothing of the storm"
        for act in AT_LAST.values():
            accepted(await act(ana, c, 0, ids))
        await stormy.is_closed()
        secrets = said_in_private(ana, c)
        assert len(secrets) > len(STORM) * ROUNDS, secrets
        received = bytes(stormy.received) + bytes(calm.received)
        assert CANARY.encode() not in received
        assert not [secret for secret in (*secrets, *WORDS) if secret.encode() in received]
    await all_leave(ana, ben)


async def made(server: ServerProcess) -> dict[str, str]:
    """What staff sort by, each named after the canary: its ids."""
    ada = admin(server, name=f"{CANARY}-admin")
    rows: dict[str, tuple[str, dict[str, Any]]] = {
        "queue": ("queues", {"name": f"{CANARY}-queue"}),
        "status": ("statuses", {"name": f"{CANARY}-status"}),
        "field": ("fields", {"name": f"{CANARY}-field"}),
    }
    ids = {"ben": "ben"}
    for name, (path, body) in rows.items():
        reply = await ada.asks("POST", f"/v1/{path}", body, **{"idempotency-key": name})
        assert reply.status == 201, reply
        ids[name] = reply.json["id"]
    return ids


async def comes(wire: Wire, server: ServerProcess, name: str) -> str:
    """The conversation, watched."""
    await wire.joins(server.visitor_token(name))
    await wire.says({"type": "open"})
    c: str = (await wire.hears_json("opened"))["conversation"]
    await wire.says({"type": "watch", "conversation": c})
    await wire.hears_json("watched")
    return c


async def storms(server: ServerProcess, ana: Agent, c: str, n: int, ids: Mapping[str, str]) -> None:
    """Each kind once, and colleagues who come, look, type, choose and go."""
    passer = Agent(server, f"{CANARY}-{n}", "supervisor")
    await passer.joins()
    await passer.watches(c)
    await passer.sends({"type": "set_presence", "presence": "busy"})
    await passer.sends({"type": "set_typing", "conversation": c, "on": True})
    for act in STORM.values():
        accepted(await act(ana, c, n, ids))
    await passer.notes(c, f"{CANARY}-of-another-{n}")
    await passer.pings()
    await passer.drops()


def shape(wire: Wire) -> list[tuple[str, int, int]]:
    """Kinds, numbers and sizes of the frames."""
    parts = [part for part in wire.parts() if part.opcode == TEXT]
    return [(part.json["type"], part.json.get("pub", 0), len(part.data)) for part in parts]


def said_in_private(ana: Agent, c: str) -> set[str]:
    """Every text and id in the events that customers do not see, as staff were shown them."""
    events = (frame["event"] for frame in ana.heard if frame["type"] == "event" and frame["conversation"] == c)
    return {text for event in events if not event.get("pub") for text in texts(event["body"]) if len(text) > 3} - {
        "default"
    }


def texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, part in value.items():
                if key == "fields":
                    yield from part  # by their ids
                if key not in ("kind", "type"):
                    yield from texts(part)
        case list():
            for part in value:
                yield from texts(part)
        case _:
            pass
