"""A town: nodes, and the people who live on them under random load while something is done to the nodes. Whoever loses
a node comes back to any other.

    town = Town(bench, seed)
    await town.opens()
    async with town.is_busy():
        await bench.node("a").restart()
        await town.takes_over(20)
    await town.settles()
    await town.is_in_order()
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import anyio

from tests.cluster.bench import Bench
from tests.kit.crowd import SCRIPT, Crowd
from tests.kit.limits import LONG_WAIT, PATIENCE, SERVED, WAIT, eventually
from tests.kit.oracles.findings import Findings
from tests.kit.oracles.screen import Frame
from tests.kit.person import CUT, Person


class Town(Crowd):
    """`seed` decides what people do. The nodes that it does not find in the bench are made for it."""

    def __init__(
        self, bench: Bench, seed: str, nodes: Sequence[str] = ("a", "b"), customers: int = 4, agents: int = 2
    ) -> None:
        super().__init__([bench.node(name, script=SCRIPT) for name in nodes], seed, customers, agents)
        self.bench = bench

    async def opens(self) -> None:
        await asyncio.gather(*(node.start() for node in self.nodes if not node.is_running))
        await self.comes()

    @asynccontextmanager
    async def is_busy(self) -> AsyncIterator[None]:
        """Everybody acts at random, meanwhile."""
        self.is_over = False
        lives = [asyncio.create_task(self._lives(person)) for person in self.people]
        try:
            yield
        finally:
            self.is_over = True
            with anyio.move_on_after(2 * LONG_WAIT):
                await asyncio.wait(lives)
        for life in lives:
            life.result()

    async def _lives(self, person: Person) -> None:
        while not self.is_over:
            try:
                await person.comes_back()
                await self.acts(person)
            except CUT:
                pass
            except TimeoutError:
                await person.drops()

    async def hears_the_answer(self, person: Person, id: str, nth: int = 1) -> Frame | None:
        """It may take long. Somebody who hears nothing at all looks for another node: `TimeoutError`."""
        with anyio.move_on_after(PATIENCE):
            return await person.answer(id, nth)
        await person.pings(within=PATIENCE)
        return None

    async def takes_over(self, times: int, within: float = LONG_WAIT) -> None:
        """So many more takeovers."""
        goal = self.takeovers + times
        await eventually(lambda: self.takeovers >= goal, within=within)

    # -- how it ends ---------------------------------------------------------------------------------------------------

    async def settles(self) -> None:
        """Everybody is here and has every answer, and no customer waits for a bot. Nodes are well again, or dead."""
        await self.all(Person.comes_back)
        await self.has_every_answer()
        await self.is_served(within=SERVED + WAIT)

    async def is_in_order(self) -> Findings:
        """[P1, P2, P3, P5] Every conversation against all that everybody asked and was shown; and `verify`."""
        self.check_refusals()
        found = await self.bench.is_in_order(*self.people)
        await self.bench.is_sound()
        return found
