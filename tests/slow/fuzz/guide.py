"""The search: inputs that reach lines in an order not seen before are kept, and bent further.

Lines are counted by a trace function, so how much work an input causes is a number too: the same on every machine.
atheris does this faster, but its wheels are for some machines only, and lines of Python are what we want to count.
"""

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from types import CodeType, FrameType
from typing import Any

from tests.slow.fuzz.mutate import MOST_BYTES
from tests.slow.fuzz.target import Target

KEPT = Path(__file__).parent / "found"
"""Inputs that were refused wrongly once. Each is tried first, from then on."""

CUT_SECONDS = 60.0  # for making a found input smaller


class Found(AssertionError):
    """`data` breaks a rule."""

    def __init__(self, target: str, data: bytes, problem: BaseException) -> None:
        super().__init__(f"{target}: {problem!r}\n  input of {len(data)} bytes: {data[:2000]!r}")
        self.data = data


class Lines:
    """Counts lines of the watched files while it is entered."""

    def __init__(self, watched: Iterable[str]) -> None:
        self.count = 0
        self.steps: set[tuple[CodeType, int, int]] = set()
        self._watched = tuple(watched)
        self._is_watched: dict[CodeType, bool] = {}
        self._last = 0

    def __enter__(self) -> None:
        self.count, self._last = 0, 0
        self.steps = set()
        sys.settrace(self._call)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _arg: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        is_watched = self._is_watched.get(code)
        if is_watched is None:
            is_watched = self._is_watched[code] = any(part in code.co_filename for part in self._watched)
        return self._line if is_watched else None

    def _line(self, frame: FrameType, event: str, _arg: Any) -> Any:
        if event == "line":
            self.count += 1
            line = frame.f_lineno
            self.steps.add((frame.f_code, self._last, line))
            self._last = line
        return self._line


class Search:
    def __init__(self, target: Target, seed: str) -> None:
        self._target = target
        self._random = Random(seed)
        self._lines = Lines(target.watched)
        self._steps: set[tuple[CodeType, int, int]] = set()
        self._kept: list[bytes] = []
        self.tried = 0

    def begin(self) -> None:
        """The seeds, and what was found before."""
        found = sorted(KEPT.glob(f"{self._target.name}-*")) if KEPT.exists() else []
        self._kept = [*(file.read_bytes() for file in found), *self._target.seeds()]
        self._target.check(self._kept[-1])  # what is made at the first use is no input's work
        for data in self._kept:
            self.tries(data)

    def go_on(self, tries: int) -> None:
        for _ in range(tries):
            data = self._bent()
            if self.tries(data):
                self._kept.append(data)

    def go_on_for(self, seconds: float, say: Callable[[str], None]) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.go_on(2000)
            say(f"{self._target.name}: {self.tried} inputs, {len(self._kept)} kept, {len(self._steps)} steps")

    def _bent(self) -> bytes:
        """Late ones more often: they reach what the search reached last."""
        random, kept = self._random, self._kept
        data = kept[max(random.randrange(len(kept)), random.randrange(len(kept)))]
        for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
            data = self._target.mutate(data, random)
        if not random.randrange(10):
            other = random.choice(kept)
            data = data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]
        return data[:MOST_BYTES]

    def tries(self, data: bytes) -> bool:
        """Whether it went where no input had gone. Raises `Found`."""
        self.tried += 1
        try:
            with self._lines:
                self._target.check(data)
            most = self._target.most_lines(len(data))
            assert self._lines.count <= most, f"{self._lines.count} lines for {len(data)} bytes; at most {most}"
        except Exception as problem:
            raise Found(self._target.name, data, problem) from problem
        is_new = not self._lines.steps <= self._steps
        self._steps |= self._lines.steps
        return is_new


def smaller(make: Callable[[], Target], data: bytes) -> bytes:
    """A part of it that still breaks a rule, each tried on a target of its own: what broke one may have broken it for
    good."""
    until, size = time.monotonic() + CUT_SECONDS, len(data) // 2
    while size and time.monotonic() < until:
        at = 0
        while at < len(data):
            part = data[:at] + data[at + size :]
            if _breaks(make(), part):
                data = part
            else:
                at += size
        size //= 2
    return data


def _breaks(target: Target, data: bytes) -> bool:
    search = Search(target, "")
    try:
        search.tries(data)
    except Found:
        return True
    finally:
        target.close()
    return False
