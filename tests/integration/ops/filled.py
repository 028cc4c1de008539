"""A log in which everything has happened, for those that check logs."""

from intervene.core.conversation.lapses import Why
from intervene.core.conversation.packing import FORMAT
from intervene.core.conversation.turns import Answered, Ask, Wait
from intervene.ports.log import Log
from intervene.ports.retention import Retention
from tests.contract.build import BEN, Talk, win
from tests.integration.ops.given import GIVEN_EVENTS, is_given_on

CONVERSATIONS, EVENTS, PIECES = 6, 35 + GIVEN_EVENTS, 8


async def fill(log: Log, retention: Retention) -> None:
    """Six conversations. c1, by its events:

    1 opened, 2 control (bot), 3 customer, 4 started, 5 message, 6 note, 7 bot's message, 8 started,
    9 message (interrupted), 10 control (agent), 11 agent's message, 12 control (bot), 13 started (open)
    """
    talk = await Talk("c1").opens_in(log)
    talk.now += 3_600_000
    await win(log, talk.customer_says("hi", id="k"), talk.bot_streams("Hel"), talk.bot_streams("lo"))
    await win(log, talk.bot_finishes("!"), talk.notes("a note"), talk.bot_says("and more"), talk.bot_streams("Wha"))
    await win(log, talk.bot_streams("t"), talk.intervenes(), talk.agent_says("I am here"), talk.hands_back())
    await win(log, talk.bot_streams("Back"), talk.bot_streams(" again"))

    waits = await Talk("c2").opens_in(log)
    await win(log, waits.customer_says(), waits.bot_streams("a"), waits.bot_finishes(), waits.bot_ends(Wait(seconds=9)))
    await retention.drop_pieces(waits.now + 1)
    asks = await Talk("c3").opens_in(log)
    await win(log, asks.bot_streams("a"), asks.bot_ends(Ask(reason="stuck")), asks.intervenes(BEN), asks.closes(BEN))
    await win(log, asks.customer_says("still there?"), asks.bot_ends(Answered()))
    await Talk("c4", bot=None).opens_in(log)
    lapses = Talk("c5", bot=None)
    lapses.format = FORMAT  # which has lapses, whatever the others are written in
    await lapses.opens_in(log)
    await win(log, lapses.intervenes(), lapses.customer_says("is anybody there?"), lapses.lapses(Why.ABSENT))
    await win(log, lapses.intervenes(), lapses.agent_says("I am"), lapses.lapses(Why.DISABLED))
    await is_given_on(log)
