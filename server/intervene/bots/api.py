"""The bot API: what a bot gets of a conversation, and what it answers. Public as `intervene.bot`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from intervene.core.actors import Agent, Bot, Contact
from intervene.core.conversation.state import Cause
from intervene.core.conversation.turns import Outcome
from intervene.core.ids import ConversationId, OrganisationId, QueueId, StatusId


class HistoryEntry(Struct, frozen=True, kw_only=True, gc=False):
    """One message of the conversation so far.

    Attributes:
        author: The author: a `Contact` (the customer), an `Agent`, or a `Bot` (this one, or one before it).
        text: What was written; at most 16 KiB of UTF-8, a bot's streamed reply at most 32 KiB.
        at: When it was committed, in milliseconds since 1970.
        is_input: Whether this turn is to answer it: the customer wrote it, and no turn has dealt with it yet.
        is_interrupted: Whether it is a bot's reply that was cut, by a takeover or by a failure: `text` is what
            customers have seen of it.
    """

    author: Bot | Agent | Contact
    text: str
    at: int
    is_input: bool = False
    is_interrupted: bool = False


class Briefing(Struct, frozen=True, kw_only=True, gc=False):
    """That an agent gave the conversation to the bot: by handing it back, or by sending the bot to what waited.

    Attributes:
        by: The agent.
        text: What they want the bot to know, in their own words: at most 1 KiB of UTF-8, empty where they wrote
            nothing. Customers are not shown it.
    """

    by: Agent
    text: str


class Writer(Protocol):
    """One reply that is streamed: what `Turn.stream` gives."""

    async def write(self, text: str) -> None:
        """Add `text` to the reply. An empty one is fine.

        Text is gathered for about 100 ms, committed as one piece, and only then shown. The call returns before that,
        but waits while more than 4,096 characters are not committed. A reply ends at 32 KiB of UTF-8: what is written
        beyond is dropped.

        Args:
            text: Any part of the reply, in whole characters.

        Raises:
            Fenced: The turn is over. Nothing more of the reply will be shown.
            BadText: `text` contains NUL or half of a surrogate pair.
            Unavailable: The database did not take the pieces before.
            asyncio.CancelledError: The turn was cancelled. What was committed stays, marked as interrupted; what was
                gathered and not committed is dropped.
        """


class Turn(Protocol):
    """One turn: all that a bot gets of a conversation. A turn lasts from an input to the outcome that the bot returns.

    It is to be used in the coroutine that the bot was called in, and in its tasks; on another thread its methods raise
    `Fenced`. After the end of the turn all that a kept `Turn` allows is to read its properties, which do not change.
    """

    @property
    def bot(self) -> Bot:
        """The bot as the conversation has it: its `id` and the `name` that customers see."""

    @property
    def organisation(self) -> OrganisationId:
        """The id of the organisation to which the conversation belongs."""

    @property
    def conversation(self) -> ConversationId:
        """The id of the conversation: for logs, and as a key for what a bot stores elsewhere."""

    @property
    def contact(self) -> Contact:
        """The customer: the `id` of the address, and a `name`, which is empty if none was given."""

    @property
    def history(self) -> Sequence[HistoryEntry]:
        """The messages so far, oldest first: the newest 200 events of at most 1 MiB. Private notes are not in it,
        nor is what was deleted."""

    @property
    def inputs(self) -> Sequence[HistoryEntry]:
        """Those of `history` that this turn is to answer, oldest first. Empty in a run's first turn when the customer
        has not written, and in most turns that a timer began."""

    @property
    def briefing(self) -> Briefing | None:
        """How this run began, if an agent gave the conversation to the bot; None if it began by itself, or so long ago
        that `history` does not go back to it."""

    @property
    def said(self) -> Sequence[str]:
        """Texts that the bot has already sent in answer to these inputs, in a turn that was lost with its node, oldest
        first. A bot that says the same again says it twice."""

    @property
    def cursor(self) -> str:
        """What an earlier turn of this run left with `keep`; empty at first."""

    @property
    def cause(self) -> Cause:
        """Why the turn began: `Cause.START` (a run began), `Cause.INPUT` (the customer wrote) or `Cause.TIMER` (the
        time of a `Wait` is over)."""

    async def say(self, text: str) -> None:
        """Send a whole message, and return when it is committed.

        Ten at once and then 5 a second are taken; a bot that is faster waits here. After 30 messages of bots without a
        human between, the conversation goes to a person.

        Args:
            text: At most 16 KiB of UTF-8, with at least one visible character.

        Raises:
            Fenced: The turn is over. The message was not sent, and never will be.
            BadText: The text is empty, too long, or contains NUL or half of a surrogate pair.
            Unavailable: The database did not answer in time. Let it pass: the turn is then taken up again.
            asyncio.CancelledError: The turn was cancelled. The message may have been committed before that.
        """

    def stream(self) -> AbstractAsyncContextManager[Writer]:
        """Stream a reply: `async with turn.stream() as reply: await reply.write("Hel")`.

        The reply is finished, and committed as one message, when the block is left without an exception; a block in
        which nothing was written sends nothing. When it is left by an exception, a cancel included, customers keep what
        they have seen of it, marked as interrupted. One reply at a time.

        Raises:
            Fenced: On entering or leaving the block: the turn is over.
            Unavailable: On leaving it: the database did not answer in time.
        """

    @property
    def queue(self) -> QueueId:
        """The id of the queue in which the conversation waits for people, or would: as of the beginning of the turn."""

    @property
    def status(self) -> StatusId:
        """The id of its status, empty for none. The same."""

    @property
    def tags(self) -> Sequence[str]:
        """Its tags. The same."""

    async def set_queue(self, queue: str) -> bool:
        """Move the conversation to another queue, and return when that is committed. It changes nothing about the bot;
        it says where the conversation waits if the bot asks for a person.

        Agents see it; customers do not. What this and the two methods after it take is counted with what `say` takes.

        Args:
            queue: The id of a queue of the organisation.

        Returns:
            Whether it is in that queue now. A queue that there is not, or that is not active, is skipped.

        Raises:
            Fenced: The turn is over. Nothing was changed, and nothing will be.
            Unavailable: The database did not answer in time. Let it pass: the turn is then taken up again.
        """

    async def set_status(self, status: str) -> bool:
        """Set the status of the conversation, and return when that is committed.

        Args:
            status: The id of a status of the organisation; empty for none.

        Returns:
            Whether it has that status now. A status that there is not, or that was archived, is skipped.

        Raises:
            Fenced: The turn is over. Nothing was changed, and nothing will be.
            Unavailable: The database did not answer in time. Let it pass: the turn is then taken up again.
        """

    async def set_tags(self, tags: Sequence[str]) -> None:
        """Replace the tags of the conversation, and return when that is committed.

        Args:
            tags: All that it shall have, at most 20. Each is cut at 40 characters; what is not visible is left out, and
                so is what stands twice.

        Raises:
            Fenced: The turn is over. Nothing was changed, and nothing will be.
            BadText: They are too many, or with the custom fields of the conversation more than 1 KiB.
            Unavailable: The database did not answer in time. Let it pass: the turn is then taken up again.
        """

    async def set_attributes(self, values: Mapping[str, str | float | bool | None]) -> None:
        """Say what the bot has learned of the contact, and return when that is committed. Agents see it in whatever
        conversation of the contact they look at, with its source; customers do not.

        Of one name, what the host application vouches for and what staff say count before it, and what the customer's
        page says counts after it. What this takes is counted with what `say` takes.

        Args:
            values: By name. A name is a line of 1 to 40 visible characters. A value is kept as text of at most 1 KiB;
                an empty one, or None, says it no more. At most 20 at once, of 4 KiB together; a contact has at most
                50, and a name that is one too many is not kept.

        Raises:
            Fenced: The turn is over. Nothing was kept, and nothing will be.
            BadText: They are too many or too long, or a name is no such line.
            Unavailable: The database did not answer in time. Let it pass: the turn is then taken up again.
        """

    def keep(self, cursor: str) -> None:
        """Leave `cursor` for the next turn of this run, which finds it in `Turn.cursor`. It is written in the commit
        that ends this turn, or not at all.

        Args:
            cursor: At most 1 KiB of UTF-8. The last call of a turn counts.

        Raises:
            BadText: It is too long, or contains NUL or half of a surrogate pair.
        """

    def set_typing(self, on: bool) -> None:
        """Show that the bot is typing, or no longer. It is shown from the beginning of a turn on, and ends with the
        turn. Never raises; calls that are too frequent are dropped."""


BotCallable = Callable[[Turn], Awaitable[Outcome]]
"""A bot: an async callable, called once for each turn, whose answer says how the turn ends.

It runs in the event loop of its node, beside all other conversations. It must not block: a call that keeps the loop for
a second keeps everybody there waiting for a second. Use async libraries, or `asyncio.to_thread`.

Args:
    turn: The `Turn`.

Returns:
    An `Outcome`: `Answered`, `Wait`, `Ask` or `Finish`.

Raises:
    Any exception, and any other answer, hands the conversation to a person with the reason `bot_failed`. Only its type
    and its place in the code are logged, since its message may quote the customer. `Fenced` ends the turn without a
    trace, and `Unavailable` has it taken up again when the database answers.

A turn is cancelled as asyncio cancels a task, when a person takes control, when the conversation is closed, when the
customer writes before the first word of the reply (another turn then answers both), and after 10 minutes. From that
moment on every method of the `Turn` raises `Fenced`, and the log refuses whatever the bot still sends, by any way: the
takeover neither waits for the bot nor depends on it. The coroutine gets `asyncio.CancelledError` at its `await`; it may
clean up, and should end within a second. One that goes on is cancelled twice more, a second apart, then abandoned and
counted; after 8 of them that bot gets no more turns on that node, and its conversations go to people with the reason
`bot_disabled`.
"""
