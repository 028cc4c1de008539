"""Lists that are read from the log: what is closed, and any list over HTTP."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from intervene.core.access import Staff, unseen_by_staff
from intervene.core.control import Place
from intervene.core.conversation.columns import Columns
from intervene.core.conversation.state import Conversation
from intervene.core.ids import OrganisationId
from intervene.core.limits import LIST_ROWS
from intervene.core.policy import Policy
from intervene.core.wire import views
from intervene.core.wire.inbox import Listed, Row, View, matches
from intervene.ports.inbox import At

STATES_AT_ONCE = 200  # read, and made rows of, without a pause

OPEN = Place.NOBODY, Place.AGENT, Place.BOT  # in the order in which a board has room for them

PLACES: Mapping[Listed, Sequence[Place]] = MappingProxyType(
    {
        Listed.ALL: OPEN,
        Listed.MINE: (Place.AGENT,),
        Listed.WAITING: (Place.NOBODY,),
        Listed.AGENT: (Place.AGENT,),
        Listed.BOT: (Place.BOT,),
        Listed.CLOSED: (Place.CLOSED,),
    }
)


class Mark(NamedTuple):
    """Up to where a list was read."""

    place: Place
    at: At


def at(state: Conversation) -> At:
    return At(Columns.of(state).since, state.id)


class Part(NamedTuple):
    """Some rows of a list. `last`: the last conversation that was looked at; None: the list has no others."""

    rows: list[Row]
    last: Conversation | None = None

    @property
    def mark(self) -> Mark | None:
        return Mark(self.last.place, at(self.last)) if self.last else None


class Wanted(NamedTuple):
    """What is read of an organisation's conversations: those in `places` and in one of the views that `by` sees."""

    organisation: OrganisationId
    places: Sequence[Place]
    views: Sequence[View]
    by: Staff
    policy: Policy

    def has(self, row: Row) -> bool:
        is_listed = any(matches(view, row, self.by.agent.id) for view in self.views)
        return is_listed and unseen_by_staff(self.by, row.placement, self.policy) is None


class Pages(Protocol):
    """Of `ports.Inbox`."""

    async def page(
        self, organisation: OrganisationId, place: Place, after: At | None, limit: int
    ) -> Sequence[Conversation]: ...


async def read_part(
    inbox: Pages,
    wanted: Wanted,
    count: int,
    after: Mark | None = None,
    seen: Callable[[Sequence[Conversation]], None] = lambda states: None,
) -> Part:
    """At most `count` rows. `seen` is given all that is looked at: at most `LIST_ROWS`, however few are in the view.
    Raises `Unavailable`."""
    part, looked = Part([]), 0
    places = wanted.places if after is None else wanted.places[wanted.places.index(after.place) :]
    for place in places:
        begin = after.at if after and after.place is place else None
        while True:
            states = await inbox.page(wanted.organisation, place, begin, STATES_AT_ONCE)
            seen(states)
            for state in states:
                row = views.row(state)
                if looked == LIST_ROWS or (len(part.rows) == count and wanted.has(row)):
                    return part
                looked += 1
                part = part._replace(last=state)
                if wanted.has(row):
                    part.rows.append(row)
            if len(states) < STATES_AT_ONCE:
                break
            begin = at(states[-1])
    return part._replace(last=None)
