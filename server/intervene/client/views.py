"""Lists of conversations as an agent's program sees them: the rows of open views, kept as the server says."""

import asyncio
import random
from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct

from intervene.client.conversation import Refused
from intervene.client.peer import Closed
from intervene.core.codes import ERRORS, CloseCode
from intervene.core.ids import ConversationId
from intervene.core.wire.common import ReadUpTo
from intervene.core.wire.inbox import (
    CloseView,
    Counts,
    Look,
    MoreRows,
    OpenView,
    Row,
    RowsChanged,
    Tails,
    View,
    ViewShown,
    place,
)
from intervene.core.wire.staff import Error

REPEAT_SECONDS = 0.5  # before a view is asked for again that the server could not show

_encode = msgspec.json.Encoder().encode


class OpenedView:
    """One view. `rows` are those that are loaded, in the order of the list; what changes is there by itself, also after
    a reconnect. `read`: up to where we have read, by the id of the conversation. `more`: there are rows behind those.
    `tails`: the end of what is being written, in the rows that we `look_at`. `counts` are of the view's organisation.
    """

    def __init__(self, view: View, send: Callable[[Struct], None], close: Callable[[str], None]) -> None:
        self.view = view
        self.is_live = False
        """What is shown is current. Between a lost connection and the next welcome it is not."""
        self.more = self.truncated = False
        self.complete = True
        self.read: dict[ConversationId, int] = {}
        self.tails: Mapping[ConversationId, str] = {}
        self.counts: Counts | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rows: dict[ConversationId, Row] = {}
        self._looked: list[str] = []
        self._send = send
        self._close = close
        self._callbacks: list[Callable[[Struct], None]] = []

    @property
    def rows(self) -> list[Row]:
        """What is loaded, in the order of the list."""
        return sorted(self._rows.values(), key=place)

    def on(self, callback: Callable[[Struct], None]) -> Callable[[], None]:
        """Call `callback` with each frame that has changed something. What is returned stops that."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def load_more(self) -> None:
        """Ask for the next rows, which come by themselves; nothing happens while it is not live."""
        self._send(MoreRows(view=self.view.name))

    def look_at(self, *conversations: str) -> None:
        """These rows are on the screen: `tails` has what is being written in them, until others are looked at."""
        self._looked, self.tails = list(conversations), {}
        self._send(Look(view=self.view.name, conversations=self._looked))

    def close(self) -> None:
        """Follow it no longer."""
        self._close(self.view.name)

    # -- from the client -----------------------------------------------------------------------------------------------

    def receive(self, frame: Struct) -> None:
        """A frame that may be about this view; called by the client."""
        match frame:
            case ViewShown():
                self._show(frame)
            case RowsChanged(changed=changed, left=left, more=more) if self.is_live:
                self._rows |= {row.id: row for row in changed}
                for id in left:
                    self._rows.pop(id, None)
                    self.read.pop(id, None)
                self.more = more
            case ReadUpTo(conversation=conversation, n=n) if conversation in self._rows:
                self.read[conversation] = max(n, self.read.get(conversation, 0))
            case Tails(tails=tails):
                shown = {id: tail for id, tail in tails.items() if id in self._rows and id in self._looked}
                self.tails = {id: tail for id, tail in {**self.tails, **shown}.items() if tail}
            case Counts():
                self.counts = frame
            case _:
                return
        for callback in tuple(self._callbacks):
            callback(frame)

    def _show(self, shown: ViewShown) -> None:
        if not shown.continued:
            self._rows, self.read = {}, {}
        self._rows |= {row.id: row for row in shown.rows}
        self.read |= shown.read
        self.more, self.truncated, self.complete = shown.more, shown.truncated, shown.complete
        self.is_live = True
        if not self.ready.done():
            self.ready.set_result(None)

    def went_away(self) -> None:
        """The connection is lost; called by the client."""
        self.is_live, self.tails = False, {}

    def end(self, problem: Exception) -> None:
        """It goes no further, because of `problem`; called by the client."""
        self.went_away()
        if not self.ready.done():
            self.ready.set_exception(problem)
            self.ready.exception()  # each caller that waits gets it, and there may be none

    def asked_again(self) -> list[Struct]:
        """What the server is to be asked at each welcome; for the client."""
        look = [Look(view=self.view.name, conversations=self._looked)] if self._looked else []
        return [OpenView(view=self.view), *look]


class OpenViews:
    """All of a client. `send`: if connected, else forget; `wake`: there is something to send."""

    def __init__(self, send: Callable[[Struct], None], wake: Callable[[], None]) -> None:
        self._send = send
        self._wake = wake
        self._open: dict[str, OpenedView] = {}
        self._unsent: list[bytes] = []

    def open(self, view: View) -> OpenedView:
        opened = self._open.get(view.name)
        if opened is None:
            opened = self._open[view.name] = OpenedView(view, self._send, self._close)
            self._ask(opened)
        return opened

    def _close(self, name: str) -> None:
        if opened := self._open.pop(name, None):
            self._send(CloseView(view=name))
            opened.end(Closed(CloseCode.NORMAL, "not viewed any more"))

    def _ask(self, opened: OpenedView) -> None:
        self._unsent += map(_encode, opened.asked_again())
        self._wake()

    # -- from the client -----------------------------------------------------------------------------------------------

    def joined(self) -> None:
        self._unsent = []
        for opened in self._open.values():
            self._ask(opened)

    def left(self) -> None:
        for opened in self._open.values():
            opened.went_away()

    def next_frame(self) -> bytes | None:
        return self._unsent.pop(0) if self._unsent else None

    def receive(self, frame: Struct) -> None:
        match frame:
            case ViewShown(view=name) | RowsChanged(view=name):
                if opened := self._open.get(name):
                    opened.receive(frame)
            case Counts(organisation=organisation, below=below):
                for opened in self._open.values():
                    of = opened.view.organisation
                    if below == opened.view.below and of in ("", organisation):
                        opened.receive(frame)
            case ReadUpTo() | Tails():
                for opened in self._open.values():
                    opened.receive(frame)
            case _:
                pass

    def refused(self, problem: Error) -> None:
        """A view cannot be shown, or not yet; one that is live only has no more rows."""
        opened = self._open.get(problem.view)
        if opened is None or opened.is_live:
            return
        if ERRORS[problem.code].is_final:
            del self._open[problem.view]
            opened.end(Refused(problem))
        else:
            delay = problem.retry_after or REPEAT_SECONDS * (1 + random.random())
            asyncio.get_running_loop().call_later(delay, self._again, opened)

    def _again(self, opened: OpenedView) -> None:
        if self._open.get(opened.view.name) is opened and not opened.is_live:
            self._ask(opened)

    def end(self, problem: Exception) -> None:
        for opened in self._open.values():
            opened.end(problem)
