"""Golden transcripts: frames of a conversation, and what is shown after them. The JavaScript client folds them too."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from intervene.client.screen import ContactScreen, Gap, StaffScreen
from intervene.core.ids import ConversationId
from intervene.core.wire.common import OpenStream, PieceAdded, ReadUpTo
from intervene.core.wire.contact import ContactAck, ContactEvent, ContactOut, ContactPage, ContactWatched
from intervene.core.wire.staff import StaffAck, StaffEvent, StaffOut, StaffPage, StaffWatched

FILES = sorted((Path(__file__).parents[2] / "transcripts").glob("*.json"))


class Shown(Struct, frozen=True):
    numbers: list[int]
    more: bool
    stream: OpenStream | None
    state: dict[str, Any]
    read: int = 0
    texts: dict[str, str | None] = {}
    """Of messages; null: deleted."""


class Transcript(Struct, frozen=True):
    about: str
    audience: str
    frames: list[dict[str, Any]]
    gaps: list[int]
    view: Shown


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_transcript_is_shown_as_it_says(file: Path) -> None:
    """[R25, R27, R31, R35, R39]"""
    transcript = msgspec.json.decode(file.read_bytes(), type=Transcript)
    is_staff = transcript.audience == "staff"
    screen: Any = (StaffScreen if is_staff else ContactScreen)(ConversationId("c-5kQ2vT"))
    is_live, gaps = False, []
    for at, raw in enumerate(transcript.frames):
        frame: Any = msgspec.convert(raw, StaffOut if is_staff else ContactOut)
        try:
            is_live = _show(screen, frame, is_live)
        except Gap:
            is_live = False
            gaps.append(at)
    assert gaps == transcript.gaps
    assert [screen.number_of(event) for event in screen.events] == transcript.view.numbers
    assert (screen.more, screen.stream) == (transcript.view.more, transcript.view.stream)
    assert msgspec.to_builtins(screen.state) == transcript.view.state
    assert screen.read == transcript.view.read
    if transcript.view.texts:
        assert texts(screen) == transcript.view.texts


def texts(screen: Any) -> dict[str, str | None]:
    bodies = [msgspec.to_builtins(screen.body_of(event)) for event in screen.events]
    return {
        body["message"]: None if body.get("deleted") else body["text"] for body in bodies if body["kind"] == "message"
    }


def _show(screen: Any, frame: StaffOut | ContactOut, is_live: bool) -> bool:
    """Whether what follows may be shown."""
    match frame:
        case StaffWatched() | ContactWatched():
            screen.show_watched(frame)
            return True
        case StaffPage(events=older, more=more) | ContactPage(events=older, more=more):
            screen.show_older(older, more)
        case StaffEvent(event=event) if is_live:
            screen.show_event(event)
        case ContactEvent() if is_live:
            screen.show_event(frame)
        case PieceAdded() if is_live:
            screen.show_piece(frame)
        case ReadUpTo():
            screen.show_read(frame)
        case StaffAck(seq=number) | ContactAck(pub=number) if is_live:
            screen.check_complete(number)
        case _:
            pass
    return is_live
