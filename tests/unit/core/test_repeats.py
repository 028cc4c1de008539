"""Which commands with one id are repeats: by what their author said, and by nothing that the server or time adds."""

from typing import Any

import pytest

from intervene.core.actors import Agent, Bot, Nobody, Role
from intervene.core.control import Move
from intervene.core.conversation.assignment import Assign, Transfer
from intervene.core.conversation.decide import RULES, Command
from intervene.core.conversation.moves import AskForPerson, Close, HandBack, Intervene, Release, Reopen, SendBot
from intervene.core.conversation.repeats import Effect
from intervene.core.conversation.speech import AddNote, AgentSay, ContactSay
from intervene.core.conversation.turns import BotSay, FinishMessage
from intervene.core.events import Body, ControlChanged, Message, MessageStarted, Note, Opened, QueueSet
from intervene.core.ids import DEFAULT_QUEUE, AgentId, BotId, CommandId, MessageId, QueueId
from intervene.core.text import message_text, piece_text
from tests.unit.core.cast import CLARA, ECHO, as_staff, as_visitor

ID, SALES = CommandId("k"), QueueId("sales")
ANNA, BEN = Agent(id=AgentId("anna"), name="Anna"), Agent(id=AgentId("ben"), name="Ben")
OTHER_BOT = Bot(id=BotId("other"), name="Other")
HI, HO = message_text("hi"), message_text("ho")
M1, M2 = MessageId("m1"), MessageId("m2")


def control(move: Move) -> ControlChanged:
    return ControlChanged(move=move, holder=Nobody())


TRIES: dict[type[Command], tuple[list[Command], list[Body]]] = {
    ContactSay: (
        [ContactSay(id=ID, by=as_visitor(CLARA), message=message, text=HI) for message in (M1, M2)],
        [Message(message=M1, text="hi")],
    ),
    AgentSay: (
        [
            AgentSay(id=ID, by=as_staff(ANNA), message=M1, text=HI, epoch=1, seen=1),
            AgentSay(id=ID, by=as_staff(ANNA), message=M2, text=HI, epoch=3, seen=9, confirmed=True),
        ],
        [Message(message=M1, text="hi")],
    ),
    AddNote: (
        [AddNote(id=ID, by=as_staff(ANNA), message=message, text=HI) for message in (M1, M2)],
        [Note(message=M1, text="hi")],
    ),
    AskForPerson: ([AskForPerson(id=ID, by=as_visitor(CLARA))], [control(Move.ASK), control(Move.REOPEN)]),
    Intervene: (
        [
            Intervene(id=ID, by=as_staff(ANNA, Role.AGENT), epoch=1),
            Intervene(id=ID, by=as_staff(ANNA, Role.SUPERVISOR), epoch=2),
        ],
        [control(Move.INTERVENE)],
    ),
    HandBack: (
        [HandBack(id=ID, by=as_staff(ANNA), bot=bot.id, epoch=epoch) for bot, epoch in ((ECHO, 1), (OTHER_BOT, 2))],
        [control(Move.HAND_BACK)],
    ),
    Release: ([Release(id=ID, by=as_staff(ANNA), epoch=epoch) for epoch in (1, 2)], [control(Move.RELEASE)]),
    SendBot: (
        [SendBot(id=ID, by=as_staff(ANNA), bot=bot.id, epoch=epoch) for bot, epoch in ((ECHO, 1), (OTHER_BOT, 2))],
        [control(Move.START)],
    ),
    Assign: (
        [
            Assign(id=ID, by=as_staff(ANNA), agent=BEN.id, people=people, epoch=epoch)
            for epoch, people in enumerate([(), (as_staff(BEN),), (as_staff(BEN, Role.ADMIN),)])
        ],
        [
            ControlChanged(move=Move.ASSIGN, holder=Agent(id=BEN.id, name=name), reply_enabled=True)
            for name in ("Ben", "Benjamin")
        ],
    ),
    Transfer: (
        [Transfer(id=ID, by=as_staff(ANNA, role), queue=SALES, epoch=epoch) for epoch, role in enumerate(Role)],
        [
            ControlChanged(move=Move.TRANSFER, holder=Nobody(), queue=SALES, queue_name="Sales"),
            QueueSet(queue=SALES, name="Sales"),
        ],
    ),
    Close: (
        [Close(id=ID, by=as_staff(ANNA, Role.AGENT), epoch=epoch, seen=epoch) for epoch in (1, 2)],
        [control(Move.CLOSE)],
    ),
    Reopen: ([Reopen(id=ID, by=as_staff(ANNA, Role.AGENT), epoch=epoch) for epoch in (1, 2)], [control(Move.REOPEN)]),
    BotSay: (
        [BotSay(id=ID, author=ECHO, epoch=1, turn=1, message=message, text=HI) for message in (M1, M2)],
        [Message(message=M1, text="hi")],
    ),
    FinishMessage: (
        [FinishMessage(id=ID, author=ECHO, epoch=1, turn=1, message=M1, n=n, text=piece_text("!")) for n in (2, 3)],
        [Message(message=M1, text="hi!")],
    ),
}
"""Of each kind: the same thing said in different moments, and what it may have done."""

OTHERS: list[Command] = [
    ContactSay(id=ID, by=as_visitor(CLARA), message=M1, text=HO),
    AgentSay(id=ID, by=as_staff(ANNA), message=M1, text=HO, epoch=1, seen=1),
    AddNote(id=ID, by=as_staff(ANNA), message=M1, text=HO),
    Assign(id=ID, by=as_staff(ANNA), agent=ANNA.id, people=(as_staff(ANNA),), epoch=1),
    Transfer(id=ID, by=as_staff(ANNA), queue=DEFAULT_QUEUE, epoch=1),
    BotSay(id=ID, author=ECHO, epoch=1, turn=1, message=M1, text=HO),
    FinishMessage(id=ID, author=ECHO, epoch=1, turn=1, message=M2, n=2, text=piece_text("!")),
]
BODIES: list[Body] = [
    Opened(contact=CLARA, channel="webchat"), MessageStarted(message=M1), Message(message=M2, text="h"),
    Message(message=M2, text="hi "), Note(message=M1, text="Hi"), *map(control, Move),
    ControlChanged(move=Move.ASSIGN, holder=ANNA), QueueSet(queue=DEFAULT_QUEUE, name="Sales"),
    ControlChanged(move=Move.TRANSFER, holder=Nobody(), queue=DEFAULT_QUEUE),
]  # fmt: skip


def effect_of(kind: type[Any]) -> Effect:
    effect = RULES[kind].effect
    assert effect, f"{kind} has an id"
    return effect


@pytest.mark.parametrize("kind", TRIES)
def test_the_same_said_again_is_a_repeat(kind: type[Command]) -> None:
    """[P3]"""
    tries, done = TRIES[kind]
    for first in tries:
        assert all(effect_of(kind).is_repeat(first, again) for again in tries)
        assert all(effect_of(kind).has_done(first, body) for body in done)


@pytest.mark.parametrize("kind", TRIES)
def test_anything_else_under_its_id_is_another_command(kind: type[Command]) -> None:
    """[R42] Another kind, or another text."""
    tries, done = TRIES[kind]
    others = [other for name, (kinds, _) in TRIES.items() if name is not kind for other in kinds] + OTHERS
    for first in tries:
        assert not any(effect_of(kind).is_repeat(first, other) for other in others)
        assert not any(effect_of(type(other)).is_repeat(other, first) for other in others)
        assert not any(effect_of(kind).has_done(first, body) for body in BODIES if body not in done)
