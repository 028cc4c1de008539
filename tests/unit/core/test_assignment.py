"""Control goes to a colleague, to a queue, to a bot."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from intervene.core.access import Staff, can_see
from intervene.core.actors import Agent, Nobody, Role
from intervene.core.control import Move, Place
from intervene.core.errors import Busy, Forbidden, IllegalMove, NotFound, Stale, Taken
from intervene.core.events import ControlChanged, Message, QueueSet
from intervene.core.ids import DEFAULT_QUEUE, AgentId, OrganisationId, QueueId
from intervene.core.policy import Stored, policy_of
from intervene.core.settings import Kind, QueueSettings, Row
from tests.unit.core.cast import ACME, ECHO, as_staff
from tests.unit.core.play import Person, Play, kinds

Act = Callable[[], object]

GROUP = OrganisationId("group")
ROWS = (
    Row(kind=Kind.QUEUE, id="billing", values=QueueSettings(name="Billing")),
    Row(kind=Kind.QUEUE, id="asleep", values=QueueSettings(name="Asleep", is_active=False)),
    Row(kind=Kind.QUEUE, id="former", values=QueueSettings(name="Former"), is_archived=True),
)
POLICY = replace(
    policy_of(Stored(rows=ROWS, members={"billing": frozenset({AgentId("bill")})}), ECHO, {ECHO.id: ECHO}),
    ancestors=(GROUP,),
)


@pytest.fixture
def play(play: Play) -> Play:
    play.policy = POLICY
    return play


# -- assign ------------------------------------------------------------------------------------------------------------


def test_a_supervisor_assigns_what_a_bot_writes_in_and_the_reply_is_cut(play: Play, sara: Person) -> None:
    """[P1, P2] It is a takeover: the bot says nothing more."""
    play.customer.says("hi")
    bot, ben = play.bot, play.agent("Ben")
    bot.streams("Hel")
    assert kinds(sara.assigns(ben)) == ["message", "control"]
    assert play.changed(Move.ASSIGN, ben.who)
    assert play.log[-1].author == sara.who
    assert isinstance(play.log[-2].body, Message)
    assert play.log[-2].body.interrupted
    for late in (lambda: bot.streams("lo"), lambda: bot.says("hello"), bot.is_done):
        with pytest.raises(Stale):
            late()
    ben.says("Ben here")


def test_the_holder_assigns_to_a_colleague_and_may_say_nothing_more(play: Play, anna: Person) -> None:
    """[P1]"""
    ben = play.agent("Ben")
    anna.intervenes()
    epoch = play.state.epoch
    anna.assigns(ben)
    assert play.changed(Move.ASSIGN, ben.who)
    with pytest.raises(Taken):
        anna.says("one more thing", epoch=epoch)
    ben.says("hello")


def test_one_s_colleague_is_a_supervisor_s_to_assign_and_nobody_else_s(play: Play, anna: Person, sara: Person) -> None:
    ben = play.agent("Ben")
    anna.intervenes()
    with pytest.raises(Forbidden, match="a supervisor or the agent who holds control"):
        ben.assigns(ben)
    sara.assigns(ben)
    assert play.holder == "Ben"


def test_to_who_holds_it_is_no_change(play: Play, anna: Person, sara: Person) -> None:
    """[P3] But only for those who might have changed it."""
    anna.intervenes()
    assert sara.assigns(anna) == anna.assigns(anna) == ()
    with pytest.raises(Forbidden):
        play.agent("Ben").assigns(anna)


@pytest.mark.parametrize(
    ("who", "will_do"),
    [
        (Staff(organisation=ACME, agent=Agent(id=AgentId("new"), name="New"), role=Role.AGENT), True),
        (Staff(organisation=ACME, agent=Agent(id=AgentId("bill"), name="Bill"), role=Role.AGENT), False),
        (Staff(organisation=ACME, agent=Agent(id=AgentId("bill"), name="Bill"), role=Role.ADMIN), True),
        (Staff(organisation=GROUP, agent=Agent(id=AgentId("gus"), name="Gus"), role=Role.SUPERVISOR), True),
        (Staff(organisation=GROUP, agent=Agent(id=AgentId("gus"), name="Gus"), role=Role.AGENT), False),
        (Staff(organisation=OrganisationId("other"), agent=Agent(id=AgentId("x"), name="X"), role=Role.ADMIN), False),
    ],
)
def test_who_is_assigned_to_must_serve_the_queue(play: Play, sara: Person, who: Staff, will_do: bool) -> None:
    """[P6] A person of another organisation is refused as one that there is not."""
    person = Person(play, who.agent, who.role)
    person.by = who
    if will_do:
        sara.assigns(person)
        assert play.state.holder == who.agent
        assert can_see(who, play.state, POLICY)
        return
    with pytest.raises(Forbidden) as refused:
        sara.assigns(person)
    with pytest.raises(Forbidden) as unknown:
        sara.assigns(to=who.agent.id)
    assert refused.value.sentence == unknown.value.sentence


def test_only_who_is_meant_gets_it_whomever_the_directory_has_found(play: Play, anna: Person, sara: Person) -> None:
    with pytest.raises(Forbidden):
        sara.assigns(anna, to="ben")


def test_who_may_not_see_it_learns_nothing_of_it_by_assigning(play: Play, sara: Person) -> None:
    """[P6] Nor whether there is such a colleague."""
    sara.transfers("billing")
    for people in ([play.agent("Ben")], []):
        with pytest.raises(NotFound):
            play.agent("Ben").assigns(*people, to="ben")


def test_what_is_closed_is_reopened_before_it_is_given_to_anybody(play: Play, anna: Person, sara: Person) -> None:
    sara.closes()
    acts: list[Act] = [lambda: sara.assigns(anna), lambda: sara.transfers("billing"), sara.sends_a_bot]
    for act in acts:
        with pytest.raises(IllegalMove):
            act()


# -- transfer ----------------------------------------------------------------------------------------------------------


def test_the_holder_transfers_it_to_a_queue_where_it_waits_in_its_place(play: Play, anna: Person) -> None:
    """[P5] A customer who waits for an answer keeps the place."""
    anna.intervenes()
    play.customer.says("hello?")
    since = play.state.counters.unanswered_since
    play.passes(seconds=60)
    anna.transfers("billing")
    assert play.last_change == ControlChanged(
        move=Move.TRANSFER, holder=Nobody(), queue=QueueId("billing"), queue_name="Billing"
    )
    assert (play.state.place, play.state.card.queue, play.state.waiting_since) == (Place.NOBODY, "billing", since)
    assert not can_see(anna.by, play.state, POLICY)
    assert can_see(as_staff(Agent(id=AgentId("bill"), name="Bill")), play.state, POLICY)


def test_to_its_own_queue_is_to_take_it_from_its_holder(play: Play, anna: Person, sara: Person) -> None:
    """Also in a queue that takes nothing new."""
    anna.intervenes()
    sara.transfers(DEFAULT_QUEUE)
    assert (play.state.place, play.state.card.queue) == (Place.NOBODY, DEFAULT_QUEUE)
    anna.intervenes()
    play.state = replace(play.state, card=replace(play.state.card, queue=QueueId("asleep")))
    sara.transfers("asleep")
    assert (play.state.place, play.last_change.queue_name) == (Place.NOBODY, "Asleep")


def test_what_waits_already_is_moved_and_no_control_changes(play: Play, anna: Person) -> None:
    """[P6] Customers are shown nothing of it."""
    play.customer.asks_for_a_person()
    before = play.state
    anna.transfers("billing")
    assert play.log[-1].body == QueueSet(queue=QueueId("billing"), name="Billing")
    assert (play.state.epoch, play.state.pub) == (before.epoch, before.pub)
    assert play.state.card.queue == "billing"


@pytest.mark.parametrize(
    ("queue", "why"), [("asleep", "'Asleep' is not active"), ("former", "no queue"), ("unknown", "no queue")]
)
@pytest.mark.parametrize("is_held", [True, False])
def test_a_queue_that_takes_nothing_is_refused(play: Play, anna: Person, queue: str, why: str, is_held: bool) -> None:
    play.customer.asks_for_a_person()
    if is_held:
        anna.intervenes()
    before = play.state
    with pytest.raises(Forbidden, match=why):
        anna.transfers(queue)
    assert play.state is before


def test_beside_the_release_before_it_waits(play: Play, anna: Person, sara: Person) -> None:
    """[P5] Its nodes could not read these events."""
    play.state = replace(play.state, format=2)
    acts: list[Act] = [lambda: sara.assigns(anna), lambda: sara.transfers("billing")]
    for act in acts:
        with pytest.raises(Busy):
            act()


# -- send a bot --------------------------------------------------------------------------------------------------------


def test_a_bot_is_sent_to_a_customer_who_waits_and_answers_what_was_asked(play: Play, anna: Person) -> None:
    """[P5] In a new run, which is given what nobody has answered."""
    play.customer.asks_for_a_person()
    play.customer.says("anybody?")
    anna.sends_a_bot()
    assert play.changed(Move.START, ECHO)
    assert play.log[-1].author == anna.who
    assert play.run.answered < play.state.asked
    play.bot.says("I am back")
    play.bot.is_done()


def test_there_must_be_such_a_bot(play: Play, anna: Person) -> None:
    play.customer.asks_for_a_person()
    with pytest.raises(Forbidden, match="no bot 'other'"):
        anna.sends_a_bot(replace(ECHO, id="other"))
    play.policy = replace(POLICY, bot=None)
    with pytest.raises(Forbidden):
        anna.sends_a_bot()
