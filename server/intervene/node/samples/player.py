"""One story of the demo organisation, as commands of its customer and of agents."""

from contextlib import suppress
from typing import assert_never

import anyio

from intervene.core.access import Staff
from intervene.core.actors import Bot
from intervene.core.conversation.bot_desk import BotSetAttributes
from intervene.core.conversation.decide import Command
from intervene.core.conversation.desk import SetFields, SetStatus, SetTags
from intervene.core.conversation.moves import AskForPerson, Close, Intervene
from intervene.core.conversation.speech import AddNote, AgentSay, ContactSay
from intervene.core.conversation.state import Running
from intervene.core.errors import Stale
from intervene.core.ids import CommandId, Key, MessageId, OrganisationId, StatusId
from intervene.core.text import message_text
from intervene.engine.engine import Engine
from intervene.node.samples.story import (
    Asks,
    BotWrites,
    Closes,
    Files,
    Learns,
    Notes,
    Replies,
    Says,
    Step,
    Story,
    Takes,
)
from intervene.node.samples.team import TEAM
from intervene.ports.log import Log, Range, Snapshot

BOT_CHARS = 20  # of a bot's first words, which are waited for
LOOK_SECONDS, BOT_LOOKS = 0.02, 20


class Player:
    """The ids of its commands are always the same: played again, it does what was not done."""

    def __init__(self, organisation: OrganisationId, log: Log, engine: Engine, story: Story) -> None:
        self._log = log
        self._engine = engine
        self._story = story
        self._customer = story.visitor(organisation)
        self._staff = {colleague.name: colleague.staff(organisation) for colleague in TEAM}
        self._commands = self._epoch = self._seen = 0

    async def play(self) -> None:
        conversation = (await self._engine.open(self._customer)).conversation
        key = Key(self._customer.organisation, conversation)
        self._epoch = (await self._read(key)).state.epoch
        for step in self._story.steps:
            if isinstance(step, BotWrites):
                await self._wait_for_bot(key)
            if isinstance(step, Learns):
                await self._learn(key, step)
            for command in self._commands_of(step):
                receipt = await self._engine.call(key, command)
                self._epoch, self._seen = receipt.epoch, max(self._seen, receipt.seq)

    def _commands_of(self, step: Step) -> list[Command]:
        match step:
            case Says(text=text):
                return [ContactSay(id=self._id(), by=self._customer, message=self._message(), text=message_text(text))]
            case BotWrites() | Learns():
                return []
            case Asks():
                return [AskForPerson(id=self._id(), by=self._customer)]
            case Takes(by=by):
                return [Intervene(id=self._id(), by=self._staff[by], epoch=self._epoch)]
            case Replies(by=by, text=text):
                return [
                    AgentSay(
                        id=self._id(), by=self._staff[by], message=self._message(), text=message_text(text),
                        epoch=self._epoch, seen=self._seen,
                    )
                ]  # fmt: skip
            case Notes(by=by, text=text):
                return [AddNote(id=self._id(), by=self._staff[by], message=self._message(), text=message_text(text))]
            case Files():
                return self._filed(step, self._staff[step.by])
            case Closes(by=by):
                return [Close(id=self._id(), by=self._staff[by], epoch=self._epoch, seen=self._seen)]
        assert_never(step)

    def _filed(self, step: Files, by: Staff) -> list[Command]:
        commands: list[Command] = []
        if step.status:
            commands.append(SetStatus(id=self._id(), by=by, status=StatusId(step.status), epoch=self._epoch))
        if step.tags:
            commands.append(SetTags(id=self._id(), by=by, tags=tuple(step.tags), epoch=self._epoch))
        if step.fields:
            commands.append(SetFields(id=self._id(), by=by, fields=dict(step.fields), epoch=self._epoch))
        return commands

    async def _wait_for_bot(self, key: Key) -> None:
        for _ in range(BOT_LOOKS):
            reply = (await self._read(key)).reply
            if reply is not None and len(reply.text) >= BOT_CHARS:
                return
            await anyio.sleep(LOOK_SECONDS)

    async def _learn(self, key: Key, step: Learns) -> None:
        """Played again, the turn is over."""
        state = (await self._read(key)).state
        if isinstance(state.holder, Bot) and isinstance(state.turn, Running):
            command = BotSetAttributes(
                author=state.holder, epoch=state.epoch, turn=state.turn.number, values=dict(step.values)
            )
            with suppress(Stale):
                await self._engine.call(key, command)

    async def _read(self, key: Key) -> Snapshot:
        snapshot = await self._log.read(key, Range(True, 1))
        assert snapshot is not None, "it was just opened"
        return snapshot

    def _id(self) -> CommandId:
        self._commands += 1
        return CommandId(f"{self._story.contact.id}-{self._commands}")

    def _message(self) -> MessageId:
        return MessageId(self._engine.new_id())
