"""The views that sessions of this node have open: what they are shown first, and four times a second what changes.

Nothing here decides who sees what: that is `access`', by way of `views.py`. What boards have is not older than what
this node has committed; a view is sent anew where its board or what is visible has become another one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import TypeVar

import structlog

from intervene.core.access import Staff, acting_in
from intervene.core.errors import BadFrame, InterveneError, NotFound, PeerError, TooMany, Unavailable
from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.core.limits import BOARDS_BELOW, VIEW_ROWS, VIEWS_OF_SESSION
from intervene.core.policy import Policy
from intervene.core.timing import PRODUCTION, Timing
from intervene.core.tree import Tree
from intervene.core.wire.inbox import Counts, InboxIn, Listed, Look, MoreRows, OpenView, Row, View
from intervene.guard import guarded
from intervene.inbox.boards import Boards, Held, Position
from intervene.inbox.closed import ClosedReading
from intervene.inbox.comparing import Comparing
from intervene.inbox.counts import count, sums_of
from intervene.inbox.lists import Lists
from intervene.inbox.positions import ReadPositionsHere
from intervene.inbox.reader import Reader, Viewer
from intervene.inbox.sending import Sender, refuse
from intervene.inbox.sources import Sources
from intervene.inbox.tags import used_tags
from intervene.inbox.views import ClosedList
from intervene.policies.cache import PolicyCache
from intervene.ports.clock import Clock
from intervene.tasks import Tasks

log_ = structlog.get_logger(__name__)

T = TypeVar("T")


class LiveViews:
    """`tree` answers how organisations are below each other now."""

    def __init__(
        self,
        *,
        boards: Boards,
        comparing: Comparing,
        sources: Sources,
        policies: PolicyCache,
        tree: Callable[[], Tree],
        clock: Clock,
        timing: Timing = PRODUCTION,
    ) -> None:
        self._boards = boards
        self._comparing = comparing
        self._sources = sources
        self._policies = policies
        self._tree = tree
        self._clock = clock
        self._timing = timing
        self._open: dict[int, dict[str, Reader]] = {}
        self._of: defaultdict[OrganisationId, set[Reader]] = defaultdict(set)
        self._lists = Lists(self._policy)
        self._positions = ReadPositionsHere(sources.positions, self._positions_found)
        self._sender = Sender(self._policy, self._read)
        self._closed = ClosedReading(sources.inbox, sources.readers, self._policy, self._take, self._touch)
        self._touched: set[OrganisationId] = set()
        self._uncounted: set[OrganisationId] = set()
        self._tailed: defaultdict[OrganisationId, set[ConversationId]] = defaultdict(set)
        self._count_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._tasks = Tasks()
        boards.stirred, boards.read = self._soon, self._read_by
        boards.dropped = self._positions.known.forget_of
        comparing.compared = self._compared
        policies.observers.append(self._policies_changed)

    # -- what sessions ask for -----------------------------------------------------------------------------------------

    def ask(self, viewer: Viewer, frame: InboxIn) -> None:
        name = frame.view.name if isinstance(frame, OpenView) else frame.view
        try:
            if isinstance(frame, OpenView):
                self._open_view(viewer, frame.view)
                return
            reader = self._open.get(viewer.number, {}).get(name)
            if reader is None:
                raise NotFound("No such view is open.")
            match frame:
                case MoreRows():
                    self._more(reader)
                case Look(conversations=conversations):
                    self._look(reader, conversations)
                case _:
                    self._close(reader)
        except PeerError as problem:
            refuse(viewer, name, problem)

    def left(self, viewer: Viewer) -> None:
        """The session has ended."""
        for reader in list(self._open.get(viewer.number, {}).values()):
            self._close(reader)

    def _open_view(self, viewer: Viewer, view: View) -> None:
        mine = self._open.setdefault(viewer.number, {})
        if view.name not in mine and len(mine) >= VIEWS_OF_SESSION:
            raise TooMany(f"A session has at most {VIEWS_OF_SESSION} views open. Close one.")
        covered = self._covered(viewer.staff, view)
        if former := mine.get(view.name):
            self._close(former)
        reader = Reader(viewer, view, covered)
        self._open.setdefault(viewer.number, {})[reader.name] = reader
        self._follow_in(reader, covered)
        self._tasks.spawn(self._begin(reader))

    def _more(self, reader: Reader) -> None:
        if reader.count >= VIEW_ROWS:
            raise TooMany(f"A view has at most {VIEW_ROWS} rows. Narrow it down.")
        if not reader.is_shown or reader.is_reading:
            return  # what is under way is shown first
        if isinstance(reader.list, ClosedList):
            self._tasks.spawn(self._more_closed(reader))
        else:
            self._show_more(reader)

    async def _more_closed(self, reader: Reader) -> None:
        opened = reader.opened
        try:
            await self._closed.read(reader, reader.next_count)
        except InterveneError as problem:
            refuse(reader.viewer, reader.name, problem)
        else:
            if reader.opened == opened:
                self._show_more(reader)

    def _show_more(self, reader: Reader) -> None:
        """First what has changed of the rows that it has."""
        self._tick_now()
        reader.count = reader.next_count
        self._sender.more(reader)
        self._positions.ask(reader.page.rows)

    def _look(self, reader: Reader, conversations: Sequence[str]) -> None:
        reader.looked = frozenset(ConversationId(id) for id in conversations)
        if reader.is_shown:
            self._sender.tails(reader, reader.looked, is_first=True)

    def _close(self, reader: Reader) -> None:
        mine = self._open.get(reader.viewer.number, {})
        if mine.get(reader.name) is reader:
            del mine[reader.name]
            if not mine:
                self._open.pop(reader.viewer.number, None)
                self._sender.forget(reader.viewer)
        self._leave(reader)

    def _covered(self, by: Staff, view: View) -> tuple[OrganisationId, ...]:
        """The organisations of the view. Raises `PeerError`."""
        if view.unread and view.list is not Listed.MINE:
            raise BadFrame("Only one's own conversations are unread: ask for the list `mine`.")
        organisation = acting_in(by, view.organisation or by.organisation, self._tree())
        if not view.below or not by.role.leads:
            return (organisation,)
        below = self._tree().below(organisation)
        if len(below) >= BOARDS_BELOW:
            raise TooMany(f"A view covers at most {BOARDS_BELOW} organisations.")
        return (organisation, *below)

    async def counts(self, by: Staff, view: View) -> Counts:
        """Of open conversations that they see where the view is. Raises `Unavailable` and `TooMany`."""
        sums, read = partial(sums_of, by), partial(self._read, by)
        return await self._asked(
            by, view, lambda all: count(by, view, all, self._policy, sums(all, self._policy), read)
        )

    async def tags(self, by: Staff, view: View) -> list[tuple[str, int]]:
        """As `tags.used_tags`, where the view is. Raises the same."""
        return await self._asked(by, view, lambda all: used_tags(by, all, self._policy))

    async def _asked(self, by: Staff, view: View, answer: Callable[[Sequence[Held]], T]) -> T:
        covered = self._covered(by, view)
        for organisation in covered:
            await self._policies.loaded(organisation)
        boards = [self._boards.hold(organisation) for organisation in covered]
        try:
            for held in boards:
                await self._comparing.ready(held)
            await self._positions.load(row for held in boards for row in held.board.held_by(by.agent.id))
            self._take()
            return answer(boards)
        finally:
            for held in boards:
                self._boards.release(held)

    # -- a reader comes and goes ---------------------------------------------------------------------------------------

    def _follow_in(self, reader: Reader, organisations: Sequence[OrganisationId]) -> None:
        reader.organisations = organisations
        for organisation in organisations:
            self._of[organisation].add(reader)

    def _leave(self, reader: Reader) -> None:
        """It gets nothing more, until it begins again."""
        reader.is_shown = False
        reader.opened += 1
        self._lists.take_back(reader)
        boards, reader.boards = reader.boards, []
        for held in boards:
            self._boards.release(held)
        for organisation in reader.organisations:
            self._of[organisation].discard(reader)
            if not self._of[organisation]:
                del self._of[organisation]

    async def _begin(self, reader: Reader) -> None:
        opened = reader.opened
        try:
            await self._prepare(reader)
            if reader.opened == opened:
                self._show(reader)
        except InterveneError as problem:
            if reader.opened == opened:
                self._close(reader)
                refuse(reader.viewer, reader.name, problem)
        except Exception:
            log_.exception("a view could not be shown", view=reader.name)
            if reader.opened == opened:
                self._close(reader)
                refuse(reader.viewer, reader.name, Unavailable("The view cannot be shown. Try again."))

    async def _prepare(self, reader: Reader) -> None:
        """Read what is shown first. A reader that leaves meanwhile gets no list."""
        opened = reader.opened
        for organisation in reader.organisations:
            await self._policies.loaded(organisation)
        if reader.opened != opened:
            return
        reader.boards = [self._boards.hold(organisation) for organisation in reader.organisations]
        for held in reader.boards:
            await self._comparing.ready(held)
        if reader.opened != opened:
            return
        self._take()
        if reader.view.list is Listed.CLOSED:
            self._lists.give_closed(reader, self._closed.list_of(reader))
            await self._closed.read(reader, reader.count)
        else:
            self._lists.give(reader)
        if reader.opened == opened:
            mine = (row for held in reader.boards for row in held.board.held_by(reader.by.agent.id))
            await self._positions.load([*reader.next_page(self._policy, partial(self._read, reader.by)).rows, *mine])

    def _show(self, reader: Reader) -> None:
        self._take()
        reader.page = reader.next_page(self._policy, partial(self._read, reader.by))
        reader.is_shown = True
        self._sender.view(reader)
        self._sender.tails(reader, reader.looked, is_first=True)
        self._uncounted.update(reader.organisations)
        self._soon()

    def _begin_again(self, readers: Collection[Reader]) -> None:
        """They are shown nothing of what they have, until they are shown all anew."""
        for reader in readers:
            self._leave(reader)
        self._tasks.spawn(self._reopen(readers))

    async def _reopen(self, readers: Iterable[Reader]) -> None:
        for reader in readers:
            if self._open.get(reader.viewer.number, {}).get(reader.name) is not reader:
                continue
            try:
                self._follow_in(reader, self._covered(reader.by, reader.view))
            except PeerError as problem:
                self._close(reader)
                refuse(reader.viewer, reader.name, problem)
            else:
                await self._begin(reader)

    # -- what changes --------------------------------------------------------------------------------------------------

    def _soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._timing.rows, self._tick)

    def _tick_now(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._tick()

    def _tick(self) -> None:
        self._timer = None
        guarded(self._take)
        touched, self._touched = self._touched, set()
        tailed, self._tailed = self._tailed, defaultdict(set)
        with self._sender.round() as entered:
            for reader in self._readers_in(touched):
                guarded(self._sender.follow, reader)
                if isinstance(reader.list, ClosedList) and reader.list.is_short:
                    self._closed.read_again(reader)
        self._positions.ask(entered)
        for reader in self._readers_in(tailed):
            ids = frozenset[ConversationId]().union(*(tailed.get(it, ()) for it in reader.organisations))
            guarded(self._sender.tails, reader, ids)
        now = self._clock.monotonic()
        if self._uncounted and now >= self._count_at:
            uncounted, self._uncounted = self._uncounted, set()
            self._count_at = now + self._timing.counts
            guarded(self._sender.counts, self._readers_in(uncounted))
        if self._uncounted or self._boards.is_waiting:
            self._soon()

    def _take(self) -> None:
        """What has changed on boards is taken by the lists."""
        self._boards.drain()
        for held in self._boards:
            changes, tailed = held.take_changes()
            self._lists.take(held.organisation, changes)
            if changes:
                self._touched.add(held.organisation)
                self._uncounted.add(held.organisation)
            if tailed:
                self._tailed[held.organisation] |= tailed

    def _readers_in(self, organisations: Iterable[OrganisationId]) -> list[Reader]:
        found = {reader for organisation in organisations for reader in self._of.get(organisation, ())}
        return [reader for reader in found if reader.is_shown]

    def _compared(self, held: Held) -> None:
        """What was closed may have been missed, and no comparison finds that."""
        for reader in self._readers_in([held.organisation]):
            if isinstance(reader.list, ClosedList):
                self._closed.read_again(reader)

    def _policies_changed(self, organisations: Collection[OrganisationId]) -> None:
        """Others may see, and not see, what is there."""
        concerned = {reader for organisation in organisations for reader in self._of.get(organisation, ())}
        self._lists.forget(concerned)
        self._begin_again(concerned)

    def tree_changed(self) -> None:
        """Views cover other organisations, perhaps."""
        readers = [reader for mine in self._open.values() for reader in mine.values() if reader.view.below]
        self._begin_again(readers)

    def forget(self) -> None:
        """The database is an older one than it was."""
        self._boards.forget()
        self._positions.known.forget()
        self._begin_again([reader for mine in self._open.values() for reader in mine.values()])

    def stop(self) -> None:
        """Nothing more is awaited of the database."""
        self._tasks.cancel()
        self._positions.stop()
        self._closed.stop()
        if self._timer is not None:
            self._timer.cancel()

    def _policy(self, organisation: OrganisationId) -> Policy:
        policy = self._policies.get(organisation)
        if policy is None:  # forgotten meanwhile, as the oldest of very many
            raise Unavailable("The settings of the organisation are not there. Try again.")
        return policy

    # -- up to where people have read ----------------------------------------------------------------------------------

    def _read(self, by: Staff, row: Row) -> int:
        return self._positions.of(row, by.agent.id)

    def _read_by(self, organisation: OrganisationId, position: Position) -> None:
        """An agent, at any node."""
        id, agent, n = position
        if not self._positions.known.move(Key(organisation, id), agent, n):
            return
        for reader in self._readers_in([organisation]):
            if reader.by.agent.id == agent:
                guarded(self._sender.read, reader, id, n)
        self._touch([organisation])

    def _positions_found(self, keys: Sequence[Key]) -> None:
        """Of rows that are shown already."""
        for key in keys:
            for reader in self._readers_in([key.organisation]):
                if n := self._positions.known.of(key, reader.by.agent.id):
                    guarded(self._sender.read, reader, key.conversation, n)
        self._touch({key.organisation for key in keys})

    def _touch(self, organisations: Iterable[OrganisationId]) -> None:
        """What is unread may be another."""
        self._touched.update(organisations)
        self._uncounted.update(self._touched)
        self._soon()
