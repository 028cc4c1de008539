"""The append on PostgreSQL: a group is one statement."""

from collections.abc import Sequence

from intervene.adapters.postgres.connections import Connection
from intervene.adapters.sql import values
from intervene.ports.log import Commit, Verdict

ARRAYS = 45  # that the statement is given

# Rows are locked in the order of the commits, which come sorted; what another transaction has locked is skipped, and so
# loses. A row of another version is not even looked at again: where it was changed after the statement began,
# PostgreSQL asks for `version = expected` once more on the row as it is now.
#
# However wrong the planner's guesses, only what an index finds is read: EXISTS and the rows' subquery cannot be turned
# into joins (OFFSET and FOR UPDATE forbid it), `= ANY` restricts the update to what was locked, and `|| ''` keeps the
# index of what is due out of the end of a timer.
#
# Pieces wait for all events: their wall asks for the event that starts their message.
APPEND = """
    WITH item AS (
        SELECT * FROM unnest(
            $1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[],
            $9::bigint[], $10::bigint[], $11::bigint[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bigint[],
            $16::bigint[], $17::text[], $18::text[], $19::text[], $20::text[]
        ) WITH ORDINALITY AS item (
            organisation, id, expected, version, seq, pub, epoch, runner, due, format, changed_at, state, base,
            card, place, since, holder, contact, queue, status, i
        )
    ), locked AS MATERIALIZED (
        SELECT item.*, row.handle, row.format AS old_format FROM item CROSS JOIN LATERAL (
            SELECT handle, format FROM conversation
            WHERE organisation = item.organisation AND id = item.id AND version = item.expected
            FOR UPDATE SKIP LOCKED
        ) AS row
    ), known AS (
        SELECT i FROM unnest($21::bigint[], $22::text[], $23::text[]) AS asked (i, author, command)
        JOIN locked USING (i) WHERE EXISTS (
            SELECT FROM event
            WHERE conversation = locked.handle AND author = asked.author AND command = asked.command OFFSET 0
        )
    ), won AS (
        UPDATE conversation SET
            version = locked.version, seq = locked.seq, pub = locked.pub, epoch = locked.epoch, runner = locked.runner,
            due = locked.due, format = locked.format, changed_at = locked.changed_at, state = locked.state,
            base = coalesce(locked.base, conversation.base),
            card = coalesce(locked.card, conversation.card), place = coalesce(locked.place, conversation.place),
            since = coalesce(locked.since, conversation.since), holder = coalesce(locked.holder, conversation.holder),
            contact = coalesce(locked.contact, conversation.contact),
            queue = coalesce(locked.queue, conversation.queue), status = coalesce(locked.status, conversation.status)
        FROM locked WHERE conversation.handle = ANY (ARRAY (SELECT handle FROM locked))
        AND conversation.handle = locked.handle AND locked.old_format <= locked.format
        AND NOT EXISTS (SELECT FROM known WHERE known.i = locked.i)
        RETURNING locked.i, locked.handle
    ), told AS (
        INSERT INTO event (conversation, seq, pub, version, epoch, kind, id, author, command, turn, message, at, data)
        SELECT won.handle, seq, pub, version, epoch, kind, id, author, command, turn, message, at, data FROM unnest(
            $24::bigint[], $25::bigint[], $26::bigint[], $27::bigint[], $28::bigint[], $29::text[], $30::text[],
            $31::text[], $32::text[], $33::bigint[], $34::text[], $35::bigint[], $36::bytea[]
        ) WITH ORDINALITY AS event (
            i, seq, pub, version, epoch, kind, id, author, command, turn, message, at, data, n
        ) JOIN won USING (i) ORDER BY n
        RETURNING conversation
    ), streamed AS (
        INSERT INTO piece (conversation, message, n, version, text)
        SELECT won.handle, message, n, version, text
        FROM unnest($37::bigint[], $38::text[], $39::bigint[], $40::bigint[], $41::text[])
            AS piece (i, message, n, version, text)
        JOIN won USING (i) WHERE (SELECT count(*) FROM told) >= 0
    ), timed AS (
        SELECT won.handle, kind, due, epoch
        FROM unnest($42::bigint[], $43::text[], $44::bigint[], $45::bigint[]) AS timer (i, kind, due, epoch)
        JOIN won USING (i)
    ), set AS (
        INSERT INTO timer (conversation, kind, due, epoch) SELECT * FROM timed WHERE due > 0
        ON CONFLICT (conversation, kind) DO UPDATE SET due = excluded.due, epoch = excluded.epoch
    ), ended AS (
        DELETE FROM timer USING timed
        WHERE timer.conversation = ANY (ARRAY (SELECT handle FROM timed WHERE due = 0))
        AND timer.conversation = timed.handle AND timer.kind || '' = timed.kind AND timed.due = 0
    )
    SELECT i, true FROM won UNION ALL SELECT i, false FROM locked WHERE old_format > format
"""


async def append(connection: Connection, commits: Sequence[Commit]) -> list[Verdict]:
    """Each commit that wins is written whole, of the others nothing. Raises what the database makes of bad data."""
    if not commits:
        return []
    order = sorted(range(len(commits)), key=lambda at: commits[at].key)
    rows, commands, events, pieces, timers = [], [], [], [], []
    for i, at in enumerate(order, start=1):
        commit = commits[at]
        rows.append((*commit.key, commit.expected, *values.row(commit), *values.columns(commit)))
        commands += [(i, *command) for command in commit.commands]
        events += values.events(i, commit)
        pieces += values.pieces(i, commit)
        if commit.timers:
            timers += values.timers(i, commit)
    answers = await connection.fetch(
        APPEND,
        *columns(rows, 20),
        *columns(commands, 3),
        *columns(events, 13),
        *columns(pieces, 5),
        *columns(timers, 4),
    )
    verdicts = [Verdict.CONFLICT] * len(commits)
    for i, has_won in answers:
        verdicts[order[i - 1]] = Verdict.WON if has_won else Verdict.REFUSED
    return verdicts


def columns(rows: Sequence[Sequence[object]], width: int) -> Sequence[Sequence[object]]:
    """An array for each column."""
    return list(zip(*rows, strict=True)) or [()] * width
