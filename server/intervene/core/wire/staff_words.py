"""Frames of staff about what was written: messages that their authors change, notes that mention somebody."""

from msgspec import UNSET

from intervene.core.access import Staff
from intervene.core.actors import Actor
from intervene.core.conversation import speech
from intervene.core.ids import CommandId, ConversationId, OrganisationId
from intervene.core.text import message_text
from intervene.core.wire.common import CommandFrame, MakeId, Number, Organisation, Outgoing


class Edit(CommandFrame, tag="edit", frozen=True, kw_only=True):
    """My message, that of event number `n`, shall read so."""

    epoch: Number
    n: Number
    text: str
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> speech.EditMessage:
        return speech.EditMessage(
            id=CommandId(self.id), by=by, n=self.n, text=message_text(self.text), epoch=self.epoch
        )


class Delete(CommandFrame, tag="delete", frozen=True, kw_only=True):
    """I take my message back, that of event number `n`."""

    epoch: Number
    n: Number
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> speech.DeleteMessage:
        return speech.DeleteMessage(id=CommandId(self.id), by=by, n=self.n, epoch=self.epoch)


# -- out ---------------------------------------------------------------------------------------------------------------


class Mentioned(Outgoing, tag="mentioned", frozen=True, kw_only=True):
    """Event number `n` of a conversation of that organisation is a note that mentions the person. It comes beside the
    log, whatever the session watches, and once: who has no session then finds it in the conversation."""

    organisation: OrganisationId
    conversation: ConversationId
    n: int
    by: Actor
    at: int
