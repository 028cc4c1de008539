"""What is said on the connection and what is still to be answered: commands, watches, questions.

A command keeps its id until it is answered. After a reconnect the conversations are watched again, each from the last
event it has, and the unanswered commands are sent again in their order; the server knows the ids it has committed.
"""

import asyncio
import random
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from intervene.client.answers import LONGEST_ADVICE
from intervene.client.conversation import Ack, Refused
from intervene.client.peer import BeganAnew, Closed, Continued, Out, Outgoing, Welcome
from intervene.client.sides import AgentConversation, CustomerConversation, goes_on
from intervene.client.trouble import Trouble
from intervene.client.views import OpenViews
from intervene.core.codes import ERRORS, CloseCode, ErrorCode
from intervene.core.ids import ConversationId
from intervene.core.wire import common, staff
from intervene.core.wire.contact import (
    ContactAck,
    ContactError,
    ContactPage,
    Open,
    OpenedConversation,
    SetAttributes,
)  # fmt: skip
from intervene.core.wire.staff import Error, StaffAck

OUTBOX, OUTBOX_BYTES = 1000, 4 * 1024 * 1024  # commands without an answer; `OutboxFull` beyond
LOOSE = 256  # frames that no call waits for; the oldest is dropped
REPEAT_SECONDS = 0.5  # before something is repeated that the server could not take, if it does not say when

PASSING = frozenset(code for code, meaning in ERRORS.items() if not meaning.is_final)
"""Nothing is wrong with what was said: the same again, later."""

_encode = msgspec.json.Encoder().encode


class Joined(Struct, frozen=True, gc=False):
    """The server has said welcome, so many times now."""

    joins: int


News = Joined | Trouble | BeganAnew
"""What happens to the client itself."""


class OutboxFull(Exception):
    """Too many commands wait for an answer."""


class _Command(NamedTuple):
    data: bytes
    conversation: str
    answer: "asyncio.Future[Ack]"


class _Question(NamedTuple):
    """What has no id: answered in order, so one is asked at a time."""

    data: bytes
    answer: "asyncio.Future[Any]"


class _OpenNext(Open, tag="open", frozen=True, kw_only=True):
    """For servers to come, after `over` (R63)."""

    fresh: bool = True


_OPEN = "open"


def _page_of(conversation: str) -> str:
    return f"page of {conversation}"


