"""uvicorn, as this product runs it: our HTTP on its loop, drained before it stops, and a garbage collector that
does not walk every session."""

import asyncio
import gc
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType

import structlog
import uvicorn

from intervene import loopback
from intervene.edge.http.front import Front
from intervene.edge.http.protocol import Http
from intervene.edge.socket.timers import Wheel

SIGNALS = (signal.SIGTERM, signal.SIGINT)
ONE_SIGNAL_SECONDS = 1.0  # a service manager signals each process, and a parent of workers passes on what it got
GRACE_SECONDS = 5  # for HTTP requests under way, when everything else is drained
TICKS_A_MINUTE = 600  # uvicorn ticks ten times a second
NOTHING: Mapping[socket.socket, Front] = MappingProxyType({})
THRESHOLDS = (20_000, 50, 1_000)

log_ = structlog.get_logger(__name__)


def bind(host: str, port: int) -> socket.socket:
    """A socket to listen on; its port is known before anything runs. Raises OSError."""
    found = socket.getaddrinfo(loopback.resolved(host), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as problem:
        bound.close()
        raise OSError(problem.errno, f"{host} port {port}: {problem.strerror}") from problem
    return bound


class Server(uvicorn.Server):
    """`await server.serve([bind(host, port)])`. The first SIGTERM or SIGINT calls `drain` and stops when that is done,
    one a second later stops at once. `beside`: other sockets that are bound, and what answers there."""

    def __init__(
        self,
        front: Front,
        wheel: Wheel,
        drain: Callable[[], Awaitable[None]],
        beside: Mapping[socket.socket, Front] = NOTHING,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                front.app,
                http=partial(Http, front),  # type: ignore[arg-type]  # it is called, and need not be a class
                ws="none",  # ours, before any of uvicorn's
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # ours, and once
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._wheel = wheel
        self._drain = drain
        self._beside = beside
        self._draining: asyncio.Task[None] | None = None
        self._told_at = 0.0

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        gc.set_threshold(*THRESHOLDS)
        self._wheel.start()
        try:
            await super().serve(sockets)
        finally:
            self._wheel.stop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        for bound, front in self._beside.items():
            make = partial(Http, front, self.config, self.server_state, {})
            self.servers.append(await loop.create_server(make, sock=bound))

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_A_MINUTE == 0:
            settle()
        return await super().on_tick(counter)

    # -- stopping ------------------------------------------------------------------------------------------------------

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Not uvicorn's: that closes every socket at once, and raises the signal again when all is done."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in SIGNALS}
        for number in SIGNALS:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number, handler in before.items():
                loop.remove_signal_handler(number)
                signal.signal(number, handler or signal.SIG_DFL)  # process 1 still has to end by one while it closes

    def stop(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._draining is None:
            self._told_at = now
            self._draining = asyncio.get_running_loop().create_task(self._stop())
        elif now - self._told_at >= ONE_SIGNAL_SECONDS:
            self.end()

    def end(self) -> None:
        """Stop at once, without draining."""
        if self._draining is not None:
            self._draining.cancel()
        self.should_exit = self.force_exit = True

    async def _stop(self) -> None:
        try:
            await self._drain()
        except Exception:
            log_.exception("draining failed")
        self.should_exit = True


def settle() -> None:
    """Take what is alive out of the collector's sight.

    A full collection walks every session: half a second at 6,000 of them, with nothing to find, as sessions are freed
    by reference counts. The young garbage goes first; what is frozen in error is what lived at this moment.
    """
    gc.collect(1)
    gc.freeze()
