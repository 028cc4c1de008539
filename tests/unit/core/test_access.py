"""Who may see a conversation: the whole table of role, home, queue, visibility and holder."""

from itertools import product
from typing import NamedTuple

import pytest
from msgspec.structs import astuple, replace

from intervene.core.access import Placement, Staff, Unseen, can_see, can_serve, may_hide, unseen, unseen_by_staff
from intervene.core.actors import Agent, Role
from intervene.core.ids import DEFAULT_QUEUE, AgentId, OrganisationId, QueueId
from intervene.core.policy import Policy
from intervene.core.settings import Kind, QueueSettings, Row, Visibility
from tests.unit.core.cast import ACME, CLARA, ECHO, as_staff, as_visitor
from tests.unit.core.play import Play
from tests.unit.core.test_policy import policy as policy_with

ANNA, BEN, CARLA = (Agent(id=AgentId(name), name=name.title()) for name in ("anna", "ben", "carla"))
ABOVE, BESIDE, BELOW = (OrganisationId(name) for name in ("above", "beside", "below"))
TEAM, QUIET, FOREIGN, FORMER = (QueueId(name) for name in ("team", "quiet", "foreign", "former"))


def _queue(id: QueueId, visibility: Visibility = Visibility.TEAM, *, is_archived: bool = False) -> Row:
    values = QueueSettings(name=id, visibility=visibility)
    return Row(kind=Kind.QUEUE, id=id, version=1, is_archived=is_archived, values=values)


POLICY = replace(
    policy_with(
        _queue(TEAM), _queue(QUIET, Visibility.HOLDER), _queue(FOREIGN), _queue(FORMER, is_archived=True),
        team={ANNA.id, BEN.id}, quiet={ANNA.id, BEN.id}, foreign={BEN.id}, former={ANNA.id},
    ),
    ancestors=(ABOVE,),
)  # fmt: skip
QUEUES = (DEFAULT_QUEUE, TEAM, QUIET, FOREIGN, FORMER, QueueId("unknown"))


class Case(NamedTuple):
    role: Role
    home: OrganisationId
    queue: QueueId
    holder: AgentId


def expected(case: Case) -> Unseen | None:
    """As the table says: leads see all of their subtree; agents, at home, what they hold and their queues."""
    if case.role is not Role.AGENT:
        return None if case.home in (ACME, ABOVE) else Unseen.RIGHTS
    if case.home != ACME:
        return Unseen.RIGHTS
    if case.holder == ANNA.id:
        return None
    if case.queue not in (TEAM, QUIET, FORMER):  # she was put into these, so the default queue is not hers
        return Unseen.QUEUE
    return Unseen.HELD if case.queue == QUIET and case.holder else None


CASES = [
    Case(*of)
    for of in product(Role, (ACME, ABOVE, BESIDE, BELOW), QUEUES, (AgentId(""), ANNA.id, BEN.id))
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(part or "nobody" for part in case))
def test_staff_see_what_the_table_of_rights_says(case: Case) -> None:
    """[P6]"""
    by, at = as_staff(ANNA, case.role, organisation=case.home), Placement(ACME, case.queue, case.holder)
    assert unseen_by_staff(by, at, POLICY) is expected(case)
    if not case.holder:
        assert can_serve(by, ACME, case.queue, POLICY) is (expected(case) is None)


PLACES = [
    Placement(*of) for of in product((ACME, BESIDE), QUEUES, (AgentId(""), ANNA.id, BEN.id))
]  # fmt: skip


@pytest.mark.parametrize("before", PLACES, ids=lambda at: "-".join(astuple(at)))
def test_a_move_that_hides_the_conversation_from_nobody_is_known_without_a_look_at_anybody(before: Placement) -> None:
    """[P6] Whoever saw it sees it still, whatever they are."""
    everybody = [
        as_staff(who, role, organisation=home)
        for who, role, home in product((ANNA, BEN, CARLA), Role, (ACME, ABOVE, BESIDE))
    ]
    for after in PLACES:
        if not may_hide(before, after, POLICY):
            lost = [
                by for by in everybody
                if unseen_by_staff(by, before, POLICY) is None and unseen_by_staff(by, after, POLICY)
            ]  # fmt: skip
            assert not lost, after
    taken = replace(before, holder=CARLA.id)
    assert may_hide(before, taken, POLICY) is (before.queue == QUIET or before.holder != "")


@pytest.mark.parametrize("queue", QUEUES)
def test_a_state_is_judged_as_its_row_is(queue: QueueId) -> None:
    """[P6] Bot, agent, nobody, closed: a view over rows shows what a watch shows."""
    play = Play()
    ben = play.supervisor("Ben")
    for happens in (lambda: None, ben.intervenes, ben.closes):
        happens()
        state = replace(play.state, card=replace(play.state.card, queue=queue))
        for by in (as_staff(ANNA), as_staff(BEN), as_staff(ANNA, Role.SUPERVISOR)):
            holder = getattr(state.holder, "id", "") if state.reply_enabled else ""
            at = Placement(ACME, queue, AgentId(holder))
            assert unseen(by, state, POLICY) is unseen_by_staff(by, at, POLICY)
            assert can_see(by, state, POLICY) is (unseen(by, state, POLICY) is None)


def test_an_agent_of_no_queue_sees_the_default_one() -> None:
    """[P6] So do conversations whose queue there is not: nothing is out of everybody's sight."""
    newcomer = as_staff(Agent(id=AgentId("new"), name="New"))
    seen = {queue for queue in QUEUES if can_serve(newcomer, ACME, queue, POLICY)}
    assert seen == {DEFAULT_QUEUE, "unknown"}


def test_a_bot_s_id_is_no_agent_s() -> None:
    """[P6] Who is called as the bot is does not hold what the bot holds."""
    namesake = Staff(organisation=ACME, agent=Agent(id=AgentId(ECHO.id), name="Echo"), role=Role.AGENT)
    state = Play().state
    assert state.holder == ECHO
    assert unseen(namesake, replace(state, card=replace(state.card, queue=TEAM)), POLICY) is Unseen.QUEUE


def test_a_customer_sees_their_own_in_any_queue_and_nobody_s_else() -> None:
    """[P6]"""
    state = Play().state
    moved = replace(state, card=replace(state.card, queue=FOREIGN))
    assert can_see(as_visitor(CLARA), moved, POLICY)
    assert unseen(as_visitor(CLARA, organisation=ABOVE), moved, POLICY) is Unseen.RIGHTS
    assert not can_see(as_visitor(replace(CLARA, id="bob")), moved, Policy())
