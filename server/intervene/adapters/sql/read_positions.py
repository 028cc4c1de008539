"""How far readers have read, on either engine."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.keys import HANDLE, named
from intervene.adapters.sql.schema import conversation, event, read_position
from intervene.adapters.sql.statements import Statement, number, word
from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.ports.read_positions import HOLDER, Moved

_handle = HANDLE.scalar_subquery()
_insert = insert(read_position).from_select(
    ["conversation", "reader", "n"], HANDLE.add_columns(word("reader"), number("n"))
)
_KEEP = Statement(
    _insert.on_conflict_do_update(
        index_elements=[read_position.c.conversation, read_position.c.reader],
        set_={"n": _insert.excluded.n},
        where=_insert.excluded.n > read_position.c.n,
    )
)
_OF = Statement(select(read_position.c.reader, read_position.c.n).where(read_position.c.conversation == _handle))
_OF_TWO = Statement(
    select(read_position.c.reader, read_position.c.n).where(
        read_position.c.conversation == _handle, read_position.c.reader.in_((word("reader"), word("holder")))
    )
)
IDS = 50  # in one statement
_OF_MANY = Statement(
    select(conversation.c.id, read_position.c.reader, read_position.c.n)
    .join_from(conversation, read_position, read_position.c.conversation == conversation.c.handle)
    .where(
        conversation.c.organisation == word("organisation"),
        conversation.c.id.in_([word(f"id_{n}") for n in range(IDS)]),
    )
)
_PUBLIC = Statement(
    select(event.c.pub)
    .where(event.c.conversation == _handle, event.c.seq <= number("seq"), event.c.pub > 0)
    .order_by(event.c.seq.desc())
    .limit(1)
)
"""The public number up to which the log goes at `seq`."""


class SqlReadPositions:
    """`ports.ReadPositions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, key: Key, reader: str, n: int, held: int = -1) -> Moved:
        def query() -> Query[Moved]:
            kept = dict((yield Ask(_OF_TWO, named(key) | {"reader": reader, "holder": HOLDER})))
            before = kept.get(reader, 0)
            if n > before:
                yield Ask(_KEEP, named(key) | {"reader": reader, "n": n})
            pub = 0
            if held >= 0:
                for (public,) in (yield Ask(_PUBLIC, named(key) | {"seq": max(held, before)})):
                    if public > kept.get(HOLDER, 0):
                        yield Ask(_KEEP, named(key) | {"reader": HOLDER, "n": public})
                        pub = public
            return Moved(n if n > before else 0, pub)

        return await self._database.tell(query())

    async def of_many(
        self, organisation: OrganisationId, ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Mapping[str, int]]:
        def query() -> Query[Mapping[ConversationId, Mapping[str, int]]]:
            kept: dict[ConversationId, dict[str, int]] = {}
            for begin in range(0, len(ids), IDS):
                some = [*ids[begin : begin + IDS], *[""] * IDS]
                named = {f"id_{n}": some[n] for n in range(IDS)}
                for id, reader, n in (yield Ask(_OF_MANY, {"organisation": organisation, **named})):
                    kept.setdefault(ConversationId(id), {})[reader] = n
            return kept

        return await self._database.ask(query())

    async def of(self, key: Key) -> Mapping[str, int]:
        def query() -> Query[Mapping[str, int]]:
            return dict((yield Ask(_OF, named(key))))

        return await self._database.ask(query())
