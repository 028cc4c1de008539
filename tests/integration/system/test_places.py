"""Customers who wait are shown their place in line, where their queue says so."""

from contextlib import AsyncExitStack

import anyio

from intervene.client import CustomerClient, visitor_tokens
from intervene.client.sides import CustomerConversation
from intervene.core.settings import Kind
from intervene.core.wire.contact import PlaceInLine
from tests.integration.system.test_settings import Admin
from tests.kit.limits import TIMING, eventually
from tests.kit.people import Agent, accepted
from tests.kit.person import Person
from tests.kit.server import ServerProcess


async def channel_of(ada: Admin, name: str, **queue: object) -> tuple[str, str]:
    """Without a bot: its conversations wait in a queue of their own from the beginning. Its id, and the queue's."""
    row = (await ada.makes(Kind.QUEUE, f"q-{name}", name=name, hours="", visibility="team", **queue)).json["id"]
    made = await ada.makes(Kind.CHANNEL, f"c-{name}", name=name, bot="none", queue=row)
    return made.json["id"], row


class Waiting:
    """A customer who has asked something. `shown`: each place that they were shown, and whether it was open."""

    def __init__(self, conversation: CustomerConversation) -> None:
        self.c = conversation.id
        self.shown: list[tuple[int | None, bool]] = []
        conversation.on(lambda change: self._see(change))

    def _see(self, change: object) -> None:
        if isinstance(change, PlaceInLine):
            assert change.conversation == self.c
            self.shown.append((change.ahead, change.open))

    async def is_shown(self, *places: int) -> None:
        """These and no others, up to now."""
        await eventually(lambda: len(self.shown) >= len(places))
        assert self.shown == [(ahead, True) for ahead in places]


async def test_customers_are_shown_how_many_wait_before_them_until_it_is_their_turn(server: ServerProcess) -> None:
    """[R193] In their own queue, at each change; where the queue does not say so, nothing."""
    ada = Admin(server)
    shows, queue = await channel_of(ada, "Shop", shows_place=True)
    hides, _ = await channel_of(ada, "Club")
    async with AsyncExitStack() as stack, Agent(server, role="supervisor") as ana:
        line: list[Waiting] = []
        for channel in (shows, hides, shows, shows):
            tokens = visitor_tokens(server.url, channel=channel)
            client = await stack.enter_async_context(CustomerClient(server.socket_url, tokens))
            conversation = await client.open()
            line.append(Waiting(conversation))
            await conversation.say("Is anybody there?")
        first, apart, second, third = line
        await first.is_shown(0)
        await second.is_shown(1)
        await third.is_shown(2)

        await ana.watches(first.c)
        await ana.intervenes(first.c)
        await second.is_shown(1, 0)
        await third.is_shown(2, 1)
        await ana.does("release", first.c)  # and waits for an answer since longer than the others
        await first.is_shown(0, 0)
        await third.is_shown(2, 1, 2)

        await anyio.sleep(2 * TIMING.places)  # nothing changes, and nothing is shown
        assert (len(first.shown), len(second.shown), len(third.shown), apart.shown) == (2, 3, 3, [])

        await ana.watches(second.c)
        accepted(await ana.does("set_queue", second.c, queue="default"))  # where nothing is shown
        await eventually(lambda: second.shown[3:] == [(None, False)])
        await third.is_shown(2, 1, 2, 1)
        await ada.changes(f"/v1/queues/{queue}", 1, shows_place=False)
        await eventually(lambda: third.shown[4:] == [(None, False)])


async def test_who_watches_anew_in_the_same_session_is_shown_it_again(server: ServerProcess) -> None:
    """[R193] A client drops it with its watch, also where it watches anew because it has missed something."""
    shows, _ = await channel_of(Admin(server), "Shop", shows_place=True)
    async with Person(server, "Maria", await visitor_tokens(server.url, channel=shows)()) as maria:
        await maria.watches((await maria.asks({"type": "open"}, "opened"))["conversation"])
        accepted(await maria.does("say", text="Is anybody there?"))
        for _ in range(2):
            assert (await maria.hears("position", since=len(maria.heard)))["ahead"] == 0
            await maria.sends({"type": "unwatch", "conversation": maria.c})
            await maria.watches(maria.c)
