"""The table of moves, against DESIGN 4 written out once more by hand: it allows that, and nothing else."""

import itertools
from collections.abc import Callable

import pytest

from intervene.core.actors import Agent, Bot, Contact, Holder, Nobody, Role, System
from intervene.core.control import TABLE, Move, Party, Place, check_move, party_of, place_of
from intervene.core.conversation.lapses import Why
from intervene.core.errors import Forbidden, IllegalMove, Refusal
from intervene.core.events import ControlChanged
from intervene.core.ids import DEFAULT_QUEUE, AgentId, BotId, ContactId
from tests.unit.core.play import Play

DESIGN = """
    nobody  start      bot     system agent supervisor
    agent   hand_back  bot     holder
    bot     intervene  agent   agent supervisor
    nobody  intervene  agent   agent supervisor
    agent   intervene  agent   supervisor
    bot     ask        nobody  bot contact system
    nobody  ask        nobody  contact
    bot     finish     nobody  bot
    agent   release    nobody  holder
    agent   lapse      nobody  system
    bot     assign     agent   supervisor
    nobody  assign     agent   supervisor
    agent   assign     agent   holder supervisor
    bot     transfer   nobody  supervisor
    agent   transfer   nobody  holder supervisor
    bot     close      closed  bot supervisor system
    agent   close      closed  holder supervisor system
    nobody  close      closed  supervisor system
    closed  reopen     bot     contact agent supervisor system
    closed  reopen     nobody  contact agent supervisor system
    nobody  begin      agent   agent supervisor
    bot     continue   closed  system
    agent   continue   closed  system
    nobody  continue   closed  system
"""
ALLOWED = {
    (Place(at), Move(move), Place(to)): {Party[party.upper()] for party in parties}
    for at, move, to, *parties in (line.split() for line in DESIGN.strip().splitlines())
}

ECHO, OTHER = Bot(id=BotId("echo"), name="Echo"), Bot(id=BotId("other"), name="Other")
ANNA, BEN = Agent(id=AgentId("anna"), name="Anna"), Agent(id=AgentId("ben"), name="Ben")
CLARA = Contact(id=ContactId("clara"), name="Clara")


@pytest.mark.parametrize("at", Place)
@pytest.mark.parametrize("move", Move)
def test_the_table_allows_what_the_design_says_and_nothing_else(at: Place, move: Move) -> None:
    """[P3] Every place, move, goal and party: an absent entry is illegal, a party that is not named is refused."""
    for to, party in itertools.product(Place, Party):
        if (at, move, to) not in ALLOWED:
            expected: type[Refusal] | None = IllegalMove
        else:
            expected = None if party in ALLOWED[at, move, to] else Forbidden
        assert refusal(at, move, to, party) is expected, f"{party.name} makes {move} from {at} to {to}"


def refusal(at: Place, move: Move, to: Place, party: Party) -> type[Refusal] | None:
    try:
        check_move(at, move, to, frozenset({party}))
    except Refusal as problem:
        return type(problem)
    return None


def test_the_table_has_no_entry_that_the_design_does_not_name() -> None:
    assert {(at, move, to) for (at, move), rule in TABLE.items() for to in rule.to} == ALLOWED.keys()


def test_somebody_who_is_nothing_to_a_conversation_may_move_nothing() -> None:
    for at, move in TABLE:
        for to in TABLE[at, move].to:
            with pytest.raises(Forbidden):
                check_move(at, move, to, frozenset())


def test_one_right_among_several_is_enough() -> None:
    check_move(Place.AGENT, Move.RELEASE, Place.NOBODY, frozenset({Party.AGENT, Party.HOLDER}))


def test_a_refusal_says_the_move_the_place_and_who_may() -> None:
    with pytest.raises(Forbidden) as forbidden:
        check_move(Place.AGENT, Move.HAND_BACK, Place.BOT, frozenset({Party.SUPERVISOR}))
    assert forbidden.value.facts == {"move": Move.HAND_BACK, "place": Place.AGENT}
    assert "hand back" in forbidden.value.sentence
    assert Party.HOLDER in forbidden.value.sentence
    with pytest.raises(IllegalMove) as illegal:
        check_move(Place.CLOSED, Move.INTERVENE, Place.AGENT, frozenset({Party.AGENT}))
    assert illegal.value.facts == {"move": Move.INTERVENE, "place": Place.CLOSED}
    assert "closed" in illegal.value.sentence


