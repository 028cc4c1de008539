"""How long PostgreSQL takes for what each command waits for, and how far its clock is from this machine's."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from intervene.config import Config
from intervene.ops.doctor.findings import SAMPLE_SECONDS, SAMPLES, Report, answer, latency, ok, warn

NAME = "PostgreSQL"
ROUND_TRIP_MS = 5.0, 50.0  # p50, p99: every command is a commit, and every takeover two or three of these
COMMIT_MS = 20.0, 100.0
SKEW_MS = 2000.0  # between two clocks; tokens and times go by the database's

Connection = Any  # asyncpg is partly typed, and says so nowhere


async def round_trip(connection: Connection, config: Config) -> Report:
    advice = "Every command waits for some of these: bring nodes and database closer together."
    samples = await _samples(lambda: connection.fetchval("SELECT 1"))
    return [latency(f"{NAME} round trip", samples, ROUND_TRIP_MS, advice)]


async def commit(connection: Connection, config: Config) -> Report:
    """A record in the write-ahead log that changes no table: the commit is as durable as any, and nothing stays."""
    advice = "Every acknowledgement waits for one: a faster disk for the write-ahead log, or a closer standby."
    samples = await _samples(
        lambda: connection.fetchval("SELECT pg_logical_emit_message(true, 'intervene doctor', '')")
    )
    return [latency(f"{NAME} commit", samples, COMMIT_MS, advice)]


async def _samples(ask: Callable[[], Awaitable[object]]) -> list[float]:
    """Milliseconds. The first is not counted: what is asked has to be prepared."""
    await answer(ask())
    samples: list[float] = []
    until = time.monotonic() + SAMPLE_SECONDS
    while len(samples) < SAMPLES and (not samples or time.monotonic() < until):
        began = time.monotonic()
        await answer(ask())
        samples.append((time.monotonic() - began) * 1000)
    return samples


async def clock(connection: Connection, config: Config) -> Report:
    """By the quickest of a few answers: what it says was so in the middle of them."""
    check = f"{NAME} clock"
    seen = []
    for _ in range(5):
        began, wall = time.monotonic(), time.time()
        now = await answer(connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8"))
        took = time.monotonic() - began
        seen.append((took, (now - wall - took / 2) * 1000))
    took, skew = min(seen)
    found = f"{skew:+.0f} ms against this machine's (±{took * 500:.1f})"
    if abs(skew) > SKEW_MS:
        advice = "Keep both by NTP: tokens and times go by the database's clock, and who signs tokens has another."
        return [warn(check, found, advice, skew_ms=round(skew, 3))]
    return [ok(check, found, skew_ms=round(skew, 3))]
