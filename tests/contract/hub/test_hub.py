"""The contract of `ports.Hub`: what arrives was published. That it may lose, double and delay is what
`tests/integration/engine` lives with; here the line is sound.
"""

import pytest
from msgspec.structs import replace

from intervene.core.actors import Agent, Bot, Contact
from intervene.core.conversation.commit import Context
from intervene.core.conversation.decide import decide, open_conversation
from intervene.core.conversation.moves import Open
from intervene.core.conversation.packing import pack
from intervene.core.conversation.speech import ContactSay
from intervene.core.conversation.state import Conversation, Running
from intervene.core.conversation.turns import AddPiece
from intervene.core.events import Piece
from intervene.core.ids import (
    WEBCHAT,
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
from intervene.core.text import message_text, piece_text
from intervene.core.wire.framing import encode_facts
from intervene.ports.hub import Envelope, Presence, ReadTo, Report, Whisper
from tests.contract.hub.conftest import Line, Side
from tests.kit.limits import eventually

ACME, OTHER = OrganisationId("acme"), OrganisationId("other")
ECHO = Bot(id=BotId("echo"), name="Echo")
CLARA = Contact(id=ContactId("clara"), name="Clara")
ANNA, BERT = Agent(id=AgentId("anna"), name="Anna"), Agent(id=AgentId("bert"), name="Bért 🙂")
N1, N2, N3 = NodeId("n1"), NodeId("n2"), NodeId("n3")


class Ear:
    """A node that talks and listens."""

    def __init__(self, side: Side, line: Line) -> None:
        self.side = side
        self.line = line
        self.taken: list[Envelope] = []
        self.heard: list[Whisper] = []
        self.met: list[Presence] = []
        self.learned: list[Report] = []
        self.gone: list[ChannelId] = []
        self.asks = 0
        self.read: list[ReadTo] = []
        side.spent, side.reads = self.gone.append, self.read.append
        side.take, side.hear = self.taken.append, self.heard.append
        side.meet, side.learn, side.asked = self.met.append, self.learned.append, self._asked

    async def subscribes(self, *keys: Key, followers: int = 1) -> None:
        """Returns when what is published of them reaches it: one of so many that follow them."""
        for key in keys:
            self.side.subscribe(key)
            await self.line.settles(key, followers)

    def says_all(self, envelope: Envelope) -> None:
        """A commit, and under its key what is said beside commits."""
        self.side.publish(envelope)
        self.side.whisper(Whisper(envelope.key, 1, CLARA, True))
        self.side.read(ReadTo(envelope.key, ANNA, 3, 2))
        self.side.presence(Presence(envelope.key, self.side.node, (ANNA,), True, False))
        self.side.report(Report(envelope.key, self.side.node, envelope.version, 1, 0, False))

    async def hears_all(self, sender: "Ear", envelope: Envelope) -> None:
        """As `says_all` says it, which is the last that was said: what was said before came before, or never will."""
        sender.says_all(envelope)
        report = Report(envelope.key, sender.side.node, envelope.version, 1, 0, False)
        await eventually(lambda: report in self.learned)

    def versions(self, key: Key) -> list[int]:
        return [envelope.version for envelope in self.taken if envelope.key == key]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Of commits, whispers, presences and reports."""
        return len(self.taken), len(self.heard), len(self.met), len(self.learned)

    @property
    def keys(self) -> set[Key]:
        """The conversations of which anything was heard."""
        said: list[Envelope | Whisper | Presence | Report] = [*self.taken, *self.heard, *self.met, *self.learned]
        return {one.key for one in said}

    def _asked(self) -> None:
        self.asks += 1


class Talk:
    """A conversation's commits, as envelopes."""

    def __init__(self, id: str = "c1", organisation: OrganisationId = ACME) -> None:
        opening = Open(conversation=ConversationId(id), contact=CLARA, channel="webchat", bot=ECHO)
        self.key = Key(organisation, opening.conversation)
        self.change = open_conversation(opening, organisation, self._context(0))
        self.envelopes = [self._envelope()]

    @property
    def state(self) -> Conversation:
        return self.change.state

    def streams(self, text: str) -> Envelope:
        turn = self.state.turn
        assert isinstance(turn, Running)
        n = turn.stream.pieces + 1 if turn.stream else 1
        return self._commits(
            AddPiece(author=ECHO, epoch=1, turn=turn.number, message=MessageId("m"), n=n, text=piece_text(text))
        )

    def customer_says(self, text: str) -> Envelope:
        number = self.state.version
        return self._commits(
            ContactSay(
                id=CommandId(f"k{number}"), author=CLARA, message=MessageId(f"c{number}"), text=message_text(text)
            )
        )

    def _commits(self, command: AddPiece | ContactSay) -> Envelope:
        version = self.state.version + 1
        self.change = decide(replace(self.state, version=version), command, self._context(version))
        self.envelopes.append(self._envelope())
        return self.envelopes[-1]

    def _envelope(self) -> Envelope:
        shown, _ = encode_facts(self.state.id, self.change.facts)
        pieces = tuple(fact for fact in self.change.facts if isinstance(fact, Piece))
        return Envelope(self.key, N1, self.state, pieces, shown)

    def _context(self, version: int) -> Context:
        return Context(now=1_700_000_000_000, nonce=f"{version}-", node=N1, inbound=ECHO)


@pytest.fixture
async def n1(line: Line) -> Ear:
    return Ear(await line.connect(N1), line)


@pytest.fixture
async def n2(line: Line) -> Ear:
    return Ear(await line.connect(N2), line)


@pytest.fixture
async def n3(line: Line) -> Ear:
    return Ear(await line.connect(N3), line)


def same(one: Envelope, other: Envelope) -> bool:
    """A state's text travels in pieces only."""
    return (one.key, one.node, pack(one.state), one.pieces, one.frames) == (
        other.key, other.node, pack(other.state), other.pieces, other.frames
    )  # fmt: skip


def test_a_side_says_whose_it_is(n1: Ear, n2: Ear) -> None:
    assert (n1.side.node, n2.side.node) == (N1, N2)


# -- commits -----------------------------------------------------------------------------------------------------------


async def test_what_is_published_arrives_as_it_was(n1: Ear, n2: Ear) -> None:
    """[P2] Frames go to screens unread: they are the committer's, byte for byte."""
    talk = Talk()
    await n2.subscribes(talk.key)
    sent = [talk.envelopes[0], talk.streams("Grüße "), talk.streams("🙂"), talk.customer_says("stop\u2028!")]
    for envelope in sent:
        n1.side.publish(envelope)
    await eventually(lambda: len(n2.taken) == len(sent))
    assert all(same(one, other) for one, other in zip(sent, n2.taken, strict=True))


async def test_commits_of_one_node_arrive_in_their_order(n1: Ear, n2: Ear) -> None:
    """[P5] Not promised, but what makes repairs rare."""
    talk = Talk()
    await n2.subscribes(talk.key)
    for number in range(100):
        n1.side.publish(talk.customer_says(f"{number}"))
    await eventually(lambda: len(n2.taken) == 100)
    assert n2.versions(talk.key) == [envelope.version for envelope in talk.envelopes[1:]]


async def test_commits_are_never_merged(n1: Ear, n2: Ear) -> None:
    """[P5] A version left out would be a hole."""
    talk = Talk()
    await n2.subscribes(talk.key)
    for text in "abc":
        n1.side.publish(talk.streams(text))
    await eventually(lambda: len(n2.taken) == 3)


# -- what is said beside commits ---------------------------------------------------------------------------------------


async def test_a_whisper_says_who_and_in_which_epoch(n1: Ear, n2: Ear) -> None:
    """[P1] Under another it is dropped by who hears it."""
    talk = Talk()
    await n2.subscribes(talk.key)
    whispers = [Whisper(talk.key, 1, ECHO, True), Whisper(talk.key, 2, ANNA, True), Whisper(talk.key, 1, CLARA, False)]
    for whisper in whispers:
        n1.side.whisper(whisper)
    await eventually(lambda: len(n2.heard) == len(whispers))
    assert n2.heard == whispers


async def test_presence_says_who_of_which_node_is_there_and_whether_it_asks(n1: Ear, n2: Ear) -> None:
    """The last one counts, so they come in their order; nobody at all is said too."""
    talk = Talk()
    await n2.subscribes(talk.key)
    said = [
        Presence(talk.key, N1, (ANNA, BERT), False, True, 41),
        Presence(talk.key, N1, (BERT,), True, False),
        Presence(talk.key, N1, (), False, False),
    ]
    for presence in said:
        n1.side.presence(presence)
    await eventually(lambda: len(n2.met) == len(said))
    assert n2.met == said


async def test_a_report_says_what_a_node_knows_of_a_takeover(n1: Ear, n2: Ear) -> None:
    """[P8] The last one counts, so they come in their order."""
    talk = Talk()
    await n2.subscribes(talk.key)
    said = [
        Report(talk.key, N1, 2, 5, 0, False),
        Report(talk.key, N1, 2, 5, 3, True),
        Report(talk.key, N1, 3, 0, 0, False),
    ]
    for report in said:
        n1.side.report(report)
    await eventually(lambda: len(n2.learned) == len(said))
    assert n2.learned == said


async def test_where_an_agent_has_read_to_is_told(n1: Ear, n2: Ear) -> None:
    """[R39] In both counts; it is no typing."""
    talk = Talk()
    await n2.subscribes(talk.key)
    told = [ReadTo(talk.key, ANNA, 7, 5), ReadTo(talk.key, BERT, 9, 0)]
    for read in told:
        n1.side.read(read)
    await eventually(lambda: len(n2.read) == 2)
    assert (n2.read, n2.heard) == (told, [])


async def test_who_asks_is_heard_by_all_others_whatever_they_follow(n1: Ear, n2: Ear, n3: Ear) -> None:
    """[P5] Nobody knows of what was lost whom it would have reached. Who asks has compared already."""
    talk = Talk()
    await n3.subscribes(talk.key)
    n1.side.ask()
    await eventually(lambda: n2.asks > 0 and n3.asks > 0)
    await n1.subscribes(talk.key, followers=2)
    await n1.hears_all(n2, talk.envelopes[0])  # after its own question, had it come back
    assert (n1.asks, n2.asks, n3.asks) == (0, 1, 1)


async def test_an_address_that_was_given_up_is_told_to_all_others(n1: Ear, n2: Ear, n3: Ear) -> None:
    """[R17] Whatever they follow."""
    gone = ChannelId(ACME, WEBCHAT, "v-clara")
    n1.side.spend(gone)
    await eventually(lambda: n2.gone == n3.gone == [gone])
    n2.side.ask()
    await eventually(lambda: n1.asks == 1)
    assert n1.gone == []


async def test_who_was_asked_may_ask_in_turn(n1: Ear, n2: Ear) -> None:
    n1.side.ask()
    await eventually(lambda: n2.asks == 1)
    n2.side.ask()
    await eventually(lambda: n1.asks == 1)


# -- who hears ---------------------------------------------------------------------------------------------------------


async def test_nothing_arrives_inside_the_call(n1: Ear, n2: Ear) -> None:
    """A feed is never told of a commit in the middle of telling of another."""
    talk = Talk()
    await n2.subscribes(talk.key)
    n1.says_all(talk.envelopes[0])
    n1.side.ask()
    assert (n2.counts, n2.asks) == ((0, 0, 0, 0), 0)
    await eventually(lambda: (n2.counts, n2.asks) == ((1, 1, 1, 1), 1))


async def test_a_node_hears_what_it_subscribed_to_and_nothing_else(n1: Ear, n2: Ear) -> None:
    """[P6] The organisation is part of the name: a guessed id hears nothing."""
    mine, other, foreign = Talk("c1"), Talk("c2"), Talk("c1", OTHER)
    await n2.subscribes(mine.key)
    for talk in (foreign, other):
        n1.says_all(talk.envelopes[0])
    await n2.hears_all(n1, mine.envelopes[0])
    assert n2.keys == {mine.key}
    assert n2.counts == (1, 1, 1, 1)


async def test_everybody_hears_and_nobody_hears_themselves(n1: Ear, n2: Ear, n3: Ear) -> None:
    talk = Talk()
    for number, ear in enumerate((n1, n2, n3), start=1):
        await ear.subscribes(talk.key, followers=number)
    await n2.hears_all(n1, talk.envelopes[0])
    await n1.hears_all(n2, talk.customer_says("hi"))  # after what it said itself, had it come back
    await eventually(lambda: n3.counts == (2, 2, 2, 2))
    assert n1.versions(talk.key) == [2]
    assert n1.counts == (1, 1, 1, 1)
    await n2.hears_all(n3, talk.customer_says("who is there?"))
    assert n2.versions(talk.key) == [1, 3]
    assert n2.counts == (2, 2, 2, 2)


async def test_a_node_may_say_what_it_does_not_follow(n1: Ear, n2: Ear, n3: Ear) -> None:
    one, two = Talk("c1"), Talk("c2")
    await n2.subscribes(one.key)
    await n3.subscribes(one.key, followers=2)
    await n3.subscribes(two.key)
    n1.says_all(one.envelopes[0])
    n1.says_all(two.envelopes[0])
    await eventually(lambda: n3.counts == (2, 2, 2, 2))
    await eventually(lambda: n2.counts == (1, 1, 1, 1))


async def test_a_node_that_unsubscribed_hears_nothing_more(n1: Ear, n2: Ear) -> None:
    """At once or, where that costs less, a little later: then nothing of it is left."""
    talk, other = Talk("c1"), Talk("c2")
    await n2.subscribes(talk.key, other.key)
    await n2.hears_all(n1, talk.envelopes[0])
    n2.side.unsubscribe(talk.key)
    n2.side.unsubscribe(talk.key)
    await n2.line.settles(talk.key, followers=0)
    n1.says_all(talk.customer_says("hi"))
    await n2.hears_all(n1, other.envelopes[0])
    assert n2.versions(talk.key) == [1]
    assert n2.counts == (2, 2, 2, 2)


async def test_a_node_that_subscribes_twice_hears_once(n1: Ear, n2: Ear) -> None:
    talk = Talk()
    await n2.subscribes(talk.key, talk.key)
    await n2.hears_all(n1, talk.envelopes[0])
    await n2.hears_all(n1, talk.customer_says("hi"))
    assert n2.versions(talk.key) == [1, 2]
    assert n2.counts == (2, 2, 2, 2)


async def test_one_subscription_ends_with_one_call_however_often_it_was_asked_for(n1: Ear, n2: Ear) -> None:
    """And to end what never began does no harm."""
    talk, other = Talk("c1"), Talk("c2")
    n2.side.unsubscribe(talk.key)
    await n2.subscribes(talk.key, talk.key, other.key)
    n2.side.unsubscribe(talk.key)
    await n2.line.settles(talk.key, followers=0)
    n1.says_all(talk.envelopes[0])
    await n2.hears_all(n1, other.envelopes[0])
    assert n2.keys == {other.key}


async def test_a_node_that_comes_back_to_a_conversation_hears_of_it_again(n1: Ear, n2: Ear) -> None:
    talk = Talk()
    await n2.subscribes(talk.key)
    n2.side.unsubscribe(talk.key)
    await n2.line.settles(talk.key, followers=0)
    n1.says_all(talk.envelopes[0])
    await n2.subscribes(talk.key)
    await n2.hears_all(n1, talk.customer_says("hi"))
    assert n2.versions(talk.key) == [2]


async def test_a_node_alone_says_it_to_nobody(line: Line, n1: Ear) -> None:
    """Nor does it hear of it when somebody comes."""
    talk = Talk()
    await n1.subscribes(talk.key)
    n1.says_all(talk.envelopes[0])
    n1.side.ask()
    late = Ear(await line.connect(N2), line)
    await late.subscribes(talk.key, followers=2)
    await late.hears_all(n1, talk.customer_says("hi"))
    await n1.hears_all(late, talk.customer_says("so there you are"))
    assert n1.versions(talk.key) == [3]
    assert (n1.counts, n1.asks) == ((1, 1, 1, 1), 0)
