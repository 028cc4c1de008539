"""The contract of `ports.Hub`: what arrives was published. That it may lose, double and delay is what `tests/engine`
lives with; here the line is sound.
"""

import pytest
from msgspec.structs import replace

from intervene.core.commands import AddPiece, ContactSay, Open
from intervene.core.control import Bot, Contact
from intervene.core.conversation import Conversation, Running, pack
from intervene.core.decide import Moment, decide, open_conversation
from intervene.core.events import Piece
from intervene.core.ids import (
    BotId,
    CommandId,
    ContactId,
    ConversationId,
    Key,
    MessageId,
    NodeId,
    OrganisationId,
)  # fmt: skip
from intervene.core.wire import encode_facts
from intervene.ports import Envelope, Whisper
from tests.hub.conftest import Line, Side
from tests.limits import eventually

ACME, OTHER = OrganisationId("acme"), OrganisationId("other")
ECHO = Bot(id=BotId("echo"), name="Echo")
CLARA = Contact(id=ContactId("clara"), name="Clara")
N1, N2, N3 = NodeId("n1"), NodeId("n2"), NodeId("n3")


class Ear:
    """A node that listens."""

    def __init__(self, side: Side, line: Line) -> None:
        self.side = side
        self.line = line
        self.taken: list[Envelope] = []
        self.heard: list[Whisper] = []
        side.take, side.hear = self.taken.append, self.heard.append

    async def subscribes(self, key: Key) -> None:
        self.side.subscribe(key)
        await self.line.is_subscribed(self.side, key)

    def versions(self, key: Key) -> list[int]:
        return [envelope.version for envelope in self.taken if envelope.key == key]


class Talk:
    """A conversation's commits, as envelopes."""

    def __init__(self, id: str = "c1", organisation: OrganisationId = ACME) -> None:
        opening = Open(conversation=ConversationId(id), contact=CLARA, channel="webchat", bot=ECHO)
        self.key = Key(organisation, opening.conversation)
        self.change = open_conversation(opening, organisation, self._moment(0))
        self.envelopes = [self._envelope()]

    @property
    def state(self) -> Conversation:
        return self.change.state

    def streams(self, text: str) -> Envelope:
        turn = self.state.turn
        assert isinstance(turn, Running)
        n = turn.stream.pieces + 1 if turn.stream else 1
        return self._commits(AddPiece(author=ECHO, epoch=1, turn=turn.number, message=MessageId("m"), n=n, text=text))

    def customer_says(self, text: str) -> Envelope:
        number = self.state.version
        return self._commits(
            ContactSay(id=CommandId(f"k{number}"), author=CLARA, message=MessageId(f"c{number}"), text=text)
        )

    def _commits(self, command: AddPiece | ContactSay) -> Envelope:
        version = self.state.version + 1
        self.change = decide(replace(self.state, version=version), command, self._moment(version))
        self.envelopes.append(self._envelope())
        return self.envelopes[-1]

    def _envelope(self) -> Envelope:
        shown, _ = encode_facts(self.state.id, self.change.facts)
        pieces = tuple(fact for fact in self.change.facts if isinstance(fact, Piece))
        return Envelope(self.key, N1, self.state, pieces, shown)

    def _moment(self, version: int) -> Moment:
        return Moment(now=1_700_000_000_000, nonce=f"{version}-", node=N1, inbound=ECHO)


@pytest.fixture
async def n1(line: Line) -> Ear:
    return Ear(await line.connect(N1), line)


@pytest.fixture
async def n2(line: Line) -> Ear:
    return Ear(await line.connect(N2), line)


async def arrives(sender: Ear, ear: Ear, envelope: Envelope) -> None:
    """It is published, and heard."""
    sender.side.publish(envelope)
    await eventually(lambda: any(same(envelope, other) for other in ear.taken))


def same(one: Envelope, other: Envelope) -> bool:
    """A state's text travels in pieces only."""
    return (one.key, one.node, pack(one.state), one.pieces, one.frames) == (
        other.key, other.node, pack(other.state), other.pieces, other.frames
    )  # fmt: skip


async def test_what_is_published_arrives_as_it_was(n1: Ear, n2: Ear) -> None:
    """[P2] Frames go to screens unread: they are the committer's, byte for byte."""
    talk = Talk()
    await n2.subscribes(talk.key)
    for envelope in (talk.envelopes[0], talk.streams("Grüße "), talk.streams("🙂"), talk.customer_says("stop\u2028!")):
        await arrives(n1, n2, envelope)


