"""The way of the machine's operator into a node that runs: a Unix socket in the data directory, for its owner alone.

A connection carries one request and one answer, a line of JSON each.
"""

import asyncio
import os
import socket
from contextlib import suppress
from pathlib import Path

import anyio
import msgspec
import structlog

from intervene.accounts.operator import LINE_BYTES, SECONDS, SOCKET, Done, Failed, Operator, Request
from intervene.core.errors import InterveneError
from intervene.unix_paths import short

log_ = structlog.get_logger(__name__)


class OperatorSocket:
    """Of several nodes with one data directory, the one that came last has it."""

    def __init__(self, directory: Path, operator: Operator) -> None:
        self._path = directory / SOCKET
        self._operator = operator
        self._server: asyncio.Server | None = None
        self._inode = 0

    async def open(self) -> None:
        """A directory without room for it is no reason not to serve: then the commands go to the database."""
        try:
            listening = self._bind()
        except OSError as problem:
            log_.warning("no socket for the operator's commands", path=str(self._path), reason=problem.strerror)
            return
        self._server = await asyncio.start_unix_server(self._serve, sock=listening, limit=LINE_BYTES)

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        with suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()

    def _bind(self) -> socket.socket:
        """Nobody can connect before it listens, and by then it is its owner's alone and has its name."""
        draft = self._path.with_name(f".{SOCKET}.{os.getpid()}")
        listening = socket.socket(socket.AF_UNIX)
        try:
            draft.unlink(missing_ok=True)
            with short(draft) as name:
                listening.bind(name)
            draft.chmod(0o600)
            self._inode = draft.stat().st_ino
            draft.replace(self._path)
        except OSError:
            listening.close()
            raise
        return listening

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with anyio.move_on_after(SECONDS):
                answer = await self._answer(await reader.readline())
                writer.write(msgspec.json.encode(answer) + b"\n")
                await writer.drain()
        except (OSError, ValueError):
            pass  # it hung up, or its line has no end
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> Done | Failed:
        try:
            return await self._operator.carry_out(msgspec.json.decode(line, type=Request))
        except msgspec.DecodeError:
            return Failed(sentence="The server is of another release than this command.")
        except InterveneError as problem:
            return Failed(sentence=problem.sentence)
