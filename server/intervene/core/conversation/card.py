"""What staff keep of a conversation beside its control: a value of its own, packed into a column of its own, because
few commits change it.
"""

import msgspec
from msgspec import Struct

from intervene.core.ids import DEFAULT_QUEUE, FieldId, QueueId, ReasonId, StatusId


class Card(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """`queue`: where it waits, or would. `status`, `reason`: ids of the organisation's, "" for none; `reason` is why it
    was closed last. A value is never changed: a change makes another one."""

    queue: QueueId = DEFAULT_QUEUE
    status: StatusId = StatusId("")
    tags: tuple[str, ...] = ()
    fields: dict[FieldId, str] = msgspec.field(default_factory=dict)
    reason: ReasonId = ReasonId("")


NO_CARD = Card()

encode_card = msgspec.json.Encoder().encode
decode_card = msgspec.json.Decoder(Card).decode
