"""The engine and a log that does not do as it should: bad data, commits of which nobody knows, and none at all."""

import asyncio
from collections.abc import Callable

import pytest

from intervene.core.access import Visitor
from intervene.core.actors import Contact
from intervene.core.conversation.speech import ContactSay
from intervene.core.errors import Unavailable
from intervene.core.ids import CommandId, ContactId, Key, MessageId
from intervene.core.text import message_text
from intervene.engine.listed import Unlisted
from intervene.ports.log import Commit, Verdict
from intervene.ports.messages import Compare
from tests.integration.engine.actors import Asked, Customer, Person, takes_up
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.faults import Accident
from tests.integration.engine.room import Room
from tests.integration.engine.screen import Screen, Session
from tests.kit.limits import eventually
from tests.unit.core.cast import ACME

# -- conflicts ---------------------------------------------------------------------------------------------------------


async def test_two_nodes_write_at_once_and_both_are_heard(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, ben: Person
) -> None:
    """[P5] One of the appends meets a conflict, and is decided again under the row's lock."""
    cluster.hub.holds()
    for round in range(5):
        word, note = clara.says(f"word {round}"), ben.notes(f"note {round}")
        await word
        await note
    assert Verdict.CONFLICT in n1.log.verdicts + n2.log.verdicts
    assert n1.log.locked + n2.log.locked == (n1.log.verdicts + n2.log.verdicts).count(Verdict.CONFLICT)


async def test_a_batch_that_meets_a_conflict_is_decided_again_as_a_whole(
    cluster: Cluster, room: Room, n1: Node, anna: Person, clara: Customer
) -> None:
    """[P5] Numbers and frames are made anew, and one answer each is given."""
    n1.log.accidents.append(Accident.CONFLICT)
    n1.log.holds_writes()
    asked = [clara.says("a"), anna.notes("b"), clara.says("c")]
    n1.log.releases_writes()
    assert [(await each).seq for each in asked] == [3, 4, 5]


# -- bad data ----------------------------------------------------------------------------------------------------------


async def test_what_the_database_refuses_fails_alone(room: Room, n1: Node, anna: Person, clara: Customer) -> None:
    """[P5] Three commands share an append; the database takes all but the one in the middle."""
    bot = room.bot(n1)
    said = bot.says("hello", message="m")
    await said
    n1.log.holds_writes()
    first = clara.says("first")
    await n1.log.write_waits()
    before, bad, after = anna.notes("before"), bot.says("hello again", message="m"), anna.notes("after")
    n1.log.releases_writes()
    for asked in (first, before, after):
        await asked
    assert isinstance(await bad.refusal(), Unavailable)
    assert (await room.kinds()).endswith("message message note note")


async def test_what_one_database_row_refuses_harms_no_other_conversation(
    cluster: Cluster, room: Room, n1: Node, clara: Customer
) -> None:
    """[P5] [P7] They were written as one group."""
    bot = room.bot(n1)
    await bot.says("hello", message="m")
    others = [(await cluster.opens(n1)).customer(n1) for _ in range(4)]
    groups = len(n1.log.groups)
    asked = [other.says("hi") for other in others[:2]]
    bad = bot.says("hello again", message="m")
    asked += [other.says("hi") for other in others[2:]]
    for each in asked:
        await each
    assert isinstance(await bad.refusal(), Unavailable)
    assert len(n1.log.groups[groups]) == 5


async def test_one_session_that_breaks_harms_no_other(
    cluster: Cluster, room: Room, n1: Node, clara: Customer, anna: Person
) -> None:
    """[P7] A fault of ours in whatever hears of a commit stays there: for those who hear after it, and for the other
    conversations of the group."""

    class Broken(Session):
        def send(self, data: bytes, frames: int) -> None:
            raise RuntimeError("a fault of ours")

    for screen in (anna.screen, clara.screen):
        screen.leaves()
        n1.feeds.join(room.key, Broken(Screen(screen.whose, [])), None)
        screen.joins(n1)
    other = (await cluster.opens(n1)).customer(n1)
    await other.watches()
    asked = [clara.says("hi"), other.says("hi")]
    for each in asked:
        await each
    assert anna.screen.kinds[-1] == clara.screen.kinds[-1] == "message"


# -- commits of which nobody knows -------------------------------------------------------------------------------------


