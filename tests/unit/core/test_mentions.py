"""Notes that mention colleagues."""

import pytest

from intervene.core.access import Staff
from intervene.core.actors import Agent
from intervene.core.conversation.desk import SetQueue
from intervene.core.conversation.speech import AddNote
from intervene.core.errors import Forbidden
from intervene.core.events import Event, Note
from intervene.core.ids import AgentId, CommandId, MessageId, OrganisationId, QueueId
from intervene.core.policy import Stored, policy_of
from intervene.core.settings import Kind, QueueSettings, Row
from intervene.core.text import message_text
from tests.unit.core.cast import ECHO, as_staff
from tests.unit.core.play import Facts, Person, Play

BEN = as_staff(Agent(id=AgentId("ben"), name="Ben"))
STRANGER = as_staff(Agent(id=AgentId("zoe"), name="Zoe"), organisation=OrganisationId("other"))


def notes(person: Person, *mentions: str, found: tuple[Staff, ...]) -> Facts:
    """`found`: what the directory has of them."""
    play = person.play
    return play.submit(
        AddNote(
            id=CommandId(play.new_id("k")), by=person.by, message=MessageId(play.new_id("m")), people=found,
            text=message_text("look"), mentions=tuple(map(AgentId, mentions)),
        )
    )  # fmt: skip


def test_a_note_says_whom_it_mentions_and_customers_learn_of_none_of_it(play: Play, anna: Person) -> None:
    """[P6] [R147]"""
    pub = play.state.pub
    [event] = notes(anna, "ben", found=(BEN,))
    assert isinstance(event, Event)
    assert isinstance(event.body, Note)
    assert (event.body.mentions, event.pub, play.state.pub) == (("ben",), 0, pub)


@pytest.mark.parametrize(
    ("mentions", "found"),
    [(["nobody"], ()), (["ben", "nobody"], (BEN,)), (["zoe"], (STRANGER,)), (["ben"], (STRANGER,))],
    ids=["unknown or disabled", "one of two", "of another organisation", "another than was found"],
)
def test_only_somebody_who_may_see_it_is_mentioned(
    play: Play, anna: Person, mentions: list[str], found: tuple[Staff, ...]
) -> None:
    """[P6] [R147] Nothing of the note is kept."""
    seq = play.state.seq
    with pytest.raises(Forbidden):
        notes(anna, *mentions, found=found)
    assert play.state.seq == seq


def test_who_does_not_serve_its_queue_is_not_mentioned(play: Play, anna: Person) -> None:
    """[P6] [R147]"""
    rows = (Row(kind=Kind.QUEUE, id="sales", values=QueueSettings(name="Sales")),)
    anna_serves = {"sales": frozenset({anna.who.id})}
    play.policy = policy_of(Stored(rows=rows, members=anna_serves), ECHO, {ECHO.id: ECHO})
    play.supervisor("Sara").sets(SetQueue, queue=QueueId("sales"))
    with pytest.raises(Forbidden):
        notes(anna, "ben", found=(BEN,))
