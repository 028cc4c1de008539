"""Two nodes whose groups are of the same hot conversations, and what must be true of it however long it goes on.

One command in five repeats an earlier one, of the same node or of the other: its commit loses, to what is known or to
another version, and nothing fails. What PostgreSQL itself says of it counts: its own durations, its own deadlocks.
"""

import asyncio
import random
import re
import time

from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.core.events import author_key
from intervene.core.ids import CommandId, Key
from intervene.migrations import upgrade_postgres
from intervene.ports.log import CommandKey, Commit, Locked, Verdict
from tests.contract.build import Talk, append, decide_locked, read
from tests.kit.limits import STALL
from tests.kit.postgres import Postgres
from tests.kit.server import until

HOT = 40  # conversations
REPEATED = 0.2  # of all commands
SLOW = 0.1  # seconds, from which on PostgreSQL writes a statement down; the rest is nobody's concern

Won = dict[Key, list[str]]


class Writer:
    """One node's part. `won`: the ids of all that won so far, on whichever node."""

    def __init__(self, log: PostgresLog, name: str, won: Won, chance: random.Random) -> None:
        self._log = log
        self._name = name
        self._random = chance
        self._talks = [Talk(f"c{number}", bot=None) for number in range(HOT)]
        self._won = won
        self._made = 0
        self.wins = self.groups = 0
        self.repeats_of_own = self.repeats_of_other = 0
        self.known = 0  # repeats that lost to nothing but what is known: their row had the version they were made for
        self.longest = 0.0  # from a group's leaving to its verdicts

    async def writes(self, seconds: float) -> None:
        ways = [self._wins_under_the_lock, self._refresh, self._refresh, self._refresh]
        await asyncio.gather(*map(self._refresh, self._talks))
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            lost = await self._writes_a_group()
            await asyncio.gather(*(self._random.choice(ways)(talk) for talk in lost))

    async def _writes_a_group(self) -> list[Talk]:
        """Those that lost."""
        self._random.shuffle(self._talks)
        before = {talk.key: talk.state for talk in self._talks}
        ids = [self._id(talk) for talk in self._talks]
        repeated = [id in self._won[talk.key] for talk, id in zip(self._talks, ids, strict=True)]
        commits = [talk.customer_says(id=id) for talk, id in zip(self._talks, ids, strict=True)]
        begun = time.monotonic()
        verdicts = await append(self._log, *commits)
        self.longest = max(self.longest, time.monotonic() - begun)
        self.groups += 1
        lost: list[Talk] = []
        suspects: list[Talk] = []
        for talk, id, is_repeat, verdict in zip(self._talks, ids, repeated, verdicts, strict=True):
            assert verdict in (Verdict.WON, Verdict.CONFLICT)
            if verdict is Verdict.WON:
                assert not is_repeat, "what is in the log already was written again"
                self._wins(talk, id)
                continue
            talk.state = before[talk.key]
            (suspects if is_repeat else lost).append(talk)
        await asyncio.gather(*map(self._refresh, suspects))
        self.known += sum(talk.state.version == before[talk.key].version for talk in suspects)
        return lost

    async def _wins_under_the_lock(self, talk: Talk) -> None:
        """Or finds there what is known."""
        id = self._id(talk)
        is_repeat = id in self._won[talk.key]
        command = CommandKey(author_key(talk.contact), CommandId(id))

        def decide(locked: Locked) -> Commit | None:
            assert (command in locked.known) == is_repeat
            talk.state = locked.snapshot.state
            return None if is_repeat else talk.customer_says(id=id)

        assert (await decide_locked(self._log, talk.key, decide, commands=[command]))[1] is Verdict.WON
        if not is_repeat:
            self._wins(talk, id)

    def _wins(self, talk: Talk, id: str) -> None:
        self._won[talk.key].append(id)
        self.wins += 1

    async def _refresh(self, talk: Talk) -> None:
        talk.state = (await read(self._log, talk)).state

    def _id(self, talk: Talk) -> str:
        won = self._won[talk.key]
        if won and self._random.random() < REPEATED:
            id = self._random.choice(won)
            if id.startswith(self._name):
                self.repeats_of_own += 1
            else:
                self.repeats_of_other += 1
            return id
        self._made += 1
        return f"{self._name}{self._made}"


async def contend(postgres: Postgres, url: str, seconds: float, seed: str) -> str:
    """Two nodes for so long. What was acknowledged is in the log once, no version is left out, PostgreSQL found no
    deadlock and no statement took as long as a stall. What it was like, in a sentence."""
    name = url.rpartition("/")[2]
    for setting in (f"log_min_duration_statement = {round(SLOW * 1000)}", "log_min_messages = log"):
        await postgres.sql(f"ALTER DATABASE {name} SET {setting}")
    written = len(postgres.log)
    databases = [await PostgresDatabase.start(url, upgrade_postgres) for _ in "ab"]
    logs = [PostgresLog(database) for database in databases]
    await asyncio.gather(*(Talk(f"c{number}", bot=None).opens_in(logs[0]) for number in range(HOT)))
    won: Won = {Talk(f"c{number}").key: [] for number in range(HOT)}
    a, b = writers = [
        Writer(log, node, won, random.Random(f"{seed}-{node}")) for log, node in zip(logs, "ab", strict=True)
    ]
    try:
        await asyncio.gather(*(writer.writes(seconds) for writer in writers))
        await _is_told_once(postgres, name, won)
    finally:
        for database in databases:
            await database.close()
    assert await _deadlocks(postgres, name) == 0
    slow = re.findall(r"duration: ([\d.]+) ms (.*)", postgres.log[written:])
    longest = max((float(milliseconds) for milliseconds, _ in slow), default=0.0)
    assert longest < STALL * 1000, [statement for milliseconds, statement in slow if float(milliseconds) == longest]
    for writer in writers:
        assert writer.wins > HOT, "both came to write"
        assert writer.repeats_of_own, "each repeated itself"
        assert writer.repeats_of_other, "and the other"
        assert writer.known, "what is known alone made some lose"
    return (
        f"{a.groups + b.groups} groups of {HOT}, {a.wins + b.wins} commits, {a.known + b.known} refused as known; "
        f"{len(slow)} statements over {SLOW} s, the longest {longest:.0f} ms; "
        f"the longest from a group to its verdicts {max(a.longest, b.longest) * 1000:.0f} ms"
    )


async def _is_told_once(postgres: Postgres, name: str, won: Won) -> None:
    rows = await postgres.sql(
        """
        SELECT row.id, row.version AS last, event.version, command
        FROM conversation AS row LEFT JOIN event ON event.conversation = handle AND command IS NOT NULL
        ORDER BY row.id, event.seq
        """,
        database=name,
    )
    for key, ids in won.items():
        mine = [row for row in rows if row["id"] == key.conversation]
        assert sorted(row["command"] for row in mine) == sorted(ids)
        assert [row["version"] for row in mine] == list(range(2, len(ids) + 2))
        assert {row["last"] for row in mine} == {len(ids) + 1}


async def _deadlocks(postgres: Postgres, name: str) -> int:
    """As PostgreSQL counts them: a session says what it has seen when it ends, and all of them have."""

    async def is_left_alone() -> bool:
        return not await postgres.sql("SELECT FROM pg_stat_activity WHERE datname = $1", name)

    await until(is_left_alone)
    [(deadlocks,)] = await postgres.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = $1", name)
    return int(deadlocks)