async def test_a_commit_that_did_happen_is_found_by_its_id(
    cluster: Cluster, room: Room, n1: Node, clara: Customer, anna: Person, ben: Person
) -> None:
    """[P3] [P5] The answer to COMMIT was lost: one event, and the first result."""
    n1.log.accidents.append(Accident.CUT_AFTER)
    receipt = await clara.says("hi")
    n1.log.accidents.append(Accident.CUT_AFTER)
    taken = await anna.intervenes()
    assert (receipt.seq, taken.seq) == (3, 4)
    assert await room.kinds() == "opened control message control"
    assert anna.screen.kinds == ["opened", "control", "message", "control"]


async def test_others_are_asked_to_look_for_a_commit_of_which_nobody_knew(
    n1: Node, n2: Node, clara: Customer, ben: Person
) -> None:
    """[P5] It was written, and nothing of it was published."""
    await clara.says("before")
    asked = Compare(n1.id)
    assert asked not in n2.deliveries.received
    n1.log.accidents.append(Accident.CUT_AFTER)
    await clara.says("hi")
    await eventually(lambda: n2.deliveries.received.count(asked) == 1)


async def test_a_commit_that_did_not_happen_is_made_again(room: Room, n1: Node, clara: Customer, anna: Person) -> None:
    """[P5]"""
    n1.log.accidents += [Accident.CUT_BEFORE]
    await clara.says("hi")
    n1.log.accidents += [Accident.CUT_BEFORE, Accident.CUT_BEFORE]
    await anna.intervenes()
    assert await room.kinds() == "opened control message control"


async def test_a_piece_of_which_nobody_knows_is_there_once(room: Room, n1: Node, clara: Customer) -> None:
    """[P2] Pieces have numbers instead of ids."""
    bot = room.bot(n1)
    await bot.streams("I ")
    n1.log.accidents += [Accident.CUT_AFTER]
    await bot.streams("can ")
    n1.log.accidents += [Accident.CUT_BEFORE]
    await bot.streams("help")
    n1.log.accidents += [Accident.CUT_AFTER]
    await bot.finishes(".")
    assert await room.messages() == ["Echo: I can help."]


async def test_the_end_of_a_turn_of_which_nobody_knows_ends_it_once(room: Room, n1: Node, clara: Customer) -> None:
    n1.log.accidents += [Accident.CUT_AFTER]
    bot = room.bot(n1)
    await bot.ends().refusal()  # by then its own end has ended it
    assert (await room.state()).runner == ""


async def test_a_batch_of_which_nobody_knows_is_answered_command_by_command(
    room: Room, n1: Node, clara: Customer, anna: Person
) -> None:
    """[P5]"""
    n1.log.accidents += [Accident.CUT_AFTER]
    n1.log.holds_writes()
    first = clara.says("one")
    await n1.log.write_waits()
    second = clara.says("two")
    n1.log.releases_writes()
    assert [(await first).seq, (await second).seq] == [3, 4]
    assert await room.messages() == ["Clara: one", "Clara: two"]


# -- the log is away ---------------------------------------------------------------------------------------------------


async def test_while_the_log_is_away_a_batch_fails_with_what_its_authors_said_behind_it(
    room: Room, n1: Node, clara: Customer, anna: Person
) -> None:
    """[P5] Words stay in order: what follows a failed one is not committed without it. Others go on."""
    n1.log.accidents += [Accident.CUT_BEFORE] * 3
    n1.log.holds_writes()
    first = clara.says("one")
    for _ in range(2):
        await n1.log.write_waits()
        n1.log.lets_through()
    await n1.log.write_waits()  # for the last time
    behind, other = clara.says("two"), anna.notes("mine")
    n1.log.releases_writes()
    for asked in (first, behind):
        assert isinstance(await asked.refusal(), Unavailable)
    await other
    assert await room.kinds() == "opened control note"
    await clara.repeats(first)
    await clara.repeats(behind)
    assert await room.messages() == ["Clara: one", "Clara: two"]


async def test_when_the_log_is_back_everything_goes_on(n1: Node, clara: Customer, anna: Person) -> None:
    """[P5]"""
    n1.log.is_away = True
    word, taken = clara.says("hi"), anna.intervenes()
    for asked in (word, taken):
        assert isinstance(await asked.refusal(), Unavailable)
    n1.log.is_away = False
    await clara.repeats(word)
    await anna.repeats(taken)


# -- whoever asked has gone --------------------------------------------------------------------------------------------


