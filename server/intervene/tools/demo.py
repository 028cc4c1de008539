"""`intervene demo`: the main job, over real sockets. A customer writes, the bot streams its reply, two agents click
Intervene in the same moment, one wins, and the bot is cut off. Then every screen is held against the log.

The customer's first line is what the bot is replying to when it is cut off; the other lines go to the agent.
"""

import asyncio
import json
import math
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import anyio
import msgspec

from intervene.client import (
    AgentClient,
    Closed,
    CustomerClient,
    TokenRefused,
    agent_tokens,
    socket_url,
    visitor_tokens,
)  # fmt: skip
from intervene.tools.checks import Findings
from intervene.tools.process import CannotStart, own_server
from intervene.tools.rounds import AGENTS, AUDITOR, CUSTOMER, TIMES, Desk, Result, Round
from intervene.tools.timeline import Timeline

SAMPLE = Path(__file__).parent.parent / "bots" / "samples" / "customer.txt"
HISTORY = 100_000  # changes that each session remembers: more than there are in a round
ROUND_SECONDS = 120.0
WHOLE_TIMELINES = 3  # of more rounds, each is told in one line

MEANINGS = {
    "bot_events_after": "events of the bot after the takeover",
    "bot_pieces_after": "pieces of its reply that reached a screen after the takeover",
    "lost": "events that a session was not shown",
    "doubled": "events or pieces that came to a session twice",
    "reordered": "events that a session was shown out of order",
    "not_prefix": "replies of which a session was shown more than the log keeps",
}


def run(rounds: int, input: Path | None, url: str | None, as_json: bool) -> int:
    """The exit status: 0; 1 when a promise broke; 2 when the file or the server at `url` is not for this; 3 when a
    server of our own did not start."""
    lines = [line.strip() for line in (input or SAMPLE).read_text("utf-8").splitlines() if line.strip()]
    if not lines:
        print(f"{input} has no line for the customer to say.", file=sys.stderr)
        return 2
    try:
        results = asyncio.run(_play(rounds, lines, url))
    except (CannotStart, TokenRefused, Closed) as problem:
        print(problem, file=sys.stderr)
        return 3 if isinstance(problem, CannotStart) else 2
    _print(results)
    if as_json:
        print(json.dumps(summary(results)), flush=True)
    return 0 if all(result.is_kept for result in results) else 1


async def _play(rounds: int, lines: Sequence[str], url: str | None) -> list[Result]:
    async with AsyncExitStack() as stack:
        if url is None:
            url = await stack.enter_async_context(own_server())
            print(f"A server of our own is up at {url}.", flush=True)
        desk = await stack.enter_async_context(_desk(url))
        results: list[Result] = []
        for number in range(1, rounds + 1):
            results.append(Result())
            with anyio.move_on_after(ROUND_SECONDS) as patience:
                async with CustomerClient(socket_url(url), visitor_tokens(url, CUSTOMER), history=HISTORY) as maria:
                    timeline = Timeline(f"Round {number} of {rounds}", is_brief=rounds > WHOLE_TIMELINES)
                    results[-1] = await Round(number, desk, lines, timeline).play(maria)
                    timeline.end(_times(results[-1]), is_kept=results[-1].is_kept)
            if patience.cancelled_caught:
                print(f"Round {number} did not end within {ROUND_SECONDS:.0f} s: the server is gone, or stuck.")
                break
        return results


@asynccontextmanager
async def _desk(url: str) -> AsyncIterator[Desk]:
    """The staff, connected. Raises `TokenRefused` if the server is not there, or not for this."""
    try:
        await agent_tokens(url, AUDITOR)()
    except OSError as problem:
        raise TokenRefused(f"{url} cannot be reached: {problem}") from None
    async with AsyncExitStack() as stack:
        agents = [AgentClient(socket_url(url), agent_tokens(url, name), history=HISTORY) for name in AGENTS]
        auditor = AgentClient(socket_url(url), agent_tokens(url, AUDITOR))
        for client in (*agents, auditor):
            await stack.enter_async_context(client)
        yield Desk(agents, auditor)


# -- what it came to ---------------------------------------------------------------------------------------------------


def summary(results: Sequence[Result]) -> dict[str, object]:
    findings = sum((result.findings for result in results), Findings())
    return {
        "rounds": len(results),
        "winners": sum(result.winners for result in results),
        "losers_told": sum(result.losers_told for result in results),
        "cut_mid_reply": sum(result.was_cut for result in results),
        **msgspec.structs.asdict(findings),
        **{f"{name}_ms": _percentiles([getattr(result, name) for result in results]) for name in TIMES},
        "is_kept": all(result.is_kept for result in results),
    }


def _print(results: Sequence[Result]) -> None:
    told = summary(results)
    print(f"\n{_count(told['rounds'], 'takeover')}, {told['cut_mid_reply']} in the middle of a reply.")
    print(f"{_count(told['winners'], 'winner')}; {told['losers_told']} told at once who had been quicker.\n")
    for name, meaning in MEANINGS.items():
        print(f"  {told[name]:>5}  {meaning}")
    print(f"\n  {'milliseconds':28}{'p50':>8}{'p99':>9}")
    for name, meaning in TIMES.items():
        p50, p99 = _percentiles([getattr(result, name) for result in results]).values()
        print(f"  {meaning:28}{p50:8.1f}{p99:9.1f}")
    print(f"\n{'Every promise was kept.' if told['is_kept'] else 'A PROMISE WAS BROKEN.'}", flush=True)


def _times(result: Result) -> str:
    return ", ".join(f"{meaning} {getattr(result, name):.1f} ms" for name, meaning in TIMES.items())


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {f"p{q}": round(ordered[math.ceil(len(ordered) * q / 100) - 1], 3) for q in (50, 99)}


def _count(number: object, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
