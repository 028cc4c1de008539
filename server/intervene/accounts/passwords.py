"""Passwords: argon2id (RFC 9106), in two threads.

A hash takes a whole processor for a tenth of a second, so somebody who asks for many would keep others out. One of the
two threads, and half of the places to wait, are for known devices alone: however many passwords are guessed, people who
have signed in on a device before still do.
"""

import asyncio
import unicodedata
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from intervene.core.errors import Busy
from intervene.core.limits import HASHES_WAITING

THREADS = 2
FOR_ANYBODY = 1  # of the threads; the others are for known devices

# OWASP's choice for argon2id in one lane: 19 MiB, twice.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$GGHWA9Jjy9Fl845rAQ1Bug$Oonur5P3bQ0jJ2PU5Ne5P6R7/UG5LKrmr3IOAoQD4So"
"""A hash that no password has: an account that is not there costs the same as a wrong password."""

T = TypeVar("T")


class _Job(NamedTuple):
    work: Callable[[], Any]
    done: "asyncio.Future[Any]"


class Passwords:
    """Beyond `limits.HASHES_WAITING` that wait, `Busy` is raised."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "passwords")
        self._known: deque[_Job] = deque()
        self._unknown: deque[_Job] = deque()
        self._running = self._running_unknown = 0

    async def hash(self, password: str) -> str:
        """Of somebody who has shown who they are. Raises `Busy`."""
        return await self._run(lambda: _HASHER.hash(_one_form(password)), is_known=True)

    async def fits(self, password: str, stored: str, *, is_known: bool) -> bool:
        """Whether it is the password of that hash; "" for none takes as long and is false. Raises `Busy`."""
        return await self._run(lambda: _fits(password, stored), is_known=is_known)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T], *, is_known: bool) -> T:
        waiting = self._known if is_known else self._unknown
        if self._is_full(is_known=is_known):
            raise Busy("Too many people sign in at once. Try again.")
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        waiting.append(_Job(work, done))
        self._start()
        return cast(T, await done)

    def _is_full(self, *, is_known: bool) -> bool:
        if is_known:
            return len(self._known) + len(self._unknown) >= HASHES_WAITING
        return len(self._unknown) >= HASHES_WAITING // 2

    def _start(self) -> None:
        while self._running < THREADS and (found := self._next()):
            job, is_known = found
            self._running += 1
            self._running_unknown += not is_known
            running = asyncio.get_running_loop().run_in_executor(self._threads, job.work)
            running.add_done_callback(partial(self._ended, job, is_known))

    def _next(self) -> tuple[_Job, bool] | None:
        """Known devices first. What was cancelled meanwhile is left out."""
        for waiting, is_known in ((self._known, True), (self._unknown, False)):
            while waiting and (is_known or self._running_unknown < FOR_ANYBODY):
                job = waiting.popleft()
                if not job.done.done():
                    return job, is_known
        return None

    def _ended(self, job: _Job, is_known: bool, ended: "asyncio.Future[Any]") -> None:
        self._running -= 1
        self._running_unknown -= not is_known
        if not job.done.done():
            if problem := ended.exception():
                job.done.set_exception(problem)
            else:
                job.done.set_result(ended.result())
        self._start()


def _fits(password: str, stored: str) -> bool:
    try:
        _HASHER.verify(stored or NOBODYS, _one_form(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored != ""


def _one_form(password: str) -> bytes:
    """Keyboards write one character in several ways (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
