"""Whether a command that comes with a known id is the one that had the id first: a repeat gets the first result, and
another command is refused, because its author would take it for stored.

What makes a command itself is what its author said. Left out is what the server adds (the id of the message, the bot
that a hand-back goes to) and what may change between two tries of the same (epoch, numbers seen, role).
"""

from typing import Any, NamedTuple

from intervene.core.control import Move
from intervene.core.events import Body, ControlChanged, EventBody


class Effect(NamedTuple):
    """What a command with an id leaves in the log under that id, as its entry of `decide.RULES` declares it.

    `event`: the kind of event. `same`: the fields of both that its author chose; none where there is but the kind.
    `moves`: of a change of control, which move it may be. `other`: the kind of event that it leaves where control need
    not change.
    """

    event: type[EventBody]
    same: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    other: type[EventBody] | None = None

    def is_repeat(self, first: object, again: object) -> bool:
        """Of two commands with one id and author, the first of which is not answered yet."""
        return type(first) is type(again) and self._have_same(first, again)

    def has_done(self, command: Any, body: Body) -> bool:
        """Whether the event with the command's id and author is what `command` did."""
        if not isinstance(body, self.event) and (self.other is None or not isinstance(body, self.other)):
            return False
        if isinstance(body, ControlChanged) and body.move not in self.moves:
            return False
        return self._have_same(body, command)

    def _have_same(self, one: object, other: object) -> bool:
        return all(getattr(one, name) == getattr(other, name) for name in self.same)


def moved(*moves: Move, same: tuple[str, ...] = ()) -> Effect:
    """Control changed, by one of these moves."""
    return Effect(ControlChanged, same, moves)
