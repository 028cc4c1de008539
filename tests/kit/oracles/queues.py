"""The oracle of a team's work: who holds what, where it waits, and who lost it. Of logs, rows and what agents typed.

Of a team of agents alone, without supervisors: nobody takes from a colleague, and the product only from who is gone.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tests.kit.oracles.database import name_of
from tests.kit.oracles.findings import Log, Problem
from tests.kit.oracles.history import Author, Frame

NOBODY: Author = "nobody:"
WAITS, AGENT, BOT, CLOSED = range(4)  # a row's places
PLACES = {"agent": AGENT, "bot": BOT, "nobody": WAITS}


class Row(NamedTuple):
    """What lists are made of."""

    place: int
    holder: str
    queue: str


class Typing(NamedTuple):
    """An agent typed in a conversation, from and to: milliseconds since 1970."""

    who: Author
    conversation: str
    begun: int
    ended: int


class Work(NamedTuple):
    """What a log says: how it ends, and every change from one holder to another."""

    row: Row
    changes: list[tuple[Author, Frame]]


def work(log: Log) -> Work:
    row, holder, changes = Row(WAITS, "", "default"), NOBODY, []
    for event in log.events:
        body = event["body"]
        if body["kind"] == "queue_set" or (body["kind"] == "opened" and body.get("queue")):
            row = row._replace(queue=body["queue"])
        elif body["kind"] == "control":
            to = body["holder"]
            place = PLACES[to["type"]] if body.get("is_open", True) else CLOSED
            by_agent = to["id"] if to["type"] == "agent" else ""
            row = Row(place, by_agent, body.get("queue") or row.queue)
            changes.append((holder, event))
            holder = name_of(to)
    return Work(row, changes)


def judge_work(
    conversation: str, log: Log, stored: Row, waiting: Iterable[str], typed: Iterable[Typing]
) -> list[Problem]:
    """[P3, P5] One holder, its place in its queue, and nothing taken from an agent who is there. `stored`: the
    conversation's row; `waiting`: what a list of those that wait shows."""
    found: list[str] = []
    done = work(log)
    if stored != done.row:
        found.append(f"its row says {stored}, and its log {done.row}")
    if (conversation in waiting) != (done.row.place == WAITS):
        found.append(f"it is listed as waiting: {conversation in waiting}, and its log says {done.row}")
    mine = [each for each in typed if each.conversation == conversation]
    found += [sentence for holder, event in done.changes if (sentence := _taken(holder, event, mine))]
    return [Problem("P5", conversation, sentence) for sentence in found]


def _taken(holder: Author, event: Frame, typed: Iterable[Typing]) -> str:
    """Why it was wrong to take it from `holder`; "" if it was not."""
    by, move = name_of(event["author"]), event["body"]["move"]
    if not holder.startswith("agent:") or by == holder:
        return ""
    if move != "lapse":
        return f"event {event['seq']}: {by} took it from {holder} by {move}"
    if any(each.who == holder and each.begun <= event["at"] <= each.ended for each in typed):
        return f"event {event['seq']}: it was taken from {holder}, who was typing"
    return ""


def lapses(logs: Mapping[str, Log]) -> int:
    return sum(event["body"].get("move") == "lapse" for log in logs.values() for event in log.events)
