"""What readers are sent, encoded once for all who have the same page before and after a change."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from intervene.core.access import Staff
from intervene.core.errors import InterveneError
from intervene.core.ids import ConversationId, OrganisationId
from intervene.core.limits import VIEW_PAGE
from intervene.core.policy import Policy
from intervene.core.wire import framing
from intervene.core.wire.common import ReadUpTo
from intervene.core.wire.inbox import Counts, Row, RowsChanged, Tails, ViewShown
from intervene.core.wire.staff import Error
from intervene.guard import guarded
from intervene.inbox.board import Kind
from intervene.inbox.counts import count, sums_of
from intervene.inbox.reader import Reader, Viewer
from intervene.inbox.views import Page, difference, peers_of

ROWS_AT_ONCE = VIEW_PAGE  # in one frame


class _Change(NamedTuple):
    """The frames that lead from one page to another. Both are kept, so that no other page gets their identity."""

    before: Page
    after: Page
    data: bytes
    frames: int
    entered: list[Row]


class Sender:
    """`policy`: of an organisation, once it was loaded. `read`: up to where a person has read a conversation."""

    def __init__(self, policy: Callable[[OrganisationId], Policy], read: Callable[[Staff, Row], int]) -> None:
        self._policy = policy
        self._read = read
        self._changes: dict[tuple[int, int], _Change] = {}
        self._entered: list[Row] = []
        self._counted: dict[tuple[int, OrganisationId, bool], Counts] = {}

    # -- rows ----------------------------------------------------------------------------------------------------------

    def view(self, reader: Reader, begin: int = 0) -> None:
        """What is on the reader's page, from there on."""
        rows, page = reader.page.rows[begin:], reader.page
        for at in range(0, max(len(rows), 1), ROWS_AT_ONCE):
            some = rows[at : at + ROWS_AT_ONCE]
            positions = {row.id: self._read(reader.by, row) for row in some}
            shown = ViewShown(
                view=reader.name, filter=reader.view, rows=list(some), continued=begin + at > 0, more=page.more,
                read={id: n for id, n in positions.items() if n},
                truncated=any(held.board.is_truncated for held in reader.boards),
                complete=all(held.is_complete for held in reader.boards),
            )  # fmt: skip
            reader.viewer.send(framing.encode(shown), 1)

    @contextmanager
    def round(self) -> Iterator[list[Row]]:
        """In it, what several readers are to be sent is encoded once. What it gives has the rows that were new to
        readers, at its end."""
        self._changes, self._entered = {}, []
        try:
            yield self._entered
        finally:
            self._changes = {}

    def follow(self, reader: Reader) -> None:
        """Send what has changed on the reader's page."""
        before, after = reader.page, self.page_of(reader)
        if after is before:
            return
        change = self._changes.get((id(before), id(after)))
        if change is None:
            change = self._changes[id(before), id(after)] = _change(reader.name, before, after)
            self._entered += change.entered
        reader.page = after
        reader.viewer.send(change.data, change.frames)
        for row in change.entered:
            if n := self._read(reader.by, row):
                self._send_read(reader, row.id, n)

    def more(self, reader: Reader) -> None:
        """Send what is behind the rows that the reader has, now that it may have more of them."""
        shown = len(reader.page.rows)
        reader.page = self.page_of(reader)
        self.view(reader, shown)

    def page_of(self, reader: Reader) -> Page:
        return reader.next_page(self._policy, partial(self._read, reader.by))

    def read(self, reader: Reader, conversation: ConversationId, n: int) -> None:
        """The person has read up to there."""
        if reader.shows([conversation]):
            self._send_read(reader, conversation, n)

    def _send_read(self, reader: Reader, conversation: ConversationId, n: int) -> None:
        reader.viewer.send(framing.encode(ReadUpTo(conversation=conversation, n=n)), 1)

    # -- tails ---------------------------------------------------------------------------------------------------------

    def tails(self, reader: Reader, changed: Collection[ConversationId], *, is_first: bool = False) -> None:
        """Send what is being written in those that the reader looks at; at first only where something is."""
        ids = reader.shows(reader.looked.intersection(changed))
        found = dict.fromkeys(ids, "")
        for held in reader.boards:
            found |= {id: held.tails[id] for id in ids if id in held.tails}
        if tails := {id: tail for id, tail in found.items() if tail or not is_first}:
            reader.viewer.send(framing.encode(Tails(tails=tails)), 1)

    # -- counts --------------------------------------------------------------------------------------------------------

    def counts(self, readers: Sequence[Reader]) -> None:
        """Send each session its sums, for each organisation that it has views of, if they have changed."""
        shared: dict[object, Counter[Kind]] = {}
        done: set[tuple[int, OrganisationId, bool]] = set()
        for reader in readers:
            scope = reader.viewer.number, reader.organisations[0], reader.view.below
            if scope not in done:
                done.add(scope)
                guarded(self._count, reader, scope, shared)

    def _count(
        self, reader: Reader, scope: tuple[int, OrganisationId, bool], shared: dict[object, Counter[Kind]]
    ) -> None:
        by, boards = reader.by, reader.boards
        peers = tuple(peers_of(by, held.organisation, self._policy(held.organisation)) for held in boards)
        key = by.organisation, scope[1:], peers
        if key not in shared:
            shared[key] = sums_of(by, boards, self._policy)
        counts = count(by, reader.view, boards, self._policy, shared[key], partial(self._read, by))
        if self._counted.get(scope) != counts:
            self._counted[scope] = counts
            reader.viewer.send(framing.encode(counts), 1)

    def forget(self, viewer: Viewer) -> None:
        """It has no view open any more."""
        self._counted = {scope: counts for scope, counts in self._counted.items() if scope[0] != viewer.number}


def _change(name: str, before: Page, after: Page) -> _Change:
    changed, left, entered = difference(before, after)
    frames = [
        framing.encode(
            RowsChanged(
                view=name, changed=changed[at : at + ROWS_AT_ONCE], left=left if at == 0 else [], more=after.more
            )
        )
        for at in range(0, max(len(changed), 1), ROWS_AT_ONCE)
    ]
    return _Change(before, after, b"".join(frames), len(frames), entered)


def refuse(viewer: Viewer, name: str, problem: InterveneError) -> None:
    """The view cannot be shown, or no longer, or not more of it."""
    after = float(problem.facts.get("retry_after", 0.0))
    viewer.send(framing.encode(Error(code=problem.code, message=problem.sentence, view=name, retry_after=after)), 1)
