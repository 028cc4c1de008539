"""What reaches a listener: heads, bodies, first frames, frames of those who joined. All on the real edge, with
stand-ins behind it, as a connection of its own for each input."""

import asyncio
import struct
from collections.abc import Sequence
from random import Random
from zlib import crc32

import msgspec
from uvicorn.server import ServerState

from intervene.core.actors import Role
from intervene.core.codes import HTTP, CloseCode, ErrorCode
from intervene.core.wire.contact import ContactOut
from intervene.core.wire.staff import StaffOut
from intervene.edge.auth import BadToken
from intervene.edge.problems import Document
from tests.integration.edge.clock import Clock
from tests.integration.edge.conftest import Edge
from tests.slow.fuzz.line import Line, settles
from tests.slow.fuzz.mutate import MASK, cut, either, frame, in_bytes, in_frames, in_json
from tests.slow.fuzz.target import Target, calm
from tests.unit.core import golden

UPGRADE = (
    b"GET /socket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: intervene.v1\r\n\r\n"
)
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
ANSWERS = {501, 503, 505}  # beside 1xx to 4xx: a coding or version that is not spoken here; a bound is reached
GOODBYES = {*map(int, CloseCode), 1002} - {CloseCode.INTERNAL}
WORDS = (
    b"\r\n", b"\r\n\r\n", b"\n", b"GET ", b"POST ", b" HTTP/1.1", b" HTTP/1.0", b"Host: ", b"Host: 127.0.0.1\r\n",
    b"Content-Length: ", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"ffffffff\r\n",
    b"Connection: close\r\n", b"Connection: Upgrade\r\n", b"Upgrade: websocket\r\n", b"Upgrade: h2c\r\n",
    b"Expect: 100-continue\r\n", b"Origin: http://[\r\n", b"Origin: null\r\n", b"X-Forwarded-For: 1.2.3.4\r\n",
    b"X-Forwarded-Proto: https\r\n", b"Forwarded: for=x\r\n", b"Authorization: Bearer ", b"/socket", b"/%6detrics",
    b"/../", b"//", b"http://127.0.0.1/", b"*", b"?", b"#", b"%", b"\x00", b"\xff", b":", b"\t", b"127.0.0.1:80",
    b"[::1]", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01",
)  # fmt: skip


class Still(Clock):
    """Time stands still, so that the same input has the same answer."""

    def now(self) -> int:
        return 1_800_000_000_000

    def monotonic(self) -> float:
        return 1000.0


class Web(Target):
    """On one edge for all inputs: one that is broken by an input shows at the next."""

    watched = ("/intervene/", "/websockets/")

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.edge = self.loop.run_until_complete(self._make())
        self.state = ServerState()

    async def _make(self) -> Edge:
        edge = Edge()
        edge.clock.__class__ = Still
        return edge

    def close(self) -> None:
        for listening in self.edge._beside:
            listening.close()
        self.loop.close()

    def check(self, data: bytes) -> None:
        with calm():
            self.loop.run_until_complete(self.visits(data))

    async def visits(self, data: bytes) -> None:
        """One connection, and what holds at its end; then another, which must be served."""
        line = Line(self.edge, self.state)
        try:
            await self.talks(line, data)
            line.ends()
            await settles(self.state)
        finally:
            line.breaks()
            await asyncio.sleep(0)
        await self._is_as_before()

    async def talks(self, line: Line, data: bytes) -> None:
        raise NotImplementedError

    async def _is_as_before(self) -> None:
        edge, line = self.edge, Line(self.edge, self.state)
        line.arrives(HEALTH)
        await settles(self.state)
        assert line.written.startswith(b"HTTP/1.1 200 "), "the next connection is not served"
        line.breaks()
        await asyncio.sleep(0)
        assert not len(edge.sockets), "a session stays"
        assert not edge.front.open, "a connection stays"
        assert {key for key, *_ in edge.feeds.joins} <= {*edge.feeds.leaves}, "somebody watches who is gone"
        assert not edge.metrics.agents, "an agent stays"
        assert not edge.metrics.contacts, "a customer stays"
        edge.engine.submitted.clear()
        edge.feeds.joins.clear()
        edge.feeds.leaves.clear()
        edge.feeds.typing.clear()
        edge.log.reads.clear()


