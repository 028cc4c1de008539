"""A generator process: `python -m intervene.load.generator`. It gets its plan on standard input, and writes what it
counts to standard output until its plan is done, its input ends, or it is stopped.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable

import anyio
import uvloop

from intervene.load import exchange
from intervene.load.crew import Crew
from intervene.load.exchange import Finished, Go, Message, Plan, Ready, Slice, Stop
from intervene.load.recorder import Recorder

SLICE_SECONDS = 0.5
READ_BYTES = 65536


class Generator:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._recorder = Recorder()
        self._crew = Crew(plan, self._recorder)
        self._begun = 0.0
        self._last = time.monotonic()
        self._cpu = time.process_time()
        self.go = anyio.Event()
        self.stopped = anyio.Event()

    async def run(self) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(self._report)
            await self._until_stopped(self._crew.gather)
            _send(Ready(inside=self._crew.inside, refused=self._crew.refused, problem=self._recorder.problem))
            await self._until_stopped(self.go.wait)
            if self._begun:
                await self._until_stopped(self._load)
                await self._crew.settle()
            self._slice()
            absent = self._crew.absent
            self._crew.leave()
            group.cancel_scope.cancel()
        _send(Finished(examples=self._recorder.findings.examples, absent=absent, problem=self._recorder.problem))

    def begin(self, at: float) -> None:
        self._begun = at
        self.go.set()

    async def _load(self) -> None:
        self._crew.begin(self._begun)
        await anyio.sleep(self._begun + self._plan.scenario.duration - time.monotonic())

    async def _until_stopped(self, work: Callable[[], Awaitable[object]]) -> None:
        async with anyio.create_task_group() as group:

            async def first() -> None:
                await self.stopped.wait()
                group.cancel_scope.cancel()

            group.start_soon(first)
            await work()
            group.cancel_scope.cancel()

    async def _report(self) -> None:
        while True:
            await anyio.sleep(SLICE_SECONDS)
            self._slice()

    def _slice(self) -> None:
        now, cpu = time.monotonic(), time.process_time()
        counts, errors, closes = self._recorder.take_counts()
        _send(
            Slice(
                at=now - self._begun if self._begun else -1.0,
                sessions=len(self._crew.sessions),
                inside=self._crew.inside,
                cpu=cpu - self._cpu,
                seconds=now - self._last,
                times=self._recorder.take_times(),
                counts=counts,
                errors=errors,
                closes=closes,
                broken=self._recorder.take_broken(),
                problem=self._recorder.problem,
            )
        )
        self._last, self._cpu = now, cpu


def _send(message: Message) -> None:
    data = exchange.packed(message)
    while data:
        data = data[os.write(1, data) :]


async def _main() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    unpacker = exchange.Unpacker()
    generator: Generator | None = None
    async with anyio.create_task_group() as group:
        while data := await reader.read(READ_BYTES):
            for part in unpacker.feed(data):
                match exchange.order(part):
                    case Plan() as plan:
                        generator = Generator(plan)
                        group.start_soon(_run, generator, group.cancel_scope)
                    case Go(at=at):
                        assert generator is not None, "the plan comes first"
                        generator.begin(at)
                    case Stop():
                        assert generator is not None, "the plan comes first"
                        generator.stopped.set()
        group.cancel_scope.cancel()  # the command has gone


async def _run(generator: Generator, scope: anyio.CancelScope) -> None:
    await generator.run()
    scope.cancel()


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the command says when to stop
    uvloop.run(_main())


if __name__ == "__main__":
    main()
