"""The contract of `ports.Hub`: what arrives was published. That it may lose, double and delay is what
`tests/integration/engine` lives with; here the line is sound.
"""

import pytest

from intervene.core.ids import (
    WEBCHAT,
    ChannelId,
)  # fmt: skip
from intervene.ports.log import Commit
from intervene.ports.messages import Compare, Presence, Read, Spent, TakeoverReport, Typing
from intervene.ports.topics import ConversationTopic
from tests.contract.hub.conftest import Line
from tests.contract.hub.talk import (
    ACME,
    ANNA,
    BERT,
    CLARA,
    ECHO,
    N1,
    N2,
    N3,
    NOTHING,
    ONE_OF_EACH,
    OTHER,
    TWO_OF_EACH,
    Ear,
    Talk,
    same,
)
from tests.kit.limits import eventually


@pytest.fixture
async def n1(line: Line) -> Ear:
    return await Ear.connects(line, N1)


@pytest.fixture
async def n2(line: Line) -> Ear:
    return await Ear.connects(line, N2)


@pytest.fixture
async def n3(line: Line) -> Ear:
    return await Ear.connects(line, N3)


# -- commits -----------------------------------------------------------------------------------------------------------


async def test_what_is_published_arrives_as_it_was(n1: Ear, n2: Ear) -> None:
    """[P2] Frames go to screens unread: they are the committer's, byte for byte."""
    talk = Talk()
    await n2.subscribes(talk.key)
    sent = [talk.published[0], talk.streams("Grüße "), talk.streams("🙂"), talk.customer_says("stop\u2028!")]
    for commit in sent:
        n1.side.publish(commit)
    await eventually(lambda: len(n2.of(Commit)) == len(sent))
    assert all(same(one, other) for one, other in zip(sent, n2.of(Commit), strict=True))


async def test_commits_of_one_node_arrive_in_their_order(n1: Ear, n2: Ear) -> None:
    """[P5] Not promised, but what makes repairs rare."""
    talk = Talk()
    await n2.subscribes(talk.key)
    for number in range(100):
        n1.side.publish(talk.customer_says(f"{number}"))
    await eventually(lambda: len(n2.of(Commit)) == 100)
    assert n2.versions(talk.key) == [commit.version for commit in talk.published[1:]]


async def test_commits_are_never_merged(n1: Ear, n2: Ear) -> None:
    """[P5] A version left out would be a hole."""
    talk = Talk()
    await n2.subscribes(talk.key)
    for text in "abc":
        n1.side.publish(talk.streams(text))
    await eventually(lambda: len(n2.of(Commit)) == 3)


# -- what is said beside commits ---------------------------------------------------------------------------------------


async def test_typing_names_its_author_and_its_epoch(n1: Ear, n2: Ear) -> None:
    """[P1] Under another it is dropped where it is received."""
    talk = Talk()
    await n2.subscribes(talk.key)
    typing = [Typing(talk.key, 1, ECHO, True), Typing(talk.key, 2, ANNA, True), Typing(talk.key, 1, CLARA, False)]
    for message in typing:
        n1.side.publish(message)
    await eventually(lambda: len(n2.of(Typing)) == len(typing))
    assert n2.of(Typing) == typing


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
        n1.side.publish(presence)
    await eventually(lambda: len(n2.of(Presence)) == len(said))
    assert n2.of(Presence) == said


async def test_a_report_says_what_a_node_knows_of_a_takeover(n1: Ear, n2: Ear) -> None:
    """[P8] The last one counts, so they come in their order."""
    talk = Talk()
    await n2.subscribes(talk.key)
    said = [
        TakeoverReport(talk.key, N1, 2, 5, 0, False),
        TakeoverReport(talk.key, N1, 2, 5, 3, True),
        TakeoverReport(talk.key, N1, 3, 0, 0, False),
    ]
    for report in said:
        n1.side.publish(report)
    await eventually(lambda: len(n2.of(TakeoverReport)) == len(said))
    assert n2.of(TakeoverReport) == said


async def test_where_agents_and_the_customer_have_read_to_is_told(n1: Ear, n2: Ear) -> None:
    """[R39] In both counts; it is no typing."""
    talk = Talk()
    await n2.subscribes(talk.key)
    told = [Read(talk.key, ANNA, 7, 5), Read(talk.key, BERT, 9, 0), Read(talk.key, None, contact=4)]
    for read in told:
        n1.side.publish(read)
    await eventually(lambda: len(n2.of(Read)) == len(told))
    assert (n2.of(Read), n2.of(Typing)) == (told, [])


async def test_who_asks_is_heard_by_all_others_whatever_they_follow(n1: Ear, n2: Ear, n3: Ear) -> None:
    """[P5] Nobody knows of what was lost whom it would have reached. Who asks has compared already."""
    talk = Talk()
    await n3.subscribes(talk.key)
    n1.side.publish(Compare(N1))
    await eventually(lambda: n2.asks > 0 and n3.asks > 0)
    await n1.subscribes(talk.key, followers=2)
    await n1.hears_all(n2, talk.published[0])  # after its own question, had it come back
    assert (n1.asks, n2.asks, n3.asks) == (0, 1, 1)


async def test_an_address_that_was_given_up_is_told_to_all_others(n1: Ear, n2: Ear, n3: Ear) -> None:
    """[R17] Whatever they follow."""
    gone = ChannelId(ACME, WEBCHAT, "v-clara")
    n1.side.publish(Spent(gone))
    await eventually(lambda: n2.gone == n3.gone == [gone])
    n2.side.publish(Compare(N2))
    await eventually(lambda: n1.asks == 1)
    assert n1.gone == []


