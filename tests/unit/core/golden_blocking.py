"""The golden frames about blocked customers, which `golden.py` is made of."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from intervene.core.events import Blocked, Unblocked
from intervene.core.ids import ConversationId
from intervene.core.wire import blocking

UNTIL = 1_800_000_000_000
HERE = ConversationId("c-5kQ2vT")
BLOCKED = Blocked(channel="webchat", address="v-1", until=UNTIL, why="spam")
UNBLOCKED = Unblocked(channel="webchat", address="v-1")
FRAMES_IN: Mapping[str, Sequence[Struct]] = {
    "block": [blocking.Block(id="block-1", conversation=HERE, epoch=2, until=UNTIL, why="spam", everywhere=True)],
}
FIRST_FIELDS = {"block": {"id", "conversation", "epoch"}}
