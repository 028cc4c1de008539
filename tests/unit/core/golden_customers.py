"""The golden frames about customers, blocked ones and what is said of them, which `golden.py` is made of."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from intervene.core.events import Blocked, Unblocked
from intervene.core.ids import ConversationId
from intervene.core.wire import blocking
from intervene.core.wire.contact import AttributesSet, PlaceInLine, SetAttributes

UNTIL = 1_800_000_000_000
HERE = ConversationId("c-5kQ2vT")
BLOCKED = Blocked(channel="webchat", address="v-1", until=UNTIL, why="spam")
UNBLOCKED = Unblocked(channel="webchat", address="v-1")
FRAMES_IN: Mapping[str, Sequence[Struct]] = {
    "block": [blocking.Block(id="block-1", conversation=HERE, epoch=2, until=UNTIL, why="spam", everywhere=True)],
}
CONTACT_IN: Mapping[str, Sequence[Struct]] = {
    "set_attributes": [SetAttributes(id="a-1", attributes={"plan": "pro", "visits": "3", "city": ""})],
}
CONTACT_OUT: Mapping[str, Sequence[Struct]] = {
    "attributes_set": [AttributesSet(id="a-1")],
    "position": [PlaceInLine(conversation=HERE, ahead=2, open=True), PlaceInLine(conversation=HERE)],
}
FIRST_FIELDS = {"block": {"id", "conversation", "epoch"}, "set_attributes": {"id", "attributes"}}
