"""The commands of one conversation that wait on this node, and in which order they are decided. No loop, no clock.

A command is in the queue, then in the batch that is being decided and committed. A batch that cannot be committed as it
is goes back to the head of the queue.
"""

from collections.abc import Callable, Mapping
from typing import cast

from msgspec import Struct

from intervene.core.actors import Contact
from intervene.core.conversation.decide import RULES, Command
from intervene.core.conversation.fence import OfAgent, OfEvent
from intervene.core.conversation.repeats import Effect
from intervene.core.conversation.rule import SYSTEM
from intervene.core.conversation.state import Conversation
from intervene.core.errors import InterveneError
from intervene.core.events import Event, author_key
from intervene.core.ids import CommandId, ContactId
from intervene.core.limits import ANSWER_BYTES, COMMAND_BYTES, LANE_COMMANDS
from intervene.core.wire import framing
from intervene.feed.subscribers import Watcher
from intervene.ports.log import CommandKey, IdentityKey, Receipt

Answer = Receipt | InterveneError
Reply = Callable[[Answer], None]


class Caller(Struct, frozen=True):
    """Waits for the answer; `watcher` is shown everything up to it before."""

    reply: Reply
    watcher: Watcher | None


class PendingCommand:
    """A command, and all callers that wait for its answer. Times are in seconds, monotonic."""

    __slots__ = (
        "asked",
        "callers",
        "clicked",
        "command",
        "former",
        "identity",
        "keys",
        "rule",
        "tries",
    )

    def __init__(self, command: Command, clicked: float) -> None:
        id: CommandId | None = getattr(command, "id", None)
        self.command = command
        self.rule = RULES[type(command)]
        self.identity: CommandKey | None = None
        self.former: CommandKey | None = None
        """Under which it is in the log, if the visitor gave it whom its author has been."""
        self.keys: tuple[CommandKey, ...] = ()
        """Under which it may be in the log already."""
        if id:
            self.identity = CommandKey(self.author, id)
            self.keys = (self.identity,)
            if former := former_author(command):
                self.former = CommandKey(former, id)
                self.keys = (self.identity, self.former)
        self.clicked = clicked
        self.asked = clicked
        """When the first of the callers that wait for its answer submitted it."""
        self.tries = 0
        self.callers: list[Caller] = []

    def first(self, known: Mapping[CommandKey, Event]) -> Event | None:
        """What it did the first time. A visitor may have used the id for something else: that is no matter here."""
        if self.identity and self.identity in known:
            return known[self.identity]
        event = known.get(self.former) if self.former else None
        return event if event and self.effect.has_done(self.command, event.body) else None

    @property
    def author(self) -> str:
        """As `events.author_key` has it; "" for none."""
        author = getattr(self.command, "author", None)
        return author_key(author) if author is not None else ""

    @property
    def effect(self) -> Effect:
        assert self.rule.effect, "asked only of commands with an id"
        return self.rule.effect

    @property
    def takeover(self) -> OfAgent:
        assert self.rule.takes_over, "asked only of commands that take over"
        return cast("OfAgent", self.command)

    @property
    def number(self) -> int:
        """The number of the event that it names, 0 for none."""
        return cast("OfEvent", self.command).n if self.rule.names_event else 0

    @property
    def is_housekeeping(self) -> bool:
        """Repeated by itself, later."""
        return self.rule.visible_to is SYSTEM

    def join(self, caller: Caller, asked: float) -> None:
        """`caller` has submitted the same command again."""
        if not self.callers:
            self.asked = asked
        self.callers.append(caller)


def former_author(command: object) -> str:
    """The visitor whom a customer has been before their claim, as the author of commands; "" for none."""
    former: ContactId | None = getattr(getattr(command, "by", None), "former", None)
    return author_key(Contact(id=former, name="")) if former else ""


