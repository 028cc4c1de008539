"""When a stream adds its pieces."""

import asyncio
from collections.abc import Callable

import pytest

from intervene.bots.reply import Speaker, StreamWriter
from intervene.bots.slots import SLOTS_PER_SECOND, Slots
from intervene.core.actors import Bot
from intervene.core.conversation.turns import AddPiece, BotSay, FinishMessage
from intervene.core.ids import BotId, CommandId, MessageId
from intervene.core.limits import GATHER_SECONDS
from intervene.engine.queue import Reply
from intervene.ports.log import Receipt


class Given(Slots):
    """What a stream gives to its slots and to the engine, to be carried out by a test."""

    def __init__(self, all_streams: Slots) -> None:
        super().__init__()
        self.next_phase = all_streams.next_phase  # type: ignore[method-assign]
        self.dues: list[float] = []
        self.pieces: list[str] = []
        self._fall_due: list[Callable[[], None]] = []
        self._answers: list[Reply] = []
        self.writer = StreamWriter(
            Speaker(Bot(id=BotId("helper"), name="Helper"), 1, 1),
            MessageId("m"),
            CommandId("c"),
            self._submit,
            lambda: True,
            lambda: asyncio.sleep(0),
            self,
        )

    def call_at(self, when: float, call: Callable[[], None]) -> None:
        self.dues.append(when)
        self._fall_due.append(call)

    def _submit(self, command: AddPiece | BotSay | FinishMessage, reply: Reply) -> None:
        assert isinstance(command, AddPiece)
        self.pieces.append(command.text)
        self._answers.append(reply)

    def fall_due(self) -> None:
        self._fall_due.pop()()

    def commit(self) -> None:
        self._answers.pop()(Receipt(epoch=1))


async def test_a_stream_keeps_its_rhythm_however_late_a_piece_is_committed() -> None:
    given = Given(Slots())
    for word in ("I ", "am ", "here", "."):
        await given.writer.write(word)
        if word != "I ":
            given.fall_due()
        await asyncio.sleep(GATHER_SECONDS / 4)
        given.commit()
    assert given.pieces == ["I ", "am ", "here", "."]
    assert given.dues[2] - given.dues[1] == pytest.approx(GATHER_SECONDS)


async def test_streams_that_are_late_together_go_on_apart() -> None:
    slots = Slots()
    late = [Given(slots) for _ in range(8)]
    for word in ("I ", "am ", "here"):
        for given in late:
            await given.writer.write(word)
            if word == "I ":
                given.commit()
        if word == "am ":
            await asyncio.sleep(GATHER_SECONDS * 1.5)  # nothing runs meanwhile
            for given in late:
                given.fall_due()
                given.commit()
    dues = [given.dues[1] for given in late]
    assert max(dues) - min(dues) > GATHER_SECONDS / 2


async def test_all_that_fall_due_in_a_slot_are_called_in_one_tick_and_in_order() -> None:
    slots = Slots()
    called: list[str] = []
    done = asyncio.Event()
    now = asyncio.get_running_loop().time()
    begin = (int(now * SLOTS_PER_SECOND) + 2.3) / SLOTS_PER_SECOND

    def fail() -> None:
        called.append("fail")
        asyncio.get_running_loop().call_soon(called.append, "next tick")
        raise RuntimeError("a fault of one is not the others'")

    slots.call_at(begin, fail)
    slots.call_at(begin + 0.3 / SLOTS_PER_SECOND, lambda: called.append("second"))
    slots.call_at(begin + 2 / SLOTS_PER_SECOND, done.set)
    await done.wait()
    assert called == ["fail", "second", "next tick"]
