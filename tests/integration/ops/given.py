"""A conversation that is given on, by everybody who may, and what `verify` finds in it where a promise was broken."""

from intervene.core.access import Staff
from intervene.core.actors import Agent, Role
from intervene.core.conversation.assignment import Assign, Transfer
from intervene.core.conversation.bot_desk import BotSetQueue, BotSetTags
from intervene.core.conversation.moves import SendBot
from intervene.core.conversation.packing import FORMAT
from intervene.core.conversation.state import Running
from intervene.core.ids import AgentId, CommandId, QueueId
from intervene.core.policy import Stored, policy_of
from intervene.core.settings import Kind, QueueSettings, Row
from intervene.ports.log import Log
from tests.contract.build import ACME, ANNA, ECHO, Talk, win

SARA = Staff(organisation=ACME, agent=Agent(id=AgentId("sara"), name="Sara"), role=Role.SUPERVISOR)
SALES = QueueId("sales")
POLICY = policy_of(
    Stored(rows=(Row(kind=Kind.QUEUE, id=SALES, values=QueueSettings(name="Sales")),)), ECHO, {ECHO.id: ECHO}
)
GIVEN_EVENTS = 7


async def is_given_on(log: Log) -> None:
    """1 opened, 2 control (bot), 3 queue, 4 tags, 5 control (assigned), 6 control (transferred), 7 control (bot)"""
    talk = Talk("c6")
    talk.policy, talk.format = POLICY, FORMAT
    await talk.opens_in(log)
    turn = talk.state.turn
    assert isinstance(turn, Running), "a bot begins"
    await win(log, talk.commits(BotSetQueue(author=ECHO, epoch=1, turn=turn.number, queue=SALES)))
    await win(log, talk.commits(BotSetTags(author=ECHO, epoch=1, turn=turn.number, tags=("vip",))))
    anna = Staff(organisation=ACME, agent=ANNA, role=Role.ADMIN)
    await win(log, talk.commits(Assign(id=CommandId("a"), by=SARA, agent=ANNA.id, people=(anna,), epoch=1)))
    await win(log, talk.commits(Transfer(id=CommandId("t"), by=anna, queue=SALES, epoch=2)))
    await win(log, talk.commits(SendBot(id=CommandId("s"), by=SARA, bot=ECHO.id, epoch=3)))


def _edited(seq: int, before: str, after: str) -> str:
    return (
        f"UPDATE event SET data = CAST(replace(CAST(data AS TEXT), '{before}', '{after}') AS BLOB)"
        f" WHERE conversation = (SELECT handle FROM conversation WHERE id = 'c6') AND seq = {seq}"
    )


PLANTED_IN_GIVEN = {
    "another bot moves it": ("P1", 3, "is of bot:other, while echo held", _edited(3, '"echo"', '"other"')),
    "a bot tags what an agent holds": (
        "P1", 6, "while anna held",
        "UPDATE event SET data = (SELECT data FROM event WHERE seq = 4 AND kind = 'tags_set'),"
        " kind = 'tags_set', command = NULL"
        " WHERE conversation = (SELECT handle FROM conversation WHERE id = 'c6') AND seq = 6;"
        + _edited(6, '"seq":4', '"seq":6'),
    ),
    "an assignment that moves it": ("P5", 5, "names the queue", _edited(5, '"move"', '"queue":"x","move"')),
    "a transfer to no queue": ("P5", 6, "names the queue", _edited(6, '"queue":"sales"', '"queue":""')),
    "an agent assigns what a bot holds, as its bot": (
        "P3", 5, "no legal change", _edited(5, '"type":"agent","id":"sara","name":"Sara"', '"type":"system"'),
    ),
}  # fmt: skip
