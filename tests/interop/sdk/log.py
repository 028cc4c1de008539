"""A conversation's log as its customer may see it, read from the database."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def public_events(database: Path, conversation: str) -> list[list[Any]]:
    """Of each: number, id, kind, text."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT event.data FROM event JOIN conversation ON handle = event.conversation WHERE conversation.id = ?"
            " ORDER BY event.seq",
            (conversation,),
        ).fetchall()
    events = [json.loads(data) for (data,) in rows]
    return [
        [event["pub"], event["id"], event["body"]["kind"], event["body"].get("text", "")]
        for event in events
        if event.get("pub")
    ]
