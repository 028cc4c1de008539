"""The fence: bots that are played by hand, straight at the engine, with no port and no runner in their way."""

import asyncio
from collections.abc import Callable

import pytest

from intervene.core.conversation.turns import Answered
from intervene.core.errors import Stale
from intervene.core.events import ControlChanged, Message, MessageStarted
from tests.integration.engine.actors import Asked, Customer, Person, Port, takes_up
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import eventually


async def is_fenced(bot: Port) -> None:
    """Whatever this turn still tries, it is told that it is over."""
    for asked in (bot.says("late"), bot.writes("late"), bot.adds(bot.n + 1, "late"), bot.finishes("late"), bot.ends()):
        problem = await asked.refusal()
        assert isinstance(problem, Stale), problem


# -- in the middle of a reply ------------------------------------------------------------------------------------------


async def test_an_agent_intervenes_on_another_node_while_the_bot_streams(
    room: Room, n1: Node, clara: Customer, anna: Person, ben: Person
) -> None:
    """[P1] [P2] The reply is kept as far as it was committed, marked interrupted, and nothing follows."""
    bot = room.bot(n1)
    await bot.streams("I ", "can ")
    await ben.intervenes()
    await is_fenced(bot)
    assert await room.messages() == ["Echo: I can ..."]
    await ben.says("Hello, I am Ben")
    await eventually(lambda: clara.screen.n == 5)
    assert clara.screen.kinds == ["control", "message_started", "message", "control", "message"]


async def test_an_agent_intervenes_while_a_piece_is_being_written(
    room: Room, n1: Node, clara: Customer, ben: Person
) -> None:
    """[P1] The piece was decided before the takeover, and its append comes after it."""
    bot = room.bot(n1)
    await bot.streams("I ", "can ")
    n1.log.holds_writes()
    late = bot.writes("help")
    await n1.log.write_waits()
    await ben.intervenes()
    n1.log.releases_writes()
    assert isinstance(await late.refusal(), Stale)
    await is_fenced(bot)
    assert await room.messages() == ["Echo: I can ..."]


async def test_a_takeover_keeps_what_its_node_has_never_heard_of(
    cluster: Cluster, room: Room, n1: Node, clara: Customer, ben: Person
) -> None:
    """[P2] Ben's node knows two pieces; Clara has read five."""
    bot = room.bot(n1)
    await bot.streams("one ", "two ")
    await eventually(lambda: ben.screen.text == "one two ")
    cluster.hub.fate = lambda node, commit: 0
    await bot.streams("three ", "four ", "five ")
    await ben.intervenes()
    assert await room.messages() == ["Echo: one two three four five ..."]


Act = Callable[[Room, Person, Person, Customer, Port], Asked]
ENDS: dict[str, Act] = {
    "an agent intervenes": lambda room, anna, sara, clara, bot: anna.intervenes(),
    "the customer asks for a person": lambda room, anna, sara, clara, bot: clara.asks_for_a_person(),
    "a supervisor closes": lambda room, anna, sara, clara, bot: sara.closes(),
    "the bot ends its turn": lambda room, anna, sara, clara, bot: bot.ends(Answered()),
    "another node takes the turn up": lambda room, anna, sara, clara, bot: takes_up(anna.node, room, lost="n1"),
}


@pytest.mark.parametrize("how", ENDS)
async def test_whatever_ends_a_turn_first_ends_its_reply(
    room: Room, n1: Node, clara: Customer, anna: Person, how: str
) -> None:
    """[P2] What people have read is never taken back, and never goes on."""
    bot = room.bot(n1)
    await bot.streams("I ", "can ")
    await ENDS[how](room, anna, room.supervisor("Sara", n1), clara, bot)
    await is_fenced(bot)
    assert await room.messages() == ["Echo: I can ..."]
    assert clara.screen.text == ""


# -- turns that are over -----------------------------------------------------------------------------------------------


async def test_a_turn_that_was_taken_up_elsewhere_is_over(
    room: Room, n1: Node, n2: Node, clara: Customer, ben: Person
) -> None:
    """[P1] [P2] n1 was frozen; n2 runs the turn now, in the same epoch. n1 wakes and goes on."""
    before = room.bot(n1)
    await before.streams("Your balance ", "is ")
    await takes_up(n2, room, lost="n1")
    now = room.bot(n2)
    assert (now.epoch, now.number) != (before.epoch, before.number)
    await now.streams("Let me ", "look")
    await is_fenced(before)
    await now.finishes(".")
    assert await room.messages() == ["Echo: Your balance is ...", "Echo: Let me look."]


async def test_a_frozen_node_wakes_in_the_middle_of_an_append(room: Room, n1: Node, n2: Node, clara: Customer) -> None:
    """[P1] What it had decided does not win, and decided again it is refused."""
    before = room.bot(n1)
    await before.streams("Your balance ")
    n1.log.holds_writes()
    late = [before.writes("is 1"), before.finishes()]
    await n1.log.write_waits()
    await takes_up(n2, room, lost="n1")
    n1.log.releases_writes()
    for asked in late:
        assert isinstance(await asked.refusal(), Stale)


