"""A process that writes until it is killed: `python -m tests.integration.adapters.appender DATABASE`.

It says a line for each append that was acknowledged: the conversation and the version that its row then had.
"""

import asyncio
import sys
from pathlib import Path

from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.migrations import upgrade
from intervene.ports.log import Verdict
from tests.contract.build import Talk, append, talks

CONVERSATIONS = 16


async def main(path: Path) -> None:
    database = await SqliteDatabase.start(path, upgrade)
    log = SqliteLog(database)

    async def write(talk: Talk) -> None:
        while True:
            for item in (talk.customer_says(), talk.bot_streams("Hel"), talk.bot_streams("lo"), talk.bot_finishes()):
                assert await append(log, item) == [Verdict.WON]
                print(item.key.conversation, item.state.version, flush=True)

    await asyncio.gather(*(write(talk) for talk in await talks(log, CONVERSATIONS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
