"""People whom a note mentions: their sessions get a frame beside the log, whatever they watch, at every node."""

from collections.abc import Callable
from typing import Protocol

from intervene.core.events import Event, Note
from intervene.core.ids import OrganisationId
from intervene.ports.hub import Hub
from intervene.ports.log import Commit
from intervene.ports.messages import Mentioned


class Rest(Protocol):
    """What the engine calls with each commit, and with what it did not know in time."""

    def take(self, commit: Commit) -> None: ...

    def missed(self, organisation: OrganisationId) -> None: ...


class Mentions:
    """Looks at each commit before `rest`. `show` gets what may concern sessions of this node; it is
    set once there are any."""

    def __init__(self, hub: Hub, rest: Rest) -> None:
        self._hub = hub
        self._rest = rest
        self.show: Callable[[Mentioned], None] = lambda _: None

    def take(self, commit: Commit) -> None:
        for event, _ in commit.events:
            if not event.pub and isinstance(event.body, Note) and event.body.mentions:  # customers see no note
                self._tell(commit, event, event.body)
        self._rest.take(commit)

    def missed(self, organisation: OrganisationId) -> None:
        self._rest.missed(organisation)

    def _tell(self, commit: Commit, event: Event, note: Note) -> None:
        mentioned = Mentioned(commit.key, note.mentions, event.seq, event.author, event.at)
        self.show(mentioned)
        self._hub.publish(mentioned)
