"""The queue of one conversation, as tables: a letter is what that person says, a capital is that person's intervene."""

import pytest

from intervene.core.actors import Agent, Contact
from intervene.core.conversation.moves import Intervene
from intervene.core.conversation.speech import AddNote, ContactSay
from intervene.core.ids import AgentId, CommandId, ContactId, MessageId
from intervene.core.limits import LANE_COMMANDS, TEXT_BYTES
from intervene.core.text import message_text
from intervene.engine.queue import Answer, Caller, CommandQueue, PendingCommand
from tests.unit.core.cast import as_staff, as_visitor


def pending(letter: str, id: str = "", *, text: str = "", at: float = 0.0) -> PendingCommand:
    by = as_staff(Agent(id=AgentId(letter.lower()), name=letter))
    command_id = CommandId(id or letter)
    if letter.isupper():
        return PendingCommand(Intervene(id=command_id, by=by, epoch=1), at)
    note = AddNote(id=command_id, by=by, message=MessageId("m"), text=message_text(text or letter))
    return PendingCommand(note, at)


def queue_of(letters: str) -> CommandQueue:
    queue = CommandQueue()
    for letter in letters:
        queue.add(pending(letter))
    return queue


def letters(commands: list[PendingCommand]) -> str:
    return "".join(each.identity.id for each in commands if each.identity)


@pytest.mark.parametrize(
    ("submitted", "order"),
    [
        ("abc", "abc"),
        ("abcA", "aAbc"),  # with its author's own words, which stay in order
        ("abA", "aAb"),
        ("baA", "aAb"),
        ("cabaA", "aaAcb"),
        ("abD", "Dab"),
        ("abcDE", "DEabc"),  # the first click wins
        ("abAB", "aAbB"),
        ("abcAC", "aAcCb"),
        ("Ab", "Ab"),
    ],
)
def test_an_intervene_goes_to_the_head_behind_those_before_it(submitted: str, order: str) -> None:
    """[P4]"""
    assert letters(queue_of(submitted).next_batch()) == order


def test_a_batch_with_an_intervene_needs_the_lock() -> None:
    calm, urgent = queue_of("ab"), queue_of("abA")
    calm.next_batch()
    urgent.next_batch()
    assert (calm.needs_lock, urgent.needs_lock) == (False, True)


def test_a_batch_that_was_not_committed_goes_before_what_came_meanwhile() -> None:
    """[P5] It is decided under the lock then."""
    queue = queue_of("ab")
    queue.next_batch()
    queue.add(pending("c"))
    queue.put_back()
    assert letters(queue.next_batch()) == "abc"
    assert queue.needs_lock


def test_a_batch_that_the_database_refuses_is_tried_one_by_one_and_the_rest_together() -> None:
    queue = queue_of("abc")
    queue.next_batch()
    queue.add(pending("d"))
    queue.add(pending("e"))
    queue.put_back_singly()
    batches = []
    while queue.next_batch():
        batches.append(letters(queue.finish()))
    assert batches == ["a", "b", "c", "de"]


def test_a_batch_takes_no_more_text_than_a_frame_can_show() -> None:
    """[P7] At least one command, whatever its size."""
    queue = CommandQueue()
    for number in range(40):
        queue.add(pending("a", f"{number}", text="x" * TEXT_BYTES))
    sizes = []
    while queue.next_batch():
        sizes.append(len(queue.finish()))
    assert sum(sizes) == 40
    assert len(sizes) > 1
    assert min(sizes) > 0


@pytest.mark.parametrize(
    ("batch", "behind", "failed", "left"),
    [("a", "bc", "a", "bc"), ("a", "bab", "aa", "bb"), ("ab", "cab", "abab", "c"), ("ab", "", "ab", "")],
)
def test_a_batch_that_fails_takes_what_its_authors_queued_behind(
    batch: str, behind: str, failed: str, left: str
) -> None:
    """[P5] Their words stay in order."""
    queue = queue_of(batch)
    queue.next_batch()
    for letter in behind:
        queue.add(pending(letter))
    assert queue.fail() == len(failed)
    assert letters(queue.finish()) == failed
    assert letters(queue.waiting) == left


def test_what_is_late_is_given_up_with_what_its_authors_queued_behind() -> None:
    """[P3] What has begun goes on without its callers; what has not never will, and its id is free again."""
    answered: list[str] = []

    def caller(letter: str) -> Caller:
        def reply(answer: Answer) -> None:
            answered.append(letter)

        return Caller(reply, None)

    queue = CommandQueue()
    for letter, at in (("a", 1.0), ("b", 2.0)):
        queue.add(pending(letter, at=at))
    queue.next_batch()
    for letter, id, at in (("c", "c1", 3.0), ("d", "d1", 9.0), ("c", "c2", 9.0)):
        queue.add(pending(letter, id, at=at))
    for command in (*queue.batch, *queue.waiting):
        command.callers.append(caller(letters([command])))
    for given_up in queue.give_up(late=5.0):
        given_up.reply(TimeoutError())  # type: ignore[arg-type]  # any will do
    assert answered == ["a", "b", "c1", "c2"]
    assert (letters(queue.batch), letters(queue.waiting)) == ("ab", "d1")
    assert sorted(key.id for key in queue.unanswered) == ["a", "b", "d1"]
    assert queue.give_up(late=5.0) == []


def test_a_repeat_is_as_old_as_the_first_caller_that_still_waits() -> None:
    command = pending("a", at=1.0)
    nobody = Caller(lambda answer: None, None)
    command.join(nobody, asked=4.0)
    command.join(nobody, asked=6.0)
    assert command.asked == 4.0


def test_a_queue_is_bounded_and_a_command_without_an_id_is_not_joined() -> None:
    """[P7]"""
    queue = CommandQueue()
    clara = Contact(id=ContactId("clara"), name="Clara")
    say = ContactSay(id=CommandId(""), by=as_visitor(clara), message=MessageId("m"), text=message_text("hi"))
    for _ in range(LANE_COMMANDS):
        assert not queue.is_full
        queue.add(PendingCommand(say, 0.0))
    assert queue.is_full
    assert not queue.unanswered
