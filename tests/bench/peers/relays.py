"""What we are compared with: floors in C, and peers, each as its own guide sets it up. All of them relay: they keep
nothing, check nothing, number nothing and ack nothing, but for `wsapp`.

A peer says how its server starts, what a session sends to come into a room, and the frame of a message. Which session
speaks is the same for all. One that cannot be started here raises `Missing`, and the run goes on without it.
"""

import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from tests.bench import process
from tests.bench.peers import building, load
from tests.bench.peers.frames import encode, framed, relayed, upgrade
from tests.bench.peers.load import NUMBER, Load, text
from tests.bench.people import agent_token, contact_token
from tests.bench.process import KEY, Missing, Server

HERE = Path(__file__).parent
EVENT_BYTES = 404
"""Of a message as we send it to staff, with 100 bytes of text: the size of the floors' messages."""
TURNS = (1, 1, 1, 0)
"""In a room of three, which of them says the next message: its holder three of four, the customer one."""
NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")


class Coming(NamedTuple):
    """What sessions send to come in, step by step, and what is expected in the answer to each step."""

    sends: list[list[bytes]]
    expects: Sequence[bytes]


class Peer(Protocol):
    """One that is measured."""

    @property
    def key(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def acked(self) -> bool: ...

    @property
    def version(self) -> Callable[[], str]:
        """Raises `Missing` if it cannot run here."""

    def start(self, directory: Path, *, crowd: bool = False) -> AbstractAsyncContextManager[Server]:
        """`crowd`: for one speaker who says more than a person may."""

    def rooms(self, server: Server, count: int) -> AbstractContextManager[Load]:
        """Sessions in rooms of three."""

    def crowd(self, server: Server, watchers: int, depth: int) -> AbstractContextManager[Load]:
        """One room in which one of many speaks."""

    async def coming_in(self, directory: Path, rooms: int) -> Coming:
        """Three sessions for each room; for a server that is then started in this folder, which is made."""

    def coming_back(self, come: Coming, answers: Sequence[bytes]) -> Coming | None:
        """The same sessions after the server was killed, which go on behind the last answers they had. None: there is
        nothing that they could go on with."""


class Relay(NamedTuple):
    key: str
    title: str
    command: Callable[[Path, int], Sequence[str]]
    """To start it: with a folder for its files, on a port, if it does not choose one itself and print it."""
    version: Callable[[], str]
    coming: Callable[[int, int], list[bytes]]
    """What a session sends to come into a room, the request for the upgrade first."""
    expects: Sequence[bytes]
    """In the answer to each."""
    frame: Callable[[int], bytes]
    """A message to that room."""
    has_port: bool = False
    acked: bool = False

    @asynccontextmanager
    async def start(self, directory: Path, *, crowd: bool = False) -> AsyncIterator[Server]:
        directory.mkdir(exist_ok=True)
        port = _free_port() if self.has_port else 0
        variables = {"KEY": KEY, "GOMAXPROCS": "1"}
        async with process.running(self.command(directory, port), directory, variables, port=port) as server:
            yield server

    @contextmanager
    def rooms(self, server: Server, count: int) -> Iterator[Load]:
        with load.sessions(server.port, 3 * count, count, 1, acked=self.acked) as sessions:
            for room in range(count):
                self._furnish(sessions, room, range(3 * room, 3 * room + 3), TURNS)
            sessions.talk(0, [self.coming(at // 3, at % 3) for at in range(3 * count)], self.expects)
            yield sessions

    @contextmanager
    def crowd(self, server: Server, watchers: int, depth: int) -> Iterator[Load]:
        with load.sessions(server.port, watchers, 1, depth, acked=self.acked) as sessions:
            self._furnish(sessions, 0, range(watchers), (1,))
            sessions.talk(0, [self.coming(0, at) for at in range(watchers)], self.expects)
            yield sessions

    async def coming_in(self, directory: Path, rooms: int) -> Coming:
        directory.mkdir()
        return Coming([self.coming(at // 3, at % 3) for at in range(3 * rooms)], self.expects)

    def coming_back(self, come: Coming, answers: Sequence[bytes]) -> Coming | None:
        return None

    def _furnish(self, sessions: Load, room: int, members: Sequence[int], turns: Sequence[int]) -> None:
        for at, session in enumerate(members):
            sessions.member(session, room, self.frame(room) if at in turns else b"")
        sessions.speakers(room, [members[at] for at in turns])


# -- floors ------------------------------------------------------------------------------------------------------------


def _floor(mode: str) -> Relay:
    return Relay(
        key="floor" if mode == "send" else mode,
        title="C, `send()` each" if mode == "send" else "C, sends gathered",
        command=lambda _directory, _port: [str(building.program(HERE / "floor.c")), mode],
        version=partial(_first_line, "gcc", "--version"),
        coming=lambda room, _member: [upgrade(f"/rooms/{room}")],
        expects=[b""],
        frame=lambda room: framed(relayed(room, text(room), EVENT_BYTES)),
    )


# -- in JavaScript -----------------------------------------------------------------------------------------------------


def _node(app: str) -> Callable[[Path, int], Sequence[str]]:
    return lambda _directory, _port: ["node", str(HERE / f"apps/{app}.mjs")]


def _package(name: str) -> str:
    manifest = HERE / "node_modules" / name / "package.json"
    if not manifest.exists() or not shutil.which("node"):
        raise Missing(f"{name} (npm) or Node.js")
    version: str = msgspec.json.decode(manifest.read_bytes())["version"]
    return f"{name} {version}, node {_first_line('node', '--version').removeprefix('v')}"


def _socketio_frame(room: int) -> bytes:
    return framed(b'42["message",%d,%s]' % (room, relayed(room, text(room))))


def _socketio_coming(room: int, _member: int) -> list[bytes]:
    join = framed(b'420["join",%d]' % room)
    return [upgrade("/socket.io/?EIO=4&transport=websocket"), framed(b"40"), join]


def _wsapp_coming(room: int, member: int) -> list[bytes]:
    name = f"{room}-{member}"
    token = agent_token(name) if member else contact_token(name)
    watch = encode("watch", conversation=f"{room:024x}")
    return [upgrade("/socket", "intervene.v1"), encode("hello", token=token), watch]


def said(conversation: str, room: int, epoch: int | None) -> bytes:
    """Our frame of a message, of staff if there is an epoch."""
    fields: dict[str, object] = {"id": NUMBER.decode(), "conversation": conversation, "text": text(room).decode()}
    return encode("say", **fields, **({} if epoch is None else {"epoch": epoch, "seen": 0, "confirmed": True}))


# -- from Debian -------------------------------------------------------------------------------------------------------


def _nats(directory: Path, port: int) -> Sequence[str]:
    config = directory / "nats.conf"
    config.write_text(
        f"host: 127.0.0.1\nport: {_free_port()}\nping_interval: 1h\n"
        f"websocket {{ host: 127.0.0.1, port: {port}, no_tls: true }}\n"
    )
    return ["nats-server", "-c", str(config)]


def _nats_coming(room: int, _member: int) -> list[bytes]:
    connect = b'CONNECT {"verbose":false,"pedantic":false,"lang":"c","version":"1","protocol":1}\r\n'
    return [upgrade("/"), framed(b"%sSUB room.%d 1\r\nPING\r\n" % (connect, room))]


def _nats_frame(room: int) -> bytes:
    message = relayed(room, text(room))
    return framed(b"PUB room.%d %d\r\n%s\r\n" % (room, len(message), message))


def _nchan(directory: Path, port: int) -> Sequence[str]:
    config = directory / "nginx.conf"
    paths = "".join(
        f"{name}_temp_path {directory / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config.write_text(f"""
load_module {NCHAN};
daemon off;
master_process off;
error_log stderr crit;
pid {directory / "pid"};
worker_rlimit_nofile 20000;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    {paths}
    nchan_shared_memory_size 256M;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location ~ ^/rooms/(\\d+)$ {{
            nchan_pubsub websocket;
            nchan_channel_id $1;
            nchan_subscriber_first_message newest;
            nchan_message_buffer_length 100;
            nchan_message_timeout 5s;
        }}
    }}
}}
""")
    return ["nginx", "-p", str(directory), "-c", str(config)]


def _nchan_version() -> str:
    if not NCHAN.exists():
        raise Missing("nchan (Debian: libnginx-mod-nchan)")
    found = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan"], capture_output=True, text=True, check=False
    )
    return f"nchan {found.stdout or 'of unknown version'}, {_first_line('nginx', '-v').removeprefix('nginx version: ')}"


# -- all of them -------------------------------------------------------------------------------------------------------


def _first_line(*command: str) -> str:
    """Of what a program prints of its version."""
    if not shutil.which(command[0]):
        raise Missing(command[0])
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    return re.sub(r"\s+", " ", (shown.stdout or shown.stderr).splitlines()[0])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


RELAYS: Sequence[Relay] = (
    _floor("send"),
    _floor("coalesce"),
    Relay(
        "socketio", "socket.io, relay", _node("socketio"), partial(_package, "socket.io"), _socketio_coming,
        [b"", b"40{", b"430"], _socketio_frame,
    ),
    Relay(
        "ws", "ws, relay", _node("ws"), partial(_package, "ws"), lambda room, _: [upgrade(f"/rooms/{room}")], [b""],
        lambda room: framed(relayed(room, text(room))),
    ),
    Relay(
        "wsapp", "ws, our frames by hand", _node("wsapp"), partial(_package, "ws"), _wsapp_coming,
        [b"", b'"type":"welcome"', b'"type":"watched"'], lambda room: said(f"{room:024x}", room, 1), acked=True,
    ),
    Relay(
        "nchan", "nchan", _nchan, _nchan_version, lambda room, _: [upgrade(f"/rooms/{room}")], [b""],
        lambda room: framed(relayed(room, text(room))), has_port=True,
    ),
    Relay(
        "nats", "NATS", _nats, partial(_first_line, "nats-server", "--version"), _nats_coming, [b"", b"PONG"],
        _nats_frame, has_port=True,
    ),
)  # fmt: skip
