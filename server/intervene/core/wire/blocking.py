"""The frame of staff with which they block a customer."""

from typing import Annotated

from msgspec import UNSET, Meta

from intervene.core.access import Staff
from intervene.core.blocks import FOR_GOOD
from intervene.core.conversation import blocking
from intervene.core.ids import CommandId
from intervene.core.limits import WHY_BYTES
from intervene.core.text import piece_text
from intervene.core.wire.common import CommandFrame, MakeId, Number, Organisation

Until = Annotated[int, Meta(ge=0, le=FOR_GOOD)]
"""Milliseconds since 1970; 0: for good."""


class Block(CommandFrame, tag="block", frozen=True, kw_only=True):
    """The conversation's customer, on its channel or `everywhere`; the conversation closes. `why` is for staff."""

    epoch: Number
    until: Until = 0
    why: str = ""
    everywhere: bool = False
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> blocking.Block:
        return blocking.Block(
            id=CommandId(self.id), by=by, epoch=self.epoch, until=self.until, why=piece_text(self.why, WHY_BYTES),
            everywhere=self.everywhere,
        )  # fmt: skip
