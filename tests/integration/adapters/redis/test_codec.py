"""What nodes say to each other, as sealed bytes."""

from pathlib import Path

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import replace

from intervene.adapters.redis.codec import NEVER, SEAL_BYTES, SENDER_BYTES, Codec, Forged, Unreadable
from intervene.adapters.redis.names import PLAIN, TAGGED, Names, echo_channel, slot
from intervene.core.actors import Agent
from intervene.core.conversation.card import NO_CARD, Card
from intervene.core.conversation.packing import FIRST_FORMAT, FORMAT
from intervene.core.conversation.state import streamed
from intervene.core.events import Piece
from intervene.core.ids import WEBCHAT, ChannelId, ConversationId, Key, MessageId, NodeId, OrganisationId, QueueId
from intervene.core.wire.framing import encode_facts
from intervene.ports.log import Commit
from intervene.ports.messages import Compare, Heartbeat, Message, Pieces, Presence, Read, Spent, TakeoverReport, Typing
from intervene.ports.topics import ADDRESSES, NODES, ConversationTopic, OrganisationTopic, Topic
from tests.integration.adapters.redis.nodes import ANNA, C1, C2, KEYS, commit, typing

N1, N2 = NodeId("n1"), NodeId("n2")
ON_C1, ON_C2 = PLAIN.channel(ConversationTopic(C1)), PLAIN.channel(ConversationTopic(C2))
FIRST, SECOND = KEYS

MESSAGES: dict[str, Message] = {
    "commit": commit(C1, 3),
    "typing": typing(C1),
    "presence": Presence(C1, N1, (ANNA,), contact=True, asks=False, count=41),
    "takeover report": TakeoverReport(C1, N1, epoch=2, written=3, seen=1, has_stopped=True),
    "read": Read(C1, ANNA, n=7, pub=5),
    "heartbeat": Heartbeat(N1, 7),
    "compare": Compare(N1),
    "spent": Spent(ChannelId(C1.organisation, WEBCHAT, "v-clara")),
}
FORMER: dict[str, dict[str, str]] = msgspec.json.decode(Path(__file__).with_name("release.json").read_bytes())
"""The same, under the first key, as the last release without topics (df59a25) published them."""


@pytest.mark.parametrize("name", MESSAGES)
def test_nodes_of_the_release_before_and_of_this_one_read_each_other(name: str) -> None:
    """What it published is read here, on the channel where it published it; and it reads what is published here, since
    that is the same, byte for byte."""
    message, former = MESSAGES[name], FORMER[name]
    on, data = former["channel"].encode(), bytes.fromhex(former["data"])
    assert PLAIN.channel(message.topic) == on
    assert Codec(N2, KEYS).decode(on, data) == message
    assert Codec(N1, KEYS).encode(on, message) == data


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_another_node_reads_what_was_published(message: Message) -> None:
    on = PLAIN.channel(message.topic)
    assert Codec(N2, KEYS).decode(on, Codec(N1, KEYS).encode(on, message)) == message


def in_format(commit: Commit, format: int) -> Commit:
    return replace(commit, state=replace(commit.state, format=format))


def test_a_commit_travels_in_the_format_of_its_row() -> None:
    """[P5] Nodes of the former release cannot read the newer rows, so they need not read messages about them."""
    said = in_format(commit(C1, 3), FORMAT)
    data = Codec(N1, KEYS).encode(ON_C1, said)
    assert data[SENDER_BYTES + SEAL_BYTES] == FORMAT
    assert Codec(N2, KEYS).decode(ON_C1, data) == said


def test_a_commit_of_pieces_travels_as_the_pieces_and_is_made_again_from_the_state_before() -> None:
    """[P2] One that does not continue the state is not made."""
    before = in_format(commit(C1, 3), FORMAT).state
    pieces = tuple(Piece(message=MessageId("m3"), n=n, text="x" * 48) for n in (2, 3))
    after = streamed(before, pieces)
    assert after is not None
    frames, _ = encode_facts(after.id, pieces)
    said = Commit(key=C1, node=N1, state=after, pieces=pieces, frames=frames, is_streamed=True)
    found = Codec(N2, KEYS).decode(ON_C1, Codec(N1, KEYS).encode(ON_C1, said))
    assert isinstance(found, Pieces)
    assert found.after(before) == said
    assert found.after(after) is None
    assert found.after(commit(C1, 4).state) is None


