"""`intervene demo`: the main job, over real sockets. A customer writes, the bot streams its reply, two agents click
Intervene in the same moment, one wins, and the bot is cut off. Then every screen is held against the log.

The customer's first line is what the bot is replying to when it is cut off; the other lines go to the agent.

On several nodes the bot runs on one of them, since a turn begins where the customer's message is committed; each agent
clicks on another node, and the reader of the log is on another one than the winner.
"""

import asyncio
import json
import math
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import asyncpg
import msgspec

from intervene import loopback
from intervene.client import (
    AgentClient,
    Closed,
    CustomerClient,
    NotConnected,
    Pace,
    TokenRefused,
    agent_tokens,
    socket_url,
    visitor_tokens,
)  # fmt: skip
from intervene.client.addresses import base_address
from intervene.core.timing import PRODUCTION
from intervene.demo.checks import Findings
from intervene.demo.process import CannotStart, own_servers
from intervene.demo.rounds import AGENTS, AUDITOR, CUSTOMER, TIMES, Desk, Result, Round
from intervene.demo.timeline import Timeline
from intervene.terminal import say

SAMPLE = Path(__file__).parent.parent / "bots" / "samples" / "customer.txt"
PACE = Pace()
HISTORY = 100_000  # changes that each session remembers: more than there are in a round
ROUND_SECONDS = 120.0
WHOLE_TIMELINES = 3  # of more rounds, each is printed in one line
DATABASE_SECONDS = 5.0  # for each thing asked of it
LOOK_SECONDS = PRODUCTION.heartbeat + 1.0  # in which the count of a node that is alive has moved

MEANINGS = {
    "bot_events_after": "events of the bot after the takeover",
    "bot_pieces_after": "pieces of its reply that reached a screen after the takeover",
    "lost": "events that a session was not shown",
    "doubled": "events or pieces that came to a session twice",
    "reordered": "events that a session was shown out of order",
    "not_prefix": "replies of which a session was shown more than the log keeps",
}


NEEDS = (
    "{nodes} nodes share a PostgreSQL database and a Redis. Name both, best ones to try things on: --database-url "
    "postgresql://user:password@host/name --redis-url redis://host (or INTERVENE_DATABASE_URL and INTERVENE_REDIS_URL)."
)
IN_USE = (
    "Other nodes use this PostgreSQL database, and the demo's would take turns of their bots. Name another: an empty "
    "one will do."
)


class Unfit(Exception):
    """What was given is not for this; the message is a sentence."""


def run(
    rounds: int,
    input: Path | None,
    url: str | None,
    as_json: bool,
    nodes: int = 1,
    database_url: str | None = None,
    redis_url: str | None = None,
) -> int:
    """The exit status: 0; 1 when a promise broke; 2 when the file, the server at `url` or the database is not for this;
    3 when a server of our own did not start. Several nodes take a database and a Redis, and one takes neither."""
    lines = [line.strip() for line in (input or SAMPLE).read_text("utf-8").splitlines() if line.strip()]
    try:
        if not lines:
            raise Unfit(f"{input} has no line for the customer to say.")
        if nodes > 1 and not (database_url and redis_url):
            raise Unfit(NEEDS.format(nodes=nodes))
        shared = (database_url or "", redis_url or "") if nodes > 1 else ("", "")
        # A shell starts jobs in the background with SIGINT ignored, and `_end_well` passes SIGTERM on as one.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        results = asyncio.run(_play(rounds, lines, url, nodes, *shared))
    except (CannotStart, Unfit, TokenRefused, Closed, NotConnected) as problem:
        say(problem, is_error=True, lines=True)
        return 3 if isinstance(problem, CannotStart) else 2
    _print(results, nodes)
    if as_json:
        say(json.dumps({"nodes": nodes, **summary(results)}))
    return 0 if all(result.is_kept for result in results) else 1


async def _play(
    rounds: int, lines: Sequence[str], url: str | None, nodes: int, database_url: str, redis_url: str
) -> list[Result]:
    _end_well()
    async with AsyncExitStack() as stack:
        urls: Sequence[str] = [await _found(url)] if url else []
        if not urls:
            if database_url:
                await _check_is_free(database_url)
            urls = await stack.enter_async_context(own_servers(nodes, database_url, redis_url))
            say(f"{'A server' if nodes == 1 else f'{nodes} nodes'} of our own: {', '.join(urls)}")
        desks = [await stack.enter_async_context(_desk(url)) for url in urls]
        results: list[Result] = []
        for number in range(1, rounds + 1):
            results.append(Result())
            timeline = Timeline(f"Round {number} of {rounds}", is_brief=rounds > WHOLE_TIMELINES)
            round = Round(number, desks, lines, timeline)
            home = urls[round.seats.customer]
            with anyio.move_on_after(ROUND_SECONDS) as patience:
                tokens = visitor_tokens(home, CUSTOMER)
                async with CustomerClient(socket_url(home), tokens, history=HISTORY, pace=PACE) as maria:
                    results[-1] = await round.play(maria)
                    timeline.end(_times(results[-1]), is_kept=results[-1].is_kept)
            if patience.cancelled_caught:
                say(f"Round {number} did not end within {ROUND_SECONDS:.0f} s: the server is gone, or stuck.")
                break
        return results


