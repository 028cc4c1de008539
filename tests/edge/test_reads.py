"""Read positions on their way to the directory."""

import pytest
from structlog.testing import capture_logs

from intervene.core.errors import Unavailable
from intervene.core.ids import ConversationId, Key
from intervene.edge import reads
from intervene.edge.reads import ReadPositions
from tests.edge.stand_ins import ACME, Directory
from tests.limits import eventually

C1, C2 = (Key(ACME, ConversationId(name)) for name in ("c1", "c2"))


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def positions(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> ReadPositions:
    monkeypatch.setattr(reads, "WRITE_SECONDS", 0.02)
    return ReadPositions(directory)


async def test_only_the_highest_is_written(positions: ReadPositions, directory: Directory) -> None:
    for n in (3, 9, 4):
        positions.note(C1, "agent:anna", n)
    positions.note(C2, "agent:anna", 1)
    await eventually(lambda: len(directory.kept) == 2)
    assert directory.kept == [(C1, "agent:anna", 9), (C2, "agent:anna", 1)]


async def test_what_comes_later_is_written_later(positions: ReadPositions, directory: Directory) -> None:
    positions.note(C1, "agent:anna", 1)
    await eventually(lambda: len(directory.kept) == 1)
    positions.note(C1, "agent:anna", 2)
    await eventually(lambda: len(directory.kept) == 2)
    assert directory.kept[-1] == (C1, "agent:anna", 2)


async def test_few_readers_wait(
    positions: ReadPositions, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    monkeypatch.setattr(reads, "WAITING", 2)
    for reader in ("a", "b", "c"):
        positions.note(C1, reader, 1)
    positions.note(C1, "a", 5)
    await eventually(lambda: len(directory.kept) == 2)
    assert directory.kept == [(C1, "a", 5), (C1, "b", 1)]


async def test_what_a_directory_did_not_take_is_written_when_it_is_back(
    positions: ReadPositions, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    async def fails(*at: object) -> None:
        tried.append(at)
        raise Unavailable("away")

    keep = directory.keep_read
    monkeypatch.setattr(directory, "keep_read", fails)
    with capture_logs() as logs:
        positions.note(C1, "a", 3)
        positions.note(C2, "b", 1)
        await eventually(lambda: len(tried) > 2)
        positions.note(C1, "a", 2)
        monkeypatch.setattr(directory, "keep_read", keep)
        await eventually(lambda: directory.kept == [(C1, "a", 3), (C2, "b", 1)])
    assert [line["event"] for line in logs] == ["read positions cannot be written"]
