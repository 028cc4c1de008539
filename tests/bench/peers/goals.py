"""What the figures are held against: each with what stands beside it in the same rounds, what it should be, and which
peers do better.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.bench.peers.report import COALESCING, FLOOR, OURS, RELAY
from tests.bench.peers.results import (
    CLICKS,
    FANOUT,
    JOINS,
    PIECES,
    ROOMS,
    Results,
    cell,
    ranged,
    short,
    table,
)  # fmt: skip

NATIVE = "native"
NOT_PEERS = (OURS, NATIVE, FLOOR, COALESCING)


class Goal(NamedTuple):
    """`figure` of `group`. `of`: the peer and figure of the same round that it is divided by, if it is a ratio."""

    title: str
    unit: str
    group: str
    figure: str
    most: float | None = None
    """That it should be."""
    least: float | None = None
    of: tuple[str, str] | None = None
    is_inverse: bool = False
    """The ratio the other way round: an efficiency."""
    among: bool = True
    """Peers have it too, and may be better."""
    ours: str = OURS


GOALS: Sequence[Goal] = (
    Goal("durable message to three, full load", "of socket.io's CPU", ROOMS, "full_cpu", 1.0, of=(RELAY, "full_cpu")),
    Goal("the same at half load", "of socket.io's at full load", ROOMS, "half_cpu", 1.5, of=(RELAY, "full_cpu")),
    Goal(
        "1 to 1,000, one at a time", "of the C `send()` loop's efficiency", FANOUT, "one_cpu", least=0.75,
        of=(FLOOR, "one_cpu"), is_inverse=True,
    ),
    Goal(
        "the same with the part in C", "of the C `send()` loop's efficiency", FANOUT, "one_cpu", least=0.75,
        of=(FLOOR, "one_cpu"), is_inverse=True, ours=NATIVE,
    ),
    Goal("1 to 1,000, 16 under way", "deliveries/s", FANOUT, "many_rate", least=1.5e6),
    Goal("the same with the part in C", "deliveries/s", FANOUT, "many_rate", least=1.5e6, ours=NATIVE),
    Goal("to come: handshake, token, hello, watch", "us of CPU", JOINS, "cpu", 400),
    Goal("hello alone", "us of CPU", JOINS, "hello_cpu", 250),
    Goal("10,000 back after `kill -9`", "s", JOINS, "back_s", 5, among=False),
    Goal("a joined and watching session", "KiB", JOINS, "kib", 3.5),
    Goal("a streamed piece, 1,000 streams", "us of CPU", PIECES, "1000_cpu", 80, among=False),
    Goal("click to ack, idle, p50", "of commit + round trip", CLICKS, "idle_ratio_p50", 2.0, among=False),
    Goal("click to ack, with load, p50", "of commit + round trip", CLICKS, "loaded_ratio_p50", 2.0, among=False),
    Goal("click to ack, with load, p99", "of commit + round trip", CLICKS, "loaded_ratio_p99", 2.0, among=False),
)  # fmt: skip


def goals_table(results: Results) -> str:
    head = ["", "Intervene", "", "goal", "reached", "better than Intervene"]
    return table(head, [_row(results, goal) for goal in GOALS if values(results, goal, goal.ours)])


def values(results: Results, goal: Goal, peer: str) -> list[float]:
    """One a round."""
    if goal.of is None:
        return [*results.values(goal.group, peer, goal.figure).values()]
    base, base_figure = goal.of
    ratios = results.ratios(goal.group, goal.figure, peer, base, base_figure)
    return [1 / ratio for ratio in ratios] if goal.is_inverse else ratios


def _row(results: Results, goal: Goal) -> list[str]:
    ours = values(results, goal, goal.ours)
    middle = _middle(ours)
    if goal.least is None:
        assert goal.most is not None, "a goal has one of the two"
        wanted, reached = f"at most {short(goal.most)}", [value <= goal.most for value in ours]
    else:
        wanted, reached = f"at least {short(goal.least)}", [value >= goal.least for value in ours]
    word = "yes" if all(reached) else "in some rounds" if any(reached) else "**no**"
    better = _better(results, goal, middle) if goal.among else "nothing to compare with"
    return [goal.title, cell(ours), goal.unit, wanted, word, better]


def _better(results: Results, goal: Goal, ours: float) -> str:
    is_less: Callable[[float], bool] = (lambda value: value > ours) if goal.least else (lambda value: value < ours)
    found = []
    for peer, title in results.peers.items():
        theirs = values(results, goal, peer) if peer not in NOT_PEERS else []
        if theirs and is_less(_middle(theirs)):
            found.append(f"{title} ({short(_middle(theirs))})")
    return ", ".join(found) or "none"


def _middle(found: Sequence[float]) -> float:
    shown = ranged(found)
    assert shown, "at least one round"
    return shown.middle
