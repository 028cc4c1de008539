"""Lists of conversations, on either engine: found by the index over organisation, place and `since`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.schema import conversation
from intervene.adapters.sql.statements import Statement, number, word
from intervene.core.control import Place
from intervene.core.conversation.columns import PLACES
from intervene.core.conversation.packing import COLUMNS, FORMAT, Row, unpack
from intervene.core.conversation.state import Conversation
from intervene.core.ids import ConversationId, OrganisationId
from intervene.ports.inbox import At, InLine, Version

IDS = 50  # in one statement
_END = At(2**62, ConversationId(""))
_BEGINNING = At(-1, ConversationId(""))

_c = conversation.c
_states = tuple(_c[name] for name in COLUMNS)


def _is_after(is_rising: bool) -> ColumnElement[bool]:
    """The first condition is for the index, the second says it exactly."""
    since, at = _c.since, number("since")
    if is_rising:
        return and_(since >= at, or_(since > at, _c.id > word("id")))
    return and_(since <= at, or_(since < at, _c.id > word("id")))


def _listed(columns: Sequence[Any], *, is_rising: bool) -> Statement:
    order = _c.since if is_rising else _c.since.desc()
    found: Select[Any] = (
        select(*columns)
        .where(
            _c.organisation == word("organisation"),
            _c.place == number("place"),
            _is_after(is_rising),
            _c.format <= number("format"),
        )
        .order_by(order, _c.id)
        .limit(number("limit"))
    )
    return Statement(found)


_PAGE = {is_rising: _listed(_states, is_rising=is_rising) for is_rising in (True, False)}
_VERSIONS = {is_rising: _listed((_c.id, _c.version, _c.since), is_rising=is_rising) for is_rising in (True, False)}
_LINE = {True: _listed((_c.id, _c.queue), is_rising=True)}
_FIND = Statement(
    select(*_states).where(
        _c.organisation == word("organisation"),
        _c.id.in_([word(f"id_{n}") for n in range(IDS)]),
        _c.format <= number("format"),
    )
)
_UNLISTED = Statement(select(exists().where(_c.organisation == word("organisation"), _c.place.is_(None))))


class SqlInbox:
    """`ports.Inbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, organisation: OrganisationId, place: Place, after: At | None, limit: int
    ) -> Sequence[Conversation]:
        def query() -> Query[Sequence[Conversation]]:
            found = yield _ask(_PAGE, organisation, place, after, limit)
            return [unpack(Row(*columns)) for columns in found]

        return await self._database.ask(query())

    async def versions(
        self, organisation: OrganisationId, place: Place, after: At | None, limit: int
    ) -> Sequence[Version]:
        def query() -> Query[Sequence[Version]]:
            found = yield _ask(_VERSIONS, organisation, place, after, limit)
            return [Version(*columns) for columns in found]

        return await self._database.ask(query())

    async def line(self, organisation: OrganisationId, limit: int) -> Sequence[InLine]:
        def query() -> Query[Sequence[InLine]]:
            found = yield _ask(_LINE, organisation, Place.NOBODY, None, limit)
            return [InLine(*columns) for columns in found]

        return await self._database.ask(query())

    async def find(self, organisation: OrganisationId, ids: Sequence[ConversationId]) -> Sequence[Conversation]:
        def query() -> Query[Sequence[Conversation]]:
            states: list[Conversation] = []
            for begin in range(0, len(ids), IDS):
                some = [*ids[begin : begin + IDS], *[""] * IDS]
                named = {f"id_{n}": some[n] for n in range(IDS)}
                found = yield Ask(_FIND, {"organisation": organisation, "format": FORMAT, **named})
                states += [unpack(Row(*columns)) for columns in found]
            return states

        return await self._database.ask(query())

    async def is_complete(self, organisation: OrganisationId) -> bool:
        def query() -> Query[bool]:
            ((is_unlisted,),) = yield Ask(_UNLISTED, {"organisation": organisation})
            return not is_unlisted

        return await self._database.ask(query())


def _ask(
    statements: dict[bool, Statement], organisation: OrganisationId, place: Place, after: At | None, limit: int
) -> Ask:
    is_rising = place is Place.NOBODY
    since, id = after or (_BEGINNING if is_rising else _END)
    values = {"organisation": organisation, "place": PLACES[place], "since": since, "id": id, "limit": limit}
    return Ask(statements[is_rising], values | {"format": FORMAT})
