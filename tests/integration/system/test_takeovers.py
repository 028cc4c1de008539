"""Takeovers on real sockets: 200 in mid-stream, 32 at once, and every other way in which control changes hands."""

import asyncio
import random

import anyio

from tests.kit.limits import LONG_WAIT
from tests.kit.log import check_conversation, check_log, is_interrupted
from tests.kit.oracles.screen import Frame
from tests.kit.people import Agent, Customer, all_leave, refused
from tests.kit.person import Person
from tests.kit.server import ServerProcess

TAKEOVERS = 200
CONVERSATIONS = 20


class Play:
    """One conversation, watched by its customer on two devices and by two agents."""

    def __init__(self, server: ServerProcess, name: str, seed: int) -> None:
        self.customer = Customer(server, f"Maria-{name}")
        self.other_device = Customer(server, f"Maria-{name}")
        self.agents = [Agent(server, f"Ana-{name}"), Agent(server, f"Ben-{name}")]
        self.c = ""
        self._random = random.Random(seed)

    async def begins(self) -> None:
        for person in (self.customer, self.other_device, *self.agents):
            await person.joins()
        await self.customer.opens()
        await self.other_device.opens()
        self.c = self.customer.c
        for agent in self.agents:
            await agent.watches(self.c)

    async def one_takeover(self, n: int) -> None:
        agent = self._random.choice(self.agents)
        await self.customer.says(f"question {n}")
        await agent.sees_the_bot_write(self.c)
        await anyio.sleep(self._random.uniform(0, 0.3))  # anywhere in the reply
        ack = await agent.intervenes(self.c)
        assert agent.screens[self.c].last >= ack["seq"], "the ack came before its event"
        await agent.says(self.c, f"answer {n}")
        back = await agent.hands_back(self.c)
        for each in self.agents:  # or the next one would take a reply that was cut for the one to come
            await each.sees(self.c, lambda event: event.n >= back["seq"])

    async def ends(self) -> None:
        log = await self.agents[0].reads_the_log(self.c)
        everybody = [self.customer, self.other_device, *self.agents]
        for person in everybody:
            await person.sees_the_end(self.c, log)
        check_conversation(self.c, log, everybody)
        for customer in (self.customer, self.other_device):
            public = await customer.reads_the_log(self.c)
            assert public == [event.frame for event in customer.screen.events]
        cut = [event for event in log if is_interrupted(event)]
        assert len(cut) == TAKEOVERS // CONVERSATIONS
        assert sum(screen.piece_frames for screen in (person.screens[self.c] for person in everybody)) >= 4 * len(cut)
        await all_leave(*everybody)


