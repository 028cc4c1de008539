"""One view that is open in one session: its list, the page that the session has of it, and what it looks at."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from intervene.core.access import Staff
from intervene.core.fair import Owner
from intervene.core.ids import ConversationId, OrganisationId
from intervene.core.limits import VIEW_PAGE, VIEW_ROWS
from intervene.core.policy import Policy
from intervene.core.wire.inbox import Row, View, is_unread
from intervene.inbox.boards import Held
from intervene.inbox.views import ClosedList, List, Page, own_rows


class Viewer(Protocol):
    """A session of staff. What it is given goes into its own ordered list."""

    @property
    def number(self) -> int: ...

    @property
    def owner(self) -> Owner: ...

    @property
    def staff(self) -> Staff: ...

    def send(self, data: bytes, frames: int) -> None: ...


EMPTY = Page((), False)


class Reader:
    """`organisations`: those that the view covers. It is shown nothing before it has a list."""

    def __init__(self, viewer: Viewer, view: View, organisations: Sequence[OrganisationId]) -> None:
        self.viewer = viewer
        self.view = view
        self.name = view.name
        self.organisations = organisations
        self.boards: list[Held] = []
        self.is_shown = False
        """The session has the view: what changes is sent."""
        self.is_reading = False
        """The log is read for its list."""
        self.list: List | ClosedList | None = None
        self.count = VIEW_PAGE
        self.page = EMPTY
        self.looked: frozenset[ConversationId] = frozenset()
        self.opened = 0
        """How often it was opened: what was begun for an earlier time is dropped."""

    @property
    def by(self) -> Staff:
        return self.viewer.staff

    @property
    def next_count(self) -> int:
        return min(self.count + VIEW_PAGE, VIEW_ROWS)

    def next_page(self, policy: Callable[[OrganisationId], Policy], read: Callable[[Row], int]) -> Page:
        """The page as it is now: the very one that the reader has, if that is still so. `read`: up to where the person
        has read a conversation."""
        match self.list:
            case None:
                return self.page
            case ClosedList() as closed:
                return closed.page(self.count, self.page)
            case List() as listed if self.view.unread:
                return listed.some(self.count, lambda row: is_unread(row, read(row)), self.page)
            case List() as listed:
                return listed.page(self.count, self._own(policy), self.page)

    def _own(self, policy: Callable[[OrganisationId], Policy]) -> list[Row]:
        me = self.by.agent.id
        own: list[Row] = []
        for held in self.boards:
            if me in held.board.held:
                own += own_rows(self.view, self.by, policy(held.organisation), held.board.held_by(me))
        return own

    def shows(self, ids: Iterable[ConversationId]) -> frozenset[ConversationId]:
        """Those of the conversations that are on its page."""
        shown = {row.id for row in self.page.rows}
        return frozenset(id for id in ids if id in shown)
