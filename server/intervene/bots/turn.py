"""The turn that a bot gets: `api.Turn`, which says what each method promises. Its right to write ends with `revoke`, at
once and for good; but only the fence in `decide` is trusted, this merely saves time.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

from intervene.bots.api import Briefing, HistoryEntry, Writer
from intervene.bots.reply import Speaker, StreamWriter
from intervene.bots.slots import Slots
from intervene.core.actors import Agent, Bot, Contact
from intervene.core.bucket import Bucket
from intervene.core.contacts import attributes_of
from intervene.core.conversation.bot_desk import BotSetAttributes, BotSetQueue, BotSetStatus, BotSetTags
from intervene.core.conversation.card import Card
from intervene.core.conversation.decide import Command
from intervene.core.conversation.state import Cause, Running
from intervene.core.conversation.turns import BotSay
from intervene.core.errors import Fenced, Stale
from intervene.core.events import ControlChanged, Event, Message
from intervene.core.ids import CommandId, ConversationId, MessageId, OrganisationId, QueueId, StatusId
from intervene.core.limits import BOT_BURST, BOT_PER_SECOND, CURSOR_BYTES
from intervene.core.text import Text, message_text, piece_text, tag_texts
from intervene.engine.engine import Engine
from intervene.feed.feeds import Feeds
from intervene.ports.log import Snapshot

PATIENCE = 8  # calls after the end that are answered quickly; the rest is slowed down


class BotTurn:
    """One turn, of the claim in the snapshot's state."""

    def __init__(
        self,
        engine: Engine,
        feeds: Feeds,
        snapshot: Snapshot,
        slots: Slots,
        *,
        burst: float = BOT_BURST,
        per_second: float = BOT_PER_SECOND,
    ) -> None:
        state = self._state = snapshot.state
        turn, bot = state.turn, state.holder
        assert isinstance(turn, Running), "a turn is made for a claim"
        assert isinstance(bot, Bot), "only a bot has turns"
        self._engine = engine
        self._feeds = feeds
        self._slots = slots
        self._speaker = Speaker(bot, state.epoch, turn.number)
        self._cause = turn.cause
        self._history = tuple(_history(snapshot))
        self._inputs = tuple(entry for entry in self._history if entry.is_input)
        self._said = tuple(_said(snapshot))
        self._briefing = _briefing(snapshot)
        self._bucket = Bucket(burst, per_second)
        self._typing = Bucket(BOT_BURST, BOT_PER_SECOND)  # more is dropped
        self._kept: Text | None = None
        self._count = 0
        self._is_over = False
        self._late_calls = 0
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    @property
    def bot(self) -> Bot:
        return self._speaker.bot

    @property
    def organisation(self) -> OrganisationId:
        return self._state.organisation

    @property
    def conversation(self) -> ConversationId:
        return self._state.id

    @property
    def contact(self) -> Contact:
        return self._state.contact

    @property
    def history(self) -> Sequence[HistoryEntry]:
        return self._history

    @property
    def inputs(self) -> Sequence[HistoryEntry]:
        return self._inputs

    @property
    def briefing(self) -> Briefing | None:
        return self._briefing

    @property
    def said(self) -> Sequence[str]:
        return self._said

    @property
    def cursor(self) -> str:
        run = self._state.run
        return run.cursor if run else ""

    @property
    def cause(self) -> Cause:
        return self._cause

    @property
    def kept(self) -> Text | None:
        """What was left with `keep` in this turn."""
        return self._kept

    def keep(self, cursor: str) -> None:
        self._kept = piece_text(cursor, CURSOR_BYTES)

    def revoke(self) -> None:
        """The turn is over: nothing can be written by it from now on."""
        self._is_over = True

    def set_typing(self, on: bool) -> None:
        is_mine = threading.get_ident() == self._thread
        if is_mine and not self._is_over and not self._typing.take(self._loop.time()):
            self._feeds.set_typing(self._state.key, self.bot, on)

    async def say(self, text: str) -> None:
        await self._check()
        checked = message_text(text)
        bot, epoch, turn = self._speaker
        id, message = self.next_command(), self.next_message()
        await self._give(BotSay(id=id, author=bot, epoch=epoch, turn=turn, message=message, text=checked))

    @property
    def queue(self) -> QueueId:
        return self._state.card.queue

    @property
    def status(self) -> StatusId:
        return self._state.card.status

    @property
    def tags(self) -> Sequence[str]:
        return self._state.card.tags

    async def set_queue(self, queue: str) -> bool:
        await self._check()
        bot, epoch, turn = self._speaker
        await self._give(BotSetQueue(author=bot, epoch=epoch, turn=turn, queue=QueueId(queue)))
        return self._card.queue == queue

    async def set_status(self, status: str) -> bool:
        await self._check()
        bot, epoch, turn = self._speaker
        await self._give(BotSetStatus(author=bot, epoch=epoch, turn=turn, status=StatusId(status)))
        return self._card.status == status

    async def set_tags(self, tags: Sequence[str]) -> None:
        await self._check()
        bot, epoch, turn = self._speaker
        await self._give(BotSetTags(author=bot, epoch=epoch, turn=turn, tags=tag_texts(tags)))

    async def set_attributes(self, values: Mapping[str, str | float | bool | None]) -> None:
        await self._check()
        bot, epoch, turn = self._speaker
        await self._give(BotSetAttributes(author=bot, epoch=epoch, turn=turn, values=attributes_of(values)))

    @property
    def _card(self) -> Card:
        """As this node has it, which was shown what the turn has committed."""
        state = self._feeds.state(self._state.key)
        return state.card if state else self._state.card

    async def _give(self, command: Command) -> None:
        """As often as a bot may; raises `Fenced` when the turn is over."""
        while wait := self._bucket.take(self._loop.time()):
            await asyncio.sleep(wait)
            await self._check()
        try:
            await self._engine.call(self._state.key, command)
        except Stale as problem:
            raise Fenced(problem.sentence) from None

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[Writer]:
        await self._check()
        writer = StreamWriter(
            self._speaker,
            self.next_message(),
            self.next_command(),
            partial(self._engine.submit, self._state.key),
            self._is_live,
            self._check,
            self._slots,
        )
        try:
            yield writer
            await writer.finish()
        finally:
            writer.close()

    def next_command(self) -> CommandId:
        """Unique in the conversation, since a turn's number is the version of its claim."""
        self._count += 1
        return CommandId(f"turn-{self._speaker.turn}.{self._count}")

    def next_message(self) -> MessageId:
        return MessageId(self._engine.new_id())

    def _is_live(self) -> bool:
        return not self._is_over and threading.get_ident() == self._thread

    async def _check(self) -> None:
        """Raise `Fenced` when the turn is over, or on a thread that is not the turn's. A bot that goes on calling
        is slowed down, so that it cannot keep the loop to itself."""
        if threading.get_ident() != self._thread:
            raise Fenced("A turn is used from its own coroutine only.")
        if self._is_over:
            self._late_calls += 1
            await asyncio.sleep(0.0 if self._late_calls < PATIENCE else min(1.0, 0.01 * self._late_calls))
            raise Fenced("This turn is over.")


