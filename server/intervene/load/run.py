"""The command `intervene load`: it starts generator processes, shows how far they are, and says what it came to."""

import asyncio
import contextlib
import math
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import anyio
import msgspec

import intervene
from intervene.client import TokenRefused
from intervene.client.addresses import base_address, origin
from intervene.load import credentials as tokens
from intervene.load import exchange, scenario_file, table, thresholds
from intervene.load.credentials import BadCredentials, Credentials
from intervene.load.exchange import Finished, Go, Plan, Ready, Slice, Stop
from intervene.load.machine import Machine, Servers
from intervene.load.progress import Progress
from intervene.load.recorder import TIMES
from intervene.load.report import files
from intervene.load.report.files import CannotWrite, document
from intervene.load.report.page import page
from intervene.load.results import MEANINGS, Report, Results, conditions
from intervene.load.scenario import Scenario
from intervene.load.scenario_file import BadScenario
from intervene.load.thresholds import BadThreshold, Threshold
from intervene.terminal import say

DEFAULT_URL = "http://127.0.0.1:8000"
REACH_SECONDS = 5.0  # for a server to accept a connection before anything else is tried
HELP = "docs/load.md says which credentials there are."
START_SECONDS = 0.5  # from the order to the beginning: all processes have it by then
END_SECONDS = 20.0  # from the end of the load to the last message; then a process is killed
TICK_SECONDS = 1.0
READ_BYTES = 1 << 16


class Exit(IntEnum):
    """The exit statuses of the command."""

    KEPT = 0
    BROKEN = 1
    MISUSED = 2
    UNREACHED = 3
    MISSED = 4


class CannotConnect(Exception):
    """There is no server, or it lets nobody in; the message is a sentence."""


