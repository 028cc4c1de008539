"""What is deleted, and what is folded anew, on either engine."""

from sqlalchemy import delete, exists, func, select, text

from intervene.adapters.sql.database import Database, Each, Query, rows
from intervene.adapters.sql.drafts import DROP as DROP_DRAFTS
from intervene.adapters.sql.folding import fold
from intervene.adapters.sql.requests import DROP as DROP_REQUESTS
from intervene.adapters.sql.schema import event, piece
from intervene.adapters.sql.statements import Statement, number, word
from intervene.adapters.sql.words import word_names

NAMES_AT_ONCE = 50  # in one transaction, which locks them
MESSAGES_AT_ONCE = 200  # whose pieces go in one transaction: on SQLite a takeover waits no longer than for these

_part = piece.alias("part")
_OLD = Statement(
    select(
        piece.c.conversation,
        piece.c.message,
        select(func.count())
        .where(_part.c.conversation == piece.c.conversation, _part.c.message == piece.c.message)
        .scalar_subquery(),
    )
    .where(
        piece.c.n == 1,
        exists().where(
            event.c.conversation == piece.c.conversation,
            event.c.message == piece.c.message,
            event.c.kind == "message",
            text("event.turn > 0"),  # as the index says it
            event.c.at < number("before"),
        ),
    )
    .limit(MESSAGES_AT_ONCE)
)
_DROP = Statement(
    delete(piece).where(piece.c.conversation == number("conversation"), piece.c.message == word("message"))
)


class SqlRetention:
    """`ports.Retention`. What is to go is looked for where reads are made: on SQLite no commit waits for that."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def drop_pieces(self, before: int) -> int:
        dropped = 0
        while old := await self._database.ask(rows(_OLD, before=before)):
            # In one order: of nodes that do this at once, none waits for another that waits for it.
            messages = sorted((conversation, message) for conversation, message, _ in old)
            await self._database.tell(_drop(messages))
            dropped += sum(pieces for *_, pieces in old)
        return dropped

    async def drop_drafts(self, before: int) -> None:
        await self._database.tell(rows(DROP_DRAFTS, before=before))

    async def drop_requests(self, before: int) -> None:
        await self._database.tell(rows(DROP_REQUESTS, before=before))

    async def fold_names(self) -> None:
        while await self._database.tell(fold(NAMES_AT_ONCE)):
            pass
        while await self._database.tell(word_names(NAMES_AT_ONCE)):
            pass


def _drop(messages: list[tuple[int, str]]) -> Query[None]:
    """By message, not by row number: SQLite gives the number of a deleted last row to the next one."""
    yield Each(_DROP, [{"conversation": conversation, "message": message} for conversation, message in messages])
