"""Servers for the tests of the whole: started when asked for, and judged by their log when the test is done."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from intervene.ops.verify import check
from tests.kit.server import ServerProcess

MakeServer = Callable[..., ServerProcess]

WORDS = "the instalment of this month and the fee of the returned debit are open and nothing else is due before May"
FAST = f"@pace 200\n{' '.join([WORDS] * 20)}\n"
"""A bot that streams 420 words for two seconds, each time anew."""

STORY = " ".join([WORDS] * 200)
LONG = f"@pace 100\n{STORY}\n"
"""One that is not done before a test is."""


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
            await is_sound(server)
    complaints = [line for server in made for line in server.complaints]
    assert not complaints, f"{len(complaints)}, of which the first is {complaints[0]}"


async def is_sound(server: ServerProcess) -> None:
    """`intervene verify` finds nothing in its database, also beside the running server."""
    report = await asyncio.to_thread(check, server.database)
    assert not report.problems, report.problems


@pytest.fixture
async def server(servers: MakeServer) -> ServerProcess:
    """One with the fast bot, running."""
    server = servers()
    await server.start()
    return server
