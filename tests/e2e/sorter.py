"""A bot that sets what its customer writes: `status ID`, or an attribute of theirs, `NAME value`."""

from intervene.bot import Answered, Turn


async def sorts(turn: Turn) -> Answered:
    for entry in turn.inputs:
        name, _, value = entry.text.partition(" ")
        if name == "status":
            await turn.set_status(value)
        else:
            await turn.set_attributes({name: value})
    return Answered()
