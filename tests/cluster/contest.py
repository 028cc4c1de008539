"""Many agents on two nodes who click at the same moment, round after round, in the middle of the bot's words."""

import asyncio
from collections import Counter

from tests.cluster.bench import Bench
from tests.cluster.scenes import is_at
from tests.kit.oracles.findings import Findings
from tests.kit.people import Agent, Customer, all_leave, refused
from tests.kit.scripts import LONG

AGENTS = 32


async def play(bench: Bench, rounds: int) -> Findings:
    """[P3] In each round one wins, and every other is told who did, since when, and in which epoch. The winner hands
    back, all have seen it, and they click again."""
    a, b = await bench.starts("a", "b", script=LONG)
    maria = Customer(a)
    agents = [Agent((a, b)[number % 2], f"Agent-{number}") for number in range(AGENTS)]
    await maria.joins()
    c = (await maria.opens()).conversation
    await asyncio.gather(*(agent.joins() for agent in agents))
    await asyncio.gather(*(agent.watches(c) for agent in agents))
    await maria.says("Why is my bill so high?")
    wins: Counter[str] = Counter()
    for _ in range(rounds):
        answers = await asyncio.gather(*(agent.does("intervene", c) for agent in agents))
        ((winner, won),) = [
            (agent, answer) for agent, answer in zip(agents, answers, strict=True) if answer["type"] == "ack"
        ]
        for answer in answers:
            if answer is not won:
                refused(answer, "taken")
                assert answer["by"] == {"type": "agent", "id": winner.id, "name": winner.name}
                assert (answer["at"], answer["epoch"]) == (won["at"], won["epoch"])
        wins[winner.server.name] += 1
        handed = await winner.hands_back(c)
        await asyncio.gather(*(agent.sees(c, is_at(handed["seq"])) for agent in agents))
    print(f"{rounds} rounds of {AGENTS} agents, won on {dict(wins)}")
    found = await bench.is_in_order(maria, *agents)
    await all_leave(maria, *agents)
    return found