async def test_an_agent_takes_over_in_mid_stream_200_times_and_the_bot_is_never_heard_again(
    server: ServerProcess,
) -> None:
    """[P1, P2, P3, P5] After the control event no bot event or piece on any socket; what each session showed is a
    prefix of what the log keeps."""
    plays = [Play(server, str(number), seed=number) for number in range(CONVERSATIONS)]

    async def play(play: Play) -> None:
        await play.begins()
        for n in range(TAKEOVERS // CONVERSATIONS):
            await play.one_takeover(n)
        await play.ends()

    with anyio.fail_after(LONG_WAIT):
        await asyncio.gather(*map(play, plays))
    assert await server.metric("intervene_takeover_seconds_count", phase="committed") == TAKEOVERS


async def test_of_32_agents_who_intervene_at_once_one_wins_and_the_others_are_told_who_and_when(
    server: ServerProcess,
) -> None:
    """[P3] One winner; each loser learns at once who did, and since when."""
    customer = Customer(server)
    agents = [Agent(server, f"Agent-{number}") for number in range(32)]
    await customer.joins()
    await customer.opens()
    await asyncio.gather(*(agent.joins() for agent in agents))
    await asyncio.gather(*(agent.watches(customer.c) for agent in agents))
    await customer.says("Why is my bill so high?")
    await asyncio.gather(*(agent.sees_the_bot_write(customer.c) for agent in agents))

    answers = await asyncio.gather(*(agent.does("intervene", customer.c) for agent in agents))

    winners = [agent for agent, answer in zip(agents, answers, strict=True) if answer["type"] == "ack"]
    assert len(winners) == 1
    won = winners[0].acked(customer.c)[0]
    for answer in (answer for answer in answers if answer["type"] == "error"):
        refused(answer, "taken")
        assert answer["by"] == {"type": "agent", "id": winners[0].id, "name": winners[0].name}
        assert (answer["at"], answer["epoch"]) == (won["at"], won["epoch"])
    log = await winners[0].reads_the_log(customer.c)
    assert len([event for event in log if event["body"].get("move") == "intervene"]) == 1
    check_conversation(customer.c, log, [customer, *agents])
    await all_leave(customer, *agents)


async def test_an_accepted_command_repeated_after_the_state_moved_on_gets_its_first_result(
    server: ServerProcess,
) -> None:
    """[P3] Whatever has happened since, on another socket too; and nothing is done twice."""
    customer, ana, ben = Customer(server), Agent(server, "Ana"), Agent(server, "Ben", "supervisor")
    for person in (customer, ana, ben):
        await person.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    await ben.watches(c)
    first: dict[tuple[str, str], Frame] = {}
    people: dict[str, Person] = {"customer": customer, "ana": ana, "ben": ben}

    async def done(who: str, answer: Frame) -> None:
        first[who, answer["id"]] = answer

    await done("customer", await customer.says("Why is my bill so high?"))
    await ana.sees_the_bot_write(c)
    await done("ana", await ana.intervenes(c))
    await done("ana", await ana.says(c, "Good evening."))
    await done("ben", await ben.notes(c, "She called twice."))
    await done("ana", await ana.hands_back(c))
    await done("customer", await customer.asks_for_a_person())
    await ben.sees(c, lambda event: event.frame["event"]["body"].get("move") == "ask")
    await done("ben", await ben.intervenes(c))
    await done("ben", await ben.releases(c))
    await done("ben", await ben.closes(c))
    await done("ben", await ben.reopens(c))
    await done("ben", await ben.intervenes(c))
    length = len(await ana.reads_the_log(c))

    for (who, id), answer in first.items():
        assert await people[who].repeats(id) == answer
    for person in (customer, ana, ben):
        await person.drops()
        await person.returns()
    for (who, id), answer in first.items():
        assert await people[who].repeats(id) == answer

    log = await ana.reads_the_log(c)
    assert len(log) == length
    check_conversation(c, log, [customer, ana, ben])
    await all_leave(customer, ana, ben)


async def test_an_agent_s_words_and_their_close_keep_their_order(server: ServerProcess) -> None:
    """[P5] Given in one breath, without waiting for acks."""
    customer, ana = Customer(server), Agent(server)
    await customer.joins()
    await ana.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    for breath in range(10):
        await ana.intervenes(c)
        given = [await ana.gives("say", c, text=f"{breath}: {word}") for word in ("One.", "Two.", "Goodbye.")]
        given.append(await ana.gives("close", c))
        answers = [await ana.answer(id) for id in given]
        numbers = [answer["seq"] for answer in answers]
        assert numbers == list(range(numbers[0], numbers[0] + 4))
        await ana.reopens(c)
    log = await ana.reads_the_log(c)
    check_conversation(c, log, [customer, ana])
    await all_leave(customer, ana)


async def test_an_agent_who_has_not_seen_the_customer_s_last_words_is_asked_to_confirm(server: ServerProcess) -> None:
    """[P3] `stale_view` says what was missed; confirmed, the message goes through; a close needs a look."""
    customer, ana = Customer(server), Agent(server)
    await customer.joins()
    await ana.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    await ana.intervenes(c)
    seen = ana.screens[c].last
    asked = await customer.says("One more thing!")
    event = await ana.sees(c, lambda event: event.text == "One more thing!")

    late = refused(await ana.does("say", c, text="Goodbye then.", seen=seen), "stale_view")
    assert late["asked"] == event.n
    assert asked["pub"] == event.frame["event"]["pub"]
    refused(await ana.does("close", c, seen=seen), "stale_view")
    await ana.says(c, "Goodbye then.", seen=seen, confirmed=True)
    await ana.closes(c)

    log = await ana.reads_the_log(c)
    assert [event["body"].get("text") for event in log if event["author"].get("id") == ana.id][-2:] == [
        "Goodbye then.",
        None,
    ]
    check_conversation(c, log, [customer, ana])
    await all_leave(customer, ana)


async def test_a_bot_that_is_handed_the_conversation_back_begins_a_new_run_and_answers(server: ServerProcess) -> None:
    """[P1] The interrupted reply never goes on; the new run answers what came meanwhile."""
    customer, ana = Customer(server), Agent(server)
    await customer.joins()
    await ana.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    await customer.says("Why is my bill so high?")
    await ana.sees_the_bot_write(c)
    taken = await ana.intervenes(c)
    cut = ana.screens[c].messages("bot")[-1]
    assert cut.is_interrupted
    await customer.says("Hello?")
    handed = await ana.hands_back(c)
    assert handed["epoch"] == taken["epoch"] + 1

    begun = await ana.sees(c, lambda event: event.kind == "message_started", since=handed["seq"])
    answer = await ana.sees(c, lambda event: event.kind == "message" and event.message == begun.message)
    assert answer.message != cut.message
    assert not answer.is_interrupted
    assert answer.frame["event"]["turn"] > cut.frame["event"]["turn"]
    assert answer.text.startswith(cut.text), "the script begins anew"

    log = await ana.reads_the_log(c)
    check_conversation(c, log, [customer, ana])
    await all_leave(customer, ana)


async def test_a_released_conversation_waits_and_a_contact_who_asks_for_a_person_stops_the_bot(
    server: ServerProcess,
) -> None:
    """[P1, P5] Release goes to nobody, never silently to a bot; the customer's own wish is a fence like any other."""
    customer, ana, ben = Customer(server), Agent(server, "Ana"), Agent(server, "Ben")
    for person in (customer, ana, ben):
        await person.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    await ben.watches(c)
    await customer.says("Why is my bill so high?")
    await customer.finds(lambda: customer.screen.stream and customer.screen.texts[customer.screen.stream])
    await customer.asks_for_a_person()
    assert customer.screen.holder == "nobody"
    assert customer.screen.messages("bot")[-1].is_interrupted

    await ana.sees(c, lambda event: event.holder == "nobody")
    await ana.intervenes(c)
    await customer.asks_for_a_person()  # a person is here: nothing changes
    refused(await ben.does("release", c, epoch=ana.screens[c].epoch), "forbidden")
    await ana.releases(c)
    await customer.says("Is anybody there?")
    await ben.sees(c, lambda event: event.text == "Is anybody there?")
    refused(await ben.does("say", c, text="Yes."), "not_holder")
    await ben.intervenes(c)
    await ben.says(c, "Yes.")
    await customer.sees(c, lambda event: event.text == "Yes.")

    log = await ben.reads_the_log(c)
    moves = [event["body"]["move"] for event in log if event["body"]["kind"] == "control"]
    assert moves == ["start", "ask", "intervene", "release", "intervene"]
    check_conversation(c, log, [customer, ana, ben])
    await all_leave(customer, ana, ben)


async def test_a_supervisor_takes_from_an_agent_and_what_the_agent_then_says_is_refused(server: ServerProcess) -> None:
    """[P1] Between people too: nothing made under the former control is committed."""
    customer, ana, ben = Customer(server), Agent(server, "Ana"), Agent(server, "Ben")
    cleo = Agent(server, "Cleo", "supervisor")
    for person in (customer, ana, ben, cleo):
        await person.joins()
    c = (await customer.opens()).conversation
    for agent in (ana, ben, cleo):
        await agent.watches(c)
    await ana.intervenes(c)
    await ben.sees(c, lambda event: event.holder == "agent")
    refused(await ben.does("intervene", c), "forbidden")
    await cleo.sees(c, lambda event: event.holder == "agent")
    epoch, seen = ana.screens[c].epoch, ana.screens[c].last
    taken, *late = await asyncio.gather(
        cleo.does("intervene", c),
        *(ana.does("say", c, text=f"word {n}", epoch=epoch, seen=seen) for n in range(20)),
    )
    assert taken["type"] == "ack"
    log = await cleo.reads_the_log(c)
    check_log(log)
    for answer in late:
        if answer["type"] == "error":
            refused(answer, "taken")
            assert answer["by"]["id"] == cleo.id
        else:
            assert answer["seq"] < taken["seq"]
    check_conversation(c, log, [customer, ana, ben, cleo])
    await all_leave(customer, ana, ben, cleo)
