"""`intervene init` and `intervene person`, beside a server that runs and without one."""

import asyncio
import re
import socket
import stat
from pathlib import Path
from typing import NamedTuple

from intervene.accounts.operator import LINE_BYTES, SOCKET
from intervene.unix_paths import short
from tests.integration.system.browser import Browser, joined, refused
from tests.integration.system.conftest import MakeServer
from tests.kit.command import command as of_operator
from tests.kit.peer import Peer
from tests.kit.server import ServerProcess

ADA, BEN = "ada@acme.test", "ben@acme.test"


class Told(NamedTuple):
    status: int
    text: str

    @property
    def link(self) -> str:
        """What is behind `#link=` in it."""
        found = re.search(r"^Link, shown this once: http://localhost:\d+/desk/link#link=(.+)$", self.text, re.MULTILINE)
        assert found, self.text
        return found[1]


async def command(server: ServerProcess, *arguments: str) -> Told:
    return Told(*await of_operator(*arguments, cwd=server.data.parent, data=str(server.data)))


async def test_the_first_admin_is_made_beside_a_server_and_looks_after_people(server: ServerProcess) -> None:
    """[R132]"""
    made = await command(server, "init", ADA, "--name", "Ada Lovelace")
    assert made.status == 0
    ada = Browser(server)
    begun = await ada.redeems(made.link)
    assert (begun.json["person"]["name"], begun.json["person"]["role"]) == ("Ada Lovelace", "admin")
    await joined(ada, BEN)
    refusal = await command(server, "init", ADA)
    assert (refusal.status, "There is an admin already" in refusal.text) == (3, True)


async def test_the_first_admin_gets_another_link_until_they_have_come(server: ServerProcess) -> None:
    first, second = (await command(server, "init", ADA)).link, (await command(server, "init", ADA)).link
    assert refused(await Browser(server).redeems(first)) == (410, "bad_link")
    assert (await command(server, "init", BEN)).status == 3, "there is one already"
    assert (await Browser(server).redeems(second)).status == 200


async def test_a_person_is_added_reset_and_disabled_at_once(server: ServerProcess) -> None:
    """[R123] The server itself does it: open sessions end before the command has."""
    ben = Browser(server)
    await ben.redeems((await command(server, "person", "add", BEN, "--role", "supervisor")).link)
    assert (await command(server, "person", "add", BEN)).status == 3
    reset = await command(server, "person", "reset", BEN.upper())
    assert (await ben.redeems(reset.link, "another password")).status == 200
    async with Peer(server.port) as peer:
        await peer.joins(ben.token)
        id = (await ben.asks("GET", "/v1/me")).json["id"]
        assert (await command(server, "person", "disable", id)).status == 0
        assert await peer.is_closed() == 4500
    for arguments in (("disable", id), ("reset", BEN), ("disable", "nobody"), ("reset", "none@acme.test")):
        assert (await command(server, "person", *arguments)).status == 3
    for wrong in (("init", "no address"), ("person", "add", BEN, "--role", "owner"), ("person", "add", "a b@c")):
        assert (await command(server, *wrong)).status == 2


async def test_without_a_server_the_commands_write_to_the_database(servers: MakeServer) -> None:
    server = servers()
    made = await command(server, "init", ADA)
    assert made.status == 0, made.text
    added = await command(server, "person", "add", BEN)
    await server.start()
    assert (await Browser(server).redeems(made.link)).status == 200
    ben = Browser(server)
    assert (await ben.redeems(added.link)).status == 200
    await server.kill()
    assert (server.data / SOCKET).exists(), "nobody answers there"
    assert (await command(server, "person", "disable", BEN)).status == 0
    await server.start()
    assert refused(await ben.refreshes()) == (401, "signed_out")


def asks(path: Path, line: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection, short(path) as name:
        connection.settimeout(20)
        connection.connect(name)
        connection.sendall(line)
        return connection.makefile("rb").readline()


async def test_the_socket_is_its_owners_and_takes_what_it_is_sent(servers: MakeServer) -> None:
    """[P7]"""
    server = servers()
    await server.start()
    path = server.data / SOCKET
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"another release" in await asyncio.to_thread(asks, path, b'{"type": "own"}\n')
    assert b"another release" in await asyncio.to_thread(asks, path, b"\xff\n")
    assert await asyncio.to_thread(asks, path, b"x" * 4 * LINE_BYTES) == b""
    assert (await command(server, "init", ADA)).status == 0
    await server.stop()
    assert not path.exists()
