"""Golden transcripts of the send queue: what a program wants said, what is answered, and what is sent in turn. The
JavaScript client runs the same."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from intervene.client import Refused
from intervene.client.exchange import Exchange
from intervene.core.wire import staff
from intervene.core.wire.contact import ContactIn, ContactOut
from intervene.core.wire.staff import StaffOut
from tests.integration.client.peer import CUSTOMER, STAFF

FILES = sorted((Path(__file__).parents[2] / "transcripts" / "queue").glob("*.json"))


class Queue(Struct, frozen=True):
    about: str
    audience: str
    steps: list[dict[str, Any]]
    acked: dict[str, str]
    refused: dict[str, str]


class Program:
    """What calls the exchange, and what reads from it."""

    def __init__(self, audience: str) -> None:
        self._is_staff = audience == "staff"
        self._exchange = Exchange(lambda _: None, lambda: None, lambda _: None)
        self._is_joined = False
        self._answers: dict[str, asyncio.Task[Any]] = {}

    async def does(self, step: dict[str, Any]) -> None:
        ((kind, value),) = step.items()
        match kind:
            case "join":
                self._exchange.joined(STAFF if self._is_staff else CUSTOMER)
                self._is_joined = True
            case "leave":
                self._exchange.left()
                self._is_joined = False
            case "command":
                frame: Any = msgspec.convert(value, staff.StaffIn if self._is_staff else ContactIn)
                said = self._exchange.command(frame, value["id"], value["conversation"])
                self._answers[value["id"]] = asyncio.create_task(said)
            case "frame":
                self._exchange.receive(msgspec.convert(value, StaffOut if self._is_staff else ContactOut))
            case _:
                assert list(self._sent()) == value
        await asyncio.sleep(0)  # a command begins, or ends

    def _sent(self) -> Any:
        while self._is_joined and (out := self._exchange.next_frame()):
            yield msgspec.json.decode(out.data)

    async def answers(self) -> tuple[dict[str, str], dict[str, str]]:
        acked, refused = {}, {}
        for id, answer in self._answers.items():
            try:
                acked[id] = str((await answer).conversation)
            except Refused as refusal:
                refused[id] = str(refusal.code)
        return acked, refused


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_send_queue_does_as_the_transcript_says(file: Path) -> None:
    """[R42, R43, R63]"""
    queue = msgspec.json.decode(file.read_bytes(), type=Queue)
    program = Program(queue.audience)
    for step in queue.steps:
        await program.does(step)
    assert await program.answers() == (queue.acked, queue.refused)