class _Process:
    """A generator, and what it has said so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.ready: Ready | None = None
        self.finished: Finished | None = None
        self.sessions = self.inside = 0

    def order(self, order: exchange.Order) -> None:
        stdin = self.process.stdin
        assert stdin is not None, "it is a pipe"
        if not stdin.is_closing():
            stdin.write(exchange.packed(order))


class Run:
    def __init__(
        self, name: str, scenario: Scenario, urls: Sequence[str], credentials: Credentials, processes: int
    ) -> None:
        self.results = Results()
        self.is_stopped = self._is_late = False
        self._name = name
        self._scenario = scenario
        self._urls = list(urls)
        self._credentials = credentials
        self._count = min(processes, scenario.groups)
        self._processes: list[_Process] = []
        self._progress = Progress(name, scenario.duration)
        self._started = datetime.now(UTC)
        self._begun = self._ended = 0.0
        self._servers, self._machine = Servers(urls), Machine()
        self._warnings: list[str] = []

    async def play(self) -> None:
        """Raises `CannotConnect`."""
        for url in self._urls:
            await _reach(url)
        await _ask_for_staff(self._credentials, self._urls[0])
        with tempfile.TemporaryFile() as said:
            try:
                await self._start(said)
                async with anyio.create_task_group() as group:
                    for process in self._processes:
                        group.start_soon(self._listen, process)
                    problem = await self._conduct()
            finally:
                self._kill()
                for process in self._processes:
                    await process.process.wait()
            if problem is not None:
                raise problem
            self._look_back(said)

    def stop(self) -> None:
        """End early, with a report. Once more: at once."""
        if self.is_stopped:
            self._kill()
        self.is_stopped = True
        for process in self._processes:
            process.order(Stop())

    def report(self, asked: Sequence[Threshold]) -> Report:
        results = self.results
        seconds = min(self._ended - self._begun, self._scenario.duration) if self._begun else 0.0
        numbers = results.numbers(seconds)
        measured = {name: value for name, value in numbers.items() if value is not None}
        signs = results.bottleneck()
        return Report(
            scenario=self._name,
            settings=self._scenario,
            version=intervene.__version__,
            started=self._started.isoformat(timespec="seconds"),
            urls=[origin(url) for url in self._urls],
            processes=self._count,
            seconds=round(seconds, 3),
            ended=self._outcome(),
            sessions=sum(process.sessions for process in self._processes),
            inside=sum(process.ready.inside for process in self._processes if process.ready),
            numbers=numbers,
            latency=results.latency(),
            errors=dict(results.errors),
            closes=dict(results.closes),
            checks=results.checks(),
            conditions=conditions([thresholds.judge(one, results.times, measured) for one in asked]),
            moments=results.moments(),
            warnings=[*signs, *self._warnings],
            is_bottleneck=bool(signs),
        )

    # -- its course ----------------------------------------------------------------------------------------------------

    async def _start(self, said: IO[bytes]) -> None:
        run = secrets.token_hex(3)
        for part in range(self._count):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "intervene.load.generator",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=said,
                start_new_session=True,  # a Ctrl-C is for the command alone, also before they ignore it
            )  # fmt: skip
            self._processes.append(_Process(process))
            self._processes[-1].order(
                Plan(
                    scenario=self._scenario, urls=self._urls, credentials=self._credentials, run=run, part=part,
                    of=self._count,
                )
            )  # fmt: skip
            if self.is_stopped:
                self._processes[-1].order(Stop())

    async def _listen(self, process: _Process) -> None:
        stdout, unpacker = process.process.stdout, exchange.Unpacker()
        assert stdout is not None, "it is a pipe"
        while data := await stdout.read(READ_BYTES):
            for part in unpacker.feed(data):
                match exchange.message(part):
                    case Slice() as slice:
                        process.sessions, process.inside = slice.sessions, slice.inside
                        self.results.take(slice)
                    case Ready() as ready:
                        process.ready = ready
                        self.results.problem = ready.problem or self.results.problem
                    case Finished() as finished:
                        process.finished = finished
                        self.results.finish(finished)

    async def _conduct(self) -> CannotConnect | None:
        """Why there can be no load, if so."""
        await self._wait(lambda process: process.ready is not None, math.inf)
        if problem := self._came_in():
            self.stop()
            return problem
        if not self.is_stopped:
            self._begun = time.monotonic() + START_SECONDS
            for process in self._processes:
                process.order(Go(at=self._begun))
        seconds = START_SECONDS + self._scenario.duration + END_SECONDS
        await self._wait(lambda process: process.finished is not None, seconds)
        self._ended = time.monotonic()
        self._progress.end()
        return None

    async def _wait(self, is_through: Callable[[_Process], bool], seconds: float) -> None:
        """Until each process is; then, and sooner after a stop, those that are not are killed."""
        until = time.monotonic() + seconds
        while not all(is_through(process) or process.process.returncode is not None for process in self._processes):
            await self._tick()
            until = min(until, time.monotonic() + END_SECONDS) if self.is_stopped else until
            if time.monotonic() > until:
                self._is_late = True
                self._kill()
                return

    async def _tick(self) -> None:
        await anyio.sleep(min(TICK_SECONDS, self._scenario.duration / 4))
        now = time.monotonic()
        at = now - self._begun if self._begun else -1.0
        taken = await anyio.to_thread.run_sync(self._servers.look)
        if taken is not None:
            self.results.take_server(at, now, taken)
        busy = self._machine.busy()
        if at >= 0 and busy is not None:
            self.results.busy.append(busy)
        inside = sum(process.inside for process in self._processes)
        self._progress.show(at, inside, sum(process.sessions for process in self._processes), self.results)

    def _came_in(self) -> CannotConnect | None:
        ready = [process.ready for process in self._processes if process.ready]
        inside, sessions = sum(one.inside for one in ready), self._scenario.total_sessions
        refused = sum(one.refused for one in ready)
        problem = self.results.problem.rstrip(".")
        if self.is_stopped:
            return None
        few = f"Only {inside} of {sessions} sessions came in: {problem or 'it took too long'}."
        if refused or inside < sessions / 2:
            self._progress.end()
            return CannotConnect(f"{f'Sessions were refused: {problem}.' if refused else few} {HELP}")
        if inside < sessions:
            self._warnings.append(few)
        return None

    def _look_back(self, said: IO[bytes]) -> None:
        """What is worth a sentence in the report."""
        counts, scenario = self.results.counts, self._scenario
        if self._is_late:
            self._warnings.append(f"A generator process did not end within {END_SECONDS:.0f} s, and was killed.")
        elif not all(process.finished for process in self._processes) and not self.is_stopped:
            said.seek(0)
            words = said.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
            self._warnings.append(f"A generator process ended by itself, and its part is missing: {words or 'killed'}")
        if counts["missed"]:
            self._warnings.append(
                f"{counts['missed']} takeovers were left out, as no bot held a conversation: set bots.streaming higher."
            )
        expects_bots = bool(self._begun and scenario.bots.streaming)
        if counts["silent"] or (expects_bots and not self.results.times["bot.first"].count):
            self._warnings.append("The bot left messages without a reply: does the server have one (its setting bot)?")
        if counts["not_sent"] or counts["unanswered"] or self.results.errors:
            self._warnings.append(
                f"The last thing that went wrong: {(self.results.problem or 'answers did not come').rstrip('.')}."
            )

    def _kill(self) -> None:
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                process.process.kill()

    def _outcome(self) -> str:
        absent, sessions = self.results.absent, sum(process.sessions for process in self._processes)
        if self._begun and absent and absent >= sessions:
            return "lost"
        return "interrupted" if self.is_stopped else "done"


def run(
    given: str,
    urls: Sequence[str],
    *,
    credentials: Path | None = None,
    given_tokens: Sequence[str] = (),
    changes: Sequence[str] = (),
    processes: int = 0,
    asked: Sequence[str] = (),
    json: Path | None = None,
    html: Path | None = None,
) -> int:
    """The exit status, one of `Exit`. `processes`: 0 for one for each processor."""
    try:
        scenario = scenario_file.read(given, changes)
        limits = [thresholds.parse(text, TIMES, MEANINGS) for text in asked]
        mine = tokens.read(credentials) if credentials else Credentials()
        if given_tokens:
            mine = msgspec.structs.replace(mine, tokens=list(given_tokens))
        tokens.check(mine, scenario)
        bases = [base_address(url) for url in urls or (DEFAULT_URL,)]
        for file in filter(None, (json, html)):
            files.check(file)
    except (BadScenario, BadThreshold, BadCredentials, CannotWrite, ValueError) as problem:
        say(problem, is_error=True, lines=True)
        return Exit.MISUSED
    name = Path(given).stem
    one = Run(name, scenario, bases, mine, processes or _processors())
    try:
        asyncio.run(_play(one))
    except CannotConnect as problem:
        say(problem, is_error=True)
        return Exit.UNREACHED
    report = one.report(limits)
    say(table.text(report), lines=True)
    status = _status(report)
    for path, make in ((json, document), (html, page)):
        try:
            if path:
                files.write(path, make(report))
        except CannotWrite as problem:
            say(problem, is_error=True)
            status = status or Exit.MISUSED
    return status


def show(given: str) -> int:
    """The scenario, as it stands in its file. The exit status."""
    try:
        say(scenario_file.text_of(given)[1].rstrip(), lines=True)
    except BadScenario as problem:
        say(problem, is_error=True)
        return Exit.MISUSED
    return Exit.KEPT


def show_list() -> None:
    for one in scenario_file.shipped():
        say(f"{one.name:16} {one.about}")
    say("\nTimes, for thresholds as ack.p99<20ms:", lines=True)
    for name, meaning in TIMES.items():
        say(f"  {name:22} {meaning}")
    say("\nCounts, for thresholds as errors=0:", lines=True)
    for name, meaning in MEANINGS.items():
        say(f"  {name:22} {meaning}")


def _status(report: Report) -> int:
    if not report.is_kept:
        return Exit.BROKEN
    if report.ended == "lost":
        return Exit.UNREACHED
    return Exit.KEPT if all(one.holds for one in report.conditions) else Exit.MISSED


async def _play(one: Run) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, one.stop)
    await one.play()


async def _ask_for_staff(credentials: Credentials, url: str) -> None:
    """Whether somebody of the staff gets a token."""
    try:
        await tokens.staff(credentials, url, 0)()
    except (OSError, TokenRefused) as problem:
        raise CannotConnect(f"No token for the staff: {problem}. {HELP}") from None


async def _reach(url: str) -> None:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with anyio.fail_after(REACH_SECONDS):
            async with await anyio.connect_tcp(parts.hostname or "", port):
                pass
    except (OSError, TimeoutError):
        raise CannotConnect(f"Nothing answers at {origin(url)}. Is the server up (make run)?") from None


def _processors() -> int:
    """Those that this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
