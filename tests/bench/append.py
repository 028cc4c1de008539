"""The log alone, in this process: SQLite FULL, one append at a time and 256 in a group, beside bare `sqlite3` that
inserts the same bytes on the same disk. Processor time is that of all threads, so with its hand-overs."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from intervene import migrations
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.core.actors import Contact
from intervene.core.conversation.commit import Context
from intervene.core.conversation.decide import decide, open_conversation
from intervene.core.conversation.moves import Open
from intervene.core.conversation.speech import ContactSay
from intervene.core.conversation.state import Conversation
from intervene.core.events import author_key
from intervene.core.ids import WEBCHAT, Address, CommandId, ContactId, ConversationId, MessageId, NodeId
from intervene.core.policy import Policy
from intervene.core.text import message_text
from intervene.engine.batch import make_commit
from intervene.ports.log import CommandKey, Commit, Opening, Verdict
from tests.bench.disk import Bare
from tests.bench.figures import Figure
from tests.bench.people import ORGANISATION, TEXT
from tests.unit.core.cast import as_visitor

GROUP = 256
ONE, MANY = "one at a time", f"{GROUP} at once"
FLOOR = "bare sqlite3, same bytes"
NODE = NodeId("bench")


class Size(NamedTuple):
    rounds: int = 7
    conversations: int = 2000
    singles: int = 256
    groups: int = 12


QUICK = Size(rounds=3, conversations=512, singles=128, groups=4)


class Cost(NamedTuple):
    """Microseconds of processor and of wall time for one append."""

    cpu: float
    wall: float


class _Floor:
    def __init__(self, path: Path) -> None:
        self._disk = Bare(path)

    async def __call__(self, commits: Sequence[Commit]) -> None:
        self._disk.commit([commit.row.state + b"".join(data for _, data in commit.events) for commit in commits])


class _Ours:
    def __init__(self, log: SqliteLog) -> None:
        self._log = log

    async def __call__(self, commits: Sequence[Commit]) -> None:
        done: asyncio.Future[Sequence[Verdict]] = asyncio.get_running_loop().create_future()
        self._log.append(commits, done.set_result)
        verdicts = await done
        assert all(verdict is Verdict.WON for verdict in verdicts), "nobody else writes"


_Append = Callable[[Sequence[Commit]], Awaitable[None]]


async def run(size: Size, directory: Path) -> list[Figure]:
    database = await SqliteDatabase.start(directory / "log.db", migrations.upgrade)
    try:
        log = SqliteLog(database)
        states = [await opened(log, number) for number in range(size.conversations)]
        return await _rounds(size, {"floor": _Floor(directory / "floor.db"), "ours": _Ours(log)}, states)
    finally:
        await database.close()


async def _rounds(size: Size, appends: dict[str, _Append], states: list[Conversation]) -> list[Figure]:
    shapes = {ONE: (1, size.singles), MANY: (GROUP, size.groups)}
    costs: dict[tuple[str, str], list[Cost]] = {(name, shape): [] for name in appends for shape in shapes}
    for round in range(-1, size.rounds):  # the first only warms up
        for shape, (width, count) in shapes.items():
            groups = [commits(states, width) for _ in range(count)]
            for name, append in appends.items():
                cost = await _timed(append, groups)
                if round >= 0:
                    costs[name, shape].append(cost)
    cpu = {which: [cost.cpu for cost in rounds] for which, rounds in costs.items()}
    wall = {which: [cost.wall for cost in rounds] for which, rounds in costs.items()}
    return [
        *(_figure(f"CPU of one, {shape}", cpu["ours", shape], FLOOR, cpu["floor", shape]) for shape in shapes),
        *(_figure(f"time of one, {shape}", wall["ours", shape], FLOOR, wall["floor", shape]) for shape in shapes),
        _figure(f"time of one, {MANY}", wall["ours", MANY], ONE, wall["ours", ONE]),
    ]


def _figure(name: str, values: list[float], floor: str, floors: list[float]) -> Figure:
    return Figure(bench="append", name=name, unit="us", values=values, floor=floor, floors=floors)


async def _timed(append: _Append, groups: Sequence[Sequence[Commit]]) -> Cost:
    count = sum(map(len, groups)) / 1e6
    cpu, wall = time.process_time(), time.perf_counter()
    for group in groups:
        await append(group)
    return Cost((time.process_time() - cpu) / count, (time.perf_counter() - wall) / count)


# -- what is appended --------------------------------------------------------------------------------------------------


def _context() -> Context:
    return Context(now=time.time_ns() // 1_000_000, nonce=f"{random.getrandbits(64):016x}", node=None, policy=Policy())


async def opened(log: SqliteLog | PostgresLog, number: int) -> Conversation:
    contact = Contact(id=ContactId(f"contact-{number}"), name="Maria")
    command = Open(conversation=ConversationId(f"{number:024x}"), contact=contact, address=Address(WEBCHAT, contact.id))

    def begin(opening: Opening) -> Commit:
        change = open_conversation(command, ORGANISATION, opening.whose, _context())
        return make_commit(NODE, None, change.state, change.facts, ())

    _, commit = await log.open(command.address.within(ORGANISATION), command.conversation, begin)
    assert commit is not None, "it is a new contact"
    return commit.state


def commits(states: list[Conversation], count: int) -> list[Commit]:
    """What customers say next in so many conversations; `states` go on to what will be appended."""
    made = []
    for at in random.sample(range(len(states)), count):
        state = states[at]
        id = f"{random.getrandbits(64):016x}"
        command = ContactSay(
            id=CommandId(id),
            by=as_visitor(state.contact, organisation=state.organisation),
            message=MessageId(id),
            text=message_text(TEXT),
        )
        change = decide(state.next(), command, _context())
        said = CommandKey(author_key(command.author), command.id)
        made.append(make_commit(NODE, state, change.state, change.facts, [said]))
        states[at] = change.state
    return made
