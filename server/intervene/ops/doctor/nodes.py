"""The nodes, as their rows in the database describe them and as their heartbeats arrive on the hub.

A node is alive when its count moves while we look. `judge` decides on what was read, without I/O.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import anyio
import asyncpg

from intervene import __version__
from intervene.adapters.postgres.connections import describe
from intervene.cluster.node_info import About, decode_about, fingerprint
from intervene.config import Config
from intervene.core.conversation.packing import FORMAT
from intervene.core.ids import NodeId
from intervene.core.timing import LARGEST_FACTOR, PRODUCTION
from intervene.ops.doctor.findings import Report, answer, fail, ok, warn
from intervene.ops.doctor.postgres import connect
from intervene.ops.doctor.redis import Hearing

ALIVE = 2.5  # heartbeats in which a node that is alive has counted on
LOOK = 4.5  # heartbeats in which two nodes that have just begun have each other's
EVERY_SECONDS = 0.25
CLOCKS_MS = 1000  # that the clocks of nodes may be apart


class Row(NamedTuple):
    id: NodeId
    beats: int
    about: About | None
    """None if it says nothing that this release can read."""

    def __str__(self) -> str:
        """Several on one machine share host and port: the process distinguishes them."""
        where = f"{self.about.host} {self.about.address}" if self.about else "unknown place"
        return f"{where} (process {self.id.partition('-')[0]})"


class Own(NamedTuple):
    """What the settings here say. Without keys nothing is said of anybody's."""

    keys: Sequence[str] = ()
    has_hub: bool = True


async def examine(config: Config, hearing: Hearing, own: Own, report: Report) -> list[int]:
    """How many are alive, if that is known: a list of one or none."""
    connection = None
    try:
        connection = await connect(config)
        before, rows = await watch(connection, hearing)
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
        report.append(ok("nodes", "not known: the schema is not this release's"))  # which is said elsewhere
        return []
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as problem:
        report.append(fail("nodes", f"not known: {describe(problem)}", "See the lines on PostgreSQL."))
        return []
    finally:
        if connection is not None:
            connection.terminate()
    report += judge(before, rows, hearing, own)
    return [len(alive_of(before, rows))]


async def read(connection: Any) -> list[Row]:
    """Raises what asyncpg raises, also where there are no such tables yet."""
    rows = await answer(connection.fetch("SELECT id, beats, about FROM node ORDER BY id"))
    return [Row(NodeId(id), beats, decode_about(about)) for id, beats, about in rows]


async def watch(connection: Any, hearing: Hearing) -> tuple[Mapping[NodeId, int], list[Row]]:
    """The counts as they were and the rows as they are, when every node has counted on and all is well; or after a
    while: a node that has just begun lacks some heartbeats at first."""
    rows, began = await read(connection), time.monotonic()
    before = {row.id: row.beats for row in rows}
    heartbeat = PRODUCTION.scaled(max(_factors(rows), default=LARGEST_FACTOR)).heartbeat
    while (since := time.monotonic() - began) < LOOK * heartbeat:
        alive = alive_of(before, rows)
        is_known_of_all = len(alive) == len(rows) or since > ALIVE * heartbeat
        if is_known_of_all and all(_is_well(row, hearing) for row in alive):
            break
        await anyio.sleep(EVERY_SECONDS)
        rows = await read(connection)
    return before, rows


def _factors(rows: Iterable[Row]) -> list[float]:
    return [row.about.timing_factor for row in rows if row.about]


def _is_well(row: Row, hearing: Hearing) -> bool:
    is_heard = hearing.hears(row.id) or not hearing.is_listening
    return is_heard and row.about is not None and row.about.hub is not False and not row.about.unheard


def alive_of(before: Mapping[NodeId, int], rows: Iterable[Row]) -> list[Row]:
    """A row that was not there at first is of a node that has just begun."""
    return [row for row in rows if row.beats != before.get(row.id)]


def judge(before: Mapping[NodeId, int], rows: Sequence[Row], hearing: Hearing, own: Own) -> Report:
    alive = alive_of(before, rows)
    dead = len(rows) - len(alive)
    report = _judge_lives(alive, dead)
    if not alive:
        return report
    report += _judge_releases(alive) + _judge_keys(alive, own)
    if own.has_hub:
        report += _judge_hub(alive) + _judge_hearing(alive)
        if hearing.is_listening:
            known = {*before, *(row.id for row in rows)}  # also one that has just left
            report += _judge_heard_here(alive, hearing, own, hearing.strangers(known))
    return report + _judge_timing(alive) + _judge_clocks(alive)


def _judge_lives(alive: Sequence[Row], dead: int) -> Report:
    figures = {"alive": float(len(alive)), "dead": float(dead)}
    if not alive and not dead:
        return [ok("nodes", "none is known", **figures)]
    told = "; ".join(_told(row) for row in alive)
    found = f"{len(alive)} alive{': ' if told else ''}{told}"
    if dead:
        advice = (
            "They died or are frozen, or do not reach the database. A node that is alive takes rows of the dead away "
            f"after {PRODUCTION.forget_node_after / 60:.0f} minutes."
        )
        return [warn("nodes", f"{found}; {dead} that no longer count", advice, **figures)]
    return [ok("nodes", found, **figures)]


