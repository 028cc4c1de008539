"""A server and the people in it, under random load, killed and started again: what a life of the house leaves behind
is checked against everything that its people heard.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

import anyio
from websockets.exceptions import InvalidHandshake

from tests.limits import LONG_WAIT, WAIT
from tests.server import ServerProcess
from tests.system.actors import Agent, Customer, Gone, Person, all_leave
from tests.system.log import check_conversation
from tests.system.screen import Frame

CUT = (Gone, OSError, EOFError, InvalidHandshake)
"""What somebody meets whose server is killed."""

EXPECTED = {"taken", "stale", "stale_view", "not_holder", "illegal_move", "forbidden", "too_fast", "busy"}
"""Refusals that people who act at random, on what they last saw, may get."""

SCRIPT = """
@pace 60
I have found your account, and I can see the reminder that went out last week and what it says.

There are two instalments open at the moment, the one of September and the one of October. Before we look at what is
possible, I would like to explain how the amount was put together, because the letter only shows the total. The first
part is the instalment itself, the second is the fee of the returned debit, and the third is the interest since then.

@pace 200
A payment plan is possible, yes. You choose the day of the month, and you can pause it once without giving a reason.
"""

ENDS = tuple(" ".join(block.split())[-20:] for block in SCRIPT.split("\n\n"))


class House:
    """`seed` decides what people do and when the server dies."""

    def __init__(self, server: ServerProcess, seed: str, customers: int = 4, agents: int = 2) -> None:
        self.server = server
        self.random = random.Random(seed)
        self.kills = 0
        self.takeovers = 0
        self.answered_after_a_restart = 0
        self._customers = customers
        self._agents = agents
        self.customers: list[Customer] = []
        self.agents: list[Agent] = []

    @property
    def people(self) -> list[Person]:
        return [*self.customers, *self.agents]

    async def opens(self) -> None:
        await self.server.start()
        self.customers = [Customer(self.server, f"Customer-{n}") for n in range(self._customers)]
        self.agents = [Agent(self.server, f"Agent-{n}", "supervisor") for n in range(self._agents)]
        await self._all(lambda person: person.joins())
        for customer in self.customers:
            await customer.opens()
        for agent in self.agents:
            for customer in self.customers:
                await agent.watches(customer.c)

    # -- one life ------------------------------------------------------------------------------------------------------

    async def lives_and_dies(self, most_seconds: float) -> None:
        """Everybody comes back and acts at random until the server is killed, at a random instant: also while they
        come, or while it starts. Then it is started again."""
        dying = asyncio.create_task(self._dies(self.random.uniform(0.0, most_seconds)))
        await asyncio.gather(*(self._acts(person) for person in self.people))
        await dying
        for person in self.people:
            await person.is_gone()
        while self.random.random() < 0.1:
            self.server.spawn()
            await self._dies(self.random.uniform(0.0, 0.8))
        await self.server.start()
        if self.random.random() < 0.3:
            await self.comes_back()

    async def comes_back(self) -> None:
        """Everybody is here again, and served."""
        owed = [customer for customer in self.customers if is_owed(customer)]
        await self._all(Person.is_back)
        for customer in owed:
            await self._is_served(customer)
            self.answered_after_a_restart += customer.screen.holder == "bot"

    async def _dies(self, after: float) -> None:
        await anyio.sleep(after)
        await self.server.kill()
        self.kills += 1

    async def _acts(self, person: Person) -> None:
        try:
            await person.is_back()
            while person.is_here:
                await anyio.sleep(self.random.expovariate(1 / 0.06))
                if isinstance(person, Agent):
                    await self._agent_acts(person)
                else:
                    assert isinstance(person, Customer)
                    await self._customer_acts(person)
        except CUT:
            pass

    async def _customer_acts(self, customer: Customer) -> None:
        spoken = len(customer.asked)
        kind = "ask_for_person" if self.random.random() < 0.03 else "say"
        fields = {} if kind == "ask_for_person" else {"text": f"{customer.name} says {spoken}"}
        id = await customer.gives(kind, customer.c, **fields)
        if self.random.random() < 0.7:
            await customer.answer(id)
            await anyio.sleep(self.random.uniform(0.1, 0.4))  # within what a session may say

    async def _agent_acts(self, agent: Agent) -> None:
        c = self.random.choice(self.customers).c
        screen = agent.screens[c]
        place = screen.holder if screen.state["is_open"] else "closed"
        if screen.is_held_by(agent.id):
            kinds = ["say", "say", "say", "add_note", "hand_back", "hand_back", "release", "close"]
        elif place == "closed":
            kinds = ["reopen"]
        else:
            kinds = ["intervene", "intervene", "add_note"]
        kind = self.random.choice(kinds)
        given = len(agent.asked)
        fields: Frame = {"text": f"{agent.name} {kind} {given}"} if kind in ("say", "add_note") else {}
        id = await agent.gives(kind, c, **fields)
        if kind == "say" and self.random.random() < 0.3:  # two in one breath
            await agent.gives(self.random.choice(["hand_back", "close"]), c)
        if self.random.random() < 0.7:
            answer = await agent.answer(id)
            self.takeovers += kind == "intervene" and bool(answer.get("seq"))

    # -- what must be true ---------------------------------------------------------------------------------------------

    async def settles(self) -> None:
        """Everybody is here and has every answer, and no customer waits for a bot."""
        await self.comes_back()
        for person in self.people:
            while person.unanswered:
                await anyio.sleep(0.1)
                for id in list(person.unanswered):
                    if person.answers.get(id):  # it was told to come later
                        await person.repeats(id)
                with anyio.fail_after(LONG_WAIT):
                    await person.pings()
        for customer in self.customers:
            await self._is_served(customer)

    async def _is_served(self, customer: Customer) -> None:
        try:
            await customer.finds(lambda: not is_owed(customer), within=WAIT)
        except TimeoutError:
            raise AssertionError(f"nobody serves {customer.name}: {customer.screen.events[-8:]}") from None

    async def is_in_order(self) -> None:
        """[P1, P2, P3, P5] Every conversation, its log read by a newcomer, against all that everybody heard."""
        async with Agent(self.server, "Inspector") as inspector:
            for customer in self.customers:
                await inspector.watches(customer.c)
                log = await inspector.reads_the_log(customer.c)
                for person in (customer, *self.agents):
                    await person.sees_the_end(customer.c, log)
                check_conversation(customer.c, log, [customer, *self.agents])
        for person in self.people:
            codes = {a["code"] for answers in person.answers.values() for a in answers if a["type"] == "error"}
            assert codes <= EXPECTED | {"unavailable"}, codes
            loose = [frame for frame in person.heard if frame["type"] == "error" and not frame.get("id")]
            assert not loose, loose

    async def closes(self) -> None:
        await all_leave(*self.people)

    async def _all(self, act: Callable[[Person], Awaitable[object]]) -> None:
        await asyncio.gather(*(act(person) for person in self.people))


def is_owed(customer: Customer) -> bool:
    """A bot holds control, and nobody has answered the customer's last words. A reply that was cut by a kill may have
    been complete but for its end; otherwise the bot goes on where it was cut."""
    screen = customer.screen
    spoken = [event for event in screen.events if event.by == "contact"]
    if not spoken or screen.holder != "bot":
        return False
    answers = [event for event in screen.messages() if event.n > spoken[-1].n]
    return bool(screen.stream) or not any(not e.is_interrupted or e.text.endswith(ENDS) for e in answers)