async def test_nothing_arrives_inside_the_call(n1: Ear, n2: Ear) -> None:
    """A feed is never told of a commit in the middle of telling of another."""
    talk = Talk()
    await n2.subscribes(talk.key)
    n1.side.publish(talk.envelopes[0])
    n1.side.whisper(Whisper(talk.key, 1, CLARA, True))
    assert (n2.taken, n2.heard) == ([], [])
    await eventually(lambda: len(n2.taken) == len(n2.heard) == 1)


async def test_commits_of_one_node_arrive_in_their_order(n1: Ear, n2: Ear) -> None:
    """[P5] Not promised, but what makes repairs rare."""
    talk = Talk()
    await n2.subscribes(talk.key)
    for number in range(50):
        n1.side.publish(talk.customer_says(f"{number}"))
    await eventually(lambda: len(n2.taken) == 50)
    assert n2.versions(talk.key) == [envelope.version for envelope in talk.envelopes[1:]]


async def test_commits_are_never_merged(n1: Ear, n2: Ear) -> None:
    """[P5] A version left out would be a hole."""
    talk = Talk()
    await n2.subscribes(talk.key)
    for text in "abc":
        n1.side.publish(talk.streams(text))
    await eventually(lambda: len(n2.taken) == 3)


async def test_a_node_hears_what_it_subscribed_to_and_nothing_else(n1: Ear, n2: Ear) -> None:
    """[P6] The organisation is part of the name: a guessed id hears nothing."""
    mine, other, foreign = Talk("c1"), Talk("c2"), Talk("c1", OTHER)
    await n2.subscribes(mine.key)
    for talk in (foreign, other):
        n1.side.publish(talk.envelopes[0])
        n1.side.whisper(Whisper(talk.key, 1, CLARA, True))
    await arrives(n1, n2, mine.envelopes[0])
    assert [envelope.key for envelope in n2.taken] == [mine.key]
    assert n2.heard == []


async def test_a_node_that_unsubscribed_hears_nothing_more(n1: Ear, n2: Ear) -> None:
    talk, other = Talk("c1"), Talk("c2")
    await n2.subscribes(talk.key)
    await n2.subscribes(other.key)
    await arrives(n1, n2, talk.envelopes[0])
    n2.side.unsubscribe(talk.key)
    n2.side.unsubscribe(talk.key)
    await n2.line.is_subscribed(n2.side, talk.key)
    n1.side.publish(talk.customer_says("hi"))
    await arrives(n1, n2, other.envelopes[0])
    assert n2.versions(talk.key) == [1]


async def test_a_node_that_subscribes_twice_hears_once(n1: Ear, n2: Ear) -> None:
    talk = Talk()
    await n2.subscribes(talk.key)
    await n2.subscribes(talk.key)
    await arrives(n1, n2, talk.envelopes[0])
    await arrives(n1, n2, talk.customer_says("hi"))
    assert n2.versions(talk.key) == [1, 2]


async def test_everybody_hears_and_nobody_hears_themselves(line: Line, n1: Ear, n2: Ear) -> None:
    n3 = Ear(await line.connect(N3), line)
    talk = Talk()
    for ear in (n1, n2, n3):
        await ear.subscribes(talk.key)
    n1.side.publish(talk.envelopes[0])
    n2.side.publish(talk.customer_says("hi"))
    await eventually(lambda: len(n3.taken) == 2)
    await eventually(lambda: n1.versions(talk.key) == [2])
    await eventually(lambda: n2.versions(talk.key) == [1])


async def test_a_whisper_says_who_and_in_which_epoch(n1: Ear, n2: Ear) -> None:
    """[P1] Under another it is dropped by who hears it."""
    talk = Talk()
    await n2.subscribes(talk.key)
    whispers = [Whisper(talk.key, 1, ECHO, True), Whisper(talk.key, 1, CLARA, False)]
    for whisper in whispers:
        n1.side.whisper(whisper)
    await eventually(lambda: n2.heard == whispers)


async def test_a_node_alone_publishes_to_nobody(n1: Ear) -> None:
    talk = Talk()
    await n1.subscribes(talk.key)
    n1.side.publish(talk.envelopes[0])
    n1.side.whisper(Whisper(talk.key, 1, CLARA, True))
