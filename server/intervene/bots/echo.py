"""The smallest bot: says back what the customer said."""

from intervene.core.commands import Answered, Outcome
from intervene.ports import Turn


async def echo(turn: Turn) -> Outcome:
    done = len(turn.said)
    for heard in [heard for heard in turn.heard if heard.is_input][done:]:
        await turn.say(f"You said: {heard.message.text}")
    return Answered()
