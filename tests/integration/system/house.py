"""A server and the people in it, under random load, killed and started again: what a life of the house leaves behind
is checked against everything that its people heard.
"""

import asyncio

import anyio

from tests.kit.crowd import SCRIPT, Crowd, is_owed, is_served
from tests.kit.oracles.findings import Log
from tests.kit.people import Agent
from tests.kit.person import CUT, Person
from tests.kit.server import ServerProcess

__all__ = ["SCRIPT", "House"]


class House(Crowd):
    """`seed` decides what people do and when the server dies."""

    def __init__(self, server: ServerProcess, seed: str, customers: int = 4, agents: int = 2) -> None:
        super().__init__([server], seed, customers, agents)
        self.server = server
        self.kills = 0
        self.answered_after_a_restart = 0

    async def opens(self) -> None:
        await self.server.start()
        await self.comes()

    # -- one life ------------------------------------------------------------------------------------------------------

    async def lives_and_dies(self, most_seconds: float) -> None:
        """Everybody comes back and acts at random until the server is killed, at a random instant: also while they
        come, or while it starts. Then it is started again."""
        dying = asyncio.create_task(self._dies(self.random.uniform(0.0, most_seconds)))
        await asyncio.gather(*(self._lives(person) for person in self.people))
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
        await self.all(Person.is_back)
        for customer in owed:
            await is_served(customer)
            self.answered_after_a_restart += customer.screen.holder == "bot"

    async def _dies(self, after: float) -> None:
        await anyio.sleep(after)
        await self.server.kill()
        self.kills += 1

    async def _lives(self, person: Person) -> None:
        try:
            await person.is_back()
            await self.acts(person)
        except CUT:
            pass

    # -- what must be true ---------------------------------------------------------------------------------------------

    async def settles(self) -> None:
        """Everybody is here and has every answer, and no customer waits for a bot."""
        await self.comes_back()
        await self.has_every_answer()
        await self.is_served()

    async def is_in_order(self) -> None:
        """[P1, P2, P3, P5] Every conversation, its log read by a newcomer, against all that everybody heard."""
        async with Agent(self.server, "Inspector") as inspector:
            for customer in self.customers:
                await inspector.watches(customer.c)
                while True:
                    log = await inspector.reads_the_log(customer.c)
                    await self.all_see_the_end(customer, log)
                    found = self.judged(customer, Log(log))
                    if await inspector.reads_the_log(customer.c) == log:
                        break  # otherwise a bot went on meanwhile, and screens may be ahead of what was read
                assert not found.problems, found
        self.check_refusals()

    async def closes(self) -> None:
        await self.leaves()
