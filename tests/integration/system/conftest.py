"""Servers for the tests of the whole: started when asked for, and judged by their log when the test is done."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.kit.oracles.database import is_sound
from tests.kit.scripts import FAST
from tests.kit.server import ServerProcess

MakeServer = Callable[..., ServerProcess]


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[MakeServer]:
    """Makes servers that are ended with the test. None of them may have complained."""
    made: list[ServerProcess] = []

    def make(script: str = FAST, **settings: str) -> ServerProcess:
        directory = tmp_path / f"server-{len(made)}"
        directory.mkdir()
        made.append(ServerProcess(directory, script, **settings))
        return made[-1]

    yield make
    for server in made:
        if server.is_running:
            await server.kill()
    for server in made:
        if server.database.exists():
            await is_sound(server.database)
    complaints = [line for server in made for line in server.complaints]
    assert not complaints, f"{len(complaints)}, of which the first is {complaints[0]}"


@pytest.fixture
async def server(servers: MakeServer) -> ServerProcess:
    """One with the fast bot, running."""
    server = servers()
    await server.start()
    return server
