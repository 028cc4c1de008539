"""Customers and agents, each a `Person` with what they can do."""

from contextlib import suppress
from typing import Any

import anyio
from websockets.exceptions import ConnectionClosed

from tests.kit.oracles.history import PASSING
from tests.kit.oracles.screen import Frame, Screen
from tests.kit.person import AGAIN, Person
from tests.kit.server import ServerProcess


class Customer(Person):
    """Has one conversation, `c` after `opens`. `called`: what they call themselves, if that may not stand in an id."""

    def __init__(self, server: ServerProcess, name: str = "Maria", called: str = "") -> None:
        super().__init__(server, name, server.visitor_token(called or name, id=name.lower()))

    async def opens(self) -> Screen:
        """Their conversation, watched."""
        while "conversation" not in (answer := await self.asks({"type": "open"}, "opened", "error")):
            assert answer["code"] in PASSING, answer
            await anyio.sleep(answer.get("retry_after") or AGAIN)
        self.c = answer["conversation"]
        return await self.watches(self.c)

    @property
    def screen(self) -> Screen:
        return self.screens[self.c]

    async def says(self, text: str) -> Frame:
        return accepted(await self.does("say", self.c, text=text))

    async def asks_for_a_person(self) -> Frame:
        return accepted(await self.does("ask_for_person", self.c))


class Agent(Person):
    """Knows epochs and numbers from the screen of the conversation, as a desk does."""

    is_staff = True

    def __init__(self, server: ServerProcess, name: str = "Ana", role: str = "agent") -> None:
        super().__init__(server, name, server.agent_token(name, role))

    def fields(self, kind: str, conversation: str) -> Frame:
        """What a command of that kind has to say of what its author has seen: the epoch, unless it is listed here."""
        screen = self.screens[conversation]
        if kind in ("say", "close"):
            return {"epoch": screen.epoch, "seen": screen.last}
        return {} if kind == "add_note" else {"epoch": screen.epoch}

    async def gives(self, kind: str, conversation: str = "", **fields: Any) -> str:
        where = conversation or self.c
        return await super().gives(kind, where, **{**self.fields(kind, where), **fields})

    async def says(self, conversation: str, text: str, **fields: Any) -> Frame:
        return accepted(await self.does("say", conversation, text=text, **fields))

    async def notes(self, conversation: str, text: str) -> Frame:
        return accepted(await self.does("add_note", conversation, text=text))

    async def intervenes(self, conversation: str) -> Frame:
        return accepted(await self.does("intervene", conversation))

    async def hands_back(self, conversation: str) -> Frame:
        return accepted(await self.does("hand_back", conversation))

    async def releases(self, conversation: str) -> Frame:
        return accepted(await self.does("release", conversation))

    async def closes(self, conversation: str) -> Frame:
        return accepted(await self.does("close", conversation))

    async def reopens(self, conversation: str) -> Frame:
        return accepted(await self.does("reopen", conversation))


def accepted(answer: Frame) -> Frame:
    assert answer["type"] == "ack", answer
    return answer


def refused(answer: Frame, code: str) -> Frame:
    assert (answer["type"], answer.get("code")) == ("error", code), answer
    return answer


async def all_leave(*people: Person) -> None:
    for person in people:
        with suppress(ConnectionClosed):
            await person.leaves()
