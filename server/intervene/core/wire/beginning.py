"""The frame by which staff begin a conversation, the same over HTTP."""

from typing import Annotated

from msgspec import UNSET, Meta

from intervene.core.limits import ADDRESS_CHARS, ID_CHARS
from intervene.core.wire.common import Id, Incoming, Organisation


class Begin(Incoming, tag="begin", frozen=True, kw_only=True):
    """Begin a conversation with a contact, or find the one that is open: the `ack` names it. `channel`: empty, the only
    one on which the contact is reached. `queue`: where it waits once nobody holds it; empty: the channel's."""

    id: Id
    contact: Annotated[str, Meta(min_length=1, max_length=ADDRESS_CHARS)]
    channel: Annotated[str, Meta(max_length=ID_CHARS)] = ""
    queue: Annotated[str, Meta(max_length=ID_CHARS)] = ""
    organisation: Organisation = UNSET
