"""A websocket on a transport, after the handshake: bytes in, whole text messages out, and one ordered list of frames
that is written once per tick. No task, queue, future or timer of its own.

    open --close frame sent or received, or the protocol broken--> leaving --> lost

`websockets` parses and checks frames. Bounds are kept here: fragments, frames a second, a slow socket's backlog, the
time that leaving may take.
"""

import asyncio
import logging
from abc import abstractmethod
from typing import cast

import structlog
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from intervene.core.codes import CloseCode
from intervene.core.ids import AgentId, ChannelId
from intervene.core.limits import (
    BACKLOG_BYTES,
    BACKLOG_FRAMES,
    FRAME_BYTES,
    FRAME_FRAGMENTS,
    FRAMES_BURST,
    FRAMES_PER_SECOND,
    LARGE_BYTES,
)
from intervene.edge.metrics import Metrics
from intervene.edge.socket.fast_frame import is_whole_pong, least_size, whole_text
from intervene.edge.socket.timers import Wheel
from intervene.edge.socket.write_batch import GATHERED_BYTES, Outbox
from intervene.ports.versions import PersonVersion

PING = b"\x89\x00"
SLICE = 4096  # bytes parsed before the bounds are looked at again: one packet may hold 40,000 empty frames

_UNKNOWN, _NEVER = -1, -2  # of a descriptor
_FRAME_SECONDS = 1.0 / FRAMES_PER_SECOND
_BURST_SECONDS = FRAMES_BURST / FRAMES_PER_SECOND + 1e-6  # more than the sum of so many is off by

log_ = structlog.get_logger(__name__)
_library = logging.getLogger("websockets.server")
_library.setLevel(logging.WARNING)  # below it, whole frames are written to the log


