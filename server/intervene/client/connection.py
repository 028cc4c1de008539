"""A socket that comes back: connect, hello, welcome; then frames both ways until it ends; then again, or never.

What is said on it is the `Peer`'s. Here are only its lives: tokens, liveness, back-off, and when to stop.
"""

import asyncio
import random
import time
from typing import NamedTuple, Protocol

import anyio
import msgspec
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from intervene.client.tokens import TokenLater, Tokens, is_loopback
from intervene.core.codes import CloseCode, may_come_back
from intervene.core.frames import (
    SUBPROTOCOL,
    Away,
    ContactOut,
    ContactWelcome,
    Hello,
    Ping,
    Pong,
    Refresh,
    Refreshed,
    StaffOut,
    StaffWelcome,
)  # fmt: skip
from intervene.core.limits import Bucket

MOST_BYTES = 64 * 1024 * 1024  # of one frame from the server: 500 events of the longest texts, escaped
HANG_UP_SECONDS = 1.0  # for the other side to answer our close
ABNORMAL = 1006  # RFC 6455, 7.4.1: the connection ended without a close frame
NOT_OURS = 1002  # the other side does not speak this protocol

Welcome = StaffWelcome | ContactWelcome
Out = StaffOut | ContactOut

_encode = msgspec.json.Encoder().encode


class Pace(Struct, frozen=True, kw_only=True):
    """How patient a client is, in seconds."""

    first_delay: float = 0.5
    """The first reconnect waits a random part of this, each that fails again of the double (full jitter)."""
    longest_delay: float = 30.0
    stable: float = 30.0
    """A connection that lived as long starts over from `first_delay`."""
    join: float = 10.0
    """For connecting, and again for being welcomed."""
    silence: float = 0.0
    """Without a frame for as long it pings, for as long again it reconnects. 0: what the server's welcome says."""
    refresh: float = 5.0
    """The least time between two tokens, whatever the clocks say."""


