"""One id for two different commands: the second is refused, and nothing of it is stored, wherever the first is."""

import pytest
from msgspec.structs import replace

from intervene.core.conversation.decide import Command
from intervene.core.conversation.moves import AskForPerson, Intervene, Release
from intervene.core.conversation.speech import AddNote
from intervene.core.errors import IdReused
from intervene.core.ids import CommandId, MessageId
from intervene.core.text import message_text
from intervene.ports.log import Receipt
from tests.integration.engine.actors import Asked, Customer, Human, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import eventually


def another(asked: Asked, text: str) -> Command:
    """With the id of a command, by the same author."""
    return replace(asked.command, text=message_text(text))


async def is_refused(actor: Human, command: Command) -> None:
    assert isinstance(await actor.submit(command, "reuses an id", actor.screen).refusal(), IdReused)


async def test_two_devices_that_send_different_texts_with_one_id_are_not_both_acked(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer
) -> None:
    """[R42] On either node, also after control has changed; the repeat of the first still gets its first result."""
    said = clara.says("from the phone")
    first = await said
    await room.agent("Anna", n1).intervenes()
    await cluster.settles()
    before = await room.events()
    for node in (n1, n2):
        clara.node = node
        await is_refused(clara, another(said, "from the laptop"))
        assert await clara.repeats(said) == first
    assert await room.events() == before
    assert await room.messages() == ["Clara: from the phone"]


async def test_of_two_devices_at_once_on_two_nodes_one_is_acked(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer
) -> None:
    """[R42]"""
    there = room.customer(n2)
    await there.watches()
    asked = [clara.says("from the phone", id="k"), there.says("from the laptop", id="k")]
    await eventually(lambda: all(each.answer for each in asked))
    assert sum(isinstance(each.answer, IdReused) for each in asked) == 1
    assert sum(isinstance(each.answer, Receipt) for each in asked) == 1
    assert len(await room.messages()) == 1


async def test_an_id_is_taken_while_its_command_waits(n1: Node, room: Room, clara: Customer) -> None:
    """[R42] Behind another one, and while it is being written."""
    n1.log.holds_writes()
    clara.says("first")
    await n1.log.write_waits()
    second = clara.says("second")
    waiting = clara.submit(another(second, "something else"), "reuses an id", clara.screen)
    n1.log.lets_through()
    await n1.log.write_waits()
    under_way = clara.submit(another(second, "something else"), "reuses an id", clara.screen)
    again = clara.repeats(second)
    n1.log.releases_writes()
    assert isinstance(await waiting.refusal(), IdReused)
    assert isinstance(await under_way.refusal(), IdReused)
    assert await second == await again
    assert await room.messages() == ["Clara: first", "Clara: second"]


async def test_a_reused_id_beside_an_acceptance_is_found_without_the_lock(
    room: Room, n1: Node, anna: Person, clara: Customer
) -> None:
    """[R42] Anna no longer holds control; her new words would be refused as taken, which is not the whole truth."""
    await anna.intervenes()
    said = anna.says("hello")
    await said
    await room.supervisor("Sara", n1).intervenes()
    n1.log.holds_writes()
    first = clara.says("hi")
    await n1.log.write_waits()
    second = clara.says("who are you?")
    reused = anna.submit(another(said, "good bye"), "reuses an id", anna.screen)
    n1.log.releases_writes()
    await first
    await second
    assert isinstance(await reused.refusal(), IdReused)
    assert await anna.repeats(said) == said.answer


@pytest.mark.parametrize("kind", ["ask", "note", "release"])
async def test_an_id_of_another_kind_of_command_is_reused_too(
    room: Room, n1: Node, anna: Person, clara: Customer, kind: str
) -> None:
    """[R42]"""
    id = CommandId("k")
    said = await clara.says("hi", id=id)
    click = Intervene(id=id, by=anna.by, epoch=1)
    taken = await anna.submit(click, "intervenes", anna.screen)
    before = await room.events()
    match kind:
        case "ask":
            await is_refused(clara, AskForPerson(id=id, by=room.visitor))
        case "note":
            await is_refused(anna, AddNote(id=id, by=anna.by, message=MessageId("n"), text=message_text("hi")))
        case _:
            await is_refused(anna, Release(id=id, by=anna.by, epoch=2))
    assert await room.events() == before
    assert await clara.says("hi", id=id) == said
    assert await anna.submit(click, "intervenes again", anna.screen) == taken


async def test_one_id_of_two_authors_is_two_ids(room: Room, anna: Person, clara: Customer) -> None:
    """[R40] It is unique per author: nobody can take another's."""
    await clara.says("hi", id="k")
    note = AddNote(id=CommandId("k"), by=anna.by, message=MessageId("n"), text=message_text("mine"))
    await anna.submit(note, "notes", anna.screen)
    assert (await room.kinds()).endswith("message note")
