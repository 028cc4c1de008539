"""A socket that comes back: connect, hello, welcome; then frames both ways until it ends; then again, or never.

What is said on it is the `Peer`'s. Here are only its lives: tokens, liveness, back-off, and when to stop. Whatever
answers is not taken for the server: only the server's own coded refusals and close codes end it (R3, R80).
"""

import asyncio
import random
import time
from contextlib import suppress
from inspect import isawaitable
from typing import NamedTuple

import anyio
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from intervene.client import answers
from intervene.client.addresses import is_loopback, origin
from intervene.client.peer import BeganAnew, Closed, Out, Pace, Peer, Welcome
from intervene.client.tokens import TokenLater, TokenRefused, Tokens, VisitorTokens
from intervene.client.trouble import Kind, Outage, Trouble
from intervene.core.bucket import Bucket
from intervene.core.codes import CloseCode, may_come_back
from intervene.core.limits import MOST_FRAME_BYTES
from intervene.core.wire.common import SUBPROTOCOL, Away, Hello, Ping, Pong, Refresh, Refreshed
from intervene.core.wire.contact import ContactWelcome
from intervene.core.wire.staff import StaffWelcome

MOST_BYTES = 2 * MOST_FRAME_BYTES  # of one frame from the server, a newer one as well; beyond it: an outage

HANG_UP_SECONDS = 1.0  # for the other side to answer our close

ABNORMAL = 1006  # RFC 6455, 7.4.1: the connection ended without a close frame

PING_SECONDS = 1.0, 120.0  # the least and the most that a server can ask for

LONGEST_REFRESH = 600.0  # seconds between two tokens, where the clocks disagree or no token can be had

LONGEST_LIFE = 24 * 3600.0  # of a token, as far as waiting for its end goes

_OF_TOKENS = (CloseCode.TOKEN_EXPIRED, CloseCode.NEW_TOKEN, CloseCode.BAD_TOKEN)

_encode = msgspec.json.Encoder().encode


class _NotTheProtocol(Exception):
    """What is at the other end does not speak it."""


class _End(NamedTuple):
    """How one life of the connection ended. `come_back` in seconds, if the server said so."""

    kind: Kind
    code: int
    reason: str
    come_back: float | None = None
    is_final: bool = False

    @property
    def sentence(self) -> str:
        return f"closed with {self.code}: {self.reason or 'no reason given'}" if self.kind is Kind.LOST else self.reason


