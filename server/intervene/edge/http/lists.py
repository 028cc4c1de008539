"""Lists of conversations over HTTP: page by page from the log, however long they are, and counts."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from intervene.core.access import person
from intervene.core.control import Place
from intervene.core.events import author_key
from intervene.core.fair import Owner
from intervene.core.ids import ConversationId
from intervene.core.wire.inbox import Counts, Listed, Row, View
from intervene.edge.http.answers import Problem
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.http.reading import bad_cursor
from intervene.edge.services import Services
from intervene.feed.reading import Reads
from intervene.inbox.listing import PLACES, Mark, Wanted, read_part
from intervene.ports.inbox import At

LISTED = 50  # conversations in one answer

_QUERY = {
    "list": "`all` (those that are open), `mine`, `waiting`, `agent`, `bot`, `closed`; without it, all and closed",
    "queue": "the id of the queue that they are in",
    "status": "the id of the status that they have",
    "tag": "a tag that they have",
}


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


class Conversations(Struct, frozen=True, kw_only=True):
    """`read`: up to where one has read, of those in which one has."""

    items: list[Row]
    read: dict[ConversationId, int]
    next: str = ""


async def _conversations(api: _Api, call: Call) -> Conversations:
    services, who = api.services, person(call.staff)
    views = _views(call)
    policy = await services.policies.loaded(call.organisation)
    places = tuple(place for view in views for place in PLACES[view.list])
    wanted = Wanted(call.organisation, places, views, call.staff, policy)
    after = mark_of(call.after, places)

    async def reading(reads: Reads) -> Conversations:
        part = await read_part(reads, wanted, LISTED, after)
        return await as_listed(api, call, reads, part.rows, following(part.mark))

    return await services.readers.answer(Owner(who, who, 0), reading)


async def as_listed(api: _Api, call: Call, reads: Reads, rows: Sequence[Row], following: str) -> Conversations:
    """These rows of the organisation, with how far the caller has read them."""
    ids = [row.id for row in rows]
    found = await reads.in_time(api.services.read_positions.of_many(call.organisation, ids)) if ids else {}
    me = author_key(call.staff.agent)
    read = {id: readers[me] for id, readers in found.items() if me in readers}
    return Conversations(items=list(rows), read=read, next=following)


async def _counts(api: _Api, call: Call) -> Counts:
    view = View(organisation=call.organisation, below=call.query.get("below") == "true")
    return await api.services.views.counts(call.staff, view)


def _views(call: Call) -> tuple[View, ...]:
    """Those of which the list is made, one behind the other."""
    asked = {name: call.query.get(name, "") for name in ("queue", "status", "tag")}
    listed = call.query.get("list", "")
    try:
        lists = [Listed(listed)] if listed else [Listed.ALL, Listed.CLOSED]
        return tuple(msgspec.convert({"list": each, **asked}, View) for each in lists)
    except (ValueError, msgspec.ValidationError):
        raise Problem(400, "bad_request", f"There is no such list. It is one of {', '.join(Listed)}.") from None


def following(mark: Mark | None) -> str:
    return f"{mark.place} {mark.at.since} {mark.at.id}" if mark else ""


def mark_of(after: str, places: tuple[Place, ...]) -> Mark | None:
    if not after:
        return None
    place, _, rest = after.partition(" ")
    since, _, id = rest.partition(" ")
    if place not in places or not id or not (since.isascii() and since.isdigit() and len(since) < 19):
        raise bad_cursor()
    return Mark(Place(place), At(int(since), ConversationId(id)))


OPERATIONS = (
    Operation(
        "GET", "/v1/conversations", "the organisation's conversations", _conversations, Conversations,
        caller=Caller.STAFF, price=Price.READ, refusals=frozenset({"unavailable"}), query=_QUERY,
    ),
    Operation(
        "GET", "/v1/views/counts", "how many open conversations there are", _counts, Counts,
        caller=Caller.STAFF, price=Price.READ, refusals=frozenset({"unavailable"}),
        query={"below": "`true`: also those of the organisations below, for supervisors and admins"},
    ),
)  # fmt: skip
