"""How a session comes in, and comes back when its connection ends (docs/protocol.md, R3, R80, R81)."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Protocol

from intervene.client import TokenRefused
from intervene.client.answers import advice, refusal
from intervene.client.tokens import TokenLater
from intervene.core.codes import FINAL_REFUSALS, CloseCode
from intervene.load.credentials import Tokens
from intervene.load.line import Line
from intervene.load.recorder import Recorder
from intervene.load.target import Target
from intervene.load.wire import encode

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0  # seconds, of which a random part is waited
JOIN_SECONDS = 15.0  # from the dial to the welcome; then it is dialled anew
FINAL_CLOSES = {1007, 1009, *range(4500, 5000)}
NEW_TOKEN = {CloseCode.TOKEN_EXPIRED, CloseCode.NEW_TOKEN}


class Inside(Protocol):
    """The session, once it is in."""

    is_in: bool

    def receive(self, payloads: list[bytes]) -> None: ...

    def left(self) -> None: ...


class Door(Protocol):
    """Sessions on their way in: a server takes a few of an address at once."""

    def ask(self, enter: Callable[[], None]) -> None: ...

    def passed(self) -> None: ...


class Entrance:
    """`line` is the connection, on its way or open. `is_dead`: the server has sent the session away for good."""

    def __init__(
        self, inside: Inside, tokens: Tokens, where: Target, door: Door, recorder: Recorder, *, is_narrow: bool
    ) -> None:
        self.line: Line | None = None
        self.is_dead = False
        self._inside = inside
        self._tokens = tokens
        self._token = ""
        self._where = where
        self._door = door
        self._recorder = recorder
        self._is_narrow = is_narrow
        self._is_at_door = False
        self._failures = self._tries = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def enter(self) -> None:
        if not self.is_dead:
            self._door.ask(self._dial)

    def welcomed(self) -> None:
        self._failures = 0
        self._pass()

    def cut(self) -> None:
        assert self.line is not None, "it is in"
        self.line.drop()
        self._lose()
        self._come_back(random.random() * FIRST_DELAY)

    def leave(self) -> None:
        self.is_dead = True
        self._drop()

    # -- a line's owner ------------------------------------------------------------------------------------------------

    def opened(self, line: Line) -> None:
        line.send(encode("hello", token=self._token, client="intervene load"))

    def receive(self, payloads: list[bytes]) -> None:
        self._inside.receive(payloads)

    def refused(self, status: int, head: str, body: bytes) -> None:
        found = refusal(body)
        self._recorder.error(f"http_{status}")
        said = f"{self._where.name} refuses sockets with {status}{f', {found}' if found else ''}"
        if found and found.code in FINAL_REFUSALS:
            self._stop(said)
            return
        after = [line[12:] for line in head.split("\r\n") if line.lower().startswith("retry-after:")]
        self._fail(said, advice(status, after[0] if after else None, time.time()) or 0.0)

    def lost(self, code: int, reason: str) -> None:
        self._recorder.close(str(code))
        said = f"{self._where.name} closed a session with {code}{f': {reason}' if reason else ''}"
        self._lose()
        if code in NEW_TOKEN:
            self._token = ""
        if code in FINAL_CLOSES:
            self._stop(said)
        else:
            self._fail(said)

    # -- on the way ----------------------------------------------------------------------------------------------------

    def _dial(self) -> None:
        self._is_at_door = True
        self._tries += 1
        loop = asyncio.get_running_loop()
        loop.call_later(JOIN_SECONDS, self._give_up, self._tries)
        task = loop.create_task(self._connect())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> None:
        where = self._where
        try:
            self._token = self._token or await self._tokens()
            self.line = Line(self, where.name, where.path)
            await where.connect(self.line, is_narrow=self._is_narrow)
        except TokenRefused as problem:
            self._stop(str(problem))
        except OSError as problem:
            wait = problem.retry_after if isinstance(problem, TokenLater) else 0.0
            self._fail(f"{where.name} cannot be reached: {problem}", wait)

    def _give_up(self, tries: int) -> None:
        if self._is_at_door and tries == self._tries:
            self._drop()
            self._fail(f"{self._where.name} did not let a session in within {JOIN_SECONDS:.0f} s")

    def _drop(self) -> None:
        if self.line is not None:
            self.line.drop()
        for task in self._tasks:
            task.cancel()

    def _lose(self) -> None:
        self.line = None
        if self._inside.is_in:
            self._inside.left()

    def _stop(self, said: str) -> None:
        self.is_dead = True
        self._recorder.problem = said
        self._pass()

    def _fail(self, said: str, wait: float = 0.0) -> None:
        self._recorder.problem = said
        self.line = None
        self._pass()
        delay = wait + random.random() * min(FIRST_DELAY * 2**self._failures, LONGEST_DELAY)
        self._failures += 1
        self._come_back(delay)

    def _come_back(self, delay: float) -> None:
        asyncio.get_running_loop().call_later(delay, self.enter)

    def _pass(self) -> None:
        if self._is_at_door:
            self._is_at_door = False
            self._door.passed()
