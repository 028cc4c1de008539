"""What is not theirs, or not now: conversations of others, frames of the other side, commands out of order."""

from tests.integration.system.bad_input.mallory import CANARY
from tests.kit.log import check_conversation
from tests.kit.peer import Frame
from tests.kit.people import Agent, Customer, all_leave, refused
from tests.kit.server import ServerProcess
from tests.kit.wire import Wire, dial


async def answer(wire: Wire) -> Frame:
    """The next frame that is not the news about colleagues, which comes to agents by itself."""
    while (heard := await wire.hears()).json["type"] == "presence":
        pass
    return heard


async def test_a_conversation_of_another_looks_exactly_like_one_that_does_not_exist(server: ServerProcess) -> None:
    """[P6] The same bytes but for the id, for another customer and for another organisation's agent; and its owner
    receives no byte of the attempts."""
    owner = Customer(server, "Maria")
    await owner.joins()
    theirs = (await owner.opens()).conversation
    await owner.asks_for_a_person()
    unknown = "0" * len(theirs)
    shared = ({"type": "watch"}, {"type": "get_page", "before": 99}, {"type": "watch", "after": {"n": 1, "id": "x"}})
    customers = (*shared, {"type": "say", "id": "x1", "text": CANARY}, {"type": "ask_for_person", "id": "x2"})
    acting = {"id": "x", "epoch": 1}
    agents = (
        *shared, {"type": "add_note", "id": "x", "text": CANARY}, {"type": "intervene", **acting},
        {"type": "say", **acting, "seen": 9, "text": CANARY, "confirmed": True}, {"type": "hand_back", **acting},
        {"type": "release", **acting}, {"type": "close", **acting, "seen": 9}, {"type": "reopen", **acting},
    )  # fmt: skip
    silent = (
        {"type": "set_typing", "on": True}, {"type": "set_read", "n": 1}, {"type": "seen", "n": 1}, {"type": "unwatch"}
    )  # fmt: skip
    before = list(owner.heard)
    for token, asked in (
        (server.visitor_token("Mallory"), customers),
        (server.visitor_token("Maria", organisation="other"), customers),
        (server.agent_token("Mallory", organisation="other"), agents),
    ):
        async with dial(server) as wire:
            await wire.joins(token)
            for frame in asked:
                answers = []
                for conversation in (theirs, unknown):
                    await wire.says({**frame, "conversation": conversation})
                    answers.append(await answer(wire))
                assert answers[0].json["code"] == "not_found", frame
                assert answers[0].data.replace(theirs.encode(), unknown.encode()) == answers[1].data
            for frame in silent:
                for conversation in (theirs, unknown):
                    await wire.says({**frame, "conversation": conversation})
            await wire.says({"type": "ping"})
            assert await wire.hears_json() == {"type": "pong"}
    await owner.pings()
    assert owner.heard == [*before, {"type": "pong"}]
    await owner.leaves()


async def test_a_customer_s_socket_takes_no_frame_of_staff_and_an_agent_s_none_of_customers(
    server: ServerProcess,
) -> None:
    """[P6] Each audience has its own union: what is not in it is no frame at all."""
    customer, ana = Customer(server), Agent(server)
    await customer.joins()
    await ana.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    acting = {"conversation": c, "id": "x", "epoch": 1}
    for frame in (
        {"type": "intervene", **acting}, {"type": "hand_back", **acting}, {"type": "release", **acting},
        {"type": "close", **acting, "seen": 9}, {"type": "reopen", **acting},
        {"type": "add_note", "conversation": c, "id": "x", "text": CANARY},
        {"type": "say", **acting, "seen": 9, "text": CANARY},
    ):  # fmt: skip
        assert (await customer.asks(frame, "error"))["code"] == "bad_frame"
    for frame in ({"type": "open"}, {"type": "ask_for_person", "conversation": c, "id": "x"}):
        assert (await ana.asks(frame, "error"))["code"] == "bad_frame"
    assert len(await ana.reads_the_log(c)) == 2
    await all_leave(customer, ana)


async def test_commands_out_of_order_get_the_refusal_that_says_what_is_true(server: ServerProcess) -> None:
    """[P1, P3] Before watching, after closing, in an epoch that is over, by somebody else's control."""
    customer, ana, ben = Customer(server), Agent(server, "Ana"), Agent(server, "Ben", "supervisor")
    for person in (customer, ana, ben):
        await person.joins()
    silent = ({"type": "set_typing", "on": True}, {"type": "set_read", "n": 7}, {"type": "seen", "n": 7})
    refused(await customer.does("say", "c-none", text=CANARY), "not_found")
    customer.c = (await customer.asks({"type": "open"}, "opened"))["conversation"]
    c = customer.c
    for frame in (*silent, {"type": "unwatch"}):
        await customer.sends({**frame, "conversation": c})
    assert (await customer.says(f"{CANARY} before watching"))["pub"] == 2
    await customer.watches(c)
    screen = await ana.watches(c)
    await ben.watches(c)
    await ana.sees_the_bot_write(c)

    bot = {"epoch": screen.epoch}
    assert refused(await ana.does("release", c, **bot), "illegal_move")["place"] == "bot"
    refused(await ana.does("hand_back", c, **bot), "illegal_move")
    refused(await ana.does("reopen", c, **bot), "illegal_move")
    refused(await ana.does("close", c, seen=screen.last, **bot), "forbidden")
    refused(await ana.does("say", c, text=CANARY, seen=screen.last, **bot), "not_holder")
    stale = refused(await ana.does("intervene", c, epoch=0), "stale")
    assert (stale["epoch"], stale["holder"]["type"]) == (1, "bot")
    refused(await ana.does("intervene", c, epoch=99), "stale")

    await ben.intervenes(c)
    for kind in ("intervene", "release", "hand_back"):
        assert refused(await ana.does(kind, c, **bot), "taken")["by"]["id"] == "ben"
    refused(await ana.does("say", c, text=CANARY, seen=screen.last, **bot), "taken")
    refused(await ben.does("hand_back", c, bot="nobody-s-bot"), "forbidden")
    refused(await ben.does("say", c, text=CANARY, **bot), "stale")
    assert "seq" not in await ben.does("intervene", c, **bot), "the holder again: no change"
    await ben.closes(c)
    for kind in ("intervene", "hand_back", "release", "close"):
        assert refused(await ben.does(kind, c), "illegal_move")["place"] == "closed"
    refused(await ben.does("say", c, text=CANARY), "not_holder")
    await ben.notes(c, f"{CANARY}: closed for now")

    log = await ana.reads_the_log(c)
    for after in ({"n": 2**53, "id": "x"}, {"n": 1, "id": "x"}, {"n": 1, "id": ""}, {"n": len(log) + 1, "id": "x"}):
        watched = await ben.asks({"type": "watch", "conversation": c, "after": after}, "watched")
        assert (watched["reset"], watched["events"]) == (True, log)
    page = await ben.asks({"type": "get_page", "conversation": c, "before": 0}, "page")
    assert (page["events"], page["more"]) == ([], False)
    check_conversation(c, log, [customer, ana])
    await all_leave(customer, ana, ben)
