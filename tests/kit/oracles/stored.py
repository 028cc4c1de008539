"""Logs as the checker wants them, straight from the tables of PostgreSQL."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from intervene.ops.verify import check_in_thread
from tests.kit.limits import WAIT
from tests.kit.oracles.findings import Log, StoredPiece

_EVENTS = """
    SELECT conversation.id, event.seq, event.version, event.data
    FROM event JOIN conversation ON conversation.handle = event.conversation ORDER BY event.conversation, event.seq
"""
_PIECES = """
    SELECT conversation.id, piece.message, piece.n, piece.version, piece.text
    FROM piece JOIN conversation ON conversation.handle = piece.conversation
"""


async def logs_in(url: str) -> Mapping[str, Log]:
    """Of all conversations, at one moment."""
    connection = await asyncpg.connect(url, timeout=WAIT)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            events, pieces = await connection.fetch(_EVENTS), await connection.fetch(_PIECES)
    finally:
        await connection.close()
    return _put_together(events, pieces)


def _put_together(events: list[Any], pieces: list[Any]) -> Mapping[str, Log]:
    found: dict[str, tuple[list[Any], dict[int, int], list[StoredPiece]]] = {}
    for id, seq, version, data in events:
        kept, versions, _ = found.setdefault(id, ([], {}, []))
        kept.append(msgspec.json.decode(data))
        versions[seq] = version
    for id, *piece in pieces:
        found[id][2].append(StoredPiece(*piece))
    return {id: Log(kept, stored, versions) for id, (kept, versions, stored) in found.items()}


async def is_sound(database: Path | str) -> None:
    """`intervene verify` finds nothing in it, also beside running servers: a file of SQLite, or a URL of PostgreSQL."""
    report = await check_in_thread(database)
    assert not report.problems, "\n".join(map(str, report.problems))
