"""A conversation between nodes, for tests of the hub: what one publishes, and what the other received."""

from collections.abc import Sequence
from typing import TypeVar

from intervene.core.actors import Agent, Bot, Contact
from intervene.core.conversation.commit import Context
from intervene.core.conversation.decide import Owner, decide, open_conversation
from intervene.core.conversation.moves import Open
from intervene.core.conversation.packing import pack
from intervene.core.conversation.speech import ContactSay
from intervene.core.conversation.state import Conversation, Running
from intervene.core.conversation.turns import AddPiece
from intervene.core.events import Piece
from intervene.core.ids import (
    WEBCHAT,
    Address,
    AgentId,
    BotId,
    ChannelId,
    CommandId,
    ContactId,
    ConversationId,
    Key,
    MessageId,
    NodeId,
    OrganisationId,
)  # fmt: skip
from intervene.core.policy import Policy
from intervene.core.text import message_text, piece_text
from intervene.core.wire.framing import encode_facts
from intervene.ports.hub import Hub
from intervene.ports.log import Commit
from intervene.ports.messages import Compare, Heartbeat, Message, Presence, Read, Spent, TakeoverReport, Typing
from intervene.ports.topics import ConversationTopic, Topic
from tests.contract.hub.conftest import Line
from tests.kit.limits import eventually
from tests.unit.core.cast import as_visitor

ACME, OTHER = OrganisationId("acme"), OrganisationId("other")
ECHO = Bot(id=BotId("echo"), name="Echo")
CLARA = Contact(id=ContactId("clara"), name="Clara")
ANNA, BERT = Agent(id=AgentId("anna"), name="Anna"), Agent(id=AgentId("bert"), name="Bért 🙂")
N1, N2, N3 = NodeId("n1"), NodeId("n2"), NodeId("n3")
NOTHING, ONE_OF_EACH, TWO_OF_EACH = (0,) * 5, (1,) * 5, (2,) * 5


M = TypeVar("M", bound=Message)


class Ear:
    """A node that publishes and receives: the handler of its own side."""

    side: Hub

    def __init__(self, line: Line) -> None:
        self.line = line
        self.received: list[Message] = []

    @classmethod
    async def connects(cls, line: Line, node: NodeId) -> "Ear":
        ear = cls(line)
        ear.side = await line.connect(node, ear)
        return ear

    def receive(self, message: Message) -> None:
        if not isinstance(message, Heartbeat):
            self.received.append(message)

    def missed(self, topics: Sequence[Topic]) -> None:
        pass

    def lost(self) -> None:
        raise AssertionError("here the line is sound")

    def can_write(self) -> bool:
        return True

    def of(self, kind: type[M]) -> list[M]:
        """What it received of one kind, in order."""
        return [message for message in self.received if isinstance(message, kind)]

    async def subscribes(self, *keys: Key, followers: int = 1) -> None:
        """Returns when what is published of them reaches it: one of so many that follow them."""
        for key in keys:
            self.side.subscribe(ConversationTopic(key))
            await self.line.settles(key, followers)

    def says_all(self, commit: Commit) -> None:
        """A commit, and under its key what is said beside commits."""
        self.side.publish(commit)
        self.side.publish(Typing(commit.key, 1, CLARA, True))
        self.side.publish(Read(commit.key, ANNA, 3, 2))
        self.side.publish(Presence(commit.key, self.side.node, (ANNA,), True, False))
        self.side.publish(TakeoverReport(commit.key, self.side.node, commit.version, 1, 0, False))

    async def hears_all(self, sender: "Ear", commit: Commit) -> None:
        """As `says_all` says it, which is the last that was said: what was said before came before, or never will."""
        sender.says_all(commit)
        report = TakeoverReport(commit.key, sender.side.node, commit.version, 1, 0, False)
        await eventually(lambda: report in self.received)

    def versions(self, key: Key) -> list[int]:
        return [commit.version for commit in self.of(Commit) if commit.key == key]

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """Of commits, typing, presences, reports and read positions."""
        kinds = (Commit, Typing, Presence, TakeoverReport, Read)
        return tuple(len(self.of(kind)) for kind in kinds)  # type: ignore[return-value]

    @property
    def asks(self) -> int:
        return len(self.of(Compare))

    @property
    def gone(self) -> list[ChannelId]:
        return [spent.channel_id for spent in self.of(Spent)]

    @property
    def topics(self) -> set[Topic]:
        return {message.topic for message in self.received}


class Talk:
    """A conversation's commits, as commits."""

    def __init__(self, id: str = "c1", organisation: OrganisationId = ACME) -> None:
        opening = Open(conversation=ConversationId(id), contact=CLARA, address=Address(WEBCHAT, CLARA.id))
        self.key = Key(organisation, opening.conversation)
        self.change = open_conversation(opening, organisation, Owner.of(opening.address), self._context(0))
        self.published = [self._commit()]

    @property
    def state(self) -> Conversation:
        return self.change.state

    def streams(self, text: str) -> Commit:
        turn = self.state.turn
        assert isinstance(turn, Running)
        n = turn.stream.pieces + 1 if turn.stream else 1
        return self._commits(
            AddPiece(author=ECHO, epoch=1, turn=turn.number, message=MessageId("m"), n=n, text=piece_text(text))
        )

    def customer_says(self, text: str) -> Commit:
        number = self.state.version
        return self._commits(
            ContactSay(
                id=CommandId(f"k{number}"),
                by=as_visitor(CLARA),
                message=MessageId(f"c{number}"),
                text=message_text(text),
            )
        )

    def _commits(self, command: AddPiece | ContactSay) -> Commit:
        version = self.state.version + 1
        self.change = decide(self.state.next(), command, self._context(version), self.change.reply)
        self.published.append(self._commit())
        return self.published[-1]

    def _commit(self) -> Commit:
        shown, _ = encode_facts(self.state.id, self.change.facts)
        pieces = tuple(fact for fact in self.change.facts if isinstance(fact, Piece))
        return Commit(key=self.key, node=N1, state=self.state, pieces=pieces, frames=shown)

    def _context(self, version: int) -> Context:
        return Context(now=1_700_000_000_000, nonce=f"{version}-", node=N1, policy=Policy(bot=ECHO))


def same(one: Commit, other: Commit) -> bool:
    """A state's text travels in pieces only."""
    return (one.key, one.node, pack(one.state), one.pieces, one.frames) == (
        other.key, other.node, pack(other.state), other.pieces, other.frames
    )  # fmt: skip
