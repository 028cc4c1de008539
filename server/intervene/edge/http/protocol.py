"""HTTP/1.1 on a transport: requests in, answers of an ASGI application out, or a connection that becomes a session.

    waiting --bytes--> reading --whole--> answering --answered and read--> waiting
                          |                   `--not read in time--> cut off
                          `--refused--> leaving --hung up or time is over--> lost

One request at a time: what stands behind it is not parsed before its answer is written and read. Its body is read
first, so the application never waits for a peer. What a peer sends is never logged; each refusal is counted by code.
"""

import asyncio
import logging
from typing import Any, cast

import structlog
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from intervene.core import limits
from intervene.core.addresses import plain
from intervene.edge.head import Head, Incoming
from intervene.edge.http.front import Front
from intervene.edge.problems import Accepted, Denial
from intervene.edge.proxies import Client

LATE = Denial(408, "timeout", f"A request is whole within {limits.REQUEST_SECONDS:.0f} s.")

log_ = structlog.get_logger(__name__)
_library = logging.getLogger("uvicorn.error")


class Http(asyncio.Protocol):
    """uvicorn makes it for each connection, and ends it by `shutdown`."""

    transport: asyncio.Transport
    flow: FlowControl

    def __init__(
        self,
        front: Front,
        config: object,
        server_state: ServerState,
        app_state: object,
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._front = front
        self._state = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._received = b""  # and not parsed
        self._incoming: Incoming | None = None  # the request that is being read
        self._client: Client | None = None  # of the request under way
        self._cycle: RequestResponseCycle | None = None
        self._is_leaving = False
        self._has_ended = False  # the peer writes no more
        self._is_idle = False  # between two requests
        self._served = 0  # requests
        self._deadline: asyncio.TimerHandle | None = None
        self.address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(0)  # `pause_writing` whenever the kernel does not take all
        self.flow = FlowControl(self.transport)
        peer = transport.get_extra_info("peername")
        self.address = plain(peer[0]) if isinstance(peer, tuple) else ""
        self._state.connections.add(self)  # type: ignore[arg-type]  # it lists classes of uvicorn
        if refusal := self._front.enter(self.address):
            self._refuse(refusal)
            self.transport.close()  # to linger would be a way around the bound
        else:
            self._front.waits(self)
            self._expect(limits.REQUEST_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(self)
        self._front.busy(self)
        self._front.leave(self.address)
        self._is_leaving = True
        self._expect(0)
        self._end_request()
        if self._cycle is not None:
            self._cycle.disconnected = True
            self._cycle.message_event.set()
            self._cycle = None
        self.flow.resume_writing()
        self._received, self._incoming = b"", None

    def shutdown(self) -> None:
        """The server ends: answer what is under way, and nothing more."""
        if self._cycle is None or self._cycle.response_complete:
            self.transport.close()
        else:
            self._cycle.keep_alive = False

    def abort(self) -> None:
        self.transport.abort()

    # -- requests come -------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._is_leaving:
            return
        self._received += data
        try:
            self._go_on()
        except Exception:  # a fault of ours: no bytes of a peer may lead here
            log_.exception("a connection failed")
            self._refuse(Denial(500, "internal", "Something went wrong on this server."))

    def eof_received(self) -> bool:
        """Whether the transport stays open: until the answer is written."""
        self._has_ended = True
        return self._cycle is not None and not self._is_leaving

    def _go_on(self) -> None:
        if self._cycle is not None:
            self.flow.pause_reading()
            if len(self._received) > limits.HEAD_BYTES + limits.BODY_BYTES:
                self._cycle.keep_alive = False  # 9.3.2: what comes after a close is not answered
                self._received = b""
        else:
            self._read()

    def _read(self) -> None:
        if self._incoming is None:
            self._received = self._received.lstrip(b"\r\n")  # RFC 9112, 2.2: "SHOULD ignore at least one empty line"
            if not self._received:
                return
            if self._is_idle:
                self._is_idle = False
                self._expect(limits.REQUEST_SECONDS)
            self._incoming = Incoming()
        data, self._received = self._received, b""
        incoming, had_head = self._incoming, self._incoming.head is not None
        if refusal := incoming.feed(data):
            self._refuse(refusal)
        elif incoming.head is not None and (had_head or self._take(incoming, incoming.head)):
            if incoming.is_whole:
                self._answer(incoming, incoming.head)
            elif not had_head:
                self._continue(incoming.head)

    def _take(self, incoming: Incoming, head: Head) -> bool:
        """Whether the request is one that the application answers."""
        if refusal := self._front.admit(head):
            self._refuse(refusal)
            return False
        client = self._front.proxies.client(self.address, head)
        if self._front.upgrade and head.path == self._front.socket_path:
            self._switch(self._front.upgrade(head, client), incoming.rest)
            return False
        if refusal := self._front.begin(client):
            self._refuse(refusal)
            return False
        self._client = client
        return True

    def _continue(self, head: Head) -> None:
        """RFC 9110, 10.1.1: the client waits for leave to send its body."""
        if b"100-continue" in head.tokens(b"expect"):
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    # -- answers -------------------------------------------------------------------------------------------------------

    def _answer(self, incoming: Incoming, head: Head) -> None:
        self._incoming, self._received = None, incoming.rest
        self._front.busy(self)
        self._expect(0)
        if self._received:
            self.flow.pause_reading()
        assert self._client is not None, "it was admitted"
        self._served += 1
        self._cycle = cycle = RequestResponseCycle(
            scope=_scope(head, self._client),  # type: ignore[arg-type]  # as ASGI has it
            transport=self.transport,
            flow=self.flow,
            logger=_library,
            access_logger=_library,
            access_log=False,
            default_headers=self._state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=head.is_kept and self._served < limits.HTTP_REQUESTS,
            on_response=self._answered,
        )
        cycle.body, cycle.more_body = bytearray(incoming.body), False
        cycle.message_event.set()
        self._front.soon(self._start)

    def _start(self) -> None:
        if self._cycle is None:
            return  # lost since
        task = self._loop.create_task(self._cycle.run_asgi(self._front.app))  # type: ignore[arg-type]
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    def _answered(self) -> None:
        self._end_request()
        self._front.waits(self)
        if not self.flow.write_paused:
            self._next()

    def _next(self) -> None:
        """The answer is written and read: the next request, if it came already."""
        self._cycle = None
        if self.transport.is_closing():
            return
        if self._has_ended and not self._received:
            self.transport.close()
            return
        self._is_idle = True
        self._expect(limits.IDLE_SECONDS)
        self.flow.resume_reading()
        self._go_on()

    def _end_request(self) -> None:
        if self._client is not None:
            self._front.end(self._client)
            self._client = None

    def _refuse(self, refusal: Denial) -> None:
        """Answer and close. A peer that is still writing would lose the answer if the connection closed at once, so
        half-close it and read until the peer closes too (RFC 9112, 9.6)."""
        self._front.metrics.denials[refusal.code] += 1
        is_head = self._incoming is not None and self._incoming.is_head
        self._end_request()
        self._is_leaving, self._received, self._incoming = True, b"", None
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        self.transport.write(refusal.render(self._state.default_headers, is_head=is_head))
        self._expect(limits.LINGER_SECONDS)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    # -- a session takes over ------------------------------------------------------------------------------------------

    def _switch(self, result: Accepted | Denial, early: bytes) -> None:
        """Give the connection away, with what has arrived behind the request."""
        if isinstance(result, Denial):
            self._refuse(result)
            return
        transport = self.transport
        self.connection_lost(None)
        transport.set_write_buffer_limits()
        transport.write(result.answer)
        protocol = result.make()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if early:
            protocol.data_received(early)

    # -- time and flow -------------------------------------------------------------------------------------------------

    def _expect(self, seconds: float) -> None:
        """Something within so many seconds, or the connection is cut off; 0: nothing."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._loop.call_later(seconds, self._is_late) if seconds else None

    def _is_late(self) -> None:
        self._deadline = None
        if self._incoming is not None and not self.flow.write_paused:
            self._refuse(LATE)
        else:
            self.transport.abort()

    def pause_writing(self) -> None:
        self.flow.pause_writing()
        self._expect(limits.WRITE_SECONDS)

    def resume_writing(self) -> None:
        self.flow.resume_writing()
        if self._is_leaving:
            self._expect(limits.LINGER_SECONDS)
            return
        self._expect(0)
        if self._cycle is not None and self._cycle.response_complete:
            self._next()


def _scope(head: Head, client: Client) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": f"1.{head.minor}",
        "server": None, "client": (client.address, 0), "scheme": client.schemes[0], "root_path": "",
        "method": head.method, "path": head.path, "raw_path": head.raw_path, "query_string": head.query,
        "headers": head.fields, "state": {"host": head.host, "schemes": client.schemes},
    }  # fmt: skip