async def test_who_was_asked_may_ask_in_turn(n1: Ear, n2: Ear) -> None:
    n1.side.publish(Compare(N1))
    await eventually(lambda: n2.asks == 1)
    n2.side.publish(Compare(N2))
    await eventually(lambda: n1.asks == 1)


# -- who hears ---------------------------------------------------------------------------------------------------------


async def test_nothing_arrives_inside_the_call(n1: Ear, n2: Ear) -> None:
    """A feed is never told of a commit in the middle of telling of another."""
    talk = Talk()
    await n2.subscribes(talk.key)
    n1.says_all(talk.published[0])
    n1.side.publish(Compare(N1))
    assert (n2.counts, n2.asks) == (NOTHING, 0)
    await eventually(lambda: (n2.counts, n2.asks) == (ONE_OF_EACH, 1))


async def test_a_node_hears_what_it_subscribed_to_and_nothing_else(n1: Ear, n2: Ear) -> None:
    """[P6] The organisation is part of the name: a guessed id hears nothing."""
    mine, other, foreign = Talk("c1"), Talk("c2"), Talk("c1", OTHER)
    await n2.subscribes(mine.key)
    for talk in (foreign, other):
        n1.says_all(talk.published[0])
    await n2.hears_all(n1, mine.published[0])
    assert n2.topics == {ConversationTopic(mine.key)}
    assert n2.counts == ONE_OF_EACH


async def test_everybody_hears_and_nobody_hears_themselves(n1: Ear, n2: Ear, n3: Ear) -> None:
    talk = Talk()
    for number, ear in enumerate((n1, n2, n3), start=1):
        await ear.subscribes(talk.key, followers=number)
    await n2.hears_all(n1, talk.published[0])
    await n1.hears_all(n2, talk.customer_says("hi"))  # after what it said itself, had it come back
    await eventually(lambda: n3.counts == TWO_OF_EACH)
    assert n1.versions(talk.key) == [2]
    assert n1.counts == ONE_OF_EACH
    await n2.hears_all(n3, talk.customer_says("who is there?"))
    assert n2.versions(talk.key) == [1, 3]
    assert n2.counts == TWO_OF_EACH


async def test_a_node_may_say_what_it_does_not_follow(n1: Ear, n2: Ear, n3: Ear) -> None:
    one, two = Talk("c1"), Talk("c2")
    await n2.subscribes(one.key)
    await n3.subscribes(one.key, followers=2)
    await n3.subscribes(two.key)
    n1.says_all(one.published[0])
    n1.says_all(two.published[0])
    await eventually(lambda: n3.counts == TWO_OF_EACH)
    await eventually(lambda: n2.counts == ONE_OF_EACH)


async def test_a_node_that_unsubscribed_hears_nothing_more(n1: Ear, n2: Ear) -> None:
    """At once or, where that costs less, a little later: then nothing of it is left."""
    talk, other = Talk("c1"), Talk("c2")
    await n2.subscribes(talk.key, other.key)
    await n2.hears_all(n1, talk.published[0])
    n2.side.unsubscribe(ConversationTopic(talk.key))
    n2.side.unsubscribe(ConversationTopic(talk.key))
    await n2.line.settles(talk.key, followers=0)
    n1.says_all(talk.customer_says("hi"))
    await n2.hears_all(n1, other.published[0])
    assert n2.versions(talk.key) == [1]
    assert n2.counts == TWO_OF_EACH


async def test_a_node_that_subscribes_twice_hears_once(n1: Ear, n2: Ear) -> None:
    talk = Talk()
    await n2.subscribes(talk.key, talk.key)
    await n2.hears_all(n1, talk.published[0])
    await n2.hears_all(n1, talk.customer_says("hi"))
    assert n2.versions(talk.key) == [1, 2]
    assert n2.counts == TWO_OF_EACH


async def test_one_subscription_ends_with_one_call_however_often_it_was_asked_for(n1: Ear, n2: Ear) -> None:
    """And to end what never began does no harm."""
    talk, other = Talk("c1"), Talk("c2")
    n2.side.unsubscribe(ConversationTopic(talk.key))
    await n2.subscribes(talk.key, talk.key, other.key)
    n2.side.unsubscribe(ConversationTopic(talk.key))
    await n2.line.settles(talk.key, followers=0)
    n1.says_all(talk.published[0])
    await n2.hears_all(n1, other.published[0])
    assert n2.topics == {ConversationTopic(other.key)}


async def test_a_node_that_comes_back_to_a_conversation_hears_of_it_again(n1: Ear, n2: Ear) -> None:
    talk = Talk()
    await n2.subscribes(talk.key)
    n2.side.unsubscribe(ConversationTopic(talk.key))
    await n2.line.settles(talk.key, followers=0)
    n1.says_all(talk.published[0])
    await n2.subscribes(talk.key)
    await n2.hears_all(n1, talk.customer_says("hi"))
    assert n2.versions(talk.key) == [2]


async def test_a_node_alone_says_it_to_nobody(line: Line, n1: Ear) -> None:
    """Nor does it hear of it when somebody comes."""
    talk = Talk()
    await n1.subscribes(talk.key)
    n1.says_all(talk.published[0])
    n1.side.publish(Compare(N1))
    late = await Ear.connects(line, N2)
    await late.subscribes(talk.key, followers=2)
    await late.hears_all(n1, talk.customer_says("hi"))
    await n1.hears_all(late, talk.customer_says("so there you are"))
    assert n1.versions(talk.key) == [3]
    assert (n1.counts, n1.asks) == (ONE_OF_EACH, 0)


def test_a_side_says_whose_it_is(n1: Ear, n2: Ear) -> None:
    assert (n1.side.node, n2.side.node) == (N1, N2)
