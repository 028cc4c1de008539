"""`intervene organisation`: settings of one organisation, changed beside a server on SQLite, and without one."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from intervene.migrations import upgrade
from intervene.ops.verify import check
from tests.kit.command import Said
from tests.kit.command import command as of_operator
from tests.kit.limits import LONG_WAIT
from tests.kit.people import Agent, Customer
from tests.kit.server import ServerProcess


async def command(*arguments: str, data: str = "/", **settings: str) -> Said:
    return await of_operator("organisation", *arguments, cwd=Path(data), within=LONG_WAIT, data=data, **settings)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path, bot="echo")
    await server.start()
    yield server
    if server.is_running:
        await server.kill()
    assert not server.complaints
    assert not check(server.database).problems


async def holder(server: ServerProcess, name: str) -> str:
    """Whom a new customer's conversation begins with."""
    async with Customer(server, name) as customer, Agent(server, f"Ana-{name}") as ana:
        c = (await customer.opens()).conversation
        log = await (await _watching(ana, c)).reads_the_log(c)
    return next((event["body"]["holder"].get("name", "") for event in log if event["body"]["kind"] == "control"), "")


async def _watching(agent: Agent, c: str) -> Agent:
    await agent.watches(c)
    return agent


async def becomes(server: ServerProcess, expected: str, name: str) -> None:
    """A server compares every 2 s."""
    with anyio.fail_after(LONG_WAIT):
        for attempt in range(1000):
            if await holder(server, f"{name}{attempt}") == expected:
                return
            await anyio.sleep(0.1)


async def test_a_server_that_runs_takes_a_change_and_keeps_it(server: ServerProcess) -> None:
    """[P1] Who holds a conversation keeps it; who begins one, or is given one back, goes by the new setting."""
    data = str(server.data)
    async with Customer(server, "Maria") as maria, Agent(server, "Ana") as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        assert await holder(server, "First") == "Echo"
        said = await command("default", "--bot", "scripted", data=data)
        assert (said.status, "with the bot scripted. This is version 1" in said.text) == (0, True), said.text
        await becomes(server, "Assistant", "Second")
        assert ana.screens[c].epoch == 1, "Maria's conversation stays with its bot"
        await ana.intervenes(c)
        await ana.hands_back(c)
        given = [event["body"] for event in await ana.reads_the_log(c) if event["body"].get("move") == "hand_back"]
        assert [body["holder"]["name"] for body in given] == ["Assistant"]
        await command("default", "--bot", "none", data=data)
        await becomes(server, "", "Third")
    await server.restart()
    assert await holder(server, "Fourth") == ""
    await command("default", "--bot", "default", data=data)
    await becomes(server, "Echo", "Fifth")
    shown = await command("default", data=data)
    assert "the server's settings name. The settings were changed 3 times." in shown.text


async def test_another_organisation_is_not_concerned(server: ServerProcess) -> None:
    """[P6]"""
    await command("other", "--bot", "none", data=str(server.data))
    await anyio.lowlevel.checkpoint()
    assert await holder(server, "Maria") == "Echo"


async def test_without_a_server_the_next_one_finds_the_change(server: ServerProcess) -> None:
    """Also what a server left that was killed is looked at first."""
    assert await holder(server, "Maria") == "Echo"
    await server.kill()
    said = await command("default", "--bot", "none", data=str(server.data))
    assert said.status == 0, said.text
    await server.start()
    assert await holder(server, "Carl") == ""


async def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "intervene.db"
    missing = await command("default", "--bot", "none", data=str(tmp_path))
    assert (missing.status, "There is no database at" in missing.text) == (3, True)
    upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE organisation")
    old = await command("default", data=str(tmp_path))
    assert (old.status, "Run `intervene migrate` first" in old.text) == (3, True)
    path.write_bytes(b"no database" * 100)
    broken = await command("default", data=str(tmp_path))
    assert (broken.status, "Traceback" in broken.text) == (3, False)
    url = "postgresql://somebody:a-secret@127.0.0.1:1/nothing"
    away = await command("default", data=str(tmp_path), database_url=url)
    assert (away.status, "a-secret" in away.text) == (3, False)
    for wrong in (("", "--bot", "echo"), ("default", "--bot", "a\nb"), ("x" * 65,)):
        assert (await command(*wrong, data=str(tmp_path))).status == 2


async def test_an_organisation_is_placed_below_another(tmp_path: Path) -> None:
    """[R121] And never below itself."""
    upgrade(tmp_path / "intervene.db")
    placed = await command("bank", "--parent", "group", data=str(tmp_path))
    assert (placed.status, "bank is below group." in placed.text) == (0, True)
    deeper = await command("branch", "--parent", "bank", data=str(tmp_path))
    assert "branch is below bank, group." in deeper.text
    circle = await command("group", "--parent", "branch", data=str(tmp_path))
    assert (circle.status, "cannot be below itself" in circle.text) == (3, True)
    assert "bank is below no other." in (await command("bank", "--parent", "none", data=str(tmp_path))).text
    with closing(sqlite3.connect(tmp_path / "intervene.db")) as connection:
        entries = connection.execute("SELECT organisation, action FROM audit ORDER BY handle").fetchall()
    assert entries == [(name, "organisation.place") for name in ("bank", "branch", "bank")]
