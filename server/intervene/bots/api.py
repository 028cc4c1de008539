"""What a bot gets of a conversation, and what it answers."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from intervene.core.actors import Bot
from intervene.core.conversation.commands import Outcome
from intervene.core.conversation.state import Cause, Conversation
from intervene.core.events import Event, Message


class Heard(Struct, frozen=True, gc=False):
    """An event as a bot gets it: author and text. `is_input`: this turn is to answer it."""

    event: Event
    message: Message
    is_input: bool


class Writer(Protocol):
    """One streamed reply."""

    async def write(self, text: str) -> None:
        """Add text. It is gathered for at most `limits.GATHER_SECONDS`, committed, and only then shown. Waits while
        too much is uncommitted. Raises `Fenced` once the turn is over, `Unavailable` when the log is."""


class Turn(Protocol):
    """All a bot gets: one coroutine's view of one turn, fenced by (epoch, number). After a takeover every method
    raises `Fenced`; a bot that swallows that can do nothing more."""

    @property
    def bot(self) -> Bot: ...

    @property
    def conversation(self) -> Conversation: ...

    @property
    def heard(self) -> Sequence[Heard]:
        """The conversation so far, oldest first: the newest `limits.HISTORY_EVENTS` of `limits.HISTORY_BYTES`."""

    @property
    def said(self) -> Sequence[str]:
        """What the bot has already said to this input, in a turn that was lost: do not say it again."""

    @property
    def cursor(self) -> str:
        """What the turn before left with `keep`."""

    @property
    def cause(self) -> Cause:
        """Why this turn began: a new run, something the customer wrote, or the timer of a `Wait`."""

    async def say(self, text: str) -> None:
        """A whole message. Waits when faster than the bot's limit. Raises `Fenced`, `BadText`, `Unavailable`."""

    def stream(self) -> AbstractAsyncContextManager[Writer]:
        """A reply in pieces, finished when the block is left without an exception."""

    def keep(self, cursor: str) -> None:
        """What the next turn of this run shall find in `cursor`; written when this turn ends. Raises `BadText`."""

    def set_typing(self, on: bool) -> None: ...


BotCallable = Callable[[Turn], Awaitable[Outcome]]
"""A bot: called once a turn, answers how the turn ends. An exception hands the conversation to a person."""