def test_a_piece_is_published_in_a_third_of_what_it_took() -> None:
    """[P7] Names of today's length, and 48 bytes of text."""
    id = "44854b5a20ba6bb1db72e4d9"
    key = Key(OrganisationId("default"), ConversationId(id))
    before = in_format(commit(key, 3, node=id, text="x" * 48), FORMAT).state
    piece = Piece(message=MessageId("m3"), n=2, text="x" * 48)
    after = streamed(before, [piece])
    assert after is not None
    frames, _ = encode_facts(after.id, [piece])
    whole = Commit(key=key, node=NodeId(id), state=after, pieces=(piece,), frames=frames, is_streamed=True)
    now, then = (len(Codec(N1, KEYS).encode(ON_C1, in_format(whole, format))) for format in (FORMAT, FIRST_FORMAT))
    assert 3 * now < then


def test_a_card_is_published_by_commits_that_change_it() -> None:
    """[P7] A node that receives another one has it already."""
    card = Card(queue=QueueId("sales"), tags=("vip",))
    whole = in_format(commit(C1, 3, text="x"), FORMAT)
    whole = replace(whole, state=replace(whole.state, card=card))
    codec = Codec(N2, KEYS)
    first = codec.decode(ON_C1, Codec(N1, KEYS).encode(ON_C1, whole))
    assert isinstance(first, Commit)
    assert (first.state.card, first.keeps_card) == (card, False)
    sent = Codec(N1, KEYS).encode(ON_C1, replace(whole, keeps_card=True))
    assert b"sales" not in sent
    again = codec.decode(ON_C1, sent)
    assert isinstance(again, Commit)
    assert (again.state, again.keeps_card) == (replace(whole.state, card=NO_CARD), True)


def test_who_is_here_crosses_releases_with_and_without_a_count() -> None:
    """Nodes of both run side by side while a cluster is updated: the count stands at the end, and may be missing."""

    class Former(Struct, frozen=True, array_like=True, tag="presence"):
        key: Key
        node: NodeId
        agents: tuple[Agent, ...]
        contact: bool
        asks: bool

    former = Former(C1, N1, (ANNA,), True, False)
    present = Presence(C1, N1, (ANNA,), contact=True, asks=False, count=41)
    said = Codec(N1, KEYS).encode(ON_C1, present)[SENDER_BYTES + SEAL_BYTES + 1 :]
    assert msgspec.msgpack.decode(said, type=Former) == former
    codec = Codec(N1, KEYS)
    rest = FIRST_FORMAT.to_bytes(1, "big") + msgspec.msgpack.encode(former)
    seal = codec._seal(0, ON_C1, codec._sender, rest)
    heard = Codec(N2, KEYS).decode(ON_C1, codec._sender + seal + rest)
    assert heard == replace(present, count=0)


def test_where_an_agent_has_read_to_is_late_typing_to_the_release_before() -> None:
    """It reads the message, and drops it: no conversation is ever in that epoch. Its own typing is typing to us."""

    class Former(Struct, frozen=True, array_like=True, tag="whisper"):
        key: Key
        epoch: int
        who: Agent
        on: bool

    said = Codec(N1, KEYS).encode(ON_C1, Read(C1, ANNA, n=7, pub=5))[SENDER_BYTES + SEAL_BYTES + 1 :]
    assert msgspec.msgpack.decode(said, type=Former) == Former(C1, NEVER, ANNA, False)
    codec = Codec(N1, KEYS)
    rest = FIRST_FORMAT.to_bytes(1, "big") + msgspec.msgpack.encode(Former(C1, 0, ANNA, True))
    seal = codec._seal(0, ON_C1, codec._sender, rest)
    assert Codec(N2, KEYS).decode(ON_C1, codec._sender + seal + rest) == Typing(C1, 0, ANNA, True)


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_no_byte_of_a_message_can_be_changed(message: Message) -> None:
    on = PLAIN.channel(message.topic)
    data = Codec(N1, KEYS).encode(on, message)
    for place in range(len(data)):
        spoiled = bytearray(data)
        spoiled[place] ^= 1
        with pytest.raises(Forged):
            Codec(N2, KEYS).decode(on, bytes(spoiled))


