"""The versions of what nodes remember, on either engine: one statement, so that a node asks once every two seconds."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, cast, literal, select, union_all

from intervene.adapters.sql.database import Database, rows
from intervene.adapters.sql.organisations import TREE
from intervene.adapters.sql.people_tables import person
from intervene.adapters.sql.schema import organisation, revision
from intervene.adapters.sql.statements import Statement, word
from intervene.core.ids import AgentId, OrganisationId
from intervene.ports.versions import Found, PersonVersion

_TREE, _ORGANISATION, _PERSON = 0, 1, 2  # kinds of rows in the answer


class SqlVersions:
    """`ports.Versions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, organisations: Collection[OrganisationId], people: Collection[AgentId]) -> Found:
        o, p = padded(organisations), padded(people)
        values: dict[str, object] = {"of": TREE}
        values |= {f"o{n}": id for n, id in enumerate(o)} | {f"p{n}": id for n, id in enumerate(p)}
        tree, versions, persons = 0, dict[OrganisationId, int](), dict[AgentId, PersonVersion]()
        for kind, id, version, disabled in await self._database.ask(rows(_statement(len(o), len(p)), **values)):
            if kind == _TREE:
                tree = version
            elif kind == _ORGANISATION:
                versions[OrganisationId(id)] = version
            else:
                persons[AgentId(id)] = PersonVersion(version, disabled > 0)
        return Found(tree, versions, persons)


def padded(ids: Collection[Any]) -> list[Any]:
    """To one of few sizes, so that few statements are compiled."""
    some = list(ids)
    return some + some[:1] * ((1 << (len(some) - 1).bit_length()) - len(some)) if some else []


@lru_cache(64)
def _statement(organisations: int, people: int) -> Statement:
    zero = literal(0)
    parts: list[Any] = [
        select(literal(_TREE), cast(revision.c.name, Text), revision.c.version, zero).where(
            revision.c.name == word("of")
        )
    ]
    if organisations:
        some = [word(f"o{n}") for n in range(organisations)]
        parts.append(
            select(literal(_ORGANISATION), organisation.c.id, organisation.c.settings_version, zero).where(
                organisation.c.id.in_(some)
            )
        )
    if people:
        some = [word(f"p{n}") for n in range(people)]
        parts.append(
            select(literal(_PERSON), person.c.id, person.c.version, person.c.disabled).where(person.c.id.in_(some))
        )
    return Statement(union_all(*parts))
