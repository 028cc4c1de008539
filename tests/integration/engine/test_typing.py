"""Typing: at most one change a second of one person in one conversation, whatever is sent. The last state wins."""

import asyncio

import pytest

from intervene.core.actors import Actor, Agent, Bot, Contact
from intervene.core.ids import AgentId, BotId, ContactId, ConversationId, Key, OrganisationId
from intervene.core.limits import TYPING_OF_PERSON
from intervene.feed import typing_throttle
from intervene.feed.typing_throttle import TypingThrottle
from intervene.ports.messages import Typing
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import eventually
from tests.unit.core.cast import ACME

PAUSE = 0.1
CLARA = Contact(id=ContactId("clara"), name="Clara")
ANNA = Agent(id=AgentId("anna"), name="Anna")
ECHO = Bot(id=BotId("echo"), name="Echo")


def key(number: int = 1, organisation: OrganisationId = ACME) -> Key:
    return Key(organisation, ConversationId(f"c{number}"))


class Shown(TypingThrottle):
    """What is shown, in order."""

    def __init__(self) -> None:
        super().__init__(self._shows)
        self.shown: list[tuple[Actor, bool, bool]] = []

    def _shows(self, typing: Typing, is_ours: bool) -> None:
        self.shown.append((typing.author, typing.on, is_ours))

    def types(self, who: Actor, on: bool, *, where: Key | None = None, is_ours: bool = True) -> None:
        self.take(Typing(where or key(), 1, who, on), is_ours=is_ours)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    monkeypatch.setattr(typing_throttle, "TYPING_SECONDS", PAUSE)
    return Shown()


async def test_the_first_change_is_shown_at_once_and_the_last_when_the_second_is_over(shown: Shown) -> None:
    """[P7]"""
    for number in range(1001):
        shown.types(CLARA, number % 2 == 0)
    shown.types(CLARA, False)
    assert shown.shown == [(CLARA, True, True)]
    await eventually(lambda: len(shown.shown) == 2)
    assert shown.shown[1] == (CLARA, False, True)
    await eventually(lambda: not len(shown))
    assert len(shown.shown) == 2
    assert not shown._of_person


async def test_one_who_goes_on_for_long_is_shown_once_a_second(shown: Shown) -> None:
    """[P7] However evenly the changes come."""
    loop, begun = asyncio.get_running_loop(), asyncio.get_running_loop().time()
    while loop.time() - begun < 5 * PAUSE:
        shown.types(CLARA, True)
        shown.types(CLARA, False)
        await asyncio.sleep(0)
    assert 2 <= len(shown.shown) <= (loop.time() - begun) / PAUSE + 1


async def test_persons_and_conversations_do_not_wait_for_each_other(shown: Shown) -> None:
    for who in (CLARA, ANNA, ECHO):
        for number in (1, 2):
            shown.types(who, True, where=key(number))
    shown.types(CLARA, True, where=key(1, OrganisationId("globex")))
    assert len(shown.shown) == 7


async def test_what_comes_from_other_nodes_counts_with_what_comes_here(shown: Shown) -> None:
    """[P7] One person with sockets at many nodes is one person."""
    shown.types(CLARA, True, is_ours=False)
    for _ in range(20):
        shown.types(CLARA, False, is_ours=False)
        shown.types(CLARA, True)
    assert shown.shown == [(CLARA, True, False)]
    await eventually(lambda: len(shown.shown) == 2)


async def test_what_is_remembered_is_bounded(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] For each person, but a bot, which writes in many conversations; and for all."""
    for number in range(1000):
        shown.types(ANNA, True, where=key(number))
    assert len(shown) == TYPING_OF_PERSON
    for number in range(100):
        shown.types(ECHO, True, where=key(number))
    assert len(shown) == TYPING_OF_PERSON + 100
    monkeypatch.setattr(typing_throttle, "TYPING_AT_ONCE", 120)
    for number in range(100):
        shown.types(Agent(id=AgentId(f"a{number}"), name=""), True)
    assert len(shown) == 120
    await eventually(lambda: not len(shown))
    shown.types(ANNA, True, where=key(7))
    assert len(shown) == 1


async def test_staff_see_a_customer_type_once_however_many_sockets_do_it(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, anna: Person, ben: Person
) -> None:
    """[P7] Ben watches at another node: it is not told more either."""
    for _ in range(100):
        for on in (True, False):
            n1.feeds.set_typing(room.key, room.visitor.contact, on)
    await clara.says("hi")
    await cluster.settles()
    assert anna.screen.trail.count("typing") == ben.screen.trail.count("typing") == 1
    await eventually(lambda: anna.screen.trail.count("typing") == ben.screen.trail.count("typing") == 2)


async def test_typing_that_waited_is_not_shown_after_control_has_changed(
    room: Room, n1: Node, clara: Customer, anna: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P1]"""
    monkeypatch.setattr(typing_throttle, "TYPING_SECONDS", PAUSE)
    bot = room.bot(n1).who
    n1.feeds.set_typing(room.key, bot, True)
    n1.feeds.set_typing(room.key, bot, True)
    await anna.intervenes()
    seen = len(clara.screen.trail), len(anna.screen.trail)
    await eventually(lambda: not len(n1.feeds.people._throttle))
    assert "typing" not in clara.screen.trail[seen[0] :] + anna.screen.trail[seen[1] :]
