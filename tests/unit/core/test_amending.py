"""Authors edit and delete their messages: who may, what it leaves, and how it is read."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from intervene.bots.turn import _history
from intervene.core.amendments import amended
from intervene.core.conversation.last import NO_LAST
from intervene.core.conversation.packing import FORMAT
from intervene.core.conversation.speech import DeleteMessage, EditMessage
from intervene.core.errors import Busy, Forbidden, NotHolder, OutOfOrder, Stale, Taken, Unchangeable
from intervene.core.events import Deleted, Edited, Message
from intervene.core.limits import AMEND_SECONDS
from intervene.core.text import message_text
from intervene.core.wire.contact import ContactMessage
from intervene.core.wire.views import for_contact
from intervene.ports.log import Snapshot
from tests.unit.core.play import Person, Play
from tests.unit.core.promises import as_read

Act = Callable[..., Any]


def edits(person: Person, n: int, text: str = "Hi Clara", **more: int) -> Any:
    return person.sets(EditMessage, n=n, text=message_text(text), **more)


def deletes(person: Person, n: int, **more: int) -> Any:
    return person.sets(DeleteMessage, n=n, **more)


both = pytest.mark.parametrize("act", [edits, deletes])


@pytest.fixture
def said(play: Play, anna: Person) -> int:
    """The number of what Anna said."""
    anna.intervenes()
    anna.says("Hi Carla")
    return play.state.seq


def test_an_edit_and_a_deletion_are_events_that_customers_get_too(play: Play, anna: Person, said: int) -> None:
    """[R145]"""
    message = play.log[-1].body.message  # type: ignore[union-attr]
    pub = play.state.pub
    [edited] = edits(anna, said)
    [deleted] = deletes(anna, said)
    assert edited.body == Edited(message=message, n=said, text="Hi Clara")
    assert deleted.body == Deleted(message=message, n=said)
    assert (play.state.pub, play.state.counters.amended) == (pub + 2, 2)


def test_what_is_read_later_holds(play: Play, anna: Person, said: int) -> None:
    """[R145] Of the edits too: their texts may be former ones."""
    edits(anna, said, "first")
    edits(anna, said, "second")
    written, *_, latest = play.log[said - 1 :]
    read = [amended(event, latest.body).body for event in play.log[said - 1 :]]
    assert [getattr(body, "text", None) for body in read] == ["second"] * 3
    assert isinstance(read[0], Message)
    assert (read[0].edited, read[0].deleted) == (True, False)
    deletes(anna, said)
    read = [amended(event, play.log[-1].body).body for event in play.log[said - 1 :]]
    assert [getattr(body, "text", "none") for body in read] == ["", "", "", "none"]
    shown = for_contact(play.state.id, amended(written, play.log[-1].body))
    assert shown
    assert isinstance(shown.event, ContactMessage)
    assert (shown.event.text, shown.event.deleted) == ("", True)


def test_the_last_line_is_that_of_the_last_message(play: Play, anna: Person, said: int) -> None:
    """An edit of another one leaves it alone."""
    anna.says("and bye")
    edits(anna, said)
    assert play.state.last.text == "and bye"
    edits(anna, said + 1, "or not")
    assert play.state.last.text == "or not"
    deletes(anna, said + 1)
    assert (play.state.last.text, play.state.last == NO_LAST) == ("", False)


def test_what_is_so_already_changes_nothing(play: Play, anna: Person, said: int) -> None:
    assert edits(anna, said, "Hi Carla") == ()
    deletes(anna, said)
    assert deletes(anna, said) == ()


def test_a_deleted_message_gets_no_text_again(anna: Person, said: int) -> None:
    deletes(anna, said)
    with pytest.raises(Unchangeable):
        edits(anna, said)


def test_each_sees_what_those_before_it_in_the_commit_did(play: Play, anna: Person, said: int) -> None:
    """[P5]"""
    with play.one_commit():
        edits(anna, said)
        deletes(anna, said)
        with pytest.raises(Unchangeable):
            edits(anna, said, "once more")


@both
def test_only_the_holder_does(play: Play, anna: Person, said: int, act: Act) -> None:
    """[P1] Not a supervisor, and not its author once control has gone."""
    sara = play.supervisor("Sara")
    with pytest.raises(Taken):
        act(sara, said)
    with pytest.raises(Stale):
        act(anna, said, epoch=play.state.epoch - 1)
    anna.releases()
    with pytest.raises(NotHolder):
        act(anna, said)
    sara.intervenes()
    with pytest.raises(Taken):
        act(anna, said)
    with pytest.raises(Forbidden):
        act(sara, said)
    sara.releases()
    anna.intervenes()
    assert act(anna, said)


@both
def test_only_a_message_of_ones_own_is_changed(play: Play, anna: Person, said: int, act: Act) -> None:
    play.customer.says("who is Carla?")
    anna.notes("oops")
    for n in (said - 1, said + 1, said + 2):
        with pytest.raises(Forbidden):
            act(anna, n)
    with pytest.raises(OutOfOrder):
        act(anna, play.state.seq + 1)


@both
def test_it_is_done_in_time(play: Play, anna: Person, said: int, act: Act) -> None:
    play.now += AMEND_SECONDS * 1000
    later = play.now
    assert act(anna, said)
    anna.says("another")
    play.now = later + AMEND_SECONDS * 1000 + 1
    with pytest.raises(Unchangeable):
        act(anna, play.state.seq)


@both
def test_a_row_that_was_not_raised_yet_cannot_keep_it(play: Play, anna: Person, said: int, act: Act) -> None:
    """[P6] It would not say that there is something to withhold."""
    play.state = replace(play.state, format=FORMAT - 1)
    with pytest.raises(Busy):
        act(anna, said)


def test_a_bot_is_given_what_holds_and_nothing_of_what_was_deleted(play: Play, anna: Person, said: int) -> None:
    """[R145] To whom the conversation is handed back."""
    anna.says("secret")
    edits(anna, said, "Hi Clara")
    deletes(anna, said + 1)
    anna.hands_back()
    read = as_read(play.facts)
    snapshot = Snapshot(state=play.state, events=tuple(read.values()))
    assert [entry.text for entry in _history(snapshot)] == ["Hi Clara"]
