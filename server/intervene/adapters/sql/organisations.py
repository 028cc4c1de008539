"""The tree of organisations, on either engine. Its changes are ordered by the row of its revision."""

from collections.abc import Sequence

from msgspec import UNSET
from msgspec.structs import replace
from sqlalchemy import case, select, text, update
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.audit import record
from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.requests import keep, made_before
from intervene.adapters.sql.schema import organisation as table
from intervene.adapters.sql.schema import revision
from intervene.adapters.sql.statements import Now, Statement, number, word
from intervene.core.errors import IllegalMove, TooMany, VersionChanged
from intervene.core.ids import OrganisationId
from intervene.core.limits import ORGANISATIONS, TREE_DEPTH
from intervene.core.people import AuditEntry
from intervene.core.tree import Organisation, Tree
from intervene.ports.organisations import OrganisationChanges, Placed
from intervene.ports.requests import Request

TREE = "tree"

_VERSION = Statement(select(revision.c.version).where(revision.c.name == word("of")))
_PARENTS = Statement(  # the index is of these alone
    select(table.c.id, table.c.parent, table.c.archived).where(text("parent <> ''"))
)
_COLUMNS = [table.c[name] for name in ("id", "parent", "name", "archived", "version")]
_OF = Statement(select(*_COLUMNS).where(table.c.id == word("organisation")))
_BELOW = Statement(
    select(*_COLUMNS)
    .where(text("parent <> ''"), table.c.parent == word("above"), table.c.id > word("after"))
    .order_by(table.c.id)
    .limit(number("limit"))
)
_RAISE = Statement(
    insert(revision)
    .values(name=word("of"), version=1)
    .on_conflict_do_update(index_elements=[revision.c.name], set_={"version": revision.c.version + 1})
)
"""It is locked: of changes at once each sees those before it."""
_ADD = Statement(
    insert(table).values(id=word("organisation"), settings_version=0, settings="{}").on_conflict_do_nothing()
)
_PLACE = Statement(
    update(table)
    .where(table.c.id == word("organisation"))
    .values(parent=word("parent_given"), version=table.c.version + 1)
)
_CHANGE = Statement(
    update(table)
    .where(table.c.id == word("organisation"))
    .values(
        name=word("name_given"),
        parent=word("parent_given"),
        archived=case((number("is_archived") == 0, 0), (table.c.archived > 0, table.c.archived), else_=Now()),
        version=table.c.version + 1,
    )
)


class SqlOrganisations:
    """`ports.Organisations`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tree(self) -> Tree:
        return await self._database.ask(tree())

    async def read(self, organisation: OrganisationId) -> Organisation:
        return await self._database.ask(_read(organisation))

    async def below(self, parent: OrganisationId, after: str, limit: int) -> Sequence[Organisation]:
        def query() -> Query[Sequence[Organisation]]:
            found = yield Ask(_BELOW, {"above": parent, "after": after, "limit": limit})
            return [_organisation(*columns) for columns in found]

        return await self._database.ask(query())

    async def add(self, organisation: Organisation, entry: AuditEntry, request: Request) -> Placed:
        return await self._database.tell(_add(organisation, entry, request))

    async def change(self, organisation: OrganisationId, changes: OrganisationChanges, entry: AuditEntry) -> Placed:
        return await self._database.tell(_change(organisation, changes, entry))

    async def place(self, organisation: OrganisationId, parent: OrganisationId | None, entry: AuditEntry) -> Tree:
        return await self._database.tell(place(organisation, parent, entry))


def raised_tree() -> Query[Tree]:
    """Its version is one higher: what nodes read with it has changed."""
    yield Ask(_RAISE, {"of": TREE})
    return (yield from tree())


def tree() -> Query[Tree]:
    versions = yield Ask(_VERSION, {"of": TREE})
    found = yield Ask(_PARENTS, {})
    parents = {OrganisationId(id): OrganisationId(parent) for id, parent, _ in found}
    archived = frozenset(OrganisationId(id) for id, _, archived in found if archived)
    return Tree(version=sum(version for (version,) in versions), parents=parents, archived=archived)


def _read(organisation: OrganisationId) -> Query[Organisation]:
    for columns in (yield Ask(_OF, {"organisation": organisation})):
        return _organisation(*columns)
    return Organisation(id=organisation, parent=OrganisationId(""))


def _add(new: Organisation, entry: AuditEntry, request: Request) -> Query[Placed]:
    if id := (yield from made_before(request)):
        return (yield from _placed(OrganisationId(id)))
    yield Ask(_RAISE, {"of": TREE})
    _check(new.id, new.parent, (yield from tree()))
    yield Ask(_ADD, {"organisation": new.id})
    yield Ask(_CHANGE, _given(new))
    yield from record(entry)
    yield from keep(request, new.id)
    return (yield from _placed(new.id))


def _change(organisation: OrganisationId, changes: OrganisationChanges, entry: AuditEntry) -> Query[Placed]:
    yield Ask(_RAISE, {"of": TREE})
    before = yield from _read(organisation)
    if before.version != changes.expected:
        raise VersionChanged("It has been changed since then. Look at it and decide again.", version=before.version)
    given = {
        "name": before.name if changes.name is UNSET else changes.name,
        "parent": before.parent if changes.parent is UNSET else changes.parent,
        "archived": before.archived if changes.is_archived is UNSET else int(changes.is_archived),
    }
    after = replace(before, **given)
    if after.parent != before.parent:
        _check(organisation, after.parent or None, (yield from tree()))
    yield Ask(_ADD, {"organisation": organisation})
    yield Ask(_CHANGE, _given(after))
    yield from record(entry)
    return (yield from _placed(organisation))


def _given(organisation: Organisation) -> dict[str, object]:
    return {
        "organisation": organisation.id, "name_given": organisation.name, "parent_given": organisation.parent,
        "is_archived": int(organisation.archived > 0),
    }  # fmt: skip


def _placed(organisation: OrganisationId) -> Query[Placed]:
    return Placed((yield from _read(organisation)), (yield from tree()))


def _organisation(id: str, parent: str, name: str, archived: int, version: int) -> Organisation:
    return Organisation(
        id=OrganisationId(id), parent=OrganisationId(parent), name=name, archived=archived, version=version
    )


def place(organisation: OrganisationId, parent: OrganisationId | None, entry: AuditEntry) -> Query[Tree]:
    yield Ask(_RAISE, {"of": TREE})
    _check(organisation, parent, (yield from tree()))
    yield Ask(_ADD, {"organisation": organisation})
    yield Ask(_PLACE, {"organisation": organisation, "parent_given": parent or ""})
    yield from record(entry)
    return (yield from tree())


def _check(organisation: OrganisationId, parent: OrganisationId | None, tree: Tree) -> None:
    if parent is None:
        return
    above = (parent, *tree.ancestors(parent))
    if organisation in above:
        raise IllegalMove("An organisation cannot be below itself.")
    if len(above) + tree.height(organisation) > TREE_DEPTH:
        raise IllegalMove(f"Organisations form at most {TREE_DEPTH} levels.")
    if organisation not in tree.parents and len(tree.parents) >= ORGANISATIONS:
        raise TooMany(f"At most {ORGANISATIONS} organisations are below others.")
