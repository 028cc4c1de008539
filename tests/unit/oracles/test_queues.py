"""The oracle of a team's work finds what it is for."""

import pytest

from tests.kit.oracles.findings import Log
from tests.kit.oracles.history import Frame
from tests.kit.oracles.queues import AGENT, WAITS, Row, Typing, judge_work, lapses

ANA, BEN = ({"type": "agent", "id": id, "name": id} for id in ("ana", "ben"))
NOBODY, SYSTEM = {"type": "nobody"}, {"type": "system"}


def control(seq: int, by: Frame, move: str, to: Frame, queue: str = "") -> Frame:
    body = {"kind": "control", "move": move, "holder": to, "is_open": True, "queue": queue}
    return {"seq": seq, "at": 1000 * seq, "author": by, "body": body}


PICKED, MOVED = control(2, ANA, "intervene", ANA), control(3, ANA, "transfer", NOBODY, "billing")
LAPSED, STOLEN = control(3, SYSTEM, "lapse", NOBODY), control(3, BEN, "intervene", BEN)
OPENED: Frame = {"seq": 1, "at": 0, "author": ANA, "body": {"kind": "opened"}}
HELD, IN_BILLING, WAITING = Row(AGENT, "ana", "default"), Row(WAITS, "", "billing"), Row(WAITS, "", "default")
TYPED = Typing("agent:ana", "c1", 2500, 3500)


@pytest.mark.parametrize(
    ("events", "stored", "waiting", "typed", "wrong"),
    [
        ([PICKED], HELD, [], [], ""),
        ([PICKED, MOVED], IN_BILLING, ["c1"], [], ""),
        ([PICKED, LAPSED], WAITING, ["c1"], [], ""),
        ([PICKED, LAPSED], WAITING, ["c1"], [TYPED._replace(conversation="c2")], ""),
        ([PICKED, LAPSED], WAITING, ["c1"], [TYPED._replace(ended=2900)], ""),
        ([PICKED, LAPSED], WAITING, ["c1"], [TYPED], "who was typing"),
        ([PICKED, STOLEN], Row(AGENT, "ben", "default"), [], [], "took it from agent:ana"),
        ([PICKED, MOVED], HELD, ["c1"], [], "its row says"),
        ([PICKED, MOVED], WAITING, ["c1"], [], "its row says"),
        ([PICKED, MOVED], IN_BILLING, [], [], "listed as waiting"),
        ([PICKED], HELD, ["c1"], [], "listed as waiting"),
    ],
)
def test_work_that_is_wrong_is_found(
    events: list[Frame], stored: Row, waiting: list[str], typed: list[Typing], wrong: str
) -> None:
    log = Log([OPENED, *events])
    found = [problem.sentence for problem in judge_work("c1", log, stored, waiting, typed)]
    assert (bool(found), wrong in "".join(found)) == (bool(wrong), True), found
    assert lapses({"c1": log}) == (LAPSED in events)
