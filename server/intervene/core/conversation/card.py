"""What staff keep of a conversation beside its control: a value of its own, packed into a column of its own, because
few commits change it.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from intervene.core.events import FieldsSet, QueueSet, StatusSet, TagsSet
from intervene.core.ids import DEFAULT_QUEUE, FieldId, QueueId, ReasonId, StatusId


class Card(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """`queue`: where it waits, or would. `status`, `reason`: ids of the organisation's, "" for none; `reason` is why it
    was closed last, `rating` what its customer gave that close, from 1 to 5, 0 for nothing. A value is never changed: a
    change makes another one."""

    queue: QueueId = DEFAULT_QUEUE
    status: StatusId = StatusId("")
    tags: tuple[str, ...] = ()
    fields: dict[FieldId, str] = msgspec.field(default_factory=dict)
    reason: ReasonId = ReasonId("")
    rating: int = 0

    def after(self, body: QueueSet | StatusSet | TagsSet | FieldsSet) -> "Card":
        match body:
            case QueueSet(queue=queue):
                return replace(self, queue=queue)
            case StatusSet(status=status):
                return replace(self, status=status)
            case TagsSet(tags=tags):
                return replace(self, tags=tags)
            case FieldsSet(fields=fields):
                return self.with_fields(fields)

    def closed_for(self, reason: ReasonId) -> "Card":
        """The very same one if that changes nothing."""
        return self if (self.reason, self.rating) == (reason, 0) else replace(self, reason=reason, rating=0)

    def with_fields(self, changed: Mapping[FieldId, str]) -> "Card":
        """An empty value removes a field."""
        return replace(self, fields={id: value for id, value in {**self.fields, **changed}.items() if value})


NO_CARD = Card()

encode_card = msgspec.json.Encoder().encode
decode_card = msgspec.json.Decoder(Card).decode
