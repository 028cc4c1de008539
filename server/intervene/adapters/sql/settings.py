"""What organisations set in rows, on either engine."""

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql import audit
from intervene.adapters.sql.database import Ask, Database, Each, Query
from intervene.adapters.sql.policies import locked, raised
from intervene.adapters.sql.setting_rows import found, one_of, page_of, row_of, team
from intervene.adapters.sql.settings_tables import queue_member, tables
from intervene.adapters.sql.statements import Statement, number, word
from intervene.core import limits
from intervene.core.errors import BadSetting, IdReused, LimitReached, NotFound, VersionChanged
from intervene.core.ids import AgentId, OrganisationId, QueueId
from intervene.core.people import AuditEntry
from intervene.core.settings import (
    KINDS,
    Kind,
    Members,
    Row,
    Values,
    check,
    checked,
    convert,
    json_of,
    references,
)
from intervene.ports.settings import By, Changed, PageOfRows, Team


@cache
def _counted(kind: Kind) -> Statement:
    table = tables[kind]
    archived = func.coalesce(func.sum(table.c.archived), 0)
    return Statement(select(func.count(), archived).where(table.c.organisation == word("organisation")))


@cache
def _keep(kind: Kind) -> Statement:
    given = {name: number(f"{name}_given") for name in ("version", "archived")} | {"data": word("data_given")}
    key = {"organisation": word("organisation_given"), "id": word("id_given"), "request": word("request_given")}
    table = tables[kind]
    statement = insert(table).values(**key, **given)
    return Statement(
        statement.on_conflict_do_update(
            index_elements=[table.c.organisation, table.c.id],
            set_={name: statement.excluded[name] for name in given},
        )
    )


@cache
def _raise(kind: Kind) -> Statement:
    table = tables[kind]
    where = (table.c.organisation == word("organisation"), table.c.id == word("row"))
    return Statement(update(table).where(*where).values(version=table.c.version + 1))


_ALL_COUNTED = Statement(
    select(func.count()).select_from(queue_member).where(queue_member.c.organisation == word("organisation"))
)
_ADD_MEMBER = Statement(
    insert(queue_member).values(
        organisation=word("organisation_given"), queue=word("queue_given"), person=word("person_given")
    )
)
_REMOVE_MEMBER = Statement(
    delete(queue_member).where(
        queue_member.c.organisation == word("organisation_given"),
        queue_member.c.queue == word("queue_given"),
        queue_member.c.person == word("person_given"),
    )
)


