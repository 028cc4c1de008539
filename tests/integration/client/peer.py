"""A server that does what a test says, well or badly: real sockets, no product behind them.

async with peer() as server, AgentClient(server.url, server.tokens) as ana:
    line = await server.next_line()
    watch = await line.hears(frames.Watch)
    await line.says(frames.StaffWatched(...))
    await line.drops()
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, TypeVar

import anyio
import msgspec
from msgspec import Struct
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from intervene.client import AgentClient, AgentConversation, Change, Pace
from intervene.core.actors import Role
from intervene.core.codes import ErrorCode
from intervene.core.ids import CommandId, ConversationId
from intervene.core.wire import common, staff
from intervene.core.wire.common import SUBPROTOCOL, OpenStream, PieceAdded, Position
from intervene.core.wire.contact import ContactIn, ContactWelcome
from intervene.core.wire.staff import Error, StaffAck, StaffEvent, StaffWatched, StaffWelcome
from tests.kit.limits import WAIT
from tests.unit.core.golden import ANA, EVENTS, HERE, REPLY, STATE

QUIET = 0.1  # seconds in which what must not happen would have

F = TypeVar("F", bound=Struct)

FOREVER = int(time.time() + 3600) * 1000
STAFF = StaffWelcome(agent=ANA, role=Role.AGENT, expires=FOREVER, ping_seconds=WAIT)
CUSTOMER = ContactWelcome(name="Maria", expires=FOREVER, ping_seconds=WAIT)

_IN: dict[type[Struct], Any] = {StaffWelcome: staff.StaffIn, ContactWelcome: ContactIn}


class Line:
    """One connection of a client, after its hello."""

    def __init__(self, socket: ServerConnection, hello: common.Hello, kind: Any) -> None:
        self.hello = hello
        self.socket = socket
        self.heard: list[Struct] = []
        self._kind = kind

    async def hears(self, kind: type[F]) -> F:
        """The next frame, which must be of this type. Frames that report on what was seen are kept apart."""
        while True:
            with anyio.fail_after(WAIT):
                frame: Any = msgspec.json.decode(await self.socket.recv(decode=False), type=self._kind)
            self.heard.append(frame)
            if isinstance(frame, kind):
                return frame
            assert isinstance(frame, common.Seen), f"{frame} came instead of {kind.__name__}"

    async def hears_nothing(self) -> None:
        with anyio.move_on_after(QUIET):
            raise AssertionError(f"heard {await self.socket.recv()!r}")

    async def says(self, *told: Struct) -> None:
        for frame in told:
            await self.socket.send(msgspec.json.encode(frame), text=True)

    async def says_raw(self, data: bytes) -> None:
        await self.socket.send(data, text=True)

    async def drops(self) -> None:
        """The network fails: no close frame."""
        self.socket.transport.abort()
        await self.socket.wait_closed()

    async def closes(self, code: int) -> None:
        await self.socket.close(code, "the test says so")

    async def is_left(self) -> None:
        """Wait until the client has gone."""
        with anyio.fail_after(WAIT):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed:
                pass


class Server:
    """`welcome` is what a hello gets; None: nothing. `refuses` answers upgrades with a status instead."""

    def __init__(self, welcome: StaffWelcome | ContactWelcome | None) -> None:
        self.welcome = welcome
        self.refuses: list[tuple[int, dict[str, str]]] = []
        self.closes_hello_with: list[int] = []
        self.first: list[Struct | bytes] = []
        """What hellos get in place of `welcome`, one after another."""
        self.tokens_given = 0
        self.connections = 0
        self.url = ""
        self._lines: asyncio.Queue[Line] = asyncio.Queue()
        self._kind = _IN[type(welcome)] if welcome else staff.StaffIn

    async def tokens(self) -> str:
        self.tokens_given += 1
        return f"token {self.tokens_given}"

    async def next_line(self) -> Line:
        with anyio.fail_after(WAIT):
            return await self._lines.get()

    async def no_other_line(self) -> None:
        with anyio.move_on_after(QUIET):
            await self._lines.get()
            raise AssertionError("the client came back")

    async def no_connection_after(self, number: int) -> None:
        with anyio.fail_after(WAIT):
            while self.connections < number:  # noqa: ASYNC110  # there is no event to wait on
                await anyio.sleep(0.01)
        await anyio.sleep(QUIET)
        assert self.connections == number, "the client came back"

    def answer(self, socket: ServerConnection, _request: Request) -> Response | None:
        self.connections += 1
        if not self.refuses:
            return None
        status, headers = self.refuses.pop(0)
        response = socket.respond(HTTPStatus(status), "")
        for name, value in headers.items():
            response.headers[name] = value
        return response

    async def serve(self, socket: ServerConnection) -> None:
        hello = msgspec.json.decode(await socket.recv(decode=False), type=common.Hello)
        if self.closes_hello_with:
            await socket.close(self.closes_hello_with.pop(0), "")
            return
        if self.first:
            first = self.first.pop(0)
            await socket.send(first if isinstance(first, bytes) else msgspec.json.encode(first), text=True)
        elif self.welcome:
            await socket.send(msgspec.json.encode(self.welcome), text=True)
        self._lines.put_nowait(Line(socket, hello, self._kind))
        await socket.wait_closed()


@asynccontextmanager
async def peer(welcome: StaffWelcome | ContactWelcome | None = STAFF) -> AsyncIterator[Server]:
    """A server on a free port. What happens in front of it must end within `WAIT`."""
    server = Server(welcome)
    with anyio.fail_after(WAIT):
        async with _listening(server):
            yield server


@asynccontextmanager
async def _listening(server: Server) -> AsyncIterator[None]:
    async with serve(
        server.serve, "127.0.0.1", 0, subprotocols=[Subprotocol(SUBPROTOCOL)], process_request=server.answer,
        compression=None, ping_interval=None, close_timeout=1,
    ) as listening:  # fmt: skip
        server.url = f"ws://127.0.0.1:{next(iter(listening.sockets)).getsockname()[1]}/socket"
        yield


# -- what most tests begin with ----------------------------------------------------------------------------------------

QUICK = Pace(first_delay=0.02, longest_delay=0.05)
OTHER = ConversationId("c-other")


def watched(upto: int = 3, *, after: int = 0, **more: object) -> StaffWatched:
    """The answer to a watch: the log up to an event, from after another."""
    state = msgspec.structs.replace(STATE, seq=upto)
    stream = OpenStream(message=REPLY, n=0, text="") if upto == 4 else None
    answer = StaffWatched(
        conversation=HERE, events=EVENTS[after:upto], state=state, more=False, reset=False, stream=stream
    )
    return msgspec.structs.replace(answer, **more)


def event(seq: int) -> StaffEvent:
    return StaffEvent(conversation=HERE, event=EVENTS[seq - 1])


def piece(n: int, text: str) -> PieceAdded:
    return PieceAdded(conversation=HERE, message=REPLY, n=n, text=text)


def ack(id: str, seq: int = 0) -> StaffAck:
    return StaffAck(id=CommandId(id), conversation=HERE, seq=seq, epoch=1, at=1)


def error(id: str, code: ErrorCode, **facts: object) -> Error:
    return msgspec.structs.replace(Error(code=code, message="No.", id=id, conversation=HERE), **facts)


def client(server: Server, *, pace: Pace = QUICK, history: int = 0) -> AgentClient:
    return AgentClient(server.url, server.tokens, pace=pace, history=history)


async def watching(server: Server, ana: AgentClient, upto: int = 3) -> tuple[Line, AgentConversation]:
    """The first line, and the conversation that is watched on it."""
    line = await server.next_line()
    watch = asyncio.create_task(ana.watch(HERE))
    await line.hears(common.Watch)
    await line.says(watched(upto))
    return line, await watch


async def back(server: Server, upto: int, *, after: int) -> Line:
    """The client comes back and resumes: the next line, with its watch answered."""
    line = await server.next_line()
    watch = await line.hears(common.Watch)
    assert watch.after == Position(n=after, id=EVENTS[after - 1].id)
    await line.says(watched(upto, after=after))
    return line


def numbers(conversation: AgentConversation) -> Sequence[int]:
    return [one.seq for one in conversation.events]


def pieces_of(conversation: AgentConversation) -> int:
    return conversation.stream.n if conversation.stream else 0


async def read(conversation: AgentConversation, count: int = 1000) -> list[Change]:
    changes: list[Change] = []
    async for change in conversation:
        changes.append(change)
        if len(changes) == count:
            break
    return changes
