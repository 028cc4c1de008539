"""Frames of staff by which others get control: a colleague, a queue, a bot."""

from typing import Annotated

from msgspec import UNSET, Meta

from intervene.core.access import Staff
from intervene.core.conversation import assignment, moves
from intervene.core.ids import AgentId, CommandId, QueueId
from intervene.core.limits import ID_CHARS
from intervene.core.text import briefing_text
from intervene.core.wire.common import CommandFrame, Id, MakeId, Number, Organisation


class Assign(CommandFrame, tag="assign", frozen=True, kw_only=True):
    """`agent`: the id of a colleague."""

    epoch: Number
    agent: Id
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> assignment.Assign:
        return assignment.Assign(id=CommandId(self.id), by=by, agent=AgentId(self.agent), epoch=self.epoch)


class Transfer(CommandFrame, tag="transfer", frozen=True, kw_only=True):
    """`queue` may be the one that it is in."""

    epoch: Number
    queue: Id
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> assignment.Transfer:
        return assignment.Transfer(id=CommandId(self.id), by=by, queue=QueueId(self.queue), epoch=self.epoch)


class SendBot(CommandFrame, tag="send_bot", frozen=True, kw_only=True, omit_defaults=True):
    epoch: Number
    bot: Annotated[str, Meta(max_length=ID_CHARS)] = ""
    """Empty: the bot that conversations start with."""
    reason: str = ""
    """Why, in the agent's own words, for the bot."""
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> moves.SendBot:
        reason = briefing_text(self.reason)
        return moves.SendBot(id=CommandId(self.id), by=by, bot=self.bot, epoch=self.epoch, reason=reason)
