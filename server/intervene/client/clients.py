"""A client, for staff and for customers."""

import asyncio
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

import anyio
import msgspec

from intervene.client.addresses import socket_address
from intervene.client.connection import Connection
from intervene.client.exchange import Exchange, News
from intervene.client.peer import BeganAnew, Closed, Pace
from intervene.client.sides import AgentConversation, CustomerConversation
from intervene.client.tokens import Tokens, VisitorTokens
from intervene.client.trouble import Trouble
from intervene.client.views import OpenedView
from intervene.core.actors import Agent
from intervene.core.bucket import Bucket
from intervene.core.codes import CloseCode
from intervene.core.contacts import attributes_of
from intervene.core.limits import AGENT_BURST, AGENT_PER_SECOND, CONTACT_BURST, CONTACT_PER_SECOND
from intervene.core.wire import framing
from intervene.core.wire.beginning import Begin
from intervene.core.wire.contact import ContactOut
from intervene.core.wire.inbox import View
from intervene.core.wire.staff import StaffOut, StaffWelcome

C = TypeVar("C", AgentConversation, CustomerConversation)

CLIENT_CHARS = 128  # of a client's name, as `hello` takes it


class NotConnected(ConnectionError):
    """The server has not said welcome in time. `trouble`: why, as far as it is known."""

    def __init__(self, trouble: Trouble | None) -> None:
        super().__init__(f"Not connected: {trouble.sentence.rstrip('.') if trouble else 'no answer yet'}.")
        self.trouble = trouble


