"""The golden frames by which staff give conversations on, mend what they said and are there. `golden.py` has them."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from intervene.core.ids import ConversationId
from intervene.core.presence import Choice
from intervene.core.wire.assignment import Assign, SendBot, Transfer
from intervene.core.wire.beginning import Begin
from intervene.core.wire.presence import Active, SetPresence
from intervene.core.wire.staff_words import Delete, Edit

HERE = ConversationId("c-5kQ2vT")
FRAMES_IN: Mapping[str, Sequence[Struct]] = {
    "set_presence": [SetPresence(presence=Choice.BUSY), SetPresence(presence=Choice.AVAILABLE)],
    "active": [Active()],
    "begin": [
        Begin(id="begin-1", contact="visitor-8c21"),
        Begin(id="begin-2", contact="visitor-8c21", channel="webchat", queue="billing", organisation="acme"),
    ],
    "assign": [Assign(id="assign-1", conversation=HERE, epoch=2, agent="ben")],
    "transfer": [Transfer(id="transfer-1", conversation=HERE, epoch=2, queue="billing")],
    "send_bot": [
        SendBot(id="send-1", conversation=HERE, epoch=3),
        SendBot(id="send-2", conversation=HERE, epoch=3, bot="scripted"),
    ],
    "edit": [Edit(id="edit-1", conversation=HERE, epoch=2, n=8, text="Hi Maria, I am Ana.")],
    "delete": [Delete(id="delete-1", conversation=HERE, epoch=2, n=8)],
}
FIRST_FIELDS = {
    "set_presence": {"presence"}, "active": set[str](), "begin": {"id", "contact"},
    "assign": {"id", "conversation", "epoch", "agent"},
    "transfer": {"id", "conversation", "epoch", "queue"}, "send_bot": {"id", "conversation", "epoch"},
    "edit": {"id", "conversation", "epoch", "n", "text"}, "delete": {"id", "conversation", "epoch", "n"},
}  # fmt: skip
