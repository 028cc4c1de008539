"""What a customer's socket receives, to the byte, while agents note, type, come and go and take over beside it."""

from typing import Any

from tests.kit.log import check_conversation
from tests.kit.oracles.screen import Frame
from tests.kit.peer import TEXT
from tests.kit.people import Agent, Customer, accepted, all_leave, refused
from tests.kit.server import ServerProcess
from tests.kit.wire import Wire, dial

SECRET = "she-is-two-months-behind"
FOR_STAFF = [
    SECRET, "Private-Ben", "private-ben", '"seq"', '"epoch"', '"here"', '"takeover"', '"note"', '"turn"', '"command"',
    '"asked"', '"move"', '"author"', '"role"', '"reply_enabled"', '"reason"', '"queue"',
    '"queue_name"', '"tags"', '"fields"',
]  # fmt: skip


async def test_a_customer_s_socket_receives_no_byte_of_what_is_among_agents(server: ServerProcess) -> None:
    """[P6] Under notes, typing of agents who do not hold control, their coming and going, takeovers, refusals, tags and
    conversations that are given on, it receives exactly the frames that its own allow-list makes of the log, and its
    numbers show no gaps."""
    ana, ben, namesake = Agent(server, "Ana"), Agent(server, "Private-Ben"), Agent(server, "Scripted")
    olga = Agent(server, "Olga")  # looks on: nobody is told of their own typing
    async with dial(server) as maria:
        await maria.joins(server.visitor_token("Maria"))
        await maria.says({"type": "open"})
        c = (await maria.hears_json("opened"))["conversation"]
        await maria.says({"type": "watch", "conversation": c})
        watched = await maria.hears_json("watched")
        for agent in (ana, olga):
            await agent.joins()
            await agent.watches(c)
        begun = len(maria.received), len(olga.heard)

        await comes_and_goes(ben, c)
        await says(maria, c, "m1", "Why is my bill so high?")
        await ana.sees_the_bot_write(c)
        await ben.joins()
        await namesake.joins()
        await ben.watches(c)
        await namesake.watches(c)
        for agent in (ben, namesake):  # one of them is called like the bot
            await types(agent, c)
            await agent.notes(c, f"{SECRET}: {agent.name}")
            await agent.sends({"type": "set_read", "conversation": c, "n": agent.screens[c].last})
        taken = await ana.intervenes(c)
        await ana.sends({"type": "seen", "conversation": c, "n": taken["seq"]})
        await ana.hears("takeover")
        await ben.sees(c, lambda event: event.holder == "agent")
        refused(await ben.does("intervene", c), "forbidden")
        refused(await ben.does("say", c, text=SECRET), "taken")
        await types(ben, c)
        await types(ana, c)  # she holds control: this one is shown
        await ana.says(c, "Good evening, Maria.")
        await ana.notes(c, SECRET)
        await are_sorted_and_given_on(ana, olga, c)
        for number in range(80):
            for agent in (ana, ben):
                await agent.notes(c, f"{SECRET} {number}")
        await comes_and_goes(ben, c, again=True)
        await ana.releases(c)
        await says(maria, c, "m2", "Hello?")
        await namesake.sees(c, lambda event: event.text == "Hello?")
        await namesake.intervenes(c)
        await types(ana, c)
        await namesake.hands_back(c)
        await ana.sees(c, lambda event: event.n > taken["seq"] and event.by == "bot" and event.kind == "message")
        await maria.says({"type": "ask_for_person", "id": "m3", "conversation": c})
        await ana.sees(c, lambda event: event.frame["event"]["body"].get("move") == "ask")
        await maria.says({"type": "ping"})
        await maria.hears_json("pong")

        log = await ana.reads_the_log(c)
        await olga.sees_the_end(c, log)
        expected = as_a_customer_may_see(c, olga.heard[begun[1] :])
        shown = received(maria, since=begun[0])
        assert [frame for frame in shown if frame["type"] != "read"] == expected
        positions_are_of_agents_in_control(shown, len([event for event in log if event.get("pub")]))
        assert all(secret.encode() not in maria.received for secret in FOR_STAFF)
        numbers = [frame["pub"] for frame in expected if frame["type"] == "event"]
        assert numbers == list(range(watched["state"]["pub"] + 1, numbers[-1] + 1))

        public = [customer_s(c, event) for event in log if event.get("pub")]
        await sees_no_more_on_coming_back(server, c, public)
    check_conversation(c, log, [ana, olga, namesake])
    await all_leave(ana, ben, olga, namesake)


