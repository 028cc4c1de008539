"""What a click is answered does not wait for what else a node does in that tick of its loop."""

from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Node
from tests.integration.engine.room import Room


async def test_what_a_click_is_answered_leaves_at_once_and_what_is_said_with_its_tick(
    n1: Node, room: Room, anna: Person, clara: Customer
) -> None:
    hurried: list[object] = []
    n1.engine.hurry = lambda: hurried.append(clicks.answer)
    await clara.says("hi")
    clicks = anna.intervenes()
    receipt = await clicks
    await anna.says("Hello, I am Anna")
    assert hurried == [receipt], "it hurries once, behind the answer"


async def test_a_takeover_is_measured_behind_its_answer(n1: Node, room: Room, anna: Person) -> None:
    behind: list[tuple[object, int]] = []
    n1.engine.hurry = lambda: behind.append((clicks.answer, len(n1.takeovers)))
    clicks = anna.intervenes()
    receipt = await clicks
    assert behind == [(receipt, 0)]
    (taken,) = n1.takeovers
    assert taken.receipt == receipt
    assert taken.clicked <= taken.committed <= room.cluster.clock.monotonic()


async def test_what_was_decided_meanwhile_goes_before_each_answer_of_a_group(n1: Node, clara: Customer) -> None:
    settled: list[object] = []
    says = clara.says("hi")
    n1.engine.settle = lambda: settled.append(says.answer)
    await says
    assert settled == [None]
