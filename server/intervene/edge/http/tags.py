"""The tags that conversations have, over HTTP: read, and renamed in all of them, a page of conversations at a time."""

from collections.abc import Awaitable
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from intervene.core.access import person
from intervene.core.actors import Role
from intervene.core.conversation.desk import RenameTag
from intervene.core.errors import BadText, PeerError, TagExists, Unavailable
from intervene.core.fair import Owner
from intervene.core.ids import CommandId, Key
from intervene.core.limits import TAG_CHARS, TAG_RENAMED_IN, TAGS_LISTED
from intervene.core.text import name_text
from intervene.core.wire.inbox import Listed, Row, View
from intervene.edge.http.answers import Problem, refusal
from intervene.edge.http.lists import following, mark_of
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.services import Services
from intervene.feed.reading import Reads
from intervene.inbox.listing import PLACES, Part, Wanted, read_part
from intervene.ports.log import Receipt


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


class TagUse(Struct, frozen=True, kw_only=True):
    name: str
    conversations: int


class Tags(Struct, frozen=True, kw_only=True):
    """The most used first."""

    items: list[TagUse]


_Name = Annotated[str, Meta(min_length=1, max_length=TAG_CHARS)]


class NewTagName(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tag` is to be called `name`. `join`: also if conversations have a tag of that name: it is one tag then."""

    tag: _Name
    name: _Name
    join: bool = False


class TagRenamed(Struct, frozen=True, kw_only=True):
    """In how many conversations of this page; in how many it is `left`, because the longer name has no room there."""

    conversations: int
    left: int
    next: str = ""


async def _tags(api: _Api, call: Call) -> Tags:
    used = await api.services.views.tags(call.staff, View(organisation=call.organisation))
    return Tags(items=[TagUse(name=name, conversations=n) for name, n in used[:TAGS_LISTED]])


async def _rename(api: _Api, call: Call) -> TagRenamed:
    """Closed conversations too: one that is opened again brings no former name back."""
    asked: NewTagName = call.body
    name = name_text(asked.name, TAG_CHARS)
    if not name:
        raise BadText("The name is empty. Write something visible.")
    if asked.tag == name:
        return TagRenamed(conversations=0, left=0)
    if not (asked.join or call.after):
        await _check_free(api, call, name)
    part = await _having(api, call, asked.tag)
    begun = [_begun(api, call, row, asked.tag, name) for row in part.rows]
    done = [await _has_room(row, receipt) for row, receipt in zip(part.rows, begun, strict=True)]
    if problems := [each for each in done if isinstance(each, Problem)]:
        raise problems[0]
    return TagRenamed(conversations=done.count(True), left=done.count(False), next=following(part.mark))


async def _check_free(api: _Api, call: Call, name: str) -> None:
    used = await api.services.views.tags(call.staff, View(organisation=call.organisation))
    if count := dict(used).get(name, 0):
        raise TagExists("There is a tag of that name already. Choose another one, or join them.", conversations=count)


async def _having(api: _Api, call: Call, tag: str) -> Part:
    """Those of a page that have it, open ones first."""
    who = person(call.staff)
    places = (*PLACES[Listed.ALL], *PLACES[Listed.CLOSED])
    views = tuple(View(list=listed, tag=tag) for listed in (Listed.ALL, Listed.CLOSED))
    wanted = Wanted(call.organisation, places, views, call.staff, await api.services.policies.loaded(call.organisation))

    async def reading(reads: Reads) -> Part:
        return await read_part(reads, wanted, TAG_RENAMED_IN, mark_of(call.after, places))

    return await api.services.readers.answer(Owner(who, who, 0), reading)


def _begun(api: _Api, call: Call, row: Row, tag: str, name: str) -> Awaitable[Receipt]:
    """All are submitted before the first is waited for: they share commits."""
    id = CommandId(f"tag-{api.services.make_id()}")
    command = RenameTag(id=id, by=call.staff, tag=tag, name=name)
    return api.services.engine.call(Key(row.organisation, row.id), command)


async def _has_room(row: Row, receipt: Awaitable[Receipt]) -> bool | Problem:
    try:
        await receipt
    except BadText:
        return False
    except (PeerError, Unavailable) as problem:
        return refusal(problem, id="", conversation=row.id)
    return True


OPERATIONS = (
    Operation(
        "GET", "/v1/tags", "the tags of open conversations", _tags, Tags,
        caller=Caller.STAFF, price=Price.READ, refusals=frozenset({"unavailable"}),
    ),
    Operation(
        "POST", "/v1/tags/rename", "renames a tag in all conversations, page by page", _rename, TagRenamed,
        caller=Caller.STAFF, least=Role.ADMIN, price=Price.MESSAGE, body=NewTagName,
        refusals=frozenset({"bad_text", "illegal_move", "tag_exists"}),
    ),
)  # fmt: skip
