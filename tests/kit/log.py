"""The log has the last word: the checker's, for tests that end with one conversation."""

from collections.abc import Iterable, Sequence

from tests.kit.oracles import judge
from tests.kit.oracles.findings import Log, Session
from tests.kit.oracles.screen import Frame
from tests.kit.person import Person


def check_log(log: Sequence[Frame]) -> None:
    """[P1, P3, P5] Staff's pages of one conversation, all of it: numbers, epochs, who spoke while who held control."""
    found = judge("the conversation", Log(log), [], [])
    assert not found.problems, found


def check_conversation(conversation: str, log: Sequence[Frame], people: Iterable[Person]) -> None:
    """[P1, P2, P3, P5] What they were shown, and what was acknowledged to them, is what the log says."""
    everybody = list(people)
    authors = {person.author for person in everybody}
    history = everybody[0].history
    commands = [command for command in history.commands(conversation) if command.who in authors]
    sessions = [session_of(person, conversation)._replace(is_here=False) for person in everybody]
    found = judge(conversation, Log(log), sessions, commands)
    assert not found.problems, found


def session_of(person: Person, conversation: str) -> Session:
    """As it is now, whatever they are shown later."""
    return Session(person.author, person.is_staff, person.screens[conversation].copy(), person.is_here)


def messages(log: Iterable[Frame], by: str) -> list[str]:
    return [
        event["body"]["text"] for event in log if event["body"]["kind"] == "message" and event["author"]["type"] == by
    ]


def is_interrupted(event: Frame) -> bool:
    return bool(event["body"].get("interrupted"))