@pytest.mark.parametrize(
    ("holder", "is_open", "place"),
    [
        (ECHO, True, Place.BOT),
        (ANNA, True, Place.AGENT),
        (Nobody(), True, Place.NOBODY),
        (Nobody(), False, Place.CLOSED),
    ],
)
def test_the_holder_says_where_control_is(holder: Holder, is_open: bool, place: Place) -> None:
    assert place_of(holder, is_open) is place


@pytest.mark.parametrize("holder", [ECHO, OTHER, ANNA, BEN, Nobody()])
def test_what_somebody_is_to_a_conversation(holder: Holder) -> None:
    assert party_of(ECHO, holder) == ({Party.BOT} if holder == ECHO else set())
    assert party_of(CLARA, holder) == {Party.CONTACT}
    assert party_of(System(), holder) == {Party.SYSTEM}
    holds = {Party.HOLDER} if holder == ANNA else set()
    assert party_of(ANNA, holder) == {Party.AGENT} | holds
    assert party_of(ANNA, holder, Role.AGENT) == {Party.AGENT} | holds
    assert party_of(ANNA, holder, Role.SUPERVISOR) == {Party.AGENT, Party.SUPERVISOR} | holds


def test_a_person_is_known_by_their_id_and_not_by_their_name() -> None:
    renamed = Agent(id=ANNA.id, name="Anna Berg")
    assert Party.HOLDER in party_of(renamed, ANNA)
    assert Party.HOLDER not in party_of(Agent(id=BEN.id, name=ANNA.name), ANNA)
    assert Party.BOT in party_of(Bot(id=ECHO.id, name="Echo 2"), ECHO)


def test_every_change_of_holder_adds_one_to_the_epoch_and_nothing_else_does() -> None:
    """[P3] Once through all moves; between them everything else that can be said."""
    play = Play()
    anna, sara = play.agent("Anna"), play.supervisor("Sara")

    def chatter() -> None:
        play.customer.says("hi")
        anna.notes("hm")
        if play.holder == "Echo":
            play.bot.says("hello")
            play.bot.streams("one", "two")
            play.bot.finishes()
            play.bot.waits(5)
            play.upkeep.fires(epoch=play.state.epoch, due=play.state.run.due)  # type: ignore[union-attr]
            play.upkeep.gives_back(play.state.turn.number)  # type: ignore[union-attr]
            play.upkeep.takes_up()
        if play.holder == "Anna":
            anna.says("hello")
            anna.intervenes()

    moves: list[tuple[Callable[[], object], Move]] = [
        (anna.intervenes, Move.INTERVENE),
        (anna.hands_back, Move.HAND_BACK),
        (play.customer.asks_for_a_person, Move.ASK),
        (anna.intervenes, Move.INTERVENE),
        (lambda: play.upkeep.lapses(Why.DISABLED), Move.LAPSE),
        (lambda: sara.assigns(anna), Move.ASSIGN),
        (lambda: anna.transfers(DEFAULT_QUEUE), Move.TRANSFER),
        (sara.sends_a_bot, Move.START),
        (sara.intervenes, Move.INTERVENE),
        (sara.releases, Move.RELEASE),
        (sara.closes, Move.CLOSE),
        (sara.reopens, Move.REOPEN),
        (anna.intervenes, Move.INTERVENE),
        (anna.hands_back, Move.HAND_BACK),
        (lambda: play.bot.is_finished(), Move.FINISH),
    ]
    assert (play.state.epoch, play.last_change.move) == (1, Move.START)
    for epoch, (make, move) in enumerate(moves, start=2):
        if play.state.is_open:
            chatter()
        assert play.state.epoch == epoch - 1
        make()
        assert (play.state.epoch, play.last_change.move) == (epoch, move)
    changes = [event for event in play.log if isinstance(event.body, ControlChanged)]
    assert [event.epoch for event in changes] == list(range(1, len(moves) + 2))
