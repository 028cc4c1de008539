"""What is shown of boards, without I/O: lists that follow their changes, and pages that readers share.

A list has the rows of a view that all of some peers see, in order. A page is its first rows for one reader, who
also sees what they hold themselves. Readers with the same page before and after a change get the same bytes.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from intervene.core.access import NO_HOLDER, Placement, Staff, can_serve, unseen_by_staff
from intervene.core.ids import AgentId, ConversationId, OrganisationId, QueueId
from intervene.core.policy import Policy
from intervene.core.wire.inbox import Listed, Place, Row, View, matches, place
from intervene.inbox.board import Change

COLLEAGUE = AgentId("\0")
"""Nobody's own id: what is held is in the list of peers if they see it while a colleague holds it."""


class Peers(NamedTuple):
    """What people have in common who see the same of an organisation, but for what they hold themselves."""

    leads: bool
    queues: frozenset[QueueId]


def peers_of(by: Staff, organisation: OrganisationId, policy: Policy) -> Peers:
    return Peers(by.role.leads, frozenset(id for id in policy.queues if can_serve(by, organisation, id, policy)))


def sees_as_any(by: Staff, row: Row, policy: Policy) -> bool:
    """Whether `by` and all their peers see it."""
    at = Placement(row.organisation, row.queue, COLLEAGUE if row.held_by else NO_HOLDER)
    return unseen_by_staff(by, at, policy) is None


class Page:
    """The first rows of a list for one reader. Two are the same if they are one."""

    __slots__ = ("more", "rows")

    def __init__(self, rows: Sequence[Row], more: bool) -> None:
        self.rows = rows
        self.more = more
        """There are others behind them."""

    def has_same(self, rows: Sequence[Row], more: bool) -> bool:
        mine = self.rows
        return more == self.more and len(rows) == len(mine) and all(map(_is, rows, mine))


def _is(one: Row, other: Row) -> bool:
    return one is other


class Difference(NamedTuple):
    changed: list[Row]
    left: list[ConversationId]
    entered: list[Row]
    """Those of the changed that were not there before."""


def difference(before: Page, after: Page) -> Difference:
    had = {row.id: row for row in before.rows}
    changed, entered = [], []
    for row in after.rows:
        former = had.pop(row.id, None)
        if former is not row:
            changed.append(row)
            if former is None:
                entered.append(row)
    return Difference(changed, list(had), entered)