def test_a_message_cannot_be_moved_to_another_conversation() -> None:
    data = Codec(N1, KEYS).encode(ON_C1, commit(C1, 3))
    with pytest.raises(Forged):
        Codec(N2, KEYS).decode(ON_C2, data)


@pytest.mark.parametrize("data", [b"", b"x", b"x" * SENDER_BYTES, b"x" * (SENDER_BYTES + SEAL_BYTES), b"x" * 5000])
def test_what_is_too_short_or_random_is_forged(data: bytes) -> None:
    with pytest.raises(Forged):
        Codec(N2, KEYS).decode(ON_C1, data)


def test_a_message_under_a_key_of_somebody_else_is_forged() -> None:
    data = Codec(N1, [b"the key of somebody else"]).encode(ON_C1, commit(C1, 3))
    with pytest.raises(Forged):
        Codec(N2, KEYS).decode(ON_C1, data)


def test_while_keys_are_replaced_nodes_understand_each_other() -> None:
    old, both, new = Codec(N1, [FIRST]), Codec(N1, [SECOND, FIRST]), Codec(N1, [SECOND])
    reader = Codec(N2, [FIRST, SECOND])
    for writer in (old, both, new):
        assert reader.decode(ON_C1, writer.encode(ON_C1, typing(C1))) == typing(C1)
    with pytest.raises(Forged):
        Codec(N2, [FIRST]).decode(ON_C1, both.encode(ON_C1, typing(C1)))  # the first key seals


@pytest.mark.parametrize("keys", [[], [b"short"], [FIRST, b""]])
def test_a_hub_without_a_proper_key_is_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="key of at least"):
        Codec(N1, keys)


def test_a_message_of_a_newer_format_is_unreadable_and_not_forged() -> None:
    data = Codec(N1, KEYS).encode(ON_C1, in_format(commit(C1, 3), FORMAT + 1))
    with pytest.raises(Unreadable):
        Codec(N2, KEYS).decode(ON_C1, data)


def test_a_node_knows_its_own_messages() -> None:
    data = Codec(N1, KEYS).encode(ON_C1, commit(C1, 3))
    assert Codec(N1, KEYS).is_own(data)
    assert not Codec(N2, KEYS).is_own(data)


@pytest.mark.parametrize("names", [PLAIN, TAGGED])
def test_no_two_keys_have_one_name(names: Names) -> None:
    keys = [
        Key(OrganisationId(organisation), ConversationId(conversation))
        for organisation, conversation in (
            ("a", "b:c"),
            ("a:b", "c"),
            ("a%3Ab", "c"),
            ("lease", "a"),
            ("*nodes*", "c"),
            ("*addresses*", "c"),
        )
    ]
    topics: list[Topic] = [NODES, ADDRESSES, *(ConversationTopic(key) for key in keys)]
    topics += [OrganisationTopic(OrganisationId(id)) for id in ("a", "a:b", "*nodes*", "*organisation*")]
    found = [names.channel(topic) for topic in topics] + [names.lease(key).encode() for key in keys]
    assert len(set(found)) == len(found) == 18


def test_channel_and_lease_of_a_conversation_are_in_one_slot_and_an_echo_is_where_it_is_wanted() -> None:
    """Only what stands in the first braces decides (Redis Cluster specification, "Hash tags")."""
    key = Key(OrganisationId("a{b}c"), ConversationId("c1"))
    channel = TAGGED.channel(ConversationTopic(key))
    assert channel == b"iv:{a%7Bb%7Dc:c1}"
    assert slot(channel) == slot(TAGGED.lease(key).encode()) == slot(b"{a%7Bb%7Dc:c1}")
    assert slot(b"{123456789}") == 0x31C3, "the specification's own example"
    assert [slot(echo_channel(number, N1)) for number in (0, 5461, 16383)] == [0, 5461, 16383]