class Exchange:
    """The `Peer` of a connection and the `Line` of its conversations. `check` refuses what the server would not
    understand; `wake` says that there is something to send; `tell` is for what happens to the client itself."""

    def __init__(
        self, check: Callable[[bytes], object], wake: Callable[[], None], tell: Callable[[News], None]
    ) -> None:
        self.conversations: dict[str, AgentConversation | CustomerConversation] = {}
        self.welcome: Welcome | None = None
        """While we are joined."""
        self.clock_ahead = 0
        """Milliseconds by which the server's clock was ahead of ours at its last welcome."""
        self.joins = 0
        self.entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done while we are joined."""
        self._check = check
        self._wake = wake
        self._tell = tell
        self._problem: Exception | None = None
        self._outbox: dict[str, _Command] = {}
        self._outbox_bytes = 0
        self._unsent: deque[str] = deque()
        self._is_holding = False
        self._waiting: set[str] = set()
        """Conversations about which something is repeated in a while; "" for what is about none."""
        self._unwatched: dict[str, None] = {}
        self._over: set[str] = set()
        """A customer's conversations that are over, until the next one is opened."""
        self._leads: dict[str, ConversationId] = {}
        """Where a customer's conversation goes on, until nothing said there is without an answer."""
        self._questions: dict[str, _Question] = {}
        self._asked = ""
        """The question under way."""
        self._loose: deque[bytes] = deque(maxlen=LOOSE)
        self._attributes: dict[str, str] = {}
        """What is said of the customer, after each welcome."""
        self.views = OpenViews(self.send, wake)

    # -- what a program wants said -------------------------------------------------------------------------------------

    def new_id(self) -> str:
        return secrets.token_urlsafe(12)

    async def command(self, frame: Struct, id: str, conversation: str) -> Ack:
        """A call that is cancelled is not repeated any more; it may have happened all the same."""
        data = self._checked(frame)
        if len(self._outbox) >= OUTBOX or self._outbox_bytes + len(data) > OUTBOX_BYTES:
            raise OutboxFull(f"{len(self._outbox)} commands of {self._outbox_bytes} bytes wait for an answer.")
        answer: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._outbox[id] = _Command(data, conversation, answer)
        self._outbox_bytes += len(data)
        self._unsent.append(id)
        self._wake()
        try:
            return await answer
        finally:
            self._outbox.pop(id, None)
            self._outbox_bytes -= len(data)

    def send(self, frame: Struct) -> None:
        if self.welcome:
            self._loose.append(_encode(frame))
            self._wake()

    def watch(self, conversation: AgentConversation | CustomerConversation) -> None:
        self._checked(conversation.watch_frame())
        self.conversations[conversation.id] = conversation
        self.watch_again(conversation.id)

    def watch_again(self, conversation: str) -> None:
        self._unwatched[conversation] = None
        self._wake()

    def unwatch(self, conversation: str) -> None:
        if followed := self.conversations.pop(conversation, None):
            self._unwatched.pop(conversation, None)
            self.send(common.Unwatch(conversation=followed.id))
            followed.end(Closed(CloseCode.NORMAL, "not watched any more"))

    async def open(self) -> str:
        """The customer's conversation."""
        conversation: str = await self._ask(_OPEN, Open())
        return conversation

    def set_attributes(self, values: Mapping[str, str]) -> None:
        self._attributes |= values
        self._say_attributes()

    def _say_attributes(self) -> None:
        if self._attributes and self.welcome and "attributes" in self.welcome.features:
            self.send(SetAttributes(id=self.new_id(), attributes=self._attributes))

    async def page(self, frame: common.GetPage) -> None:
        await self._ask(_page_of(frame.conversation), frame)

    async def _ask(self, about: str, frame: Struct) -> Any:
        question = self._questions.get(about)
        if question is None:
            question = _Question(self._checked(frame), asyncio.get_running_loop().create_future())
            self._questions[about] = question
            self._wake()
        return await asyncio.shield(question.answer)

    def _checked(self, frame: Struct) -> bytes:
        """The frame's bytes. Raises `BadFrame`, or why we are not connected any more."""
        if self._problem:
            raise self._problem
        data = _encode(frame)
        self._check(data)
        return data

    # -- from the connection -------------------------------------------------------------------------------------------

    def joined(self, welcome: Welcome) -> None:
        self.welcome = welcome
        self.clock_ahead = welcome.now - int(time.time() * 1000) if welcome.now else self.clock_ahead
        self.joins += 1
        self._unwatched = dict.fromkeys(self.conversations)
        self._asked = ""
        self._repeat_commands()
        self.views.joined()
        self._say_attributes()
        if not self.entered.done():
            self.entered.set_result(None)
        self._tell(Joined(self.joins))

    def failed(self, trouble: Trouble) -> None:
        self._tell(trouble)

    def began_anew(self, news: BeganAnew) -> None:
        """Calls that wait for what the old visitor asked get the error. `open` goes on: it answers the new one's."""
        for command in self._outbox.values():
            _fail(command.answer, news)
        self._outbox.clear()
        self._over.clear()
        self._leads.clear()
        for about in [about for about in self._questions if about != _OPEN]:
            _fail(self._questions.pop(about).answer, news)
        gone, self.conversations = self.conversations, {}
        for conversation in gone.values():
            conversation.end(news)
        self._tell(news)

    def left(self) -> None:
        self.welcome = None
        if self.entered.done():
            self.entered = asyncio.get_running_loop().create_future()
        self._loose.clear()
        self.views.left()
        for conversation in self.conversations.values():
            conversation.went_away()

    def next_frame(self) -> Outgoing | None:
        if self._loose:
            return Outgoing(self._loose.popleft(), is_free=True)
        while self._unsent and not self._is_holding:
            command = self._outbox.get(self._unsent[0])
            if command and command.conversation in self._unwatched:
                return self._watch_frame(command.conversation)  # first, so that what the command does is shown
            self._unsent.popleft()
            if command:
                return Outgoing(command.data, is_free=False)
        if self._unwatched:
            return self._watch_frame(next(iter(self._unwatched)))
        if view := self.views.next_frame():
            return Outgoing(view, is_free=False)
        if self._questions and not self._asked:
            self._asked, question = next(iter(self._questions.items()))
            return Outgoing(question.data, is_free=False)
        return None

    def receive(self, frame: Out) -> None:
        match frame:
            case StaffAck(seq=number) | ContactAck(pub=number):
                self._acked(frame, number)
            case Error() | ContactError():
                self._refused(frame)
            case staff.Gone(conversation=conversation, why=why):
                if followed := self.conversations.pop(conversation, None):
                    sentence = f"You may not see this conversation any more: {why}."
                    followed.end(Refused(Error(code=ErrorCode.NOT_FOUND, message=sentence, conversation=conversation)))
            case OpenedConversation(conversation=conversation):
                over, self._over = self._over, set()
                for each in over:
                    self._move(each, conversation)
                self._answer(_OPEN, conversation)
            case _:
                self.views.receive(frame)
                conversation = getattr(frame, "conversation", ConversationId(""))
                if followed := self.conversations.get(conversation):
                    followed.receive(frame)
                if isinstance(frame, staff.StaffPage | ContactPage):
                    self._answer(_page_of(conversation), None)
        self._leads |= goes_on(frame)
        for old in self._leads.keys() - {command.conversation for command in self._outbox.values()}:
            self._move(old, self._leads[old])

    def end(self, problem: Exception) -> None:
        """Nothing will be answered any more."""
        self._problem = problem
        waiting: list[asyncio.Future[Any]] = [self.entered]
        waiting += [command.answer for command in self._outbox.values()]
        waiting += [question.answer for question in self._questions.values()]
        for future in waiting:
            _fail(future, problem)
        self.views.end(problem)
        for conversation in self.conversations.values():
            conversation.end(problem)

    def _watch_frame(self, conversation: str) -> Outgoing:
        del self._unwatched[conversation]
        return Outgoing(_encode(self.conversations[conversation].watch_frame()), is_free=False)

    # -- answers -------------------------------------------------------------------------------------------------------

    def _acked(self, ack: Ack, number: int) -> None:
        if followed := self.conversations.get(ack.conversation):
            followed.acked(number)
        command = self._outbox.get(ack.id)
        if command and not command.answer.done():
            command.answer.set_result(ack)

    def _answer(self, about: str, answer: object) -> None:
        question = self._questions.pop(about, None)
        if question is None:
            return
        self._asked = ""
        self._wake()
        if isinstance(answer, Exception):
            _fail(question.answer, answer)
        else:
            question.answer.set_result(answer)

    def _refused(self, problem: Error | ContactError) -> None:
        followed = self.conversations.get(problem.conversation)
        if isinstance(problem, Error) and problem.view:
            self.views.refused(problem)
        elif problem.code in PASSING:
            self._later(problem)
        elif isinstance(problem, ContactError) and problem.code in (ErrorCode.CONTINUED, ErrorCode.OVER):
            self._go_on(problem)
        elif problem.id:
            command = self._outbox.get(problem.id)
            if command and not command.answer.done():
                command.answer.set_exception(Refused(problem))
        elif followed and not followed.is_live:
            del self.conversations[followed.id]
            followed.end(Refused(problem))
        else:
            self._answer(_page_of(problem.conversation) if problem.conversation else _OPEN, Refused(problem))

    def _go_on(self, problem: ContactError) -> None:
        """What was said goes to where the conversation goes on (R63)."""
        command = self._outbox.get(problem.id)
        if command is None or command.conversation != problem.conversation:
            return  # it went on already
        if problem.code is ErrorCode.CONTINUED:
            self._move(problem.conversation, ConversationId(problem.to))
        elif problem.conversation not in self._over:
            self._over.add(problem.conversation)
            asked = self._questions.get(_OPEN)
            answer = asked.answer if asked else asyncio.get_running_loop().create_future()
            self._questions[_OPEN] = _Question(_encode(_OpenNext()), answer)
        self._wake()

    def _move(self, conversation: str, to: ConversationId) -> None:
        """With the same ids, and in the same order. An answer to an earlier `open` names the same one: ask again."""
        self._leads.pop(conversation, None)
        moved = [id for id, command in self._outbox.items() if command.conversation == conversation]
        for id in moved:
            command = self._outbox[id]
            frame = msgspec.json.decode(command.data) | {"conversation": to}
            self._outbox[id] = command._replace(data=_encode(frame), conversation=to)
        self._unsent = deque(id for id in self._outbox if id in moved or id in self._unsent)
        if to != conversation and (followed := self.conversations.pop(conversation, None)):
            self._unwatched.pop(conversation, None)
            followed.end(Continued(to))

    def _later(self, problem: Error | ContactError) -> None:
        """Say it again, in a while. Commands that were given later must not overtake: they wait too."""
        if problem.id:
            if self._is_holding or problem.id not in self._outbox:
                return
            self._is_holding = True
        elif problem.conversation in self._waiting or (
            problem.conversation not in self.conversations and not self._asked
        ):
            return  # there is nothing that could be meant
        else:
            self._waiting.add(problem.conversation)
        delay = problem.retry_after if problem.retry_after > 0 else REPEAT_SECONDS * (1 + random.random())
        asyncio.get_running_loop().call_later(min(delay, LONGEST_ADVICE), self._again, problem)

    def _again(self, problem: Error | ContactError) -> None:
        followed = self.conversations.get(problem.conversation)
        self._waiting.discard(problem.conversation)
        if problem.id:
            self._repeat_commands()
        elif followed and not followed.is_live:
            self.watch_again(followed.id)
        else:
            self._asked = ""
        self._wake()

    def _repeat_commands(self) -> None:
        self._is_holding = False
        self._unsent = deque(self._outbox)


def _fail(future: "asyncio.Future[Any]", problem: Exception) -> None:
    if not future.done():
        future.set_exception(problem)
        future.exception()  # each call that waits gets it, and there may be none