async def in_packets(line: Line, data: bytes, state: ServerState) -> None:
    """As one packet, or cut at places that follow from the bytes."""
    random = Random(crc32(data))
    ends = sorted(random.randrange(len(data) + 1) for _ in range(random.choice((0, 0, 1, 3))))
    for start, end in zip([0, *ends], [*ends, len(data)], strict=True):
        line.arrives(data[start:end])
        if random.randrange(2):
            await settles(state)
    await settles(state)


# -- what the edge says ------------------------------------------------------------------------------------------------


def answers(written: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """HTTP's answers, and what stands behind a 101."""
    found: list[tuple[int, bytes]] = []
    while written:
        head, end, rest = written.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        assert end, written[:200]
        assert first.startswith(b"HTTP/1.1 "), first
        status = int(first[9:12])
        assert status < 500 or status in ANSWERS, head
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        if status == 101:
            return [*found, (status, b"")], rest
        size = int(fields.get(b"content-length", b"0"))
        found.append((status, rest[:size]))
        written = rest[size:] if size <= len(rest) else b""  # to HEAD there is no body
    return found, b""


def is_a_problem(status: int, body: bytes) -> None:
    if status >= 400 and body:
        said = msgspec.json.decode(body, type=Document)
        assert said.code in HTTP, said
        assert "Traceback" not in said.detail, said


def frames_of(written: bytes) -> list[tuple[int, bytes]]:
    """Opcodes and payloads of the server's frames: whole, final, unmasked."""
    found, at = [], 0
    while at < len(written):
        first, size = written[at], written[at + 1]
        assert first & 0xF0 == 0x80, first
        assert size < 128, size
        wide = {126: 2, 127: 8}.get(size, 0)
        start = at + 2 + wide
        size = int.from_bytes(written[at + 2 : start], "big") if wide else size
        found.append((first & 0x0F, written[start : start + size]))
        assert len(written) >= start + size, "a frame is cut"
        at = start + size
    return found


def are_ours(frames: Sequence[tuple[int, bytes]], *kinds: object) -> None:
    """The protocol's frames, then perhaps a goodbye. Behind it a ping may be answered, as RFC 6455, 5.5.2 has it."""
    is_over = False
    for opcode, payload in frames:
        match opcode:
            case 0x1:
                assert not is_over, "something is said after the goodbye"
                said = msgspec.json.decode(payload)
                assert any(_fits(payload, kind) for kind in kinds), payload
                if said["type"] == "error":
                    ErrorCode(said["code"])
                    assert "Traceback" not in said["message"], said
            case 0x8:
                assert not payload or struct.unpack("!H", payload[:2])[0] in GOODBYES, payload
                assert not is_over, "goodbye is said twice"
                is_over = True
            case _:
                assert opcode in (0x9, 0xA), opcode


def _fits(payload: bytes, kind: object) -> bool:
    try:
        msgspec.json.decode(payload, type=kind)
    except msgspec.ValidationError:
        return False
    return True


# -- targets -----------------------------------------------------------------------------------------------------------


class Heads(Web):
    """Bytes of a new connection."""

    name = "heads"
    mutate = staticmethod(in_bytes(WORDS))  # type: ignore[assignment]

    def seeds(self) -> list[bytes]:
        token = self.edge.agent_token.encode()
        return [
            HEALTH, UPGRADE, UPGRADE + frame(b'{"type":"hello","token":"x"}'), HEALTH + HEALTH,
            b"GET /v1/conversations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + b"\r\n\r\n",
            b"POST /v1/webchat/webchat/visitors HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
            b"POST /v1/development/agents HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            b'e\r\n{"name":"Anna"}\r\n0\r\n\r\n',
            b"HEAD / HTTP/1.0\r\n\r\n",
            b"OPTIONS * HTTP/1.1\r\nHost: localhost:8000\r\nConnection: close\r\n\r\n",
        ]  # fmt: skip

    async def talks(self, line: Line, data: bytes) -> None:
        await in_packets(line, data, self.state)
        found, rest = answers(line.written)
        for status, body in found:
            is_a_problem(status, body)
        are_ours(frames_of(rest), ContactOut, StaffOut)


class Bodies(Web):
    """What is posted: for a visitor's token, and for an agent's."""

    name = "bodies"
    mutate = staticmethod(either(in_json, in_bytes((b"{", b"}", b'"', b"null", b'"name":', b'"renew":'))))  # type: ignore[assignment]

    def seeds(self) -> list[bytes]:
        renew = b'{"renew":"%s"}' % self.edge.visitor_token.encode()
        return [b"{}", b'{"name":"Clara"}', b'{"name":"Anna","role":"supervisor"}', b'{"name":"Anna"}', renew]

    async def talks(self, line: Line, data: bytes) -> None:
        for path in (b"visitor", b"agent"):
            head = b"POST /tokens/%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (path, len(data))
            line.written = b""
            await in_packets(line, head + data, self.state)
            found, rest = answers(line.written)
            assert not rest, "no websocket was asked for"
            for status, body in found:
                is_a_problem(status, body)
                if status == 200:
                    self._is_good(msgspec.json.decode(body, type=dict[str, str | int]))

    def _is_good(self, said: dict[str, str | int]) -> None:
        try:
            self.edge.tokens.verify(str(said["token"]))
        except BadToken as problem:
            raise AssertionError("a token was made that is not taken") from problem


_payload = either(in_json, in_json, in_bytes((b"{", b"[", b'"', b"\\u", b'"type":', b'"id":', b"null", b"[]" * 30_000)))


class Hello(Web):
    """Frames of somebody who has not said hello."""

    name = "hello"
    mutate = staticmethod(in_frames(_payload, in_bytes((MASK, b"\x81\xfe", b"\x88\x80", b"\x89\x80"))))  # type: ignore[assignment]

    def seeds(self) -> list[bytes]:
        hello = b'{"type":"hello","token":"%s"}'
        return [
            frame(hello % self.edge.visitor_token.encode()), frame(hello % self.edge.agent_token.encode()),
            frame(hello % self.edge.token("Clara", lasts=-1).encode()), frame(hello % b"x"), frame(b"", 0x89),
            frame(b"\x03\xe8", 0x88), *map(frame, golden.lines("contact-in", "hello")),
        ]  # fmt: skip

    def most_lines(self, size: int) -> int:
        return 4000 + 24 * size  # an empty frame has six bytes

    async def talks(self, line: Line, data: bytes) -> None:
        line.arrives(UPGRADE)
        await settles(self.state)
        line.written = b""
        await in_packets(line, data, self.state)
        said = frames_of(line.written)
        are_ours(said, ContactOut, StaffOut)
        is_welcome = any(payload.startswith(b'{"type":"welcome"') for opcode, payload in said if opcode == 0x1)
        assert is_welcome or not self.edge.engine.submitted, "a command of a stranger"
        assert is_welcome or not [opcode for opcode, _ in said if opcode == 0x1], "a stranger is told something"


class Frames(Web):
    """Frames of a customer and of an agent who have joined."""

    name = "frames"
    mutate = staticmethod(in_frames(_payload, in_bytes((MASK, b"\x81\xfe", b"\x88\x80", b"\x01\x80", b"\x80\x80"))))  # type: ignore[assignment]

    def seeds(self) -> list[bytes]:
        return [
            frame(b" ".join(line.split())) + frame(b'{"type":"ping"}')
            for union in ("contact-in", "staff-in")
            for kind in golden.GOLDEN[union]
            for line in golden.lines(union, kind)
        ]

    def most_lines(self, size: int) -> int:
        return 2 * (4000 + 24 * size)

    async def talks(self, line: Line, data: bytes) -> None:
        await self._joined(line, self.edge.visitor_token, ContactOut, data)
        other = Line(self.edge, self.state)
        try:
            await self._joined(other, self.edge.token("Anna", Role.SUPERVISOR), StaffOut, data)
        finally:
            other.breaks()
            await asyncio.sleep(0)

    async def _joined(self, line: Line, token: str, kind: object, data: bytes) -> None:
        line.arrives(UPGRADE + frame(b'{"type":"hello","token":"%s"}' % token.encode()))
        await settles(self.state)
        line.written, submitted = b"", self.edge.engine.submitted
        submitted.clear()
        await in_packets(line, data, self.state)
        said = frames_of(line.written)
        are_ours(said, kind)
        texts = len(data) // 6 + 1
        assert len(said) <= texts + 2, "more answers than frames"
        assert len(submitted) <= texts, "more commands than frames"
        for one in submitted:
            msgspec.json.encode(one.command)
        assert len(cut(data)) or not submitted
