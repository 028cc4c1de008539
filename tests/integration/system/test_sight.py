"""Who sees a conversation, and who loses sight of it, on real sockets of a whole server."""

from typing import Any

from intervene.core.actors import Role
from intervene.core.settings import Kind
from tests.integration.system.test_commands import give
from tests.integration.system.test_settings import Admin
from tests.kit.oracles.screen import Frame
from tests.kit.peer import packet
from tests.kit.people import Agent, Customer, accepted, all_leave, refused
from tests.kit.server import ServerProcess
from tests.kit.wire import dial


async def team(ada: Admin, name: str, *members: str, **settings: Any) -> str:
    """A queue with these members. Its id."""
    made = await ada.makes(Kind.QUEUE, f"queue-{name}", **{"name": name, "visibility": "team", **settings})
    queue = str(made.json["id"])
    assert (await ada.changes(f"/v1/queues/{queue}/members", 1, add=list(members))).status == 200
    return queue


async def finds_nothing(agent: Agent, server: ServerProcess, c: str) -> None:
    """[P6] By no way there is, whether it asks or acts."""
    frames: list[Frame] = [
        {"type": "watch", "conversation": c},
        {"type": "watch", "conversation": c, "after": {"n": 1, "id": "e"}},
        {"type": "get_page", "conversation": c, "before": 99},
        {"type": "add_note", "id": "n1", "conversation": c, "text": "hm"},
        {"type": "intervene", "id": "i1", "conversation": c, "epoch": 1},
        {"type": "assign", "id": "a1", "conversation": c, "epoch": 1, "agent": "nobody"},
        {"type": "set_tags", "id": "t1", "conversation": c, "epoch": 1, "tags": []},
    ]
    for frame in frames:
        refused(await agent.asks(frame, "error", "watched", "page", "ack"), "not_found")
    asks = Admin(server, agent.name, Role.AGENT).asks
    for path in (f"/v1/conversations/{c}/actions", f"/v1/conversations/{c}/transcript"):
        assert (await asks("GET", path)).status == 404
    listed = (await asks("GET", "/v1/conversations")).json
    assert c not in [row["id"] for row in listed["items"]]


async def test_who_loses_sight_by_a_commit_is_sent_nothing_of_it(server: ServerProcess) -> None:
    """[P6, R140, R141] In a queue that shows what is held to the holder alone. A note that shares the commit of the
    takeover does not reach the colleague who watched until then; the customer and the supervisor go on."""
    ada = Admin(server)
    quiet = await team(ada, "Quiet", "ana", "ben", visibility="holder")
    async with (
        Customer(server) as maria,
        Agent(server, "Ana") as ana,
        Agent(server, "Ben") as ben,
        Agent(server, "Gus", "supervisor") as gus,
    ):
        c = (await maria.opens()).conversation
        await gus.watches(c)
        accepted(await gus.does("set_queue", c, queue=quiet))
        for agent in (ana, ben):
            await agent.watches(c)
        since = len(ben.heard)
        async with dial(server) as tab:
            await tab.joins(server.agent_token("Ana"))
            await tab.write(
                packet(
                    {"type": "add_note", "id": "k1", "conversation": c, "text": "CANARY note"},
                    {"type": "intervene", "id": "k2", "conversation": c, "epoch": ana.screens[c].epoch},
                )
            )
            assert [(await tab.hears_json("ack"))["id"] for _ in range(2)] == ["k1", "k2"]
        assert await ben.hears("gone") == {"type": "gone", "conversation": c, "why": "held"}
        await ana.sees(c, lambda event: event.holder == "agent")
        await ana.says(c, "CANARY text")
        await maria.says("CANARY answer")
        await gus.sees(c, lambda event: event.text == "CANARY answer")
        await ben.pings()
        shown = [frame["event"]["command"] for frame in ben.heard[since:] if frame["type"] == "event"]
        assert shown == []
        assert "CANARY" not in str(ben.heard)
        await finds_nothing(ben, server, c)
        await maria.sees(c, lambda event: event.text == "CANARY text")
    await all_leave(maria, ana, ben, gus)


async def test_what_is_given_on_is_seen_by_those_who_have_it_now(server: ServerProcess) -> None:
    """[P3, P6, R142, R143] To a queue of others, to a colleague who serves it, to a bot."""
    ada = Admin(server)
    sales = await team(ada, "Sales", "ben", "cleo")
    async with (
        Customer(server) as maria,
        Agent(server, "Ana") as ana,
        Agent(server, "Ben") as ben,
        Agent(server, "Cleo") as cleo,
        Agent(server, "Gus", "supervisor") as gus,
    ):
        c = (await maria.opens()).conversation
        for agent in (ana, gus):
            await agent.watches(c)
        await finds_nothing(ben, server, c)
        await ana.intervenes(c)
        given = await ana.gives("transfer", c, queue=sales)
        ack = accepted(await ana.answer(given))
        assert await ana.hears("gone") == {"type": "gone", "conversation": c, "why": "queue"}
        assert await ana.repeats(given) == ack
        await finds_nothing(ana, server, c)
        for agent in (ben, cleo):
            await agent.watches(c)
        refused(await gus.does("assign", c, agent="ana"), "forbidden")
        refused(await ben.does("assign", c, agent="cleo"), "forbidden")
        taken = accepted(await gus.does("assign", c, agent="ben"))
        await ben.sees(c, lambda event: event.n >= taken["seq"])
        assert ben.screens[c].is_held_by("ben")
        await ben.says(c, "Ben here.")
        assert (await ada.changes(f"/v1/queues/{sales}/members", 2, remove=["ben", "cleo"])).status == 200
        assert await cleo.hears("gone") == {"type": "gone", "conversation": c, "why": "queue"}
        await ben.releases(c)
        assert (await ben.hears("gone"))["why"] == "queue"
        await gus.sees(c, lambda event: event.frame["event"]["body"].get("move") == "release")
        token = server.agent_token("Gus", "supervisor")
        sent = await give(server, token, c, "send_bot", "send", epoch=gus.screens[c].epoch)
        assert sent.status == 200
        bodies = [event["body"] for event in await gus.reads_the_log(c)]
        moves = [body["move"] for body in bodies if body["kind"] == "control"]
        assert moves == ["start", "intervene", "transfer", "assign", "release", "start"]
    await all_leave(maria, ana, ben, cleo, gus)
