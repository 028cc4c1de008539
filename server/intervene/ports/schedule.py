"""What housekeeping looks at: turns that nobody runs, and timers."""

from msgspec import Struct

from intervene.core.conversation.packing import FORMAT
from intervene.core.ids import Key


class Work(Struct, frozen=True, gc=False):
    """`runner` as `Conversation.runner` has it; `due` 0 for none; `format` of the row, as `conversation.FORMAT`."""

    key: Key
    runner: str
    epoch: int
    turn: int
    due: int
    format: int = FORMAT


class Pending(Struct, frozen=True, gc=False):
    """A timer: `due`, and `since`, the conversation's last event; both on the database's clock."""

    key: Key
    epoch: int
    due: int
    since: int
