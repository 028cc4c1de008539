"""One conversation as a program sees it: what is shown and what changes. What it can do in it is in `sides.py`."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Generic, NamedTuple, Protocol

from msgspec import Struct

from intervene.client.screen import Change, E, Gap, S, Screen, Watched
from intervene.core.codes import ErrorCode
from intervene.core.events import ControlChanged, Event
from intervene.core.ids import ConversationId
from intervene.core.text import printable
from intervene.core.wire import common
from intervene.core.wire.common import OpenStream, PieceAdded, ReadUpTo
from intervene.core.wire.contact import ContactAck, ContactControl, ContactError, ContactEvent
from intervene.core.wire.staff import Error, StaffAck

WAITING_CHANGES = 10_000  # of one `async for` that does not keep up; beyond it, it raises `Behind`


Ack = StaffAck | ContactAck


class Refused(Exception):
    """The server said no, and why: `facts` are the whole frame (`by`, `at`, `holder`, `epoch`, `asked` ...)."""

    def __init__(self, facts: Error | ContactError) -> None:
        super().__init__(printable(f"{facts.code}: {facts.message}"))
        self.code: ErrorCode = facts.code
        self.message = facts.message
        self.facts = facts


class Behind(Exception):
    """An `async for` over a conversation was left too far behind. Begin it again."""


class Recorded(NamedTuple):
    """A change and when it was shown, in seconds of the monotonic clock."""

    at: float
    change: Change


class Line(Protocol):
    """What a conversation needs of its client."""

    def new_id(self) -> str: ...

    async def command(self, frame: Struct, id: str, conversation: str) -> Ack:
        """Send until it is answered; raises `Refused`."""

    def send(self, frame: Struct) -> None:
        """Send if connected, otherwise forget: typing, read positions."""

    def watch_again(self, conversation: str) -> None: ...

    def unwatch(self, conversation: str) -> None: ...

    async def page(self, frame: common.GetPage) -> None:
        """Ask until the page was received."""


class Conversation(Generic[E, S]):
    """`is_live`: everything shown is current, and what follows will be shown. Between a lost connection and the
    answer to the next watch it is not."""

    def __init__(self, id: str, line: Line, screen: Screen[E, S], history: int) -> None:
        self.id = ConversationId(id)
        self.screen = screen
        self.is_live = False
        self.history: deque[Recorded] = deque(maxlen=history)
        """The last changes, if the client was made with `history`."""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line = line
        self._ended: Exception | None = None
        self._callbacks: list[Callable[[Change], None]] = []
        self._readers: set[asyncio.Queue[Change | Exception]] = set()

    # -- what is shown ---------------------------------------------------------------------------------------------

    @property
    def state(self) -> S:
        """Who holds control, whether it is open, and what else stands above the events, as of the last one shown."""
        return self.screen.state

    @property
    def events(self) -> Sequence[E]:
        """What was shown, oldest first."""
        return self.screen.events

    @property
    def more(self) -> bool:
        """Whether there is something to `page_back` to."""
        return self.screen.more

    @property
    def stream(self) -> OpenStream | None:
        """The reply that is being written, and its text so far."""
        return self.screen.stream

    @property
    def read_up_to(self) -> int:
        """For staff, the number up to which they have read, as another session of theirs has said; for a customer, the
        one up to which the agent who holds control has."""
        return self.screen.read

    def on(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call `callback` with each change from now on. What is returned stops that."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    async def __aiter__(self) -> AsyncIterator[Change]:
        """What is shown so far, then each change. Raises what ended the conversation here, or `Behind`."""
        queue: asyncio.Queue[Change | Exception] = asyncio.Queue()
        for change in self.screen.so_far():
            queue.put_nowait(change)
        self._readers.add(queue)
        try:
            while True:
                change_or_end = await queue.get()
                if isinstance(change_or_end, Exception):
                    raise change_or_end
                yield change_or_end
        finally:
            self._readers.discard(queue)

    # -- what anybody can do -----------------------------------------------------------------------------------------

    async def page_back(self, limit: int = 50) -> bool:
        """Put up to `limit` older events before `events`. Answers whether there may be more, and room for it."""
        if self.more and self.events and not self.screen.is_full:
            first = self.screen.number_of(self.events[0])
            await self._line.page(common.GetPage(conversation=self.id, before=first, limit=limit))
        return self.more and not self.screen.is_full

    def set_typing(self, on: bool) -> None:
        """Show that I am typing, or no longer. It is shown for 5 s at most unless it is renewed."""
        self._line.send(common.SetTyping(conversation=self.id, on=on))

    def set_read(self, n: int | None = None) -> None:
        """I have read up to number `n`, or all that is shown."""
        self._line.send(common.SetRead(conversation=self.id, n=self.screen.number if n is None else n))

    def unwatch(self) -> None:
        """Follow it no longer; nothing is shown from then on."""
        self._line.unwatch(self.id)

    # -- from the client -------------------------------------------------------------------------------------------

    def receive(self, frame: object) -> None:
        """A frame about this conversation."""
        raise NotImplementedError

    def watch_frame(self) -> common.Watch:
        """What asks the server for all after the last event shown; for the client."""
        return common.Watch(conversation=self.id, after=self.screen.position)

    def went_away(self) -> None:
        """The connection is lost, or something is missing: nothing is shown until a watch is answered."""
        self.is_live = False

    def acked(self, number: int) -> None:
        """An answer came whose event has that number: all up to it must have been shown; called by the client."""
        if self.is_live:
            self._try(lambda: self.screen.check_complete(number))

    def end(self, problem: Exception) -> None:
        """It goes no further, because of `problem`; called by the client."""
        self.is_live = False
        self._ended = problem
        if not self.ready.done():
            self.ready.set_exception(problem)
            self.ready.exception()  # each caller that waits gets it, and there may be none
        for queue in self._readers:
            queue.put_nowait(problem)

    def _watched(self, page: Watched[E, S]) -> None:
        if self._try(lambda: self._show(self.screen.show_watched(page))):
            self.is_live = True
            if not self.ready.done():
                self.ready.set_result(None)

    def _event(self, event: E) -> None:
        if self.is_live:
            self._try(lambda: self._show(self.screen.show_event(event)))

    def _piece(self, piece: PieceAdded) -> None:
        if self.is_live:
            self._try(lambda: self._show(self.screen.show_piece(piece)))

    def _read(self, read: ReadUpTo) -> None:
        self._show(self.screen.show_read(read))

    def _try(self, show: Callable[[], None]) -> bool:
        try:
            show()
        except Gap:
            self.went_away()
            self._line.watch_again(self.id)
            return False
        return True

    def _show(self, changes: Sequence[Change]) -> None:
        control: common.Seen | None = None
        for change in changes:
            self._tell(change)
            if isinstance(change, Event | ContactEvent) and _is_control(change):
                n = change.seq if isinstance(change, Event) else change.pub
                control = common.Seen(conversation=self.id, n=n)
        if control:
            self._line.send(control)

    def _tell(self, change: Change) -> None:
        if self.history.maxlen:
            self.history.append(Recorded(time.monotonic(), change))
        for callback in tuple(self._callbacks):
            callback(change)
        for queue in tuple(self._readers):
            queue.put_nowait(change)
            if queue.qsize() > WAITING_CHANGES:
                self._readers.discard(queue)
                queue.put_nowait(Behind(f"{WAITING_CHANGES} changes were not read."))


def _is_control(event: Event | ContactEvent) -> bool:
    return isinstance(event.body if isinstance(event, Event) else event.event, ControlChanged | ContactControl)
