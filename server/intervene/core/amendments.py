"""What became of messages that their authors edited or deleted.

The log keeps what was written first, and each later text in an event of its own. What is read of it is what holds now:
wherever events are read, former texts are replaced, and those of a deleted message are left out.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from intervene.core.events import Body, Deleted, Edited, Event, Message, Piece

AMENDING = (Edited, Deleted)


def amended(event: Event, latest: Body) -> Event:
    """`event` as it is read once `latest` is the last amendment of its message."""
    body = event.body
    match body, latest:
        case Message(), Edited(text=text):
            return replace(event, body=replace(body, text=text, edited=True))
        case Message(), Deleted():
            return replace(event, body=replace(body, text="", deleted=True))
        case Edited(), Edited(text=text):
            return replace(event, body=replace(body, text=text))
        case Edited(), Deleted():
            return replace(event, body=replace(body, text=""))
        case _:
            return event


def amend(events: dict[int, Event], facts: Iterable[Event | Piece]) -> None:
    """Change those of `events`, which are by their numbers, that `facts` amend."""
    for fact in facts:
        if isinstance(fact, Event) and isinstance(fact.body, AMENDING) and (event := events.get(fact.body.n)):
            events[event.seq] = amended(event, fact.body)
