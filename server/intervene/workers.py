"""Several processes on one machine that share a port: `run` starts them, starts them again, and ends with them.

Each worker is a full node; what it runs is an argument, and nothing of a node is known here. The process that calls
`run` holds the port and waits for signals and for the end of its workers, without a loop. It answers no requests but
those for the sum of their metrics (`worker_metrics.py`). `python -m intervene.workers` is a worker: its standard input
says what to run, and ends when the parent does.
"""

import math
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

import msgspec
import structlog

from intervene import loopback
from intervene.config import Config
from intervene.worker_metrics import Source, WorkerMetrics

Serve = Callable[[Config, socket.socket | None, socket.socket | None], int]

STOPPING = (signal.SIGTERM, signal.SIGINT)
FIRST_PAUSE = 0.5  # seconds before a worker that ended is started again; doubled each time
LONGEST_PAUSE = 10.0
SETTLED_SECONDS = 60.0  # a worker that ran so long had no trouble in starting
STOP_SECONDS = 15.0  # beyond `drain_seconds`, for close frames, requests under way and closing; then it is killed
AT_ONCE_SECONDS = 5.0  # the same after a second signal
LOOK_SECONDS = 0.05  # between two looks at a worker that is starting

log_ = structlog.get_logger("intervene.workers")  # in a worker, this module is `__main__`


def run(config: Config, serve: Serve) -> int:
    """Run `serve` in `config.workers` processes until told to stop. The exit status.

    `serve` is found by its name in the worker. It gets a socket that is bound and shall listen only when it is ready,
    and one for its metrics. The first worker starts alone, so that what is wrong is said once: if it ends with a status
    before it listens, that is the status of all. Raises OSError if a port is taken.
    """
    with _reserved(config.host, config.port) as reserved, _signals() as wait:
        # It ends with the process: a thread accepts on it.
        figures = _bound(*_address(config.metrics_host, config.metrics_port), is_shared=False)
        return _Workers(config, serve, reserved, WorkerMetrics(figures)).keep(wait)


def pause_after(lived: float, before: float) -> float:
    """Seconds until a worker that lived so long is started again; `before`: what it was last time, or 0."""
    return FIRST_PAUSE if lived >= SETTLED_SECONDS or not before else min(2 * before, LONGEST_PAUSE)


class _Workers:
    def __init__(self, config: Config, serve: Serve, reserved: socket.socket, metrics: WorkerMetrics) -> None:
        self._config = msgspec.structs.replace(config, port=reserved.getsockname()[1])
        self._metrics = metrics
        self._serve = serve
        self._reserved = reserved
        self._places = [_Place(number) for number in range(1, config.workers + 1)]
        self._has_served = False
        self._status: int | None = None  # ours; set when the end has begun
        self._limit = math.inf  # when workers that are left are killed

    def keep(self, wait: Callable[[float], bytes]) -> int:
        self._metrics.start()
        try:
            self._look(time.monotonic())
            while self._status is None or self._lives:
                for told in wait(self._next_look - time.monotonic()):
                    if told in STOPPING:
                        self._stop(time.monotonic())
                self._look(time.monotonic())
            return self._status
        finally:  # no worker is left, or something of ours broke
            for life in self._lives:
                life.process.kill()

    @property
    def _lives(self) -> "list[_Life]":
        return [place.life for place in self._places if place.life]

    @property
    def _startable(self) -> "list[_Place]":
        if self._status is not None:
            return []
        return [place for place in (self._places if self._has_served else self._places[:1]) if not place.life]

    @property
    def _next_look(self) -> float:
        """Not later than that; a signal comes in between, also that of a process that ended."""
        is_starting = any(not life.has_come_up for life in self._lives)
        soon = time.monotonic() + LOOK_SECONDS if is_starting else math.inf
        return min([self._limit, soon, *(place.due for place in self._startable)])

    def _look(self, now: float) -> None:
        for place in self._places:
            if place.life:
                self._look_at(place, place.life, now)
        for place in self._startable:
            if place.due <= now:
                self._start(place, now)
        if now >= self._limit:
            self._kill()

    def _look_at(self, place: "_Place", life: "_Life", now: float) -> None:
        status = life.process.poll()  # first: one that listened and ended is up, and then ended
        if not life.has_come_up and life.is_listening():
            log_.info("worker serves", worker=place.number, process=life.process.pid)
            if not self._has_served:
                self._has_served = True
                log_.info("serving", url=self._url(self._config.host, self._config.port), workers=len(self._places))
                figures = self._url(self._config.metrics_host, self._metrics.port)
                log_.info("metrics of all workers", url=f"{figures}/metrics")
        if status is not None:
            life.close()
            self._metrics.drop(life.figures)
            place.life = None
            self._ended(place, life, status, now)

    def _ended(self, place: "_Place", life: "_Life", status: int, now: float) -> None:
        how = {"status": status} if status >= 0 else {"signal": signal.strsignal(-status)}
        log = log_.bind(worker=place.number, process=life.process.pid, **how)
        if self._status is not None:
            log.info("worker ended")
        elif status > 0 and not self._has_served:
            log.error("worker could not start")  # it has said why
            self._status = status
        else:
            place.wait(now, lived=now - life.began)
            log.warning("worker ended, and is started again", after_seconds=place.pause)

    def _start(self, place: "_Place", now: float) -> None:
        try:
            config = _own(self._config, place.number)
            place.life = _Life(place.number, config, self._serve, self._reserved, now)
        except OSError as error:
            if not self._has_served:
                raise
            place.wait(now, lived=0)
            log_.error("no worker can be started", worker=place.number, reason=str(error), after_seconds=place.pause)
        else:
            self._metrics.add(place.life.figures)
            log_.debug("worker started", worker=place.number, process=place.life.process.pid)

    def _stop(self, now: float) -> None:
        """They drain. Asked again, they stop at once: each takes a second signal so."""
        seconds = AT_ONCE_SECONDS if self._status is not None else self._config.drain_seconds + STOP_SECONDS
        log_.info("stopping workers", within_seconds=seconds)
        if self._status is None:
            self._status = 0
        self._limit = min(self._limit, now + seconds)
        for life in self._lives:
            life.process.terminate()

    def _kill(self) -> None:
        self._limit = math.inf
        for life in self._lives:
            log_.error("worker did not stop in time and is killed", process=life.process.pid)
            life.process.kill()
            self._status = 1

    @staticmethod
    def _url(host: str, port: int) -> str:
        return loopback.url(loopback.resolved(host), port)


