"""The smallest bot: says back what the customer said."""

from intervene.bots.api import Turn
from intervene.core.conversation.commands import Answered, Outcome
from intervene.core.limits import TEXT_BYTES


async def echo(turn: Turn) -> Outcome:
    done = len(turn.said)
    for heard in [heard for heard in turn.heard if heard.is_input][done:]:
        text = heard.message.text
        answer = f"You said: {text}"
        await turn.say(answer if len(answer.encode()) <= TEXT_BYTES else text)
    return Answered()
