"""Nodes on a hub on Redis, without engine and log: what they say and what they hear.

n1, n2 = await nodes("n1"), await nodes("n2")
await n2.follows(C1)
n1.commits(C1, 1)
await n2.has_taken(C1, [1])
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence

from intervene.adapters.redis.cluster import connect
from intervene.adapters.redis.hub import RedisHub
from intervene.core.actors import Agent, Bot, Contact
from intervene.core.conversation.state import Control, Conversation, Counters, Run, Running, Stream
from intervene.core.events import Piece
from intervene.core.ids import AgentId, BotId, ContactId, ConversationId, Key, MessageId, NodeId, OrganisationId
from intervene.core.timing import Timing
from intervene.core.wire.framing import Frames
from intervene.ports.log import Commit
from intervene.ports.messages import Compare, Heartbeat, Message, Typing
from intervene.ports.topics import ConversationTopic, Topic
from tests.kit.limits import TIMING, WAIT, eventually

ACME, OTHER = OrganisationId("acme"), OrganisationId("other")
C1, C2 = Key(ACME, ConversationId("c1")), Key(ACME, ConversationId("c2"))
ECHO = Bot(id=BotId("echo"), name="Echo")
ANNA = Agent(id=AgentId("anna"), name="Anna")
KEYS = [b"the first key of the hub", b"the second key of the hub"]


def commit(key: Key, version: int, node: str = "n1", text: str = "hello") -> Commit:
    """A commit of a streamed reply, with something in every field."""
    message = MessageId(f"m{version}")
    state = Conversation(
        organisation=key.organisation,
        id=key.conversation,
        contact=Contact(id=ContactId("clara"), name="Clara"),
        channel="webchat",
        counters=Counters(version=version, seq=version),
        control=Control(epoch=1, holder=ECHO),
        run=Run(
            turn=Running(node=NodeId(node), number=1, stream=Stream(message=message, pieces=1, size=len(text))),
            answered=0,
        ),
    )
    frames = Frames(b"\x81\x05" + text.encode(), 1, b"\x81\x05" + text.encode(), 1)
    pieces = (Piece(message=message, n=1, text=text),)
    return Commit(key=key, node=NodeId(node), state=state, pieces=pieces, frames=frames)


def typing(key: Key, epoch: int = 1) -> Typing:
    return Typing(key, epoch, ANNA, True)


class RedisNode:
    """It runs from `starts` to `ends`, and records what its hub delivers."""

    def __init__(self, name: str, url: str, keys: Sequence[bytes] = KEYS, timing: Timing = TIMING) -> None:
        self.name = name
        self.connections = connect(url, timing)
        hub = self.hub = RedisHub(self.connections, node=NodeId(name), keys=keys)
        self.stats = hub.stats
        self.received: list[Message] = []
        """But heartbeats, which are counted."""
        self._versions: dict[Key, list[int]] = defaultdict(list)
        self.gaps: Counter[Key] = Counter()
        self.losses = 0
        self.beats: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None
        hub.connect(self)

    def begins(self) -> None:
        self._task = asyncio.create_task(self.hub.keep())

    async def starts(self) -> None:
        """Returns when it is up."""
        self.begins()
        await self.is_up()

    async def is_up(self, within: float = WAIT) -> None:
        await eventually(lambda: self.hub.is_up, within=within)

    async def is_down(self, within: float = WAIT) -> None:
        await eventually(lambda: not self.hub.is_up, within=within)

    async def ends(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.connections.close()

    async def follows(self, *keys: Key) -> None:
        before = self.gaps.copy()
        for key in keys:
            self.hub.subscribe(ConversationTopic(key))
        await eventually(lambda: all(self.gaps[key] > before[key] for key in keys))

    def leaves(self, key: Key) -> None:
        self.hub.unsubscribe(ConversationTopic(key))

    def commits(self, key: Key, version: int) -> None:
        self.hub.publish(commit(key, version, self.name))

    def types(self, key: Key) -> None:
        self.hub.publish(typing(key))

    @property
    def taken(self) -> list[Commit]:
        return [message for message in self.received if isinstance(message, Commit)]

    @property
    def asks(self) -> int:
        """How often another node asked to compare versions."""
        return sum(isinstance(message, Compare) for message in self.received)

    def versions(self, key: Key) -> list[int]:
        return self._versions[key]

    async def has_taken(self, key: Key, versions: Sequence[int], within: float = WAIT) -> None:
        wanted = list(versions)
        await eventually(lambda: len(self.versions(key)) >= len(wanted), within=within)
        assert self.versions(key) == wanted

    async def reaches(self, other: "RedisNode", key: Key, version: int, within: float = WAIT) -> None:
        """Publish one commit again and again until the other has it."""

        def heard() -> bool:
            if version in other.versions(key):
                return True
            if not self.hub.waiting:
                self.commits(key, version)
            return False

        await eventually(heard, within=within, every=0.05)

    # -- as the hub's handler ------------------------------------------------------------------------------------------

    def receive(self, message: Message) -> None:
        if isinstance(message, Heartbeat):
            self.beats[message.node] += 1
        else:
            self.received.append(message)
            if isinstance(message, Commit):
                self._versions[message.key].append(message.version)

    def missed(self, topics: Sequence[Topic]) -> None:
        self.gaps.update(topic.key for topic in topics if isinstance(topic, ConversationTopic))

    def lost(self) -> None:
        self.losses += 1

    def can_write(self) -> bool:
        return True