class Client(ABC, Generic[C]):
    """Use it as `async with`: it enters when the server has said welcome for the first time, and raises `NotConnected`
    when that takes longer than `pace.enter`. Later it waits for as long as it takes to come back: `trouble` says why.

    `url`: where the sockets are, `ws://host:port/socket`. `tokens`: gives a token when one is needed. With `history`
    each conversation remembers its last so many changes and when they were shown. What awaits a client raises
    `Closed` once the server has sent it away for good. What can never work raises `ValueError` or `TypeError` here.
    """

    def __init__(
        self, url: str, tokens: Tokens, *, pace: Pace | None = None, history: int = 0, name: str = "intervene.client"
    ) -> None:
        self._url = socket_address(url)
        if not callable(tokens):
            raise TypeError(
                f"`tokens` is a coroutine function that answers a token, such as agent_tokens(...), not "
                f"{type(tokens).__name__}."
            )
        if len(name) > CLIENT_CHARS:
            raise ValueError(f"A client's name has at most {CLIENT_CHARS} characters.")
        if history < 0:
            raise ValueError("`history` is a number of changes.")
        self._tokens = tokens
        self._pace = pace or Pace()
        self._name = name
        self._history = history
        self._callbacks: list[Callable[[News], None]] = []

    async def __aenter__(self) -> Self:
        self._ended: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self._exchange = Exchange(self._check, lambda: self._connection.wake(), self._tell)
        self._connection = Connection(
            self._url, self._tokens, self._exchange, self._decoder(), self._allowance(), self._pace, self._name,
            self._visitor(),
        )  # fmt: skip
        self._task = asyncio.create_task(self._live())
        try:
            await self.connected(self._pace.enter)
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leave()
        why = self._ended.result()
        if problem is None and not isinstance(why, Closed):
            raise why

    @property
    def is_joined(self) -> bool:
        """Whether it is connected and the server has let it in."""
        return self._exchange.welcome is not None

    @property
    def trouble(self) -> Trouble | None:
        """Why it is not connected: a sentence, since when, how many tries, and when the next one is. None while it is,
        and before the first try has failed."""
        return self._connection.trouble

    async def connected(self, within: float = math.inf) -> None:
        """Return once it is connected. Raises `NotConnected` if that takes longer than `within` seconds."""
        with anyio.move_on_after(within):
            await asyncio.shield(self._exchange.entered)
            return
        raise NotConnected(self.trouble)

    def on(self, callback: Callable[[News], None]) -> Callable[[], None]:
        """Call `callback` with what happens to the client itself from now on: `Joined`; `Trouble`, after each try that
        failed; `BeganAnew`. What is returned stops that."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    @property
    def features(self) -> frozenset[str]:
        """What the server can do beyond what every server can, while joined: `welcome.features`."""
        return frozenset(self._exchange.welcome.features if self._exchange.welcome else ())

    def server_now(self) -> int:
        """The server's clock in milliseconds since 1970, as its last welcome told it; ours if none has."""
        return int(time.time() * 1000) + self._exchange.clock_ahead

    @property
    def joins(self) -> int:
        """How many times the server has said welcome."""
        return self._exchange.joins

    @property
    def conversations(self) -> dict[str, C]:
        """What is watched, by id."""
        return cast("dict[str, C]", self._exchange.conversations)

    async def watch(self, conversation: str) -> C:
        """Follow a conversation. Answers when it is shown; raises `Refused` when it cannot be."""
        followed = self.conversations.get(conversation)
        if followed is None:
            followed = self._make(conversation)
            self._exchange.watch(followed)
        await asyncio.shield(followed.ready)
        return followed

    async def wait_ended(self) -> Exception:
        """Wait until the client does not come back. Answers why: `Closed`, or what `tokens` or a callback raised."""
        return await asyncio.shield(self._ended)

    def _tell(self, news: News) -> None:
        for callback in tuple(self._callbacks):
            callback(news)

    async def _live(self) -> None:
        try:
            self._end(await self._connection.run())
        except Exception as problem:
            self._end(problem)

    async def _leave(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        self._end(Closed(CloseCode.NORMAL, "we left"))

    def _end(self, problem: Exception) -> None:
        if not self._ended.done():
            self._ended.set_result(problem)
            self._exchange.end(problem)

    def _visitor(self) -> VisitorTokens | None:
        """Our tokens, if a new person may go on where these are refused."""
        return None

    @abstractmethod
    def _make(self, conversation: str) -> C: ...

    @abstractmethod
    def _decoder(self) -> "msgspec.json.Decoder[Any]": ...

    @abstractmethod
    def _check(self, data: bytes) -> object: ...

    @abstractmethod
    def _allowance(self) -> Bucket: ...


MARGIN = 0.9  # of what the server allows: its clock and ours are not one


class AgentClient(Client[AgentConversation]):
    """For staff."""

    @property
    def agent(self) -> Agent | None:
        """Who we are, while joined."""
        welcome = self._exchange.welcome
        return welcome.agent if isinstance(welcome, StaffWelcome) else None

    async def open_view(self, view: View) -> OpenedView:
        """List conversations, and what changes in the list. Answers when it is shown; raises `Refused` when it cannot
        be. Only a server whose `features` have `views` knows lists."""
        opened = self._exchange.views.open(view)
        await asyncio.shield(opened.ready)
        return opened

    async def begin(self, contact: str, *, channel: str = "", queue: str = "") -> AgentConversation:
        """Begin a conversation with a contact, or find the one that is open, and follow it. `channel`: where the
        contact is reached, if on several; `queue`: where it waits once nobody holds it. Raises `Refused`. Only a server
        whose `features` have `begin` knows it."""
        id = self._exchange.new_id()
        ack = await self._exchange.command(Begin(id=id, contact=contact, channel=channel, queue=queue), id, "")
        return await self.watch(ack.conversation)

    def _make(self, conversation: str) -> AgentConversation:
        return AgentConversation(conversation, self._exchange, self._history)

    def _decoder(self) -> "msgspec.json.Decoder[Any]":
        return msgspec.json.Decoder(StaffOut)

    def _check(self, data: bytes) -> object:
        return framing.decode_staff(data)

    def _allowance(self) -> Bucket:
        return Bucket(AGENT_BURST * MARGIN, AGENT_PER_SECOND * MARGIN)


class CustomerClient(Client[CustomerConversation]):
    """For customers, who have one conversation.

    A visitor whose token is refused begins anew, once in a row: `on` gets `BeganAnew`, and so does each call that
    awaits or reads what was the old visitor's; `open` answers the new one's conversation. A signed-in user's client
    stops (4500).
    """

    anew = 0
    """How many times a new visitor has begun."""

    async def open(self) -> CustomerConversation:
        """The customer's conversation; it is created if there is none."""
        return await self.watch(await self._exchange.open())

    def set_attributes(self, attributes: Mapping[str, str | float | bool | None]) -> None:
        """Say what is known of the customer, now and after each reconnect, to servers whose `features` have
        `attributes`: at most 20 names of 40 characters. None says no more. Staff see it as unverified. Raises
        `BadText`."""
        self._exchange.set_attributes(attributes_of(attributes))

    def _tell(self, news: News) -> None:
        self.anew += isinstance(news, BeganAnew)
        super()._tell(news)

    def _visitor(self) -> VisitorTokens | None:
        return self._tokens if isinstance(self._tokens, VisitorTokens) else None

    def _make(self, conversation: str) -> CustomerConversation:
        return CustomerConversation(conversation, self._exchange, self._history)

    def _decoder(self) -> "msgspec.json.Decoder[Any]":
        return msgspec.json.Decoder(ContactOut)

    def _check(self, data: bytes) -> object:
        return framing.decode_contact(data)

    def _allowance(self) -> Bucket:
        return Bucket(CONTACT_BURST * MARGIN, CONTACT_PER_SECOND * MARGIN)