class Closed(Exception):
    """The server sent us away for good, or we left. `code` is a close code, or an HTTP status below 1000."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"closed with {code}: {reason or 'no reason given'}")
        self.code = code
        self.reason = reason


class Outgoing(NamedTuple):
    data: bytes
    is_free: bool
    """Whether the server counts it as a message: see `limits`."""


class Peer(Protocol):
    """What is said on the socket. All synchronous."""

    def joined(self, welcome: Welcome) -> None: ...

    def left(self) -> None: ...

    def receive(self, frame: Out) -> None: ...

    def next_frame(self) -> Outgoing | None:
        """What to send now. After None it is asked again when `Connection.wake` was called."""


class _End(NamedTuple):
    """How one life of the connection ended. `come_back` in seconds, if the server said so."""

    code: int
    reason: str
    come_back: float | None = None

    @property
    def is_final(self) -> bool:
        if self.come_back is not None or self.code in (408, 425, 429):
            return False
        return self.code < 500 or (self.code >= 1000 and not may_come_back(self.code))


class Connection:
    """`allowance` is what the server lets a session say; we keep a little below it, so that nothing is refused."""

    def __init__(
        self, url: str, tokens: Tokens, peer: Peer, decoder: msgspec.json.Decoder[Out], allowance: Bucket,
        pace: Pace, name: str,
    ) -> None:  # fmt: skip
        self._url = url
        self._tokens = tokens
        self._peer = peer
        self._decoder = decoder
        self._allowance = allowance
        self._pace = pace
        self._name = name
        self._token = ""
        self._expires = 0
        self._refreshed = asyncio.Event()
        self._wake = asyncio.Event()
        self._heard = 0
        self._joined_at = 0.0
        self._away: Away | None = None

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    async def run(self) -> Closed:
        """Live, and come back, until it makes no sense any more. Raises what `tokens` and the peer raise."""
        failures = 0
        while True:
            self._joined_at = 0.0
            end = await self._live()
            if end.is_final:
                return Closed(end.code, end.reason)
            if self._joined_at and time.monotonic() - self._joined_at >= self._pace.stable:
                failures = 0
            await anyio.sleep(self._delay(failures) if end.come_back is None else end.come_back)
            failures += 1

    def _delay(self, failures: int) -> float:
        most = min(self._pace.longest_delay, self._pace.first_delay * 2.0 ** min(failures, 30))
        return random.uniform(0.0, most)

    async def _live(self) -> _End:
        try:
            with anyio.fail_after(self._pace.join):
                token = await self._usable_token()
                socket = await connect(
                    self._url,
                    subprotocols=[Subprotocol(SUBPROTOCOL)],
                    compression=None,
                    open_timeout=None,  # ours is above
                    ping_interval=None,  # we ping with frames, which also proves that the server reads them
                    close_timeout=HANG_UP_SECONDS,
                    max_size=MOST_BYTES,
                    proxy=None if is_loopback(self._url) else True,
                )
        except InvalidStatus as problem:
            return _refusal(problem)
        except TokenLater as problem:
            return _End(ABNORMAL, str(problem), problem.retry_after + random.random())
        except (OSError, WebSocketException) as problem:
            return _End(ABNORMAL, str(problem))
        return await self._use(socket, token)

    async def _use(self, socket: ClientConnection, token: str) -> _End:
        self._away = None
        try:
            if welcome := await self._greet(socket, token):
                await self._exchange(socket, welcome)
        except ConnectionClosed:
            pass
        finally:
            await socket.close()
        if self._away:
            return _End(CloseCode.GOING_AWAY, "sent away", self._away.after_ms / 1000)
        code = socket.close_code or ABNORMAL
        if code == CloseCode.TOKEN_EXPIRED:
            self._token = ""
        return _End(code, socket.close_reason or "")

    async def _greet(self, socket: ClientConnection, token: str) -> Welcome | None:
        await socket.send(_encode(Hello(token=token, client=self._name)), text=True)
        with anyio.move_on_after(self._pace.join):
            welcome = self._decoder.decode(await socket.recv(decode=False))
            if not isinstance(welcome, Welcome):
                raise Closed(NOT_OURS, "the server did not begin with welcome")
            self._token, self._expires = token, welcome.expires
            self._joined_at = time.monotonic()
            return welcome
        socket.transport.abort()
        return None

    async def _exchange(self, socket: ClientConnection, welcome: Welcome) -> None:
        """Until one of the four ends: with the connection, or with what went wrong."""
        self._peer.joined(welcome)
        parts = self._read(socket), self._write(socket), self._watch_over(socket, welcome), self._stay_fresh(socket)
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._peer.left()
        for task in done:
            task.result()

    async def _read(self, socket: ClientConnection) -> None:
        while self._away is None:
            data = await socket.recv(decode=False)
            self._heard += 1
            match self._decode(data):
                case None | Pong():
                    pass
                case Away() as away:
                    self._away = away
                case Refreshed(expires=expires):
                    self._expires = expires
                    self._refreshed.set()
                case frame:
                    self._peer.receive(frame)

    async def _write(self, socket: ClientConnection) -> None:
        allowance = msgspec.structs.replace(self._allowance)
        while True:
            out = self._peer.next_frame()
            if out is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            if not out.is_free and (wait := allowance.take(time.monotonic())):
                await anyio.sleep(wait)
                allowance.take(time.monotonic())
            await socket.send(out.data, text=True)

    async def _watch_over(self, socket: ClientConnection, welcome: Welcome) -> None:
        """Ping after silence; give up after as much again."""
        patience = self._pace.silence or welcome.ping_seconds
        has_pinged = False
        while True:
            heard = self._heard
            await anyio.sleep(patience)
            if self._heard != heard:
                has_pinged = False
            elif has_pinged:
                socket.transport.abort()
                return
            else:
                has_pinged = True
                await socket.send(_encode(Ping()), text=True)

    # -- tokens --------------------------------------------------------------------------------------------------------

    async def _usable_token(self) -> str:
        if self._token and self._time_left() > self._pace.refresh:
            return self._token
        return await self._tokens()

    async def _stay_fresh(self, socket: ClientConnection) -> None:
        while True:
            await anyio.sleep(max(self._pace.refresh, self._time_left() * 0.8))
            try:
                token = await self._tokens()
            except OSError:
                continue  # the old one is good for a while
            self._refreshed.clear()
            await socket.send(_encode(Refresh(token=token)), text=True)
            await self._refreshed.wait()
            self._token = token

    def _time_left(self) -> float:
        return self._expires / 1000 - time.time()

    def _decode(self, data: bytes) -> Out | None:
        """None: a type of frame from a newer server, which we were not told about and need not know."""
        try:
            return self._decoder.decode(data)
        except msgspec.ValidationError as problem:
            if str(problem).endswith("`$.type`"):
                return None
            raise


def _refusal(problem: InvalidStatus) -> _End:
    """The upgrade was refused, perhaps with advice."""
    status = problem.response.status_code
    advice = problem.response.headers.get("Retry-After", "")
    come_back = float(advice) + random.random() if advice.isdigit() and status in (429, 503) else None
    return _End(status, f"the server answered HTTP {status}", come_back)
