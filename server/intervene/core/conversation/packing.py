"""How a conversation's state is stored in its row, and in which format."""

from typing import Self

import msgspec
from msgspec import Struct

from intervene.core.actors import Contact, Holder, Nobody
from intervene.core.conversation.state import Control, Conversation, Counters, Run
from intervene.core.ids import ConversationId, OrganisationId

FORMAT = 1
"""Of the packed state. A node never writes over a newer one than its own."""


class Flat(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A state as format 1 has it, in rows and between nodes: without groups."""

    organisation: OrganisationId
    id: ConversationId
    contact: Contact
    channel: str
    version: int = 0
    seq: int = 0
    pub: int = 0
    epoch: int = 0
    holder: Holder = Nobody()
    is_open: bool = True
    held_since: int = 0
    wants_person: bool = False
    asked: int = 0
    answered: int = 0
    streak: int = 0
    last_at: int = 0
    run: Run | None = None

    @classmethod
    def of(cls, state: Conversation) -> Self:
        control, counters = state.control, state.counters
        return cls(
            organisation=state.organisation, id=state.id, contact=state.contact, channel=state.channel,
            version=counters.version, seq=counters.seq, pub=counters.pub, epoch=control.epoch, holder=control.holder,
            is_open=control.is_open, held_since=control.held_since, wants_person=control.wants_person,
            asked=counters.asked, answered=counters.answered, streak=counters.streak, last_at=counters.last_at,
            run=state.run,
        )  # fmt: skip

    def state(self) -> Conversation:
        return Conversation(
            organisation=self.organisation, id=self.id, contact=self.contact, channel=self.channel,
            control=Control(
                epoch=self.epoch, holder=self.holder, is_open=self.is_open, held_since=self.held_since,
                wants_person=self.wants_person,
            ),
            counters=Counters(
                version=self.version, seq=self.seq, pub=self.pub, asked=self.asked, answered=self.answered,
                streak=self.streak, last_at=self.last_at,
            ),
            run=self.run,
        )  # fmt: skip


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Flat)


def pack(state: Conversation) -> bytes:
    return _encoder.encode(Flat.of(state))


def unpack(data: bytes) -> Conversation:
    return _decoder.decode(data).state()