def _told(row: Row) -> str:
    if row.about is None:
        return str(row)
    about = row.about
    return f"{row}, release {about.release}, {about.sessions} sessions, {about.turns} turns"


def _judge_releases(alive: Sequence[Row]) -> Report:
    check, silent = "nodes' releases", [row for row in alive if row.about is None]
    told = {(row.about.release, row.about.format) for row in alive if row.about}
    found = ", ".join(f"{release} (format {format})" for release, format in sorted(told))
    if silent:
        found = ", ".join(filter(None, [found, f"{_names(silent)} says nothing of itself"]))
        return [warn(check, found, "It is of another release. Bring all to one.")]
    formats = {format for _, format in told}
    if max(formats) - min(formats) > 1:
        return [fail(check, found, "Only a release and the one before it run side by side: stop the oldest.")]
    if len(told) > 1:
        return [warn(check, found, "Fine while nodes are replaced one by one. Bring all to one.")]
    if told != {(__version__, FORMAT)}:
        return [warn(check, f"{found}; here it is {__version__} (format {FORMAT})", "Run the doctor of their release.")]
    return [ok(check, found)]


def _judge_keys(alive: Sequence[Row], own: Own) -> Report:
    """What each signs and seals with, every other must accept."""
    check = "nodes' keys"
    holders = {str(row): row.about.keys for row in alive if row.about and row.about.keys}
    if own.keys:
        holders["the settings here"] = [fingerprint(key) for key in own.keys]
    wrong = [
        f"those of {name} and of {other}"
        for (name, keys), (other, others) in combinations(holders.items(), 2)
        if keys[0] not in others or others[0] not in keys
    ]
    if wrong:
        advice = (
            "Give all the same `keys`: until then tokens of one are refused by the other, and so is all it sends on "
            "the hub."
        )
        return [fail(check, f"they do not match: {'; '.join(wrong)}", advice)]
    return [ok(check, f"the same on {len(holders)}" if len({*map(tuple, holders.values())}) == 1 else "they match")]


def _judge_hub(alive: Sequence[Row]) -> Report:
    check = "nodes' hubs"
    alone = [row for row in alive if row.about and row.about.hub is None]
    down = [row for row in alive if row.about and row.about.hub is False]
    if alone:
        return [fail(check, f"{_names(alone)} has none", "Set redis_url for it.")]
    if down:
        advice = "What they publish does not arrive, and others read the log every 2 s instead: see the lines on Redis."
        return [fail(check, f"down on {_names(down)}", advice)]
    return [ok(check, f"up on {len(alive)}")]


def _judge_hearing(alive: Sequence[Row]) -> Report:
    """Whose heartbeats arrive where, as each reports."""
    check, names = "nodes reach each other", {row.id: str(row) for row in alive}
    deaf = [
        f"{row} gets no heartbeats of {names[other]}"
        for row in alive
        if row.about
        for other in row.about.unheard
        if other in names
    ]
    if deaf:
        advice = "Do they have the same redis_url and keys? Until they do they read the log every 2 s."
        return [fail(check, "; ".join(deaf), advice)]
    return [ok(check, "all do" if len(alive) > 1 else "there is only one")]


def _judge_heard_here(alive: Sequence[Row], hearing: Hearing, own: Own, strangers: int) -> Report:
    """Whether their heartbeats arrive, on the Redis of the settings here."""
    check = "nodes seen here"
    unheard = [row for row in alive if not hearing.hears(row.id)]
    forged = [row for row in alive if hearing.is_forged(row.id, own.keys)]
    if unheard:
        return [fail(check, f"{_names(unheard)} is not", "It has another Redis than the settings here, or none.")]
    if forged:
        return [fail(check, f"{_names(forged)} has a MAC of other keys", "Give all the same `keys`.")]
    if strangers:
        advice = "Another deployment uses this Redis, and each drops what arrives of the other: give each its own."
        return [warn(check, f"all; and {strangers} that are not in this database", advice)]
    return [ok(check, f"{len(alive)} of {len(alive)}")]


def _judge_timing(alive: Sequence[Row]) -> Report:
    check, factors = "nodes' timing", {str(row): row.about.timing_factor for row in alive if row.about}
    if len(set(factors.values())) > 1:
        found = "; ".join(f"{name} has {factor:g}" for name, factor in factors.items())
        advice = "Give all the same timing_factor: a node with a larger one seems dead to one with a smaller one."
        return [fail(check, f"factors differ: {found}", advice)]
    return [ok(check, f"factor {factor:g}") for factor in set(factors.values())]


def _judge_clocks(alive: Sequence[Row]) -> Report:
    check = "nodes' clocks"
    offsets = {str(row): row.about.clock_ms for row in alive if row.about}
    if not offsets:
        return []
    apart = max(offsets.values()) - min(offsets.values())
    found = "; ".join(f"{name} {ms:+} ms" for name, ms in offsets.items()) + " against the database's"
    if max(apart, *map(abs, offsets.values())) > CLOCKS_MS:
        return [warn(check, found, "Keep the clocks of all machines by NTP.", apart_ms=float(apart))]
    return [ok(check, found, apart_ms=float(apart))]


def _names(rows: Iterable[Row]) -> str:
    return ", ".join(map(str, rows))