async def test_a_turn_that_input_started_again_is_over(room: Room, n1: Node, clara: Customer) -> None:
    """[P1] Nothing was said yet: the customer's next message replaces the turn, in the same epoch."""
    before = room.bot(n1)
    await clara.says("hi")
    await is_fenced(before)
    await room.bot(n1).says("hello")


async def test_a_former_run_is_over_when_the_bot_gets_a_new_one(
    room: Room, n1: Node, clara: Customer, anna: Person
) -> None:
    """[P1] The same bot holds control again; what it was before never continues."""
    before = room.bot(n1)
    await before.says("one")
    await anna.intervenes()
    await anna.hands_back()
    await is_fenced(before)
    await room.bot(n1).says("two")


# -- agents are former holders too -------------------------------------------------------------------------------------


async def test_an_agent_whom_a_supervisor_relieved_speaks_no_more(
    room: Room, n1: Node, anna: Person, clara: Customer
) -> None:
    """[P1] Also when her words were already on their way."""
    sara = room.supervisor("Sara", n1)
    await anna.intervenes()
    n1.log.holds_writes()
    first = clara.says("hi")
    await n1.log.write_waits()
    taken, late = sara.intervenes(), anna.says("late", confirmed=True)
    n1.log.releases_writes()
    await first
    await taken
    await late.refusal()
    await anna.notes("what is hers goes on")
    assert await room.messages() == ["Clara: hi"]


# -- nobody helps ------------------------------------------------------------------------------------------------------


async def test_an_agent_intervenes_when_the_node_that_streams_is_dead(
    room: Room, n1: Node, ben: Person, clara: Customer
) -> None:
    """[P4] Nobody who could cancel the turn is left; nobody has to."""
    bot = room.bot(n1)
    await bot.streams("I ", "can ")
    n1.log.holds_writes()
    bot.writes("help")
    await n1.log.write_waits()
    n1.dies()
    await ben.intervenes()
    assert await room.messages() == ["Echo: I can ..."]


async def test_an_agent_intervenes_while_the_hub_is_down(
    cluster: Cluster, room: Room, n1: Node, clara: Customer, ben: Person
) -> None:
    """[P4] Nothing passes between the nodes. The bot's node hears of it when it next tries to write."""
    cluster.hub.fate = lambda node, commit: 0
    bot = room.bot(n1)
    await bot.streams("I ", "can ")
    await ben.intervenes(epoch=1)
    assert clara.screen.kinds[-1] == "message_started"
    assert isinstance(await bot.writes("help").refusal(), Stale)
    assert clara.screen.kinds[-2:] == ["message", "control"]


async def test_what_a_node_committed_before_it_died_is_told(
    cluster: Cluster, room: Room, n1: Node, ben: Person, anna: Person
) -> None:
    """[P5] Killed between commit and telling: the others find it by its version."""
    anna.intervenes()
    await eventually(lambda: bool(n1.log.locked), every=0.0)
    n1.dies()
    await room.comes_to(lambda state: state.epoch == 2)
    await cluster.settles()
    assert ben.screen.kinds[-1] == "control"


@pytest.mark.parametrize("where", ["n1", "n2"])
async def test_a_bot_that_never_stops_writing_does_not_delay_an_intervene(
    cluster: Cluster, room: Room, n1: Node, n2: Node, where: str
) -> None:
    """[P4] Whether on the bot's node or on the other: it wins with its first try, behind the piece that is under way.
    A bot has one at a time, and both nodes write through one queue: so the bound holds however busy the machine is."""
    agent = room.agent("Ben", n1 if where == "n1" else n2)
    await agent.node.policies.loaded(room.key.organisation)  # as a socket does before it shows a conversation
    await agent.watches()
    bot = room.bot(n1)

    written = 0

    async def never_stops() -> None:
        nonlocal written
        while True:
            await bot.writes("x")
            written += 1

    writing = asyncio.ensure_future(never_stops())
    await eventually(lambda: written > 50)
    before = written
    await agent.intervenes()
    with pytest.raises(Stale):
        await writing
    assert written - before <= 1


async def test_control_of_an_epoch_changes_once(room: Room, anna: Person, ben: Person) -> None:
    """[P3] Every kind of taker at once, from both nodes: the log has each epoch once, and the last one holds."""
    sara, tom = room.supervisor("Sara", anna.node), room.supervisor("Tom", ben.node)
    asked = [person.intervenes(epoch=1) for person in (anna, ben, sara, tom)]
    answers = []
    for each in asked:
        await eventually(lambda: each.answer is not None)  # noqa: B023
        answers.append(each.answer)
    events = await room.events()
    epochs = [event.epoch for event in events if isinstance(event.body, ControlChanged)]
    assert epochs == [1, 2]
    assert sum(isinstance(answer, Stale) for answer in answers) == 0, "the losers are told who, not merely that"


async def test_a_reply_stands_where_it_began(room: Room, n1: Node, clara: Customer) -> None:
    """[P2] Clara interrupts in the middle of a reply: live and read again, the order is the same."""
    bot = room.bot(n1)
    await bot.streams("I ", "can ")
    await clara.says("stop")
    await bot.finishes("help")
    bodies = [event.body for event in await room.events()][2:]
    assert [type(body) for body in bodies] == [MessageStarted, Message, Message]
    assert clara.screen.kinds == ["control", "message_started", "message", "message"]