async def are_sorted_and_given_on(ana: Agent, olga: Agent, c: str) -> None:
    """Ana holds control, and does again at the end. What waits is moved once more, and customers are not told."""
    accepted(await ana.does("set_tags", c, tags=[SECRET, "vip"]))
    accepted(await ana.does("assign", c, agent="olga"))
    await olga.sees(c, lambda event: event.frame["event"]["body"].get("move") == "assign")
    accepted(await olga.does("set_tags", c, tags=[SECRET]))
    moved = accepted(await olga.does("transfer", c, queue="default"))
    await ana.sees(c, lambda event: event.n >= moved["seq"])
    assert "seq" not in accepted(await ana.does("transfer", c, queue="default"))
    await ana.intervenes(c)


async def sees_no_more_on_coming_back(server: ServerProcess, c: str, public: list[Frame]) -> None:
    """Watching afresh, resuming and paging count what customers may see, whatever stands between."""
    state = {"pub": len(public), "holder": {"kind": "nobody"}, "is_open": True}
    whole = {"type": "watched", "conversation": c, "events": public, "state": state, "more": False, "reset": False}
    position = {"n": public[2]["pub"], "id": public[2]["id"]}
    asked: list[tuple[Frame, Frame]] = [
        ({"type": "watch"}, whole),
        ({"type": "watch", "after": position}, {**whole, "events": public[3:], "more": True}),
        ({"type": "watch", "after": {"n": len(public), "id": public[-1]["id"]}}, {**whole, "events": [], "more": True}),
        ({"type": "watch", "after": {"n": 150, "id": public[-1]["id"]}}, {**whole, "reset": True}),
        ({"type": "get_page", "before": 2**53, "limit": 3}, page(c, public[-3:], more=True)),
        ({"type": "get_page", "before": 4, "limit": 3}, page(c, public[:3], more=False)),
        ({"type": "get_page", "before": 5, "limit": 3}, page(c, public[1:4], more=True)),
    ]
    async with dial(server) as maria:
        await maria.joins(server.visitor_token("Maria"))
        for frame, answer in asked:
            await maria.says({**frame, "conversation": c})
            heard = await maria.hears_json()
            assert 0 <= heard.pop("read", 0) <= len(public)
            assert heard == answer
        assert all(secret.encode() not in maria.received for secret in FOR_STAFF)


async def test_customers_see_nothing_of_each_other(server: ServerProcess) -> None:
    """[P6] Two people in two conversations of one organisation, at the same time."""
    maria, eve, ana = Customer(server, "Maria"), Customer(server, "Eve"), Agent(server)
    for person in (maria, eve, ana):
        await person.joins()
    await maria.opens()
    await eve.opens()
    await ana.watches(maria.c)
    await ana.watches(eve.c)
    before = len(eve.heard)
    await maria.says(SECRET)
    await ana.sees_the_bot_write(maria.c)
    await ana.intervenes(maria.c)
    await ana.says(maria.c, SECRET)
    await eve.pings()
    heard = [frame for frame in eve.heard[before:] if not is_the_bot_s_typing(frame)]
    assert heard == [{"type": "pong"}]
    await eve.says("And I?")
    assert {frame.get("conversation", eve.c) for frame in eve.heard} == {eve.c}
    await all_leave(maria, eve, ana)