def _messages(snapshot: Snapshot) -> Iterator[tuple[Event, Bot | Agent | Contact, Message]]:
    for event in snapshot.events:
        author, body = event.author, event.body
        if isinstance(body, Message) and not body.deleted and isinstance(author, Bot | Agent | Contact):
            yield event, author, body


def _history(snapshot: Snapshot) -> Iterator[HistoryEntry]:
    run = snapshot.state.run
    answered = run.answered if run else 0
    for event, author, message in _messages(snapshot):
        yield HistoryEntry(
            author=author,
            text=message.text,
            at=event.at,
            is_input=isinstance(author, Contact) and event.seq > answered,
            is_interrupted=message.interrupted,
        )


def _briefing(snapshot: Snapshot) -> Briefing | None:
    for event in snapshot.events:
        author, body = event.author, event.body
        if event.epoch == snapshot.state.epoch and isinstance(body, ControlChanged):
            return Briefing(by=author, text=body.reason) if isinstance(author, Agent) else None
    return None


def _said(snapshot: Snapshot) -> Iterator[str]:
    """By turns of this run that did not come to their end."""
    run, epoch = snapshot.state.run, snapshot.state.epoch
    ended = run.ended if run else 0
    for event, author, message in _messages(snapshot):
        if isinstance(author, Bot) and event.epoch == epoch and event.turn > ended:
            yield message.text