def _own(config: Config, number: int) -> Config:
    """Each has a port of its own for metrics, behind that of their sum."""
    port = config.metrics_port + number if config.metrics_port else 0
    return msgspec.structs.replace(config, metrics_port=port)


class _Place:
    """One of the N: a process and, when that has ended, the next."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.life: _Life | None = None
        self.due = 0.0  # when it is started, while there is none
        self.pause = 0.0  # the last one

    def wait(self, now: float, lived: float) -> None:
        self.pause = pause_after(lived, self.pause)
        self.due = now + self.pause


class _Life:
    """One process, and our hold on its socket until that listens."""

    def __init__(self, number: int, config: Config, serve: Serve, reserved: socket.socket, now: float) -> None:
        self.began = now
        self.has_come_up = False
        with _bound(*_address(config.metrics_host, config.metrics_port), is_shared=False) as figures:
            self.figures = Source(figures.getsockname())
            self._listening = _bound(reserved.family, reserved.getsockname(), is_shared=True)
            descriptors = self._listening.fileno(), figures.fileno()
            told = pickle.dumps((number, config, serve, descriptors))
            try:
                self.process = subprocess.Popen(
                    # -P: what happens to lie in the working directory is no module of ours.
                    [sys.executable, "-P", "-m", "intervene.workers", str(number)],
                    stdin=subprocess.PIPE,
                    pass_fds=descriptors,
                    # Ctrl-C reaches all processes of the terminal's session. Ours would take what we send then as the
                    # second signal, at which one stops without draining.
                    start_new_session=True,
                )
            except OSError:
                self._listening.close()
                raise
        with suppress(BrokenPipeError):  # it is dead already, which the next look shows
            self._input.write(told)
            self._input.flush()

    def is_listening(self) -> bool:
        """Asked of the kernel, whatever it runs. Then we close ours: no connection shall be queued where none is
        accepted."""
        self.has_come_up = bool(self._listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
        if self.has_come_up:
            self._listening.close()
        return self.has_come_up

    def close(self) -> None:
        self._listening.close()
        with suppress(BrokenPipeError):
            self._input.close()

    @property
    def _input(self) -> IO[bytes]:
        assert self.process.stdin is not None, "it is a pipe"
        return self.process.stdin


# -- the port and the signals ------------------------------------------------------------------------------------------


def _reserved(host: str, port: int) -> socket.socket:
    """A socket that keeps the port for processes that share it with us, and never listens."""
    family, address = _address(host, port)
    with _bound(family, address, is_shared=False) as alone:  # refused also where others share the port among themselves
        address = alone.getsockname()
    return _bound(family, address, is_shared=True)


def _address(host: str, port: int) -> tuple[int, tuple[Any, ...]]:
    found = socket.getaddrinfo(loopback.resolved(host), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    return family, address


def _bound(family: int, address: tuple[Any, ...], *, is_shared: bool) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, is_shared)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


@contextmanager
def _signals() -> Iterator[Callable[[float], bytes]]:
    """A function that waits up to so many seconds and returns the numbers of the signals that came, also before."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    handlers = {number: signal.signal(number, lambda *_: None) for number in (*STOPPING, signal.SIGCHLD)}

    def wait(seconds: float) -> bytes:
        ready, _, _ = select.select([reading], [], [], None if math.isinf(seconds) else max(0.0, seconds))
        return os.read(reading, 4096) if ready else b""

    try:
        yield wait
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


# -- in a worker -------------------------------------------------------------------------------------------------------


def _work() -> int:
    parent = os.dup(0)  # neither this nor the socket is for processes that the worker starts
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    with open(parent, "rb", closefd=False) as told:
        try:
            number, config, serve, descriptors = pickle.load(told)
        except EOFError:  # the parent is gone already
            return 0
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    structlog.contextvars.bind_contextvars(worker=number)
    limit = config.drain_seconds + STOP_SECONDS
    threading.Thread(target=_end_after, args=(parent, limit), name="parent", daemon=True).start()
    status: int = serve(config, *(socket.socket(fileno=descriptor) for descriptor in descriptors))
    return status


def _end_after(parent: int, limit: float) -> None:
    """However the parent ended, no process is left to stop this one."""
    os.read(parent, 1)
    log_.warning("the parent is gone, so this worker stops")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(limit)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(_work())
