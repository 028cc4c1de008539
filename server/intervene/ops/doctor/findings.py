"""What a check has found: one line for a person, the same for a program. And how long anything may take."""

import math
import socket
import threading
from asyncio import get_running_loop
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import anyio

from intervene.core.text import printable

T = TypeVar("T")

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 3.0  # for each thing that is asked
SAMPLES, SAMPLE_SECONDS = 30, 2.0  # of one latency: so many, or as many as so long allows

NO_FIGURES: Mapping[str, float] = MappingProxyType({})


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(NamedTuple):
    """`found` has the figures, `advice` says what to do; where all is well there is none."""

    check: str
    state: State
    found: str
    advice: str = ""
    figures: Mapping[str, float] = NO_FIGURES

    def __str__(self) -> str:
        word = "FAIL" if self.state is State.FAIL else self.state.value
        line = f"{word:4}  {printable(self.check)}: {printable(self.found)}"
        return f"{line}\n      {printable(self.advice)}" if self.advice else line


Report = list[Finding]


def ok(check: str, found: str, **figures: float) -> Finding:
    return Finding(check, State.OK, found, "", figures)


def warn(check: str, found: str, advice: str, **figures: float) -> Finding:
    return Finding(check, State.WARN, found, advice, figures)


def fail(check: str, found: str, advice: str, **figures: float) -> Finding:
    return Finding(check, State.FAIL, found, advice, figures)


def latency(check: str, samples: Sequence[float], most: tuple[float, float], advice: str) -> Finding:
    """`samples` in milliseconds, at least one; `most`: what p50 and p99 may be."""
    p50, p99 = (percentile(samples, q) for q in (50, 99))
    found = f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, of {len(samples)}"
    figures = {"p50_ms": p50, "p99_ms": p99, "samples": len(samples)}
    if p50 > most[0] or p99 > most[1]:
        return Finding(check, State.WARN, f"{found}; more than {most[0]:g} or {most[1]:g} is slow", advice, figures)
    return Finding(check, State.OK, found, "", figures)


def percentile(samples: Iterable[float], q: int) -> float:
    ordered = sorted(samples)
    return round(ordered[math.ceil(len(ordered) * q / 100) - 1], 3)


async def answer(waiting: Awaitable[T], seconds: float = ANSWER_SECONDS) -> T:
    """Raises `TimeoutError`."""
    with anyio.fail_after(seconds):
        return await waiting


async def is_resolved(host: str, seconds: float = CONNECT_SECONDS) -> bool:
    """Whether the name has an address. Raises `TimeoutError` without an answer: asked in a thread that nothing waits
    for, unlike those of the loop, which would keep the process from ending."""
    loop = get_running_loop()
    told = loop.create_future()

    def tell(is_known: bool) -> None:
        if not told.done():
            told.set_result(is_known)

    def ask() -> None:
        try:
            socket.getaddrinfo(host, None)
            is_known = True
        except (OSError, UnicodeError):
            is_known = False
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, is_known)

    threading.Thread(target=ask, daemon=True).start()
    with anyio.fail_after(seconds):
        return bool(await told)


async def unreachable_name(check: str, hosts: Iterable[str]) -> Finding | None:
    """The first name without an address, if there is one."""
    for host in hosts:
        try:
            if not await is_resolved(host):
                return fail(check, f"the name {host!r} has no address", "Correct the name, or what answers for names.")
        except TimeoutError:
            return fail(
                check, f"no resolver answered within {CONNECT_SECONDS:.0f} s what address {host!r} has",
                "The name servers of this machine (/etc/resolv.conf) do not answer.",
            )  # fmt: skip
    return None