class Rows:
    """Rows in the order of lists, of one board or several."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._rows = {row.id: row for row in rows}
        self._order = sorted(map(place, self._rows.values()))

    def __len__(self) -> int:
        return len(self._order)

    def get(self, id: ConversationId) -> Row | None:
        return self._rows.get(id)

    def add(self, row: Row) -> None:
        self.remove(row.id)
        self._rows[row.id] = row
        insort(self._order, place(row))

    def remove(self, id: ConversationId) -> bool:
        row = self._rows.pop(id, None)
        if row is not None:
            del self._order[bisect_left(self._order, place(row))]
        return row is not None

    def first(self, count: int) -> list[Row]:
        return [self._rows[ConversationId(id)] for _, _, id in self._order[:count]]

    def last(self) -> Place:
        return self._order[-1]

    def cut(self, count: int) -> bool:
        """Keep the first so many. Answers whether there were more."""
        for _, _, id in self._order[count:]:
            del self._rows[ConversationId(id)]
        is_cut = len(self._order) > count
        del self._order[count:]
        return is_cut


class List:
    """The open conversations of a view that peers see. `revision` counts what has changed in it."""

    def __init__(self, sees: Callable[[Row], bool], rows: Iterable[Row]) -> None:
        self.revision = 0
        self._sees = sees
        self._rows = Rows(row for row in rows if sees(row))
        self._pages: dict[int, Page] = {}
        self._made = 0

    def take(self, change: Change) -> None:
        before, after = change.before, change.after
        had = before is not None and self._rows.remove(before.id)
        has = after is not None and self._sees(after)
        if after is not None and has:
            self._rows.add(after)
        self.revision += had or has

    def some(self, count: int, keep: Callable[[Row], bool], former: Page | None) -> Page:
        """A page of those that are to be kept."""
        rows = [row for row in self._rows.first(len(self._rows)) if keep(row)]
        return _kept(former, rows[:count], len(rows) > count)

    def page(self, count: int, own: Sequence[Row] = (), former: Page | None = None) -> Page:
        """Of so many rows, with `own` that only the reader sees. `former`: the reader's page, which is answered if it
        is still so."""
        if own:
            rows = sorted([*self._rows.first(count), *own], key=place)
            return _kept(former, rows[:count], len(self._rows) + len(own) > count)
        if self._made != self.revision:
            stale, self._pages, self._made = self._pages, {}, self.revision
            for size, page in stale.items():
                self._pages[size] = _kept(page, self._rows.first(size), len(self._rows) > size)
        if count not in self._pages:
            self._pages[count] = Page(self._rows.first(count), len(self._rows) > count)
        page = self._pages[count]
        return former if former is not None and former.has_same(page.rows, page.more) else page


def _kept(former: Page | None, rows: Sequence[Row], more: bool) -> Page:
    return former if former is not None and former.has_same(rows, more) else Page(rows, more)


class ClosedList:
    """The closed conversations of a view that one reader sees: those that were read from the log, the latest first,
    and what has been closed, changed or opened again since."""

    def __init__(self, sees: Callable[[Row], bool]) -> None:
        self.is_short = False
        """A row has left, and the log has others that could be shown now."""
        self._sees = sees
        self._rows = Rows()
        self._bound: Place | None = None
        """The last place that was looked at; None: there is nothing behind these rows."""
        self._meanwhile: dict[ConversationId, Row | None] | None = None
        """What was taken since `begin`: it is newer than what is read."""

    def begin(self) -> None:
        """The log is being read."""
        self._meanwhile = {}

    def give_up(self) -> None:
        """It could not be read: what is there goes on, and is short until the next reading."""
        self._meanwhile, self.is_short = None, False

    def load(self, rows: Sequence[Row], bound: Place | None) -> None:
        """It was read up to `bound`."""
        meanwhile, self._meanwhile = self._meanwhile or {}, None
        late = [row for row in meanwhile.values() if row is not None and (bound is None or place(row) <= bound)]
        now = [*(row for row in rows if row.id not in meanwhile), *late]
        self._rows, self._bound = Rows(now), bound
        self.is_short = bound is not None and len(now) < len(rows)

    def take(self, change: Change) -> None:
        row = change.closed if change.closed is not None and self._sees(change.closed) else None
        gone = change.closed or change.after
        if self._meanwhile is not None and gone is not None:
            self._meanwhile[gone.id] = row
        if row is not None:
            if self._bound is None or place(row) <= self._bound:
                self._rows.add(row)
        elif gone is not None and self._rows.remove(gone.id):
            self.is_short |= self._bound is not None

    def page(self, count: int, former: Page | None = None) -> Page:
        if self._rows.cut(count):
            self._bound = self._rows.last()
        return _kept(former, self._rows.first(count), self._bound is not None)


def list_of(view: View, by: Staff, policies: Callable[[OrganisationId], Policy], rows: Iterable[Row]) -> List:
    """`rows` of all boards that the view covers; `policies`: of their organisations."""
    me = by.agent.id
    if view.list is Listed.MINE:  # the holder sees what they hold
        return List(lambda row: matches(view, row, me), rows)
    return List(lambda row: matches(view, row, me) and sees_as_any(by, row, policies(row.organisation)), rows)


def own_rows(view: View, by: Staff, policy: Policy, held: Iterable[Row]) -> list[Row]:
    """What is in the view because the reader holds it, and not in the list of their peers."""
    if view.list is Listed.MINE or by.role.leads:
        return []
    me = by.agent.id
    return [
        row
        for row in held
        if matches(view, row, me)
        and not sees_as_any(by, row, policy)
        and unseen_by_staff(by, row.placement, policy) is None
    ]
