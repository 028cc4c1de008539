"""The tree of organisations, on either engine. Its changes are ordered by the row of its revision."""

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.audit import record
from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.schema import organisation as table
from intervene.adapters.sql.schema import revision
from intervene.adapters.sql.statements import Statement, word
from intervene.core.errors import IllegalMove, TooMany
from intervene.core.ids import OrganisationId
from intervene.core.limits import ORGANISATIONS, TREE_DEPTH
from intervene.core.people import AuditEntry
from intervene.core.tree import Tree

TREE = "tree"

_VERSION = Statement(select(revision.c.version).where(revision.c.name == word("of")))
_PARENTS = Statement(select(table.c.id, table.c.parent).where(text("parent <> ''")))  # the index is of these alone
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


class SqlOrganisations:
    """`ports.Organisations`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tree(self) -> Tree:
        return await self._database.ask(tree())

    async def place(self, organisation: OrganisationId, parent: OrganisationId | None, entry: AuditEntry) -> Tree:
        return await self._database.tell(place(organisation, parent, entry))


def tree() -> Query[Tree]:
    versions = yield Ask(_VERSION, {"of": TREE})
    found = yield Ask(_PARENTS, {})
    parents = {OrganisationId(id): OrganisationId(parent) for id, parent in found}
    return Tree(version=sum(version for (version,) in versions), parents=parents)


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