# -- the oracle --------------------------------------------------------------------------------------------------------


def received(wire: Wire, since: int) -> list[Frame]:
    """Every frame from that byte on; nothing else was received."""
    parts = wire.parts(since)
    assert all(heard.opcode == TEXT for heard in parts)
    assert wire.is_whole(since), "the last frame is not whole"
    return [frame for frame in (heard.json for heard in parts) if not is_the_bot_s_typing(frame)]


def positions_are_of_agents_in_control(shown: list[Frame], count: int) -> None:
    """[P6] Read positions are in the customer's own numbers, and there is none before an agent held control."""
    kinds = [frame["event"]["holder"]["kind"] if is_control(frame) else frame["type"] for frame in shown]
    positions = [frame["n"] for frame in shown if frame["type"] == "read"]
    assert positions == sorted(positions)
    assert all(0 < n <= count for n in positions)
    assert "read" not in kinds[: kinds.index("agent")]


def is_control(frame: Frame) -> bool:
    return bool(frame["type"] == "event" and frame["event"]["kind"] == "control")


def is_the_bot_s_typing(frame: Frame) -> bool:
    """Begins with any turn, also with one that has nothing to say."""
    return bool(frame["type"] == "typing" and frame["who"]["kind"] == "bot")


def as_a_customer_may_see(c: str, staff: list[Frame]) -> list[Frame]:
    """What an agent heard from the same moment on, in the words for customers; and the answers to their own."""
    expected: list[Frame] = []
    holder: Frame = {}
    for frame in staff:
        match frame["type"]:
            case "piece":
                expected.append(frame)
            case "event" if event := frame["event"]:
                if event.get("pub"):
                    expected.append(customer_s(c, event))
                holder = event["body"].get("holder", holder)
                if event["author"]["type"] == "contact":
                    expected.append(
                        {
                            "type": "ack",
                            "id": event["command"],
                            "conversation": c,
                            "pub": event["pub"],
                            "at": event["at"],
                        }
                    )
            case "typing" if frame["who"] == holder and holder["type"] == "agent":
                expected.append({"type": "typing", "conversation": c, "who": party(holder), "on": frame["on"]})
            case _:
                pass
    return [*expected, {"type": "pong"}]


def customer_s(c: str, event: Frame) -> Frame:
    body = event["body"]
    told: Frame
    match body["kind"]:
        case "control":
            told = {"kind": "control", "holder": party(body["holder"]), "is_open": body.get("is_open", True)}
        case "message_started":
            told = {"kind": "message_started", "message": body["message"], "by": party(event["author"])}
        case kind:
            assert kind == "message", f"a {kind} has no public number"
            told = {**body, "by": party(event["author"])}
    return {
        "type": "event",
        "conversation": c,
        "pub": event["pub"],
        "id": event["id"],
        "at": event["at"],
        "event": told,
    }


def party(who: dict[str, Any]) -> Frame:
    if who["type"] in ("bot", "agent"):
        return {"kind": who["type"], "name": who["name"]}
    return {"kind": {"contact": "you"}.get(who["type"], "nobody")}


def page(c: str, events: list[Frame], *, more: bool) -> Frame:
    return {"type": "page", "conversation": c, "events": events, "more": more}


# -- what they do ------------------------------------------------------------------------------------------------------


async def says(maria: Wire, c: str, id: str, text: str) -> None:
    await maria.says({"type": "say", "id": id, "conversation": c, "text": text})


async def types(agent: Agent, c: str) -> None:
    for on in (True, False):
        await agent.sends({"type": "set_typing", "conversation": c, "on": on})
    await agent.pings()


async def comes_and_goes(agent: Agent, c: str, *, again: bool = False) -> None:
    if not again:
        await agent.joins()
        await agent.watches(c)
    await agent.sends({"type": "unwatch", "conversation": c})
    await agent.watches(c)
    await agent.drops()