class SqlSettings:
    """`ports.Settings`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, organisation: OrganisationId, kind: Kind, after: str, limit: int) -> PageOfRows:
        def query() -> Query[PageOfRows]:
            found = yield Ask(page_of(kind), {"organisation": organisation, "after": after, "limit": limit})
            return [row_of(kind, *columns) for columns in found]

        return await self._database.ask(query())

    async def read(self, organisation: OrganisationId, kind: Kind, id: str) -> Row:
        def query() -> Query[Row]:
            row, *_ = yield from found(organisation, kind, id)
            return row

        return await self._database.ask(query())

    async def create(
        self, organisation: OrganisationId, kind: Kind, id: str, values: Values, request: str, by: By
    ) -> Changed:
        return await self._database.tell(_create(organisation, kind, id, values, request, by))

    async def change(
        self, organisation: OrganisationId, kind: Kind, id: str, expected: int, members: Members,
        is_archived: bool | None, by: By,
    ) -> Changed:  # fmt: skip
        return await self._database.tell(_change(organisation, kind, id, expected, members, is_archived, by))

    async def team(self, organisation: OrganisationId, queue: QueueId) -> Team:
        def query() -> Query[Team]:
            row, *_ = yield from found(organisation, Kind.QUEUE, queue)
            return Team(row.version, (yield from team(organisation, queue)))

        return await self._database.ask(query())

    async def change_team(
        self, organisation: OrganisationId, queue: QueueId, expected: int, add: Collection[AgentId],
        remove: Collection[AgentId], by: By,
    ) -> Changed:  # fmt: skip
        return await self._database.tell(
            _change_team(organisation, queue, expected, frozenset(add), frozenset(remove), by)
        )


# -- changes -----------------------------------------------------------------------------------------------------------


def _create(
    organisation: OrganisationId, kind: Kind, id: str, values: Values, request: str, by: By
) -> Query[Changed]:  # fmt: skip
    yield from locked(organisation)
    for columns in (yield Ask(one_of(kind), {"organisation": organisation, "id": id})):
        if columns[-1] != request:
            raise IdReused("The Idempotency-Key is that of another request. Choose another one.")
        return Changed(row_of(kind, *columns))
    row = Row(kind=kind, id=id, version=1, values=checked(values))
    yield from _room(organisation, kind, is_new=True)
    yield from _referred(organisation, row.values)
    yield _kept(organisation, row, {}, request)
    return (yield from _done(organisation, row, "create", None, msgspec.to_builtins(row.values), by))


def _change(
    organisation: OrganisationId, kind: Kind, id: str, expected: int, members: Members, is_archived: bool | None, by: By
) -> Query[Changed]:
    yield from locked(organisation)
    former, stored, request = yield from found(organisation, kind, id)
    _expect(former, expected)
    values = checked(convert(kind, {**stored, **members}))
    archived = former.is_archived if is_archived is None else is_archived
    row = Row(kind=kind, id=id, version=former.version + 1, is_archived=archived, values=values)
    check(row)
    before, after = _difference(former, row)
    if not after:
        return Changed(former)
    if former.version == 0 or (former.is_archived and not archived):
        yield from _room(organisation, kind, is_new=former.version == 0)
    yield from _referred(organisation, values, but=references(former.values))
    yield _kept(organisation, row, stored, request)
    return (yield from _done(organisation, row, "change", before, after, by))


def _change_team(
    organisation: OrganisationId, queue: QueueId, expected: int, add: frozenset[AgentId],
    remove: frozenset[AgentId], by: By,
) -> Query[Changed]:  # fmt: skip
    yield from locked(organisation)
    former, stored, request = yield from found(organisation, Kind.QUEUE, queue)
    _expect(former, expected)
    present = yield from team(organisation, queue)
    added, removed = add - present - remove, present & remove
    if not (added or removed):
        return Changed(former)
    ((count,),) = yield Ask(_ALL_COUNTED, {"organisation": organisation})
    if added and count + len(added) - len(removed) > limits.MEMBERS:
        raise LimitReached("The queues have as many members as they may.", limit=limits.MEMBERS)
    key = {"organisation_given": organisation, "queue_given": queue}
    yield Each(_REMOVE_MEMBER, [{**key, "person_given": agent} for agent in sorted(removed)])
    yield Each(_ADD_MEMBER, [{**key, "person_given": agent} for agent in sorted(added)])
    row = msgspec.structs.replace(former, version=former.version + 1)
    yield _kept(organisation, row, stored, request)
    before, after = {"removed": sorted(removed)}, {"added": sorted(added)}
    return (yield from _done(organisation, row, "team", before, after, by))


def _expect(row: Row, expected: int) -> None:
    if row.version != expected:
        raise VersionChanged("It has been changed since then. Look at it and decide again.", version=row.version)


def _room(organisation: OrganisationId, kind: Kind, *, is_new: bool) -> Query[None]:
    """For one more that is not archived."""
    ((count, archived),) = yield Ask(_counted(kind), {"organisation": organisation})
    most = KINDS[kind].most
    if count - archived >= most or (is_new and count >= most * limits.ARCHIVED):
        raise LimitReached("The organisation has as many of these as it may. Archive or rename one.", limit=most)


def _referred(organisation: OrganisationId, values: Values, but: Iterable[tuple[Kind, str]] = ()) -> Query[None]:
    """What it names is there and in use; what it named before may be archived since."""
    for kind, id in references(values):
        if (kind, id) in but:
            continue
        try:
            row, *_ = yield from found(organisation, kind, id)
        except NotFound:
            raise BadSetting(f"There is no {kind.value} of the id that it names.") from None
        if row.is_archived:
            raise BadSetting(f"The {kind.value} that it names is archived.")


def _kept(organisation: OrganisationId, row: Row, stored: Members, request: str) -> Ask:
    """What a newer release has stored beside stays."""
    data = msgspec.json.encode({**stored, **msgspec.json.decode(json_of(row.values))}).decode()
    columns = {
        "organisation": organisation, "id": row.id, "version": row.version, "archived": int(row.is_archived),
        "request": request, "data": data,
    }  # fmt: skip
    return Ask(_keep(row.kind), {f"{name}_given": value for name, value in columns.items()})


def _done(
    organisation: OrganisationId, row: Row, what: str, before: dict[str, Any] | None, after: dict[str, Any], by: By
) -> Query[Changed]:
    yield from audit.record(
        AuditEntry(
            organisation=organisation, by=by.agent, network=by.network, action=f"{row.kind.value}.{what}",
            subject=row.id, before=before, after=after,
        )
    )  # fmt: skip
    return Changed(row, (yield from raised(organisation)))


def _difference(former: Row, row: Row) -> tuple[dict[str, Any], dict[str, Any]]:
    """What has changed: before, and after."""
    before, after = ({"archived": each.is_archived, **msgspec.to_builtins(each.values)} for each in (former, row))
    changed = [name for name in after if before[name] != after[name]]
    return {name: before[name] for name in changed}, {name: after[name] for name in changed}
