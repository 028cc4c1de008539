"""The log has the last word: what it must be by itself, and what screens and acks must be beside it.

Rules of the promises in a few lines of their own, so that they are not the product's `verify` once more.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.system.actors import PASSING, Person
from tests.system.screen import Frame, Shown, shown


def check_log(log: Sequence[Frame]) -> None:
    """[P1, P3, P5] Staff's pages of one conversation, all of it: numbers, epochs, who spoke while who held control."""
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    public = [event["pub"] for event in log if event.get("pub")]
    assert public == list(range(1, len(public) + 1))
    assert len({event["id"] for event in log}) == len(log)
    commands = Counter((event["author"]["type"], event["author"].get("id"), event.get("command")) for event in log)
    assert not [command for command, times in commands.items() if command[2] and times > 1]

    epoch, holder, stream, at = 0, {"type": "nobody"}, "", 0
    for event in log:
        body, author = event["body"], event["author"]
        assert event["at"] >= at, event
        at = event["at"]
        if body["kind"] == "control":
            assert event["epoch"] == epoch + 1, event
            assert not stream, event
            epoch, holder = event["epoch"], body["holder"]
            continue
        assert event["epoch"] == epoch, event
        if author["type"] in ("bot", "agent") and body["kind"] != "note":
            assert (author["type"], author["id"]) == (holder["type"], holder.get("id")), event
        if body["kind"] == "message_started":
            assert not stream, event
            stream = body["message"]
        elif body["kind"] == "message" and stream and author["type"] == "bot":
            assert body["message"] == stream, event
            stream = ""


def check_person(person: Person, conversation: str, log: Sequence[Frame]) -> None:
    """[P1, P2, P5] What they were shown, and what was acknowledged to them, is what the log says."""
    assert not person.faults, person.faults
    screen = person.screens[conversation]
    mine = [shown({"type": "event", "conversation": conversation, "event": event}) for event in log]
    if not person.is_staff:
        mine = [event._replace(n=event.frame["event"]["pub"]) for event in mine if event.frame["event"].get("pub")]
    first = screen.events[0].n
    seen = [_bare(event) for event in screen.events]
    assert seen == [_bare(event) for event in mine[first - 1 :]][: len(seen)]
    kept = {event.message: event.text for event in mine if event.kind == "message"}
    for message, text in screen.texts.items():
        if message != screen.stream:
            assert kept[message].startswith(text), (message, text)
    check_acks(person, conversation, log)


def check_acks(person: Person, conversation: str, log: Sequence[Frame]) -> None:
    """[P3, P5] Acked is in the log once, in order, at the number that was said; refused is not; every answer to a
    repeated command is the first."""
    number = "seq" if person.is_staff else "pub"
    places = {event["command"]: event for event in log if _is_by(event, person.id) and event.get("command")}
    for id, answers in person.answers.items():
        if id not in person.asked or person.asked[id]["conversation"] != conversation:
            continue
        for answer in (answer for answer in answers if answer["type"] == "ack"):
            if answer.get(number):
                assert id in places, f"acked and not in the log: {person.asked[id]}"
                told = {name: answer[name] for name in (number, "at", "epoch") if name in answer}
                assert told == {name: places[id][name] for name in told}, (answer, places[id])
        if all(answer["type"] == "error" and answer["code"] != "unavailable" for answer in answers):
            assert id not in places, f"refused and in the log: {person.asked[id]} {answers}"
    at_once = [id for id in person.asked if not any(a.get("code") in PASSING for a in person.answers.get(id, []))]
    order = [places[id]["seq"] for id in at_once if id in places]
    assert order == sorted(order), "an author's commands changed their order"


def check_conversation(conversation: str, log: Sequence[Frame], people: Iterable[Person]) -> None:
    check_log(log)
    for person in people:
        check_person(person, conversation, log)


def messages(log: Iterable[Frame], by: str) -> list[str]:
    return [
        event["body"]["text"] for event in log if event["body"]["kind"] == "message" and event["author"]["type"] == by
    ]


def is_interrupted(event: Frame) -> bool:
    return bool(event["body"].get("interrupted"))


def _bare(event: Shown) -> tuple[object, ...]:
    return event._replace(frame={}, id=event.id)


def _is_by(event: Frame, id: str) -> bool:
    return bool(event["author"].get("id") == id)