class Connection:
    """`allowance` is what the server lets a session say; we keep a little below it, so that nothing is refused.
    `visitor`: the tokens, if they are a visitor's, who can begin anew."""

    def __init__(
        self, url: str, tokens: Tokens, peer: Peer, decoder: msgspec.json.Decoder[Out], allowance: Bucket,
        pace: Pace, name: str, visitor: VisitorTokens | None = None,
    ) -> None:  # fmt: skip
        self._url = url
        self._tokens = tokens
        self._visitor = visitor
        self._is_anew = False
        """The visitor began anew, and the server has not said welcome since."""
        self._peer = peer
        self._decoder = decoder
        self._allowance = allowance
        self._pace = pace
        self._name = name
        self._token = ""
        """The one that the server has welcomed."""
        self._offered = ""
        self._expires = 0
        self._refreshed = asyncio.Event()
        self._wake = asyncio.Event()
        self._heard = 0
        self._joined_at = 0.0
        self._away: Away | None = None
        self._outage = Outage()

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    @property
    def trouble(self) -> Trouble | None:
        """Why we are not connected."""
        return self._outage.now

    async def run(self) -> Closed:
        """Live, and come back, until it makes no sense any more. Raises what `tokens` and the peer raise."""
        failures = 0
        while True:
            self._joined_at = 0.0
            end = await self._live()
            if self._joined_at and time.monotonic() - self._joined_at >= self._pace.stable:
                failures = 0
                self._outage.is_over()
            is_anew = self._begins_anew(end)
            if end.is_final and not is_anew:
                return Closed(end.code, end.reason)
            delay = self._delay(0 if is_anew else failures)  # the server is there, and answers
            if end.come_back is not None:  # what was asked for, but no tight loop when it fails again
                delay = max(end.come_back, delay) if failures else end.come_back
            failures += 1
            self._peer.failed(self._outage.failed(end.kind, end.sentence, failures, delay))
            await anyio.sleep(delay)

    def _begins_anew(self, end: _End) -> bool:
        """Once: a second refusal in a row is final."""
        if self._visitor is None or self._is_anew or end.code != CloseCode.BAD_TOKEN:
            return False
        self._is_anew = True
        self._visitor.forget(self._offered)
        self._token = ""
        self._peer.began_anew(BeganAnew(f"This visitor's token is not good here any more: {end.reason or 'refused'}."))
        return True

    def _delay(self, failures: int) -> float:
        most = min(self._pace.longest_delay, self._pace.first_delay * 2.0 ** min(failures, 30))
        return random.uniform(0.0, most)

    async def _live(self) -> _End:
        with anyio.move_on_after(self._pace.join) as patience:
            socket = await self._hello_token() or await self._connect()
        if patience.cancelled_caught:
            return _End(Kind.UNREACHABLE, ABNORMAL, f"no connection to {self._where} within {self._pace.join:g} s")
        return socket if isinstance(socket, _End) else await self._use(socket)

    async def _connect(self) -> ClientConnection | _End:
        """A connection on which our protocol is spoken: nothing else is ever given a token."""
        try:
            socket = await _Connect(
                self._url,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                compression=None,
                open_timeout=None,  # ours is around this
                ping_interval=None,  # we ping with frames, which also proves that the server reads them
                close_timeout=HANG_UP_SECONDS,
                max_size=MOST_BYTES,
                proxy=None if is_loopback(self._url) else True,
            )
        except InvalidStatus as problem:
            return self._refusal(problem)
        except (OSError, WebSocketException, EOFError) as problem:
            return _End(Kind.UNREACHABLE, ABNORMAL, f"no connection to {self._where}: {_words(problem)}")
        if socket.subprotocol != SUBPROTOCOL:
            socket.transport.abort()
            return _End(Kind.NOT_THE_SERVER, ABNORMAL, f"what answers at {self._where} does not speak {SUBPROTOCOL}")
        return socket

    def _refusal(self, problem: InvalidStatus) -> _End:
        """The upgrade was answered with HTTP: by the server, or by whatever stands before it."""
        status, found = problem.response.status_code, answers.refusal(problem.response.body)
        # A program in front of the server may write the header several times, which `get` makes an error.
        said = next(iter(problem.response.headers.get_all("Retry-After")), None)
        wait = answers.advice(status, said, time.time())
        if wait is not None:
            wait += random.random()  # all callers that were refused together get the same
        if found is None:
            sentence = f"HTTP {status} from {self._where}, which is no answer of this server's"
            return _End(Kind.NOT_THE_SERVER, status, sentence, wait)
        if found.is_final:
            return _End(Kind.BUSY, status, str(found), is_final=True)
        return _End(Kind.BUSY, status, f"{self._where} answered HTTP {status}, {found}", wait)

    async def _use(self, socket: ClientConnection) -> _End:
        self._away = None
        trouble = "no welcome came"
        try:
            if welcome := await self._greet(socket):
                trouble = ""
                await self._exchange(socket, welcome)
        except ConnectionClosed:
            trouble = ""
        except _NotTheProtocol as problem:
            return _End(Kind.NOT_THE_SERVER, ABNORMAL, f"{self._where} {problem}")
        except RuntimeError:  # of uvloop, about a connection that was reset while nothing was sent
            if not socket.transport.is_closing():
                raise
        finally:
            await socket.close()
        if self._away:
            wait = min(max(self._away.after_ms / 1000, 0.0), answers.LONGEST_ADVICE)
            return _End(Kind.AWAY, CloseCode.GOING_AWAY, "the server is stopping", wait)
        return self._closed(socket, trouble)

    def _closed(self, socket: ClientConnection, trouble: str) -> _End:
        protocol = socket.protocol
        if trouble or protocol.close_rcvd is None or protocol.close_rcvd_then_sent is False:
            reason = trouble or (protocol.close_sent.reason if protocol.close_sent else "") or "the connection was lost"
            return _End(Kind.LOST, ABNORMAL, reason)
        code, reason = protocol.close_rcvd.code, protocol.close_rcvd.reason
        if code in (CloseCode.TOKEN_EXPIRED, CloseCode.NEW_TOKEN):
            self._token = ""
        kind = Kind.TOKEN if code in _OF_TOKENS else Kind.LOST
        return _End(kind, code, reason, is_final=not may_come_back(code))

    async def _greet(self, socket: ClientConnection) -> Welcome | None:
        await socket.send(_encode(Hello(token=self._offered, client=self._name)), text=True)
        with anyio.move_on_after(self._pace.join):
            match frame := self._first(await socket.recv(decode=False)):
                case StaffWelcome() | ContactWelcome():
                    self._token, self._expires = self._offered, frame.expires
                    self._is_anew = False
                    self._joined_at = time.monotonic()
                    return frame
                case Away():
                    self._away = frame
                    return None
                case _:
                    raise _NotTheProtocol("did not begin with welcome")
        socket.transport.abort()
        return None

    async def _exchange(self, socket: ClientConnection, welcome: Welcome) -> None:
        """Until one of the four ends: with the connection, or with what went wrong."""
        self._outage.joined()
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
                case None | Pong() | StaffWelcome() | ContactWelcome():
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
        least, most = PING_SECONDS
        patience = self._pace.silence or min(max(welcome.ping_seconds, least), most)
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

    async def _hello_token(self) -> _End | None:
        """Sets `_offered`, unless there is none now."""
        try:
            usable = self._token and self._time_left() > self._pace.refresh
            self._offered = self._token if usable else await self._new_token()
        except TokenLater as problem:
            wait = min(max(problem.retry_after, 0.0), answers.LONGEST_ADVICE) + random.random()
            return _End(Kind.TOKEN, ABNORMAL, f"no token: {_words(problem)}", wait)
        except OSError as problem:
            return _End(Kind.TOKEN, ABNORMAL, f"no token: {_words(problem)}")
        except TokenRefused as problem:
            if self._visitor is None or self._is_anew or problem.code != "bad_token":
                raise
            self._offered = ""
            return _End(Kind.TOKEN, CloseCode.BAD_TOKEN, str(problem), is_final=True)
        return None

    async def _new_token(self) -> str:
        asked = self._tokens()
        if not isawaitable(asked):
            raise TypeError(f"`tokens` is a coroutine function; this one answers {type(asked).__name__}.")
        token: object = await asked
        if not isinstance(token, str):
            raise TypeError(f"A token is text; `tokens` answered {type(token).__name__}.")
        return token

    async def _stay_fresh(self, socket: ClientConnection) -> None:
        """A new token before the present one ends. Where clocks disagree, each looks as if it had ended: then ever
        less often, and so when there is none to be had. The server says when one has ended (4001)."""
        in_vain = 0
        while True:
            least = min(self._pace.refresh * 2.0 ** min(in_vain, 30), max(LONGEST_REFRESH, self._pace.refresh))
            await anyio.sleep(max(least, min(self._time_left() * 0.8, LONGEST_LIFE)))
            in_vain += 1
            try:
                token = await self._new_token()
            except (OSError, TokenRefused):
                continue  # the old one is good for a while
            self._refreshed.clear()
            await socket.send(_encode(Refresh(token=token)), text=True)
            await self._refreshed.wait()
            self._token = token
            if self._time_left() > self._pace.refresh:
                in_vain = 0

    def _time_left(self) -> float:
        return self._expires / 1000 - time.time()

    @property
    def _where(self) -> str:
        return origin(self._url)

    def _first(self, data: bytes) -> Out | None:
        try:
            return self._decode(data)
        except _NotTheProtocol:
            if _is_welcome(data):
                reason = "the token is of the other side: AgentClient is for staff, CustomerClient for customers"
                raise Closed(CloseCode.BAD_TOKEN, reason) from None
            raise

    def _decode(self, data: bytes) -> Out | None:
        """None: a type of frame from a newer server, which we were not told about and need not know."""
        try:
            return self._decoder.decode(data)
        except msgspec.ValidationError as problem:
            if str(problem).endswith("`$.type`"):
                return None
            raise _NotTheProtocol(f"sent what does not fit the protocol: {problem}") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _NotTheProtocol("sent what is not JSON") from None


class _Connect(connect):
    """One that does not follow redirects: what redirects is not the server."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def _is_welcome(data: bytes) -> bool:
    for kind in (StaffWelcome, ContactWelcome):
        with suppress(msgspec.DecodeError):
            msgspec.json.decode(data, type=kind)
            return True
    return False


def _words(problem: BaseException) -> str:
    return str(problem) or type(problem).__name__
