"""Customers and agents who act at random, on what they last saw: the load under which a server, or many, is killed and
cut. `seed` decides what each of them does, as far as a real server lets it.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

import anyio

from tests.kit.limits import LONG_WAIT, WAIT
from tests.kit.log import session_of
from tests.kit.oracles import judge
from tests.kit.oracles.findings import Findings, Log
from tests.kit.oracles.history import PASSING
from tests.kit.oracles.screen import Frame
from tests.kit.people import Agent, Customer, all_leave
from tests.kit.person import AGAIN, CUT, Person
from tests.kit.server import ServerProcess

EXPECTED = {
    "taken",
    "stale",
    "stale_view",
    "not_holder",
    "illegal_move",
    "forbidden",
    "too_fast",
    "busy",
    "unavailable",
}
"""Refusals that people who act at random, on what they last saw, may get."""

MOST_UNANSWERED = 8  # commands of one person: within what a new session may say at once

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


class Crowd:
    """Everybody knows all `nodes`, and begins at one of them. `role`: of the agents."""

    role = "supervisor"

    def __init__(self, nodes: Sequence[ServerProcess], seed: str, customers: int, agents: int) -> None:
        self.nodes = nodes
        self.seed = seed
        self.random = random.Random(seed)
        self.takeovers = 0
        self.gives_on = True
        """Whether agents give conversations on: the release before knows no such commands."""
        self.is_over = False
        self.customers: list[Customer] = []
        self.agents: list[Agent] = []
        self._sizes = customers, agents

    @property
    def people(self) -> list[Person]:
        return [*self.customers, *self.agents]

    async def comes(self) -> None:
        """Each customer to a conversation of their own, the agents to all of these."""
        customers, agents = self._sizes
        home = self.nodes
        self.customers = [Customer(home[n % len(home)], f"Customer-{n}") for n in range(customers)]
        self.agents = [Agent(home[-1 - n % len(home)], f"Agent-{n}", self.role) for n in range(agents)]
        for person in self.people:
            person.knows(*self.nodes, seed=self.seed)
        await self.all(lambda person: person.joins())
        for customer in self.customers:
            await customer.opens()
        for agent in self.agents:
            for customer in self.customers:
                await agent.watches(customer.c)

    async def leaves(self) -> None:
        await all_leave(*self.people)

    async def all(self, act: Callable[[Person], Awaitable[object]]) -> None:
        await asyncio.gather(*(act(person) for person in self.people))

    # -- what they do --------------------------------------------------------------------------------------------------

    async def acts(self, person: Person) -> None:
        """Until the socket is lost, or it is over; raises what they met."""
        while person.is_here and not self.is_over:
            await anyio.sleep(self.random.expovariate(1 / 0.06))
            await self._act(person)

    async def hears_the_answer(self, person: Person, id: str, nth: int = 1) -> Frame | None:
        """None: they do not wait for it any more."""
        return await person.answer(id, nth)

    async def _act(self, person: Person) -> None:
        """Something new, unless too much is without an answer: nobody keeps on talking to a wall."""
        if len(person.unanswered) >= MOST_UNANSWERED:
            await self._asks_again(person)
        elif isinstance(person, Agent):
            await self._agent_acts(person)
        else:
            assert isinstance(person, Customer)
            await self._customer_acts(person)

    async def _customer_acts(self, customer: Customer) -> None:
        spoken = len(customer.asked)
        kind = "ask_for_person" if self.random.random() < 0.03 else "say"
        fields = {} if kind == "ask_for_person" else {"text": f"{customer.name} says {spoken}"}
        id = await customer.gives(kind, customer.c, **fields)
        if self.random.random() < 0.7:
            await self.hears_the_answer(customer, id)
            await anyio.sleep(self.random.uniform(0.1, 0.4))  # within what a session may say
        await self._may_say_again(customer, id)

    async def _agent_acts(self, agent: Agent) -> None:
        c = self.random.choice(self.customers).c
        screen = agent.screens[c]
        place = screen.holder if screen.state["is_open"] else "closed"
        if screen.is_held_by(agent.id):
            kinds = ["say", "say", "say", "add_note", "hand_back", "hand_back", "release", "close"]
            kinds += ["assign", "transfer"] if self.gives_on else []
        elif place == "closed":
            kinds = ["reopen"]
        elif place == "nobody":
            kinds = ["intervene", "add_note", *(["send_bot"] if self.gives_on else [])]
        else:
            kinds = ["intervene", "intervene", "add_note"]
        kind = self.random.choice(kinds)
        given = len(agent.asked)
        fields: Frame = {"text": f"{agent.name} {kind} {given}"} if kind in ("say", "add_note") else {}
        if kind == "assign":
            fields["agent"] = self.random.choice(self.agents).id
        elif kind == "transfer":
            fields["queue"] = "default"
        id = await agent.gives(kind, c, **fields)
        if kind == "say" and self.random.random() < 0.3:  # two in one breath
            await agent.gives(self.random.choice(["hand_back", "close"]), c)
        if self.random.random() < 0.7:
            answer = await self.hears_the_answer(agent, id)
            self.takeovers += kind == "intervene" and bool(answer and answer.get("seq"))
        await self._may_say_again(agent, id)

    async def _may_say_again(self, person: Person, id: str) -> None:
        """The very same, as a client does that is not sure; whether it was answered or not."""
        if self.random.random() < 0.1:
            await person.gives_again(id)

    # -- how it ends ---------------------------------------------------------------------------------------------------

    async def has_every_answer(self) -> None:
        """Who was told to come later, or nothing, asks again."""
        with anyio.fail_after(2 * LONG_WAIT):
            while any(person.unanswered for person in self.people):
                await self.all(self._insists)

    async def _insists(self, person: Person) -> None:
        try:
            await self._asks_again(person)
            await person.pings(within=LONG_WAIT)
        except CUT:
            await person.comes_back()

    async def _asks_again(self, person: Person) -> None:
        """What was put off, in order, until something is put off again."""
        for id in list(person.unanswered):
            if heard := len(person.answers.get(id, [])):  # else the answer is still to come
                await person.gives_again(id)
                answer = await self.hears_the_answer(person, id, nth=heard + 1)
                if answer is None or answer.get("code") in PASSING:
                    await anyio.sleep(answer.get("retry_after", AGAIN) if answer else AGAIN)
                    return
        await anyio.sleep(AGAIN)

    async def is_served(self, within: float = WAIT) -> None:
        """No customer waits for a bot."""
        await asyncio.gather(*(is_served(customer, within) for customer in self.customers))

    async def all_see_the_end(self, customer: Customer, log: Sequence[Frame]) -> None:
        """Whoever does not is found by the checker."""
        for person in (customer, *self.agents):
            try:
                await person.sees_the_end(customer.c, list(log))
            except (TimeoutError, *CUT):
                pass

    def judged(self, customer: Customer, log: Log) -> Findings:
        """[P1, P2, P3, P5] Their conversation, against all that everybody asked and heard."""
        sessions = [session_of(person, customer.c) for person in (customer, *self.agents)]
        return judge(customer.c, log, sessions, customer.history.commands(customer.c))

    def check_refusals(self) -> None:
        for person in self.people:
            codes = {a["code"] for answers in person.answers.values() for a in answers if a["type"] == "error"}
            assert codes <= EXPECTED, codes
            loose = {frame["code"] for frame in person.heard if frame["type"] == "error" and not frame.get("id")}
            assert loose <= {"too_fast", "busy", "unavailable"}, loose


async def is_served(customer: Customer, within: float = WAIT) -> None:
    """The bot has answered, or a person has the conversation, or it waits for one."""
    try:
        await customer.finds(lambda: not is_owed(customer), within=within)
    except TimeoutError:
        raise AssertionError(f"nobody serves {customer.name}: {customer.screen.events[-8:]}") from None


def is_owed(customer: Customer) -> bool:
    """A bot holds control, and nobody has answered the customer's last words. A reply that was cut by a kill may have
    been complete but for its end; otherwise the bot goes on where it was cut."""
    screen = customer.screen
    spoken = [event for event in screen.events if event.by == "contact"]
    if not spoken or screen.holder != "bot":
        return False
    answers = [event for event in screen.messages() if event.n > spoken[-1].n]
    return bool(screen.stream) or not any(not e.is_interrupted or e.text.endswith(ENDS) for e in answers)