async def _found(url: str) -> str:
    """`url`, and for `localhost` the address on which a server listens: the resolver may not have it, or the other one.
    Raises `Unfit`."""
    try:
        base, where = base_address(url), urlsplit(url)
    except ValueError as problem:
        raise Unfit(str(problem)) from None
    port = where.port or 80
    for host in loopback.ADDRESSES if (where.scheme, where.hostname) == ("http", loopback.NAME) else ():
        with suppress(OSError), anyio.fail_after(LOOK_SECONDS):
            async with await anyio.connect_tcp(host, port):
                return loopback.url(host, port) + where.path.rstrip("/")
    return base


def _end_well() -> None:
    """However this process ends, no server of ours goes on, and no row of a node stays."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, signal.raise_signal, signal.SIGINT)


@asynccontextmanager
async def _desk(url: str) -> AsyncIterator[Desk]:
    """The staff, connected. Raises `TokenRefused` if the server is not there, or not for this."""
    try:
        await agent_tokens(url, AUDITOR)()
    except OSError as problem:
        raise TokenRefused(f"{url} cannot be reached: {problem}") from None
    async with AsyncExitStack() as stack:
        agents = [AgentClient(socket_url(url), agent_tokens(url, name), history=HISTORY, pace=PACE) for name in AGENTS]
        auditor = AgentClient(socket_url(url), agent_tokens(url, AUDITOR), pace=PACE)
        for client in (*agents, auditor):
            await stack.enter_async_context(client)
        yield Desk(agents, auditor)


async def _check_is_free(database_url: str) -> None:
    """Nodes of ours beside those of others would run turns of theirs, and could not read their messages: the keys
    differ."""
    try:
        before = await _beats(database_url)
        if before:
            await anyio.sleep(LOOK_SECONDS)
            after = await _beats(database_url)
            if any(after.get(node, beats) != beats for node, beats in before.items()):
                raise Unfit(IN_USE)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        # Not its message: it may have a part of the URL, which has a password in it.
        raise Unfit(f"The PostgreSQL database cannot be used: {type(problem).__name__}.") from None


async def _beats(database_url: str) -> dict[str, int]:
    """Of each node that is known; none where there is no database of ours yet."""
    connection = await asyncpg.connect(database_url, timeout=DATABASE_SECONDS)
    try:
        with anyio.fail_after(DATABASE_SECONDS):
            if not await connection.fetchval("SELECT to_regclass('node') IS NOT NULL"):
                return {}
            return dict(await connection.fetch("SELECT id, beats FROM node"))
    finally:
        connection.terminate()


# -- what it came to ---------------------------------------------------------------------------------------------------


def summary(results: Sequence[Result]) -> dict[str, object]:
    findings = sum((result.findings for result in results), Findings())
    return {
        "rounds": len(results),
        "winners": sum(result.winners for result in results),
        "losers_told": sum(result.losers_told for result in results),
        "cut_mid_reply": sum(result.was_cut for result in results),
        "crossed_nodes": sum(result.has_crossed for result in results),
        **msgspec.structs.asdict(findings),
        **{f"{name}_ms": _percentiles([getattr(result, name) for result in results]) for name in TIMES},
        "is_kept": all(result.is_kept for result in results),
    }


def _print(results: Sequence[Result], nodes: int) -> None:
    told = summary(results)
    say(f"\n{_count(told['rounds'], 'takeover')}, {told['cut_mid_reply']} in the middle of a reply.", lines=True)
    if nodes > 1:
        say(f"{told['crossed_nodes']} crossed nodes: the bot ran on one, and the winner clicked on another.")
    say(f"{_count(told['winners'], 'winner')}; {told['losers_told']} told at once who had been quicker.\n", lines=True)
    for name, meaning in MEANINGS.items():
        say(f"  {told[name]:>5}  {meaning}")
    say(f"\n  {'milliseconds':28}{'p50':>8}{'p99':>9}", lines=True)
    for name, meaning in TIMES.items():
        p50, p99 = _percentiles([getattr(result, name) for result in results]).values()
        say(f"  {meaning:28}{p50:8.1f}{p99:9.1f}")
    if nodes > 1:
        say("\nThe nodes have ended. The conversations stay in the database.", lines=True)
    say(f"\n{'Every promise was kept.' if told['is_kept'] else 'A PROMISE WAS BROKEN.'}", lines=True)


def _times(result: Result) -> str:
    return ", ".join(f"{meaning} {getattr(result, name):.1f} ms" for name, meaning in TIMES.items())


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {f"p{q}": round(ordered[math.ceil(len(ordered) * q / 100) - 1], 3) for q in (50, 99)}


def _count(number: object, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