class CommandQueue:
    """`waiting`, and the `batch` under way, which is empty when the next one may begin."""

    __slots__ = ("_singles", "batch", "is_careful", "unanswered", "waiting")

    def __init__(self) -> None:
        self.waiting: list[PendingCommand] = []
        self.batch: list[PendingCommand] = []
        self.unanswered: dict[CommandKey, PendingCommand] = {}
        self.is_careful = False
        """Whether the next batch must be decided under the row's lock: the one before it was not committed."""
        self._singles = 0
        """How many commands are still to be tried one by one, after the database refused their batch."""

    @property
    def is_full(self) -> bool:
        return len(self.waiting) >= LANE_COMMANDS

    @property
    def needs_lock(self) -> bool:
        """Whether the batch is to be decided on the row read under its lock."""
        if len(self.batch) == 1:  # as nearly always
            return self.is_careful or self.batch[0].rule.needs_lock
        return self.is_careful or any(pending.rule.needs_lock for pending in self.batch)

    def opens(self, state: Conversation | None) -> IdentityKey | None:
        """The identity whose row is to be locked first, if the batch may make a conversation open that was closed, or
        blocks its customer."""
        if state is not None:
            for pending in self.batch:
                if pending.rule.blocks or (pending.rule.may_open and not state.is_open):
                    return IdentityKey.of(state)
        return None

    def add(self, pending: PendingCommand) -> None:
        if pending.identity:
            self.unanswered[pending.identity] = pending
        if not pending.rule.is_urgent:
            self.waiting.append(pending)
            return
        # To the head of the queue, behind those that went there before; its author's own words go with it, in order.
        urgent = [place for place, other in enumerate(self.waiting, start=1) if other.rule.is_urgent]
        head = max(urgent, default=0)
        ahead, rest = self.waiting[:head], self.waiting[head:]
        mine = [other for other in rest if other.author == pending.author]
        self.waiting = [*ahead, *mine, pending, *(other for other in rest if other.author != pending.author)]

    def next_batch(self) -> list[PendingCommand]:
        count = len(self.waiting)
        if self._singles:
            self._singles -= 1
            count = 1
        elif count > 1:
            count = self._fitting()
        if count == len(self.waiting):
            self.batch, self.waiting = self.waiting, []
        else:
            self.batch, self.waiting = self.waiting[:count], self.waiting[count:]
        return self.batch

    def _fitting(self) -> int:
        """How many commands one commit takes: what it shows must fit into a frame and a message between nodes."""
        room = ANSWER_BYTES
        for count, pending in enumerate(self.waiting):
            room -= COMMAND_BYTES + framing.size_of(getattr(pending.command, "text", ""))
            if room < 0:
                return max(count, 1)
        return len(self.waiting)

    # -- a batch that was not committed --------------------------------------------------------------------------------

    def put_back(self) -> None:
        """The batch goes back to where it came from, to be decided under the lock."""
        self.waiting = self.batch + self.waiting
        self.batch = []
        self.is_careful = True

    def put_back_singly(self) -> None:
        """The same, and each of its commands gets a batch of its own."""
        self._singles = len(self.batch)
        self.put_back()

    def fail(self) -> int:
        """The batch fails, and with it what its authors queued behind it: their words stay in order. How many these
        are; all of them are the batch now."""
        authors = {pending.author for pending in self.batch}
        self.batch += self._take_out(authors)
        return len(self.batch)

    def finish(self) -> list[PendingCommand]:
        """The batch, which is answered: a repeat of its commands does not join them any more."""
        batch, self.batch = self.batch, []
        self._forget(batch)
        return batch

    def give_up(self, late: float) -> list[Caller]:
        """The callers of what was submitted before `late`, and of what its authors queued behind it: their words stay
        in order. What has not begun never will; what has begun goes on, and a repeat joins it."""
        given_up = self._take_out({pending.author for pending in self.waiting if pending.asked < late})
        self._forget(given_up)
        overdue = [pending for pending in self.batch if pending.asked < late] + given_up
        callers = [caller for pending in overdue for caller in pending.callers]
        for pending in overdue:
            pending.callers = []
        return callers

    def _take_out(self, authors: set[str]) -> list[PendingCommand]:
        taken = [pending for pending in self.waiting if pending.author in authors]
        self.waiting = [pending for pending in self.waiting if pending.author not in authors]
        return taken

    def _forget(self, answered: list[PendingCommand]) -> None:
        for pending in answered:
            if pending.identity:
                self.unanswered.pop(pending.identity, None)
