"""What is vouched for in newer tokens of a session is kept in the order of the tokens."""

import asyncio
from collections.abc import Awaitable, Mapping
from types import SimpleNamespace
from typing import Any

from intervene.core.access import Visitor
from intervene.core.actors import Contact
from intervene.core.contacts import Whose
from intervene.core.ids import ChannelId, ContactId, IdentityId, OrganisationId
from intervene.edge.visitors import Visitors


class Database:
    """Whose first answer comes last. `said`: of each name what was kept last."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}
        self.is_free = asyncio.Event()
        self._asked = 0

    async def whose(self, address: ChannelId) -> Whose:
        self._asked += 1
        if self._asked == 1:
            await self.is_free.wait()
        return Whose(identity=IdentityId(address.address), contact=ContactId(address.address))

    async def in_time(self, answer: Awaitable[Any]) -> Any:
        return await answer

    async def set_attributes(self, *names: object) -> None:
        values = names[-1]
        assert isinstance(values, Mapping)
        self.said.update(values)


def maria(**values: str) -> Visitor:
    return Visitor(
        organisation=OrganisationId("acme"), contact=Contact(id=ContactId("u-1"), name="Maria", vouched=True),
        vouched=tuple(values.items()),
    )  # fmt: skip


async def test_of_two_tokens_the_values_of_the_last_one_are_kept_last() -> None:
    """[R180] And what only the first one says is kept too."""
    database: Any = Database()
    services: Any = SimpleNamespace(contacts=database)
    nobody: Any = None
    visitors = Visitors(services, nobody, nobody)
    first = asyncio.ensure_future(visitors.renewed(maria(plan="pro", city="Bonn"), database))
    await asyncio.sleep(0)
    for plan in ("gold", "basic"):
        await visitors.renewed(maria(plan=plan), database)
    database.is_free.set()
    await first
    assert database.said == {"plan": "basic", "city": "Bonn"}
    await visitors.renewed(maria(plan="pro"), database)
    assert database.said["plan"] == "pro"
