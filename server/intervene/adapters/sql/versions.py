"""The versions of what nodes remember, on either engine: mostly one statement, so that a node asks once every two
seconds."""

from collections.abc import Collection
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from sqlalchemy import Text, cast, literal, select, union_all

from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.organisations import TREE
from intervene.adapters.sql.people_tables import person
from intervene.adapters.sql.schema import organisation, revision
from intervene.adapters.sql.statements import Statement, word
from intervene.core.ids import AgentId, OrganisationId
from intervene.ports.versions import Found, PersonVersion

AT_ONCE = 256  # ids in one statement: one for 8,192 is half a second to compile

_TREE, _ORGANISATION, _PERSON = 0, 1, 2  # kinds of rows in the answer


class SqlVersions:
    """`ports.Versions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, organisations: Collection[OrganisationId], people: Collection[AgentId]) -> Found:
        asked = [*zip_longest(portions(organisations), portions(people), fillvalue=())]

        def query() -> Query[Found]:
            tree, versions, persons = 0, dict[OrganisationId, int](), dict[AgentId, PersonVersion]()
            for o, p in asked or [((), ())]:
                values: dict[str, object] = {"of": TREE}
                values |= {f"o{n}": id for n, id in enumerate(o)} | {f"p{n}": id for n, id in enumerate(p)}
                for kind, id, version, disabled in (yield Ask(_statement(len(o), len(p)), values)):
                    if kind == _TREE:
                        tree = version
                    elif kind == _ORGANISATION:
                        versions[OrganisationId(id)] = version
                    else:
                        persons[AgentId(id)] = PersonVersion(version, disabled > 0)
            return Found(tree, versions, persons)

        return await self._database.ask(query())


def portions(ids: Collection[Any]) -> list[list[Any]]:
    """Of at most `AT_ONCE`, each padded to one of few sizes, so that few statements are compiled."""
    some = list(ids)
    return [_padded(some[at : at + AT_ONCE]) for at in range(0, len(some), AT_ONCE)]


def _padded(some: list[Any]) -> list[Any]:
    return some + some[:1] * ((1 << (len(some) - 1).bit_length()) - len(some))


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
