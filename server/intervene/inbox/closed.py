"""Views of what is closed: each reader has a list of its own, which is read from the log and follows the board."""

from collections.abc import Callable, Iterable
from functools import partial

from intervene.core.errors import InterveneError
from intervene.core.ids import OrganisationId
from intervene.core.policy import Policy
from intervene.core.wire import views
from intervene.core.wire.inbox import Row, place
from intervene.feed.reading import Readers, Reads
from intervene.inbox.boards import Held
from intervene.inbox.listing import PLACES, Part, Wanted, read_part
from intervene.inbox.reader import Reader
from intervene.inbox.views import ClosedList
from intervene.ports.inbox import Inbox
from intervene.tasks import Tasks


class ClosedReading:
    """`policy`: of an organisation, once it was loaded. `take`: have lists take what boards have. `changed` is called
    with the organisations of a list that was read again."""

    def __init__(
        self,
        inbox: Inbox,
        readers: Readers,
        policy: Callable[[OrganisationId], Policy],
        take: Callable[[], None],
        changed: Callable[[Iterable[OrganisationId]], None],
    ) -> None:
        self._inbox = inbox
        self._readers = readers
        self._policy = policy
        self._take = take
        self._changed = changed
        self._tasks = Tasks()

    def list_of(self, reader: Reader) -> ClosedList:
        """Nothing was read for it yet."""
        return ClosedList(partial(self._has, reader))

    async def read(self, reader: Reader, count: int) -> None:
        """The newest `count`. What changes meanwhile is newer than what is read. Raises `Unavailable` and `TooMany`."""
        closed = reader.list
        assert isinstance(closed, ClosedList), "it was given one"
        closed.begin()
        reader.is_reading = True
        try:
            owner = reader.viewer.owner
            parts = [
                await self._readers.answer(owner, partial(self._read_part, reader, held, count))
                for held in reader.boards
            ]
        except BaseException:
            closed.give_up()
            raise
        finally:
            reader.is_reading = False
        bound = min((place(views.row(part.last)) for part in parts if part.last is not None), default=None)
        rows = [row for part in parts for row in part.rows if bound is None or place(row) <= bound]
        self._take()
        closed.load(rows, bound)

    def read_again(self, reader: Reader) -> None:
        """It may lack something."""
        if not reader.is_reading:
            self._tasks.spawn(self._reading_again(reader))

    def stop(self) -> None:
        """Nothing more is awaited of the database."""
        self._tasks.cancel()

    async def _reading_again(self, reader: Reader) -> None:
        if not isinstance(reader.list, ClosedList) or reader.is_reading:
            return
        try:
            await self.read(reader, reader.count)
        except InterveneError:
            return  # the next comparison reads it again
        self._changed(reader.organisations)

    async def _read_part(self, reader: Reader, held: Held, count: int, reads: Reads) -> Part:
        wanted = self._wanted(reader, held.organisation)
        return await reads.in_time(read_part(self._inbox, wanted, count, seen=held.reread))

    def _has(self, reader: Reader, row: Row) -> bool:
        return self._wanted(reader, row.organisation).has(row)

    def _wanted(self, reader: Reader, organisation: OrganisationId) -> Wanted:
        places = PLACES[reader.view.list]
        return Wanted(organisation, places, (reader.view,), reader.by, self._policy(organisation))
