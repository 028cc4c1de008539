"""A bot that streams 20 words a second, each of them the time at which it was written: `pieces.py` measures with it."""

import asyncio
import time

from intervene.bots.api import Turn
from intervene.core.conversation.turns import Answered, Outcome

PACE_SECONDS = 1 / 20
WORDS = 2400  # two minutes; a reply of 32 KiB would end by itself after 163 s


async def write(turn: Turn) -> Outcome:
    """Words like `@001f3c2a `: microseconds of the machine's monotonic clock, which all processes share."""
    async with turn.stream() as reply:
        for _ in range(WORDS):
            await reply.write(f"@{int(time.monotonic() * 1e6) & 0xFFFFFFFF:08x} ")
            await asyncio.sleep(PACE_SECONDS)
    return Answered()
