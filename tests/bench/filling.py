"""Writing a past into a database, while no server uses it: by the adapters' own statements, but many conversations in a
transaction.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from msgspec.structs import replace
from sqlalchemy import insert

from intervene import migrations
from intervene.accounts.passwords import Passwords
from intervene.accounts.staff import OPERATOR
from intervene.adapters.postgres import append as postgres_append
from intervene.adapters.postgres import log as postgres_log
from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.database import run as run_postgres
from intervene.adapters.sql.contacts_tables import contact, identity
from intervene.adapters.sql.database import Each, Query
from intervene.adapters.sql.schema import channel_id
from intervene.adapters.sql.statements import Now, Statement, octets, word
from intervene.adapters.sql.store import Store
from intervene.adapters.sqlite import append as sqlite_append
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.database import run as run_sqlite
from intervene.adapters.sqlite.log import SqliteLog
from intervene.core.access import Staff
from intervene.core.contacts import folded
from intervene.core.ids import QueueId
from intervene.core.people import AuditEntry, StaffMember
from intervene.core.policy import policy_of
from intervene.core.settings import ChannelSettings, Kind, QueueSettings, StatusSettings, Values
from intervene.core.timing import PRODUCTION
from intervene.ports.log import Verdict
from tests.bench.past import BOT, QUEUES, STATUSES, Past, Told, agents_of, channel_of, leaders, queue_of
from tests.bench.people import ORGANISATION

GROUP = 100  # conversations
MOST_EVENTS = 20_000  # of a group, about: what is written at once has to be done in time
PATIENCE = 300.0  # seconds for one write: of 50,000 events, beside whatever else the machine does
PASSWORD = "correct horse battery"

Write = Callable[[Sequence[Told]], Awaitable[None]]


async def fill(store: Store, write: Write, conversations: int, events: int) -> None:
    """`events` of each conversation, at least."""
    await _settle(store)
    policy = policy_of(await store.policies.read(ORGANISATION), BOT, {BOT.id: BOT})
    past = Past(policy, time.time_ns() // 1_000_000, events)
    under_way: asyncio.Task[None] | None = None
    group = max(1, min(GROUP, MOST_EVENTS // events))
    for begin in range(0, conversations, group):
        told = [past.tell(number) for number in range(begin, min(begin + group, conversations))]
        if under_way:
            await under_way  # the database writes one group while the next is made up
        under_way = asyncio.create_task(_whole(write, told))
        await asyncio.sleep(0)
    if under_way:
        await under_way


async def _whole(write: Write, told: Sequence[Told]) -> None:
    await write(told)


async def _settle(store: Store) -> None:
    """Settings and people."""
    queues = [queue_of(number) for number in range(QUEUES)]
    rows: list[tuple[Kind, str, Values]] = [(Kind.QUEUE, queue, QueueSettings(name=queue)) for queue in queues]
    rows += [(Kind.CHANNEL, channel_of(queue), ChannelSettings(name=queue, queue=QueueId(queue))) for queue in queues]
    rows += [(Kind.STATUS, status, StatusSettings(name=status)) for status in STATUSES]
    for kind, id, values in rows:
        await store.settings.create(ORGANISATION, kind, id, values, "bench", OPERATOR)
    hashed = await _hashed()
    for queue in queues:
        agents = agents_of(queue)
        await store.settings.change_team(
            ORGANISATION, QueueId(queue), 1, [who.agent.id for who in agents], (), OPERATOR
        )  # fmt: skip
        for who in agents:
            await _hire(store, who, hashed)
    for who in leaders():
        await _hire(store, who, hashed)


async def _hire(store: Store, who: Staff, hashed: str) -> None:
    id = who.agent.id
    member = StaffMember(organisation=ORGANISATION, id=id, role=who.role, name=who.agent.name, email=email_of(who))
    await store.people.add(member, hashed, AuditEntry(organisation=ORGANISATION, action="person.add", subject=id))


def email_of(who: Staff) -> str:
    return f"{who.agent.id}@bench.example"


async def _hashed() -> str:
    passwords = Passwords()
    try:
        return await passwords.hash(PASSWORD)
    finally:
        passwords.close()


_CONTACT = Statement(
    insert(contact).values(
        organisation=ORGANISATION, id=word("id"), name=word("name"), folded=octets("folded"), version=1,
        created_at=Now(),
    )
)  # fmt: skip
_IDENTITY = Statement(
    insert(identity).values(
        organisation=ORGANISATION, channel=word("channel"), id=word("address"), contact=word("address"),
        conversation=word("conversation"),
    )
)  # fmt: skip
_ADDRESS = Statement(
    insert(channel_id).values(
        organisation=ORGANISATION, channel=word("channel"), address=word("address"), conversation=word("conversation")
    )
)


def _addressed(told: Sequence[Told]) -> Query[None]:
    """The rows of contacts, identities and addresses."""
    contacts, addresses = [], []
    for (channel, address), commit in told:
        of = commit.state.contact
        assert of.id == address, "of one who came by no other channel"
        contacts.append({"id": of.id, "name": of.name, "folded": folded(of.name)})
        addresses.append({"channel": channel, "address": address, "conversation": commit.key.conversation})
    yield Each(_CONTACT, contacts)
    yield Each(_IDENTITY, addresses)
    yield Each(_ADDRESS, addresses)


# -- on SQLite ---------------------------------------------------------------------------------------------------------


async def fill_sqlite(file: Path, conversations: int, events: int) -> None:
    patient = replace(PRODUCTION, answered=PATIENCE)
    database = await SqliteDatabase.start(file, migrations.upgrade, durability="normal", timing=patient)
    try:

        async def write(told: Sequence[Told]) -> None:
            await database.writer.run(partial(_write_sqlite, told=told))

        await fill(Store.of(SqliteLog(database), database), write, conversations, events)
    finally:
        await database.close()


def _write_sqlite(connection: Connection, told: Sequence[Told]) -> None:
    run_sqlite(connection, _addressed(told))
    for each in told:
        sqlite_append.create(connection, each.commit)


# -- on PostgreSQL -----------------------------------------------------------------------------------------------------


async def fill_postgres(url: str, conversations: int, events: int) -> None:
    database = await PostgresDatabase.start(url, migrations.upgrade_postgres)
    try:

        async def write(told: Sequence[Told]) -> None:
            await database.write(partial(_write_postgres, told=told))

        await fill(Store.of(postgres_log.PostgresLog(database), database), write, conversations, events)
        await database.fetch("ANALYZE")
    finally:
        await database.close()


async def _write_postgres(connection: Any, told: Sequence[Told]) -> None:
    await connection.execute("SET LOCAL synchronous_commit TO off")  # nobody asks for it after a power cut
    await run_postgres(connection, _addressed(told))
    await connection.executemany(postgres_log._ADD_CONVERSATION, [each.commit.key for each in told])
    verdicts = await postgres_append.append(connection, [each.commit for each in told])
    assert all(verdict is Verdict.WON for verdict in verdicts), "nobody else writes"
