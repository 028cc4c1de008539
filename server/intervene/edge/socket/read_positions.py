"""Read positions on their way to the database: the highest of each reader, written at most once a second, and shown
when it is written. What a customer is shown is where those have read who held control; staff, where the customer has.
"""

import asyncio
import random
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import structlog

from intervene.core.actors import Agent, Contact
from intervene.core.backoff import rest_seconds
from intervene.core.conversation.state import Conversation
from intervene.core.errors import Unavailable
from intervene.core.events import author_key
from intervene.core.ids import Key
from intervene.edge.services import Feeds, PositionStore
from intervene.outage import Outage
from intervene.ports.messages import Read

WRITE_SECONDS = 1.0
LONGEST_REST_SECONDS = 30.0  # between tries while they cannot be written
WAITING = 10_000  # readers; more are forgotten, as the next position says the same and more

AT_ONCE = 8  # are written, so that a database with one writer can do it in one transaction

log_ = structlog.get_logger(__name__)


class Position(NamedTuple):
    """`session` said so; `held` as in `ports.ReadPositions.keep`."""

    who: Agent | Contact
    n: int
    session: int = 0
    held: int = -1

    def merged(self, other: "Position") -> "Position":
        higher = other if other.n > self.n else self
        return higher._replace(held=max(self.held, other.held))


class ReadPositions:
    __slots__ = ("_feeds", "_outage", "_store", "_task", "_waiting")

    def __init__(self, store: PositionStore, feeds: Feeds) -> None:
        self._store = store
        self._feeds = feeds
        self._waiting: dict[tuple[Key, str], Position] = {}
        self._task: asyncio.Task[None] | None = None
        self._outage = Outage(over="read positions are written again", level="warning")

    def note(self, key: Key, who: Agent | Contact, n: int, session: int) -> None:
        """A session says that its person has read so far."""
        is_holder = isinstance(who, Agent) and self._feeds.is_held_by(key, who)
        self._write_soon(key, Position(who, n, session, n if is_holder else -1))

    # -- a feed's observer ---------------------------------------------------------------------------------------------

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        """Who takes control may have read all there is before."""
        if before is None or after.control is before.control or after.epoch == before.epoch:
            return
        holder = after.holder
        if isinstance(holder, Agent) and self._feeds.is_watched_by(after.key, holder):
            waiting = self._waiting.get((after.key, author_key(holder)))
            self._write_soon(after.key, Position(holder, 0, held=waiting.n if waiting else 0))

    def lost(self, key: Key) -> None:
        """Positions stay what they are."""

    # -- writing -------------------------------------------------------------------------------------------------------

    def _write_soon(self, key: Key, position: Position) -> None:
        self._keep(key, position)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write())

    def _keep(self, key: Key, position: Position) -> None:
        at = (key, author_key(position.who))
        if at in self._waiting:
            self._waiting[at] = self._waiting[at].merged(position)
        elif len(self._waiting) < WAITING:
            self._waiting[at] = position

    async def flush(self) -> None:
        """At the end: what waits is written now, if it can be."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await self._write_all()

    async def _write(self) -> None:
        failures = 0
        try:
            while self._waiting:
                longest = LONGEST_REST_SECONDS if failures else WRITE_SECONDS
                chance = random.random() if failures else 1.0
                await asyncio.sleep(rest_seconds(failures + 1, first=WRITE_SECONDS, longest=longest, chance=chance))
                failures = 0 if await self._write_all() else failures + 1
        finally:
            self._task = None

    async def _write_all(self) -> bool:
        """False: one could not be written. It waits with those behind it."""
        waiting, self._waiting = self._waiting, {}
        try:
            while waiting:
                some = _next(waiting)
                works = (self._write_one(at, waiting[at]) for at in some)
                answers = await asyncio.gather(*works, return_exceptions=True)
                for at, problem in zip(some, answers, strict=True):
                    if problem is None:
                        del waiting[at]
                for problem in filter(None, answers):
                    raise problem
        except Unavailable as problem:
            self._outage.failed("read positions cannot be written", waiting=len(waiting), problem=problem.sentence)
            return False
        finally:
            for (key, _), position in waiting.items():
                self._keep(key, position)
        self._outage.answered()
        return True

    async def _write_one(self, at: tuple[Key, str], position: Position) -> None:
        """Raises `Unavailable`. Shown is what is kept: it is there after a reconnect too."""
        try:
            (key, _), who = at, position.who
            moved = await self._store.keep(*at, position.n, position.held)
            if isinstance(who, Agent) and (moved.n or moved.pub):
                self._feeds.read(Read(key, who, moved.n, moved.pub), position.session)
            elif moved.n:
                self._feeds.read(Read(key, None, contact=moved.n), position.session)
        except Unavailable:
            raise
        except Exception:
            log_.exception("a read position was refused")  # the client says it again as it reads on


def _next(waiting: Iterable[tuple[Key, str]]) -> Sequence[tuple[Key, str]]:
    """Of as many conversations: readers of one may both move the position of who holds control."""
    some: dict[Key, tuple[Key, str]] = {}
    for at in islice(waiting, AT_ONCE):
        some.setdefault(at[0], at)
    return list(some.values())
