"""The smallest bot: repeats each message of the customer."""

from intervene.bots.api import Turn
from intervene.core.conversation.turns import Answered, Outcome
from intervene.core.limits import TEXT_BYTES


async def echo(turn: Turn) -> Outcome:
    """Answer each input; of a turn that was lost, those that it left."""
    for entry in turn.inputs[len(turn.said) :]:
        answer = f"You said: {entry.text}"
        await turn.say(answer if len(answer.encode()) <= TEXT_BYTES else entry.text)
    return Answered()
