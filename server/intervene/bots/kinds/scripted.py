"""A bot that streams words from a text file at a given pace: for demos, tests and load. `samples/script.txt` says
what a script may hold.
"""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from intervene.bots.api import BotCallable, Turn
from intervene.core.conversation.state import Cause
from intervene.core.conversation.turns import Answered, Ask, Finish, Outcome, Wait
from intervene.core.errors import BadText
from intervene.core.text import message_text

SAMPLE = Path(__file__).parent.parent / "samples" / "script.txt"


class Block(Struct, frozen=True):
    """`pace` in words a second; `words` keep the space that follows them."""

    words: tuple[str, ...]
    pace: float
    outcome: Outcome
    is_greeting: bool


class BadScript(ValueError):
    """A script cannot be read; the message says where and what to mend."""


def parse(text: str) -> tuple[Block, ...]:
    blocks: list[Block] = []
    pace = 10.0
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip()), start=1):
        lines = [line.strip() for line in paragraph.splitlines() if not line.lstrip().startswith("#")]
        outcome: Outcome = Answered()
        is_greeting = False
        for line in (line for line in lines if line.startswith("@")):
            name, _, value = line[1:].partition(" ")
            match name:
                case "pace":
                    pace = _seconds(value, number)
                case "wait":
                    outcome = Wait(_seconds(value, number))
                case "ask":
                    outcome = Ask(value)
                case "finish" | "close":
                    outcome = Finish(close=name == "close")
                case "greet" if not blocks:
                    is_greeting = True
                case _:
                    raise BadScript(f"Block {number}: there is no instruction {line!r} here.")
        words = re.findall(r"\S+\s*", " ".join(line for line in lines if not line.startswith("@")))
        if words:
            _check("".join(words), number)
            blocks.append(Block(tuple(words), pace, outcome, is_greeting))
    if not blocks:
        raise BadScript("The script has no block of words.")
    return tuple(blocks)


def _check(words: str, number: int) -> None:
    """Of what is too long, a reply has the beginning."""
    try:
        message_text(words, most_bytes=len(words) * 4)
    except BadText as problem:
        raise BadScript(f"Block {number}: {problem.sentence}") from None


def _seconds(value: str, number: int) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e6:
        raise BadScript(f"Block {number}: {value!r} is not a positive number.")
    return seconds


def scripted(blocks: Sequence[Block]) -> BotCallable:
    """The bot that plays `blocks`, one a turn. Its cursor is the number of the next block."""
    first = 1 if blocks[0].is_greeting and len(blocks) > 1 else 0

    async def play(turn: Turn) -> Outcome:
        if turn.cause is Cause.START and not turn.inputs:
            if not blocks[0].is_greeting:
                return Answered()
            index = 0
        else:
            index = int(turn.cursor or first)
        block = blocks[index % len(blocks)]
        await _say(turn, block)
        following = index + 1
        turn.keep(str(following if following < len(blocks) else first))
        return block.outcome

    return play


async def _say(turn: Turn, block: Block) -> None:
    """Stream the block; of one that was said in part, by a turn that was lost, only the rest."""
    words = _rest(block.words, "".join(turn.said))
    if not words:
        return
    async with turn.stream() as reply:
        for word in words:
            await reply.write(word)
            await asyncio.sleep(1 / block.pace)


def _rest(words: Sequence[str], said: str) -> Sequence[str]:
    text = "".join(words)
    return re.findall(r"\S+\s*|\s+", text[len(said) :]) if said and text.startswith(said) else words
