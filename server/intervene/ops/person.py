"""`intervene init` and `intervene person`: people of an organisation, from the machine of a server.

A server that runs carries it out, through a socket in its data directory: so it acts at once. Without one, the command
writes to the database itself.
"""

import asyncio
import socket

import msgspec

from intervene.accounts.operator import LINE_BYTES, SECONDS, SOCKET, Done, Failed, Operator, Request, Unpublished
from intervene.accounts.sign_in import Stored
from intervene.accounts.staff import StaffAccounts
from intervene.adapters.sql.audit import SqlAudit
from intervene.adapters.sql.people import SqlPeople
from intervene.adapters.sql.sign_in import SqlAttempts, SqlDevices, SqlLinks
from intervene.config import Config
from intervene.core.errors import Unavailable
from intervene.ids import Ids
from intervene.ops.direct import Direct
from intervene.ops.migrate import migrate
from intervene.unix_paths import short


def ask(config: Config, request: Request) -> Done | Failed:
    """Raises `InterveneError` with a sentence for the operator, and `OSError`."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(SECONDS)
        try:
            with short(config.data / SOCKET) as name:
                connection.connect(name)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            if not config.database_url and not config.database.exists():
                migrate(config)
            return asyncio.run(_without_a_server(config, request))
        return _through(connection, request)


def _through(connection: socket.socket, request: Request) -> Done | Failed:
    try:
        connection.sendall(msgspec.json.encode(request) + b"\n")
        with connection.makefile("rb") as answers:
            line = answers.readline(LINE_BYTES)
        return msgspec.json.decode(line, type=Done | Failed)
    except (OSError, msgspec.DecodeError):
        raise Unavailable("The server did not answer. Look at its log; it may have done it all the same.") from None


async def _without_a_server(config: Config, request: Request) -> Done:
    direct = Direct(config)
    people = SqlPeople(direct)
    stored = Stored(people, SqlDevices(direct), SqlLinks(direct), SqlAttempts(direct), SqlAudit(direct))
    return await Operator(stored, StaffAccounts(stored, Unpublished(people), Ids().make)).carry_out(request)
