"""A person as a stranger to our code: JSON on a websocket, nothing of the product's client.

Everything heard is kept, in order, over all sockets that a person has had. A command keeps its id until it is
answered; whoever comes back resumes each conversation where their screen ends and says again what has no answer.
What they ask and are told goes into the history of the server that they first came to.
"""

import asyncio
import random
from collections.abc import Callable
from itertools import count
from typing import Any, Self

import anyio
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from tests.kit.limits import LONG_WAIT, PATIENCE, WAIT
from tests.kit.oracles.history import PASSING
from tests.kit.oracles.screen import Frame, Screen, Shown
from tests.kit.server import ServerProcess


class Gone(Exception):
    """The socket has ended while something was awaited."""


CUT = (Gone, OSError, EOFError, InvalidHandshake)
"""What somebody meets whose server is killed, cut off or full."""


AGAIN = 0.2  # seconds, for somebody who is put off without being told how long


class Person:
    """`name` is who they are: the token's subject is its lower case."""

    is_staff = False

    def __init__(self, server: ServerProcess, name: str, token: str) -> None:
        self.name = name
        self.id = name.lower()
        self.author = f"{'agent' if self.is_staff else 'contact'}:{self.id}"
        self.server = server
        self.nodes = [server]
        """All that they know; where they are is `server`."""
        self.history = server.history
        self.heard: list[Frame] = []
        self.screens: dict[str, Screen] = {}
        self.unanswered: dict[str, Frame] = {}
        self.asked: dict[str, Frame] = {}
        """Every command ever given, in order, by id."""
        self.answers: dict[str, list[Frame]] = {}
        """To each command: more than one if it was repeated."""
        self.c = ""
        """The conversation that they began to watch last. Commands are meant for it, unless they name another."""
        self.close_code = 0
        self._token = token
        self._ids = count(1)
        self._under_way: list[str] = []
        """Commands on this socket, each time that they were sent."""
        self._random = random.Random(name)
        self._news = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    # -- coming and going ----------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.joins()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leaves()

    async def joins(self) -> Frame:
        """A socket, hello, welcome."""
        assert self._socket is None, "one socket at a time"
        self.close_code = 0
        since = len(self.heard)
        async with self.server.door:
            self._socket = await connect(
                self.server.socket_url, subprotocols=[Subprotocol("intervene.v1")], compression=None, proxy=None,
                ping_interval=None, open_timeout=WAIT, close_timeout=WAIT, max_size=None,
            )  # fmt: skip
            self._reader = asyncio.create_task(self._read(self._socket))
            await self.sends({"type": "hello", "token": self._token, "client": "tests"})
            return await self.hears("welcome", since=since)

    async def returns(self) -> None:
        """After the socket was lost: resume everything, then say again what was not answered."""
        await self.joins()
        for conversation in list(self.screens):
            await self.watches(conversation)
        for frame in list(self.unanswered.values()):
            await self._asks_for(frame)

    async def is_back(self) -> None:
        if not self.is_here:
            await self.returns()

    def knows(self, *nodes: ServerProcess, seed: str = "") -> Self:
        """Where they may go when one is lost; `seed` decides to which."""
        self.nodes = [*nodes]
        self._random = random.Random(f"{seed} {self.name}")
        return self

    async def goes_to(self, node: ServerProcess) -> None:
        """Says goodbye where they are, and resumes there."""
        await self.leaves()
        self.server = node
        await self.returns()

    async def comes_back(self, within: float = LONG_WAIT) -> None:
        """To any node that answers; who does not, within a client's patience, is left for another."""
        with anyio.fail_after(within):
            while not self.is_here:
                await self.drops()
                self.server = self._random.choice(self.nodes)
                try:
                    with anyio.fail_after(PATIENCE):
                        await self.returns()
                except (*CUT, TimeoutError):
                    await self.drops()
                    await anyio.sleep(self._random.uniform(0, 0.5))

    async def leaves(self) -> None:
        if self._socket is not None:
            await self._socket.close()
            await self.is_gone()

    async def drops(self) -> None:
        """The connection breaks, without a goodbye."""
        if self._socket is not None:
            self._socket.transport.abort()
            await self.is_gone()

    async def is_gone(self, within: float = WAIT) -> int:
        """Waits for the end of the socket. The close code that came, 1006 for none."""
        if self._reader is not None:
            with anyio.fail_after(within):
                await asyncio.wait([self._reader])
            self._reader.result()
        self._socket = self._reader = None
        return self.close_code

    @property
    def is_here(self) -> bool:
        return self._socket is not None and self.close_code == 0

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._take(msgspec.json.decode(text))
        except ConnectionClosed:
            pass
        finally:
            self.close_code = socket.close_code or 1006
            for id in self._under_way:
                self.history.lose(self.author, id)
            self._under_way.clear()
            self._news.set()

    def _take(self, frame: Frame) -> None:
        self.heard.append(frame)
        if frame["type"] in ("ack", "error") and frame.get("id"):
            self.answers.setdefault(frame["id"], []).append(frame)
            if frame["id"] in self._under_way:
                self._under_way.remove(frame["id"])
                self.history.answer(self.author, frame)
            if frame.get("code") not in PASSING:
                self.unanswered.pop(frame["id"], None)
        if screen := self.screens.get(frame.get("conversation", "")):
            screen.take(frame)
        self._news.set()

    # -- saying and hearing --------------------------------------------------------------------------------------------

    async def sends(self, frame: Frame | str | bytes) -> None:
        """Whatever it is, in one text message."""
        if self._socket is None:
            raise Gone
        data = msgspec.json.encode(frame) if isinstance(frame, dict) else frame
        try:
            await self._socket.send(data, text=True)
        except ConnectionClosed:
            raise Gone from None

    async def _asks_for(self, command: Frame) -> None:
        """For the first time or again."""
        self.history.invoke(self.author, self.server.name, command)
        if not self.is_here:
            self.history.lose(self.author, command["id"])
            raise Gone
        self._under_way.append(command["id"])
        await self.sends(command)

    async def hears(self, wanted: str | Callable[[Frame], bool], since: int = 0, within: float = WAIT) -> Frame:
        """The first frame of that type, or for which `wanted` holds, among those heard since; waits for it."""
        is_wanted = wanted if callable(wanted) else lambda frame: frame["type"] == wanted
        at = since

        def found() -> Frame | None:
            nonlocal at
            while at < len(self.heard):
                at += 1
                if is_wanted(self.heard[at - 1]):
                    return self.heard[at - 1]
            return None

        return dict(await self.finds(found, within=within))

    async def finds(self, look: Callable[[], Any], within: float = WAIT) -> Any:
        """What `look` answers as soon as that is something; looks again after each frame. Raises `Gone`."""
        with anyio.fail_after(within):
            while not (found := look()):
                if not self.is_here:
                    raise Gone
                self._news.clear()
                await self._news.wait()
        return found

    async def asks(self, frame: Frame, *answers: str, within: float = WAIT) -> Frame:
        """Sends, and hears the next frame of one of those types."""
        since = len(self.heard)
        await self.sends(frame)
        return await self.hears(lambda heard: heard["type"] in answers, since, within)

    async def pings(self, within: float = WAIT) -> None:
        """Everything that was answered at once is here when the pong is."""
        await self.asks({"type": "ping"}, "pong", within=within)

    # -- conversations -------------------------------------------------------------------------------------------------

    async def watches(self, conversation: str) -> Screen:
        """From the beginning, or from where the screen ends. Who is put off tries again."""
        screen = self.screens.setdefault(conversation, Screen(conversation))
        while True:
            frame: Frame = {"type": "watch", "conversation": conversation}
            if screen.position:
                frame["after"] = screen.position
            since = len(self.heard)
            await self.sends(frame)
            heard = await self.hears(lambda heard: _is_about(heard, conversation), since)
            if heard["type"] == "watched":
                self.c = conversation
                return screen
            assert heard["code"] in PASSING, f"not watched: {heard}"
            await anyio.sleep(heard.get("retry_after") or AGAIN)

    async def sees(
        self, conversation: str, wanted: Callable[[Shown], bool], since: int = 0, within: float = WAIT
    ) -> Shown:
        """An event with a number above `since`."""
        screen = self.screens[conversation]
        found = await self.finds(lambda: next((e for e in screen.events if e.n > since and wanted(e)), None), within)
        assert isinstance(found, Shown)
        return found

    async def sees_the_bot_write(self, conversation: str, not_just: str = "", within: float = WAIT) -> str:
        """A message is open and a piece of it was shown; another one than that. Its id."""
        screen = self.screens[conversation]
        await self.finds(lambda: screen.stream != not_just and screen.texts.get(screen.stream), within)
        return screen.stream

    async def sees_the_end(self, conversation: str, log: list[Frame]) -> None:
        """All that they may see of a log that does not grow any more."""
        last = [event for event in log if self.is_staff or event.get("pub")][-1]
        await self.sees(conversation, lambda event: event.id == last["id"])

    async def reads_the_log(self, conversation: str) -> list[Frame]:
        """All of it, page by page from the end, oldest first."""
        events: list[Frame] = []
        before = 2**53
        while True:
            page = await self.asks(
                {"type": "get_page", "conversation": conversation, "before": before, "limit": 100}, "page", "error"
            )
            if page.get("code") in PASSING:
                await anyio.sleep(page.get("retry_after") or AGAIN)
                continue
            assert page["type"] == "page", page
            events = page["events"] + events
            if not page["more"]:
                return events
            first = page["events"][0]
            before = first["pub"] if first.get("type") == "event" else first["seq"]

    # -- commands ------------------------------------------------------------------------------------------------------

    async def gives(self, kind: str, conversation: str = "", **fields: Any) -> str:
        """A command, without waiting for its answer. Its id."""
        id = f"{self.id}-{next(self._ids)}"
        frame = {"type": kind, "id": id, "conversation": conversation or self.c, **fields}
        self.asked[id] = self.unanswered[id] = frame
        await self._asks_for(frame)
        return id

    async def answer(self, id: str, nth: int = 1) -> Frame:
        """The nth answer to a command."""
        found = await self.finds(lambda: self.answers.get(id, [])[nth - 1 : nth])
        return dict(found[0])

    async def gives_again(self, id: str) -> None:
        """The very same command."""
        await self._asks_for(self.asked[id])

    async def repeats(self, id: str) -> Frame:
        """The very same command again. The answer to that."""
        nth = len(self.answers.get(id, [])) + 1
        await self.gives_again(id)
        return await self.answer(id, nth)

    async def does(self, kind: str, conversation: str = "", **fields: Any) -> Frame:
        """A command of any kind and its answer: `await ana.does("add_note", text="She called twice.")`."""
        return await self.answer(await self.gives(kind, conversation, **fields))

    def acked(self, conversation: str) -> list[Frame]:
        """The first acks of commands that are in the log, in the order in which the commands were given."""
        acks = []
        for id, frame in self.asked.items():
            first = next((a for a in self.answers.get(id, []) if a["type"] == "ack"), None)
            if frame["conversation"] == conversation and first and (first.get("seq") or first.get("pub")):
                acks.append(first)
        return acks

    @property
    def faults(self) -> list[str]:
        return [f"{self.name} in {fault}" for screen in self.screens.values() for fault in screen.faults]


def _is_about(frame: Frame, conversation: str) -> bool:
    """The answer to a watch: commands have ids."""
    is_refused = frame["type"] == "error" and not frame.get("id")
    return frame.get("conversation") == conversation and (is_refused or frame["type"] == "watched")