async def test_a_caller_that_goes_away_loses_only_its_answer(
    room: Room, n1: Node, n2: Node, anna: Person, ben: Person
) -> None:
    """[P5] The commit happens, and everybody is told, on this node and on the other."""
    reads = n2.log.reads
    command = ContactSay(
        id=CommandId("k"), by=room.visitor, message=MessageId("m"), text=message_text("hi")
    )  # fmt: skip
    n1.log.holds_writes()
    call = n1.engine.call(room.key, command)
    await n1.log.write_waits()
    call.cancel()
    n1.log.releases_writes()
    await eventually(lambda: anna.screen.n == ben.screen.n == 3)
    assert n2.log.reads == reads, "n2 was told"


async def test_a_customer_who_leaves_while_the_conversation_is_created_has_one(cluster: Cluster, n1: Node) -> None:
    """[P5] It is told too: here that makes the node know it."""
    contact = Contact(id=ContactId("hasty"), name="Hasty")
    visitor = Visitor(organisation=ACME, contact=contact)
    n1.log.delays_reads()
    opening = asyncio.ensure_future(n1.engine.open(visitor))
    await n1.log.read_waits()
    opening.cancel()
    n1.log.releases_reads()
    await eventually(lambda: n1.is_idle, every=0.0)
    key = Key(ACME, (await n1.engine.open(visitor)).conversation)
    state = n1.feeds.state(key)
    assert state is not None
    assert state.runner == n1.id


# -- told --------------------------------------------------------------------------------------------------------------


async def test_nothing_is_shown_before_it_is_committed(
    cluster: Cluster, room: Room, n1: Node, n2: Node, anna: Person, clara: Customer, ben: Person
) -> None:
    """[P2] Not on this node, not on another, and nobody is answered: events, pieces and control alike."""
    elsewhere = (await cluster.opens(n2)).customer(n2)
    bot = room.bot(n1)
    acts: list[Callable[[], Asked]] = [
        lambda: bot.writes("piece"),
        lambda: bot.writes("more"),
        lambda: clara.says("hi"),
        bot.finishes,
        lambda: anna.notes("enough"),
        anna.intervenes,
    ]
    for act in acts:
        trails = [list(screen.trail) for screen in room.screens]
        n1.log.holds_writes()
        asked = act()
        await n1.log.write_waits()
        await elsewhere.says("time passes")
        assert [screen.trail for screen in room.screens] == trails
        assert asked.answer is None
        n1.log.releases_writes()
        await asked


async def test_a_commit_with_nothing_to_show_is_told_too(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, ben: Person
) -> None:
    """[P5] Else the next one would be a hole to n2."""
    await clara.says("hi")
    bot, reads = room.bot(n1), n2.log.reads
    await bot.ends()
    await clara.says("anybody?")
    await cluster.settles()
    versions = [commit.version for node, commit in cluster.hub.arrived if node == n2.id]
    assert versions == [2, 3, 4]
    assert n2.log.reads == reads


async def test_a_turn_taken_up_is_told_too(room: Room, n1: Node, clara: Customer, ben: Person) -> None:
    """[P5] A claim shows nothing, but changes who may speak."""
    await takes_up(n1, room, lost="n1")
    await eventually(lambda: ben.known.version == 2)
    assert ben.known == await room.state()


# -- a fault of our own ------------------------------------------------------------------------------------------------


async def test_a_fault_in_what_follows_from_a_commit_harms_no_other_conversation(
    cluster: Cluster, room: Room, n1: Node, anna: Person, clara: Customer
) -> None:
    """[P5] [P7] They were written as one group. Its own author may repeat what is in the log, and go on; so it is with
    what was decided under the lock."""

    class Broken(Unlisted):
        def take(self, commit: Commit) -> None:
            if commit.key == room.key:
                raise RuntimeError("a fault")

    others = [(await cluster.opens(n1)).customer(n1) for _ in range(2)]
    n1.engine.listed = Broken()
    bad = clara.says("hi")
    asked = [other.says("hi") for other in others]
    for each in asked:
        await each
    assert isinstance(await bad.refusal(), Unavailable)
    assert isinstance(await anna.intervenes().refusal(), Unavailable)
    n1.engine.listed = Unlisted()
    assert isinstance(bad.command, ContactSay)
    assert (await clara.says("hi", id=bad.command.id)).seq == 3
    await clara.says("are you there?")


async def test_a_fault_in_what_measures_a_takeover_harms_nothing_that_waits_behind_it(
    n1: Node, anna: Person, clara: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P5] The click is answered by then, and the lane is at its next batch."""

    def fails(taken: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(n1.engine, "_taken", fails)
    click, behind = anna.intervenes(), clara.says("hi")
    assert (await click).epoch == 2
    assert (await behind).seq > (await click).seq
    assert n1.engine.is_idle