class Connection(asyncio.Protocol):
    __slots__ = (
        "_bytes", "_checker", "_fd", "_fragments", "_frames", "_is_aside", "_is_heard", "_is_open", "_is_reading",
        "_metrics", "_outbox", "_rested_at", "_transport", "_unparsed", "_untaken", "_waiting", "_wheel",
        "slot",
    )  # fmt: skip
    _transport: asyncio.Transport

    def __init__(self, outbox: Outbox, wheel: Wheel, metrics: Metrics) -> None:
        self._outbox = outbox
        self._wheel = wheel
        self._metrics = metrics
        self._checker: Protocol | None = None
        self._unparsed = 0  # bytes that the library may still have of a frame that is not whole yet
        self._rested_at = 0.0  # when the peer may send `FRAMES_BURST` at once again: a `Bucket` is 96 bytes
        self._fragments: list[bytes] | None = None  # as of most sessions most of the time: an empty list is 56 bytes
        self._waiting: list[bytes] | None = None
        self._frames = self._bytes = 0  # of what waits
        self.slot = 0  # of the wheel, once it has one
        self._fd = _UNKNOWN
        self._is_open = False
        self._is_reading = True
        self._is_aside = False  # the peer reads slowly: nothing is written
        self._is_heard = True  # since the last ping
        self._untaken = 0  # bytes that a slow peer had not read at the last ping

    # -- for subclasses ------------------------------------------------------------------------------------------------

    @abstractmethod
    def receive(self, data: bytes, now: float) -> None:
        """A whole text message, valid UTF-8. What it raises is a fault of ours: logged, and closed with 1011."""

    @abstractmethod
    def is_too_much(self, size: int, now: float) -> bool:
        """Whether a large frame of `size` bytes is beyond what may come. It is paid for otherwise."""

    @property
    @abstractmethod
    def channel_id(self) -> ChannelId | None:
        """The visitor's whose session it is, once `Sockets.join` has counted it."""

    @property
    @abstractmethod
    def agent_id(self) -> AgentId | None:
        """The same of staff."""

    @abstractmethod
    def changed(self, found: PersonVersion) -> None:
        """The row of the person whose session it is has that version now."""

    @abstractmethod
    def left(self) -> None:
        """No more messages come and none can be sent. Called once, straight from the loop."""

    @abstractmethod
    def greet_no_longer(self) -> None:
        """See `wheel.Turned`."""

    # -- out -----------------------------------------------------------------------------------------------------------

    def send(self, data: bytes, frames: int) -> None:
        """Whole websocket frames, joined. They leave at the end of this tick, or when a slow peer has read enough."""
        if self._outbox.crowd is not None:
            self._outbox.crowd.part(self)
        self.keep(data, frames)

    def keep(self, data: bytes, frames: int) -> None:
        if not self._is_open:
            return
        size = len(data)
        if self._bytes and self._bytes + size > GATHERED_BYTES:
            self.flush()  # now: a fast peer takes it, and a slow one is set aside by it
        if self._is_aside:
            if self._frames >= BACKLOG_FRAMES or self._held + size > BACKLOG_BYTES:
                self.close(CloseCode.RESUME, "too far behind: come back and resume")
                return
        elif not self._waiting:
            self._outbox.add(self)
        if self._waiting is None:
            self._waiting = [data]
            self._go_around()
        else:
            self._waiting.append(data)
        self._frames += frames
        self._bytes += size

    @property
    def _held(self) -> int:
        """Bytes that the peer has not read, as far as they are ours to keep: what waits, and what the transport has."""
        return self._bytes + self._transport.get_write_buffer_size()

    def flush(self, *, is_leaving: bool = False) -> None:
        """`is_leaving`: also to a peer that reads slowly."""
        waiting = self._waiting
        if not waiting or (self._is_aside and not is_leaving):
            return
        data = waiting[0] if len(waiting) == 1 else b"".join(waiting)
        metrics = self._metrics
        metrics.frames_out += self._frames
        metrics.bytes_out += len(data)
        self._waiting = None
        self._frames = self._bytes = 0
        self._transport.write(data)

    def look(self) -> None:
        """What goes straight to the descriptor must not pass what waits here or the transport still has, nor TLS by.
        The transport closes it only after `connection_lost`, so it is no other connection's until then."""
        if self._fd == _NEVER:
            return
        if self._waiting or self._is_aside or not self._is_open or self._transport.get_write_buffer_size():
            self._fd = _UNKNOWN
        elif self._fd == _UNKNOWN:
            bare = self._transport.get_extra_info("socket")
            is_plain = bare is not None and self._transport.get_extra_info("sslcontext") is None
            self._fd = bare.fileno() if is_plain else _NEVER

    def _go_around(self) -> None:
        """Nothing goes straight to the descriptor until `look` has found that it may."""
        if self._fd >= 0:
            self._fd = _UNKNOWN

    def _forget(self) -> None:
        self._waiting = None
        self._frames = self._bytes = 0

    def pause_writing(self) -> None:
        self._is_aside = True
        self._go_around()

    def resume_writing(self) -> None:
        self._is_aside = False
        if self._waiting:
            self._outbox.add(self)

    @property
    def _parser(self) -> Protocol:
        """Created lazily, for anything but whole texts and pongs: most connections never need it."""
        if self._checker is None:
            self._checker = Protocol(Side.SERVER, state=State.OPEN, max_size=FRAME_BYTES, logger=_library)
        return self._checker

    # -- in ------------------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so
        self._is_open = True
        self.slot = self._wheel.add(self)
        self._metrics.sockets += 1

    def data_received(self, data: bytes) -> None:
        self._outbox.settle()
        self._is_heard = True
        self._metrics.bytes_in += len(data)
        if not self._is_open and len(data) > SLICE:
            self.pause_reading()  # a flood behind our close frame, and no answer to it: the wheel ends this
            return
        now = self._wheel.monotonic()
        try:
            # Between two frames and messages of the library, what nearly always comes is taken without it.
            if not self._unparsed and not self._fragments:
                if (text := whole_text(data)) is not None:
                    if self._let_pass(len(text), now):
                        self._receive_text(text, now)
                    return
                if is_whole_pong(data):
                    self._let_pass(0, now)
                    return
            for start in range(0, len(data), SLICE):
                part = data[start : start + SLICE]
                self._unparsed += len(part)
                self._parser.receive_data(part)
                for frame in self._parser.events_received():
                    assert isinstance(frame, Frame), "requests and responses are of the handshake"
                    self._unparsed -= least_size(frame)
                    self._take(frame, now)
                self._settle()
        except Exception:
            self.crash()

    def _let_pass(self, size: int, now: float) -> bool:
        """Count a frame, and close on one too many. Whether it is to be looked at."""
        self._metrics.frames_in += 1
        self._rested_at = max(self._rested_at, now) + _FRAME_SECONDS
        if self._rested_at - now > _BURST_SECONDS:
            self._fail(CloseCode.TOO_FAST, "too many frames a second")
        elif size > LARGE_BYTES and self.is_too_much(size, now):
            self._fail(CloseCode.TOO_FAST, "too many bytes a second")
        return self._is_open

    def _take(self, frame: Frame, now: float) -> None:
        if self._let_pass(len(frame.data), now):
            match frame.opcode:
                case Opcode.TEXT | Opcode.CONT:
                    self._take_text(bytes(frame.data), frame.fin, now)
                case Opcode.BINARY:
                    self._fail(CloseCode.BAD_DATA, "only text is spoken here")
                case _:
                    pass  # the library answers pings and closes; a pong came

    def _take_text(self, data: bytes, is_last: bool, now: float) -> None:
        if self._fragments or not is_last:
            fragments = self._fragments = self._fragments or []
            fragments.append(data)
            if len(fragments) > FRAME_FRAGMENTS:
                self._fail(CloseCode.TOO_BIG, f"a message has at most {FRAME_FRAGMENTS} fragments")
                return
            if not is_last:
                return
            data, self._fragments = b"".join(fragments), None
        self._receive_text(data, now)

    def _receive_text(self, data: bytes, now: float) -> None:
        try:
            data.isascii() or data.decode()
        except UnicodeDecodeError:
            self._fail(CloseCode.BAD_DATA, "text must be UTF-8")  # RFC 6455, 8.1
            return
        self.receive(data, now)

    def pause_reading(self) -> None:
        if self._is_reading and not self._transport.is_closing():
            self._is_reading = False
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._is_reading and not self._transport.is_closing():
            self._is_reading = True
            self._transport.resume_reading()

    # -- the wheel -----------------------------------------------------------------------------------------------------

    def ping(self) -> None:
        """Nothing came since the last one, though we read: a peer that is slow may resume, others are gone. One
        that has read nothing since is to resume too, however much it sends."""
        before, self._untaken = self._untaken, self._transport.get_write_buffer_size() if self._is_aside else 0
        if 0 < before == self._untaken:
            self.close(CloseCode.RESUME, "too slow: come back and resume")
        elif self._is_heard or not self._is_reading:
            self._is_heard = False
            self.send(PING, 1)
        elif self._is_aside:
            self.close(CloseCode.RESUME, "too slow: come back and resume")
        else:
            self.close(CloseCode.GONE_SILENT, "no pong")

    def abort(self) -> None:
        self._transport.abort()

    # -- leaving -------------------------------------------------------------------------------------------------------

    def close(self, code: CloseCode, reason: str) -> None:
        """Send a close frame behind everything that was sent, and wait for the peer's own. Safe to call from
        anywhere."""
        if self._is_open:
            if self._parser.state is State.OPEN:  # the library may have read a close frame, or a breach
                self._parser.send_close(code, reason)
            self._settle()

    def _fail(self, code: CloseCode, reason: str) -> None:
        """Close on a peer that breaks the protocol: nothing of it is read from now on."""
        self._parser.fail(code, reason)
        self._settle()

    def crash(self) -> None:
        """A fault of ours, in an `except` block: logged whole, answered without detail."""
        log_.exception("a session failed", session=str(self))
        if self._is_open:
            self._fail(CloseCode.INTERNAL, "internal error")

    def _settle(self) -> None:
        """Carry out what the library wants sent: pongs in turn with everything else, a close frame at once."""
        said = self._parser.data_to_send()
        if self._parser.state is State.OPEN:
            for pong in said:
                self.send(pong, 1)
        elif said:
            if self._is_open:
                if self._outbox.crowd is not None:
                    self._outbox.crowd.part(self)
                self._depart()
            is_last = not said[-1]  # the library's mark for "no more from us"
            self._waiting = [*(self._waiting or ()), *(said[:-1] if is_last else said)]
            self._frames += len(said) - is_last
            self.flush(is_leaving=True)
            if is_last:
                self._end()

    def _depart(self) -> None:
        self._is_open = False
        self._go_around()
        if self._is_aside:
            self._forget()  # it would not read that either: it resumes elsewhere
        self.resume_reading()  # or the peer's close frame is never read
        self._count_close()
        self._wheel.closing(self)
        # Later, because a feed may be iterating its watchers right now and leaving would change them.
        asyncio.get_running_loop().call_soon(self.left)

    def _end(self) -> None:
        """The peer closes the connection, or the wheel does. If we did, bytes still on their way to us would make
        the kernel reset it, and the close frame would be lost with it."""
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def eof_received(self) -> None:
        """The transport closes itself after this; the wheel sees to it that it does not wait for a slow peer."""
        self._parser.receive_eof()
        self._settle()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fd = _NEVER
        self._forget()
        self._wheel.remove(self, self.slot)
        self._metrics.sockets -= 1
        # The library's parser is a generator that holds the object that holds it, and so does its error. With these
        # circles broken a session is freed by reference counts: the garbage collector never looks at what was frozen.
        if self._checker is not None:
            self._checker.parser.close()
            self._checker.parser_exc = None
        if self._is_open:
            self._is_open = False
            self._count_close()
            self.left()

    def _count_close(self) -> None:
        sent = self._checker.close_sent if self._checker is not None else None
        code = sent.code if sent else 1006
        self._metrics.closes[str(int(code)) if code in _CODES else "other"] += 1


_CODES = {*map(int, CloseCode), 1002, 1005, 1006}
