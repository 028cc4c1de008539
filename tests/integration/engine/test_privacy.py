"""What goes beside the log (typing, who is here), and what a customer may not get a byte of."""

from intervene.core.events import Note
from intervene.core.wire.framing import encode
from intervene.core.wire.staff import TakeoverTimes
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import eventually


async def test_typing_of_a_former_control_is_not_shown(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, anna: Person, ben: Person
) -> None:
    """[P1] n2 has not heard of the takeover when its bot types; n1 has."""
    echo = room.bot(n1).who
    n2.feeds.set_typing(room.key, echo, True)
    await eventually(lambda: clara.screen.trail[-1] == "typing")
    cluster.hub.fate = lambda node, commit: 0
    await anna.intervenes()
    trails = list(clara.screen.trail), list(anna.screen.trail)
    n2.feeds.set_typing(room.key, echo, True)
    await clara.says("hi")
    assert (clara.screen.trail[: len(trails[0])], anna.screen.trail[: len(trails[1])]) == trails
    assert "typing" not in clara.screen.trail[len(trails[0]) :] + anna.screen.trail[len(trails[1]) :]


async def test_a_customer_gets_no_byte_of_what_is_private(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, anna: Person, ben: Person
) -> None:
    """[P6] Notes, who is here, who types without holding control: not even their number."""
    there = room.customer(n2)
    await there.watches()
    await clara.says("hi")
    await cluster.settles()
    before = clara.screen.raw, there.screen.raw
    await anna.notes("a difficult one")
    await room.agent("Carl", n1).watches()
    for agent in (anna, ben):
        agent.node.feeds.set_typing(room.key, agent.who, True)
    times = TakeoverTimes(conversation=room.key.conversation, epoch=2, by=ben.who, committed_ms=1.0)
    n2.feeds.send_to_staff(room.key, encode(times))
    ben.screen.leaves()
    await cluster.settles()
    assert (clara.screen.raw, there.screen.raw) == before
    assert anna.screen.trail.count("typing") == 1, "Anna sees Ben type"
    await anna.intervenes()
    anna.node.feeds.set_typing(room.key, anna.who, True)
    await eventually(lambda: clara.screen.trail[-1] == there.screen.trail[-1] == "typing")
    assert clara.screen.trail[-2:] == there.screen.trail[-2:] == ["control", "typing"]
    for raw in (clara.screen.raw, there.screen.raw):
        for private in (b"difficult", b"note", b"Ben", b"Carl", b"epoch", b"seq", b'"here"', anna.who.id.encode()):
            assert private not in raw, private


async def test_a_bot_and_an_agent_of_one_id_are_not_taken_for_each_other(room: Room, n1: Node, clara: Customer) -> None:
    """[P6] An agent may have chosen the bot's name for an id."""
    namesake = room.agent("Echo", n1)
    await namesake.watches()
    before = clara.screen.raw
    n1.feeds.set_typing(room.key, namesake.who, True)
    await namesake.notes("time passes")
    assert clara.screen.raw == before


async def test_staff_are_told_who_is_here(cluster: Cluster, room: Room, n1: Node, clara: Customer) -> None:
    anna, ben = room.agent("Anna", n1), room.agent("Ben", n1)
    """Those who come or go while the list rests are in the next one."""
    await anna.watches()
    await eventually(lambda: len(anna.screen.beside) == 1)
    await ben.watches()
    await eventually(lambda: len(anna.screen.beside) == 2)
    clara.screen.leaves()
    ben.screen.leaves()
    await eventually(lambda: len(anna.screen.beside) == 3)
    here = [(len(frame.agents), frame.contact) for frame in anna.screen.beside]  # type: ignore[union-attr]
    assert here == [(1, True), (2, True), (1, False)]


async def test_events_are_as_private_on_the_screen_as_in_the_log(room: Room, anna: Person, clara: Customer) -> None:
    """[P6] A note has no public number, so the next event continues the customer's counting."""
    await anna.notes("one")
    await clara.says("hi")
    await anna.notes("two")
    events = await room.events()
    assert [event.pub for event in events] == [0, 1, 0, 2, 0]
    assert [isinstance(event.body, Note) for event in events] == [False, False, True, False, True]
    assert [event.pub for event in clara.screen.events] == [1, 2]
