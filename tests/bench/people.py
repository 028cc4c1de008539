"""Who talks: sessions of contacts and agents, with tokens made here."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

from intervene.core.access import Staff, Visitor
from intervene.core.actors import Agent, Contact, Role
from intervene.core.ids import AgentId, ContactId, OrganisationId
from intervene.edge.auth import Tokens
from tests.bench import wire
from tests.bench.process import KEY, Server
from tests.bench.wire import Socket

AT_ONCE = 16  # coming in: a server takes 20 of one address before their hello
ORGANISATION = OrganisationId("default")
TOKEN_SECONDS = 3600.0
TEXT = "I have read the letter, and I would like to know whether I could pay the rest in three parts, please."

_In = TypeVar("_In")
_Out = TypeVar("_Out")


_tokens = Tokens([KEY], time.time)


def contact_token(name: str) -> str:
    contact = Contact(id=ContactId(name), name=name)
    return _tokens.make(Visitor(organisation=ORGANISATION, contact=contact), time.time() + TOKEN_SECONDS)


def agent_token(name: str) -> str:
    return staff_token(Staff(organisation=ORGANISATION, agent=Agent(id=AgentId(name), name=name), role=Role.AGENT))


def staff_token(staff: Staff) -> str:
    return _tokens.make(staff, time.time() + TOKEN_SECONDS)


class Room(NamedTuple):
    """A conversation with its three sessions."""

    conversation: str
    epoch: int
    contact: Socket
    agent: Socket
    colleague: Socket

    @property
    def sockets(self) -> tuple[Socket, Socket, Socket]:
        return self.contact, self.agent, self.colleague


async def enter(server: Server, name: str, agents: Sequence[Socket] = ()) -> Room:
    """A new contact's conversation, watched by `agents`, or by two who come for it."""
    contact = await wire.join(server.port, contact_token(name))
    conversation = await open_mine(contact)
    agent, colleague = agents or [
        await wire.join(server.port, agent_token(f"{name}-{role}")) for role in ("agent", "colleague")
    ]
    epoch = await watch(agent, conversation)
    await watch(colleague, conversation)
    return Room(conversation, epoch, contact, agent, colleague)


async def open_mine(contact: Socket) -> str:
    """The contact's conversation, made and watched."""
    conversation: str = (await contact.ask(wire.encode("open"), b'"type":"opened"')).decode()["conversation"]
    await watch(contact, conversation)
    return conversation


async def watch(socket: Socket, conversation: str) -> int:
    """The conversation's epoch, as far as the session may know it."""
    asked = wire.encode("watch", conversation=conversation)
    watched = await socket.ask(asked, b'"type":"watched"', conversation.encode())
    epoch: int = watched.decode()["state"].get("epoch", -1)
    return epoch


async def each(work: Callable[[_In], Awaitable[_Out]], inputs: Sequence[_In], at_once: int = AT_ONCE) -> list[_Out]:
    """`work` on all of them, so many at a time; what came of it, in their order."""
    left = iter(enumerate(inputs))
    results: dict[int, _Out] = {}

    async def worker() -> None:
        for at, given in left:
            results[at] = await work(given)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
    return [results[at] for at in range(len(inputs))]
