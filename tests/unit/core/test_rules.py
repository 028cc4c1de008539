"""The table of commands: each has an entry, and what an entry declares is checked before its rule runs. Generated from
`RULES`: a command that is added there is tried here."""

from collections.abc import Callable
from contextlib import suppress
from functools import reduce
from typing import Any, get_args, get_type_hints

import pytest
from msgspec.structs import replace

from intervene.core.access import Staff, Visitor
from intervene.core.actors import Agent, Bot, Contact, Role
from intervene.core.conversation.blocking import Block
from intervene.core.conversation.commit import Change
from intervene.core.conversation.decide import RULES, Command, decide
from intervene.core.conversation.desk import RenameTag, SetTags
from intervene.core.conversation.lapses import Lapse, Why
from intervene.core.conversation.rule import BOT, CONTACT, STAFF, SYSTEM
from intervene.core.conversation.state import Conversation, evolve
from intervene.core.conversation.turns import Answered, FinishMessage, FireTimer
from intervene.core.errors import NotFound, Refusal, Stale, Taken
from intervene.core.events import Body, Event, Message
from intervene.core.ids import AgentId, BotId, ContactId, OrganisationId
from intervene.core.policy import Stored, policy_of
from intervene.core.settings import FieldSettings, Kind, QueueSettings, ReasonSettings, Row, StatusSettings
from intervene.core.text import Text, message_text
from tests.unit.core.cast import CLARA, ECHO, as_staff, as_visitor
from tests.unit.core.play import Play
from tests.unit.core.promises import bare

ANNA, BEN = Agent(id=AgentId("anna"), name="Anna"), Agent(id=AgentId("ben"), name="Ben")
POLICY = policy_of(
    Stored(
        rows=(
            Row(kind=Kind.QUEUE, id="q", values=QueueSettings(name="Queue")),
            Row(kind=Kind.STATUS, id="s", values=StatusSettings(name="Status")),
            Row(kind=Kind.REASON, id="r", values=ReasonSettings(name="Reason")),
            Row(kind=Kind.FIELD, id="f", values=FieldSettings(name="Field")),
        )
    ),
    ECHO,
    {ECHO.id: ECHO},
)
OTHER_BOT = Bot(id=BotId("other"), name="Other")
OTHER_CONTACT = Contact(id=ContactId("other"), name="Other")
FENCED_BY = {
    "epoch": ("epoch",),
    "turn": ("epoch", "turn"),
    "claim": ("turn",),
    "timer": ("epoch", "due"),
    "lapse": ("epoch",),
}
"""The numbers that a fence compares, by its name."""
SET = (
    "until",
    "queue",
    "status",
    "tags",
    "fields",
    "agent",
    "identity",
    "to",
    "conversation",
    "reason",
    "score",
    "comment",
    "mentions",
)
"""What a command sets, by the name of its field."""
COMMANDS = sorted(RULES, key=lambda kind: kind.__name__)
NUMBERS = [(kind, field) for kind in COMMANDS for field in FENCED_BY.get(RULES[kind].fence.name, ())]


def named(kinds: list[Any]) -> list[str]:
    return [kind.__name__ for kind in kinds]


def settled_play() -> Play:
    """Where the organisation has set what commands name."""
    play = Play()
    play.policy = POLICY
    return play


def play_for(kind: Any) -> Play:
    """A bot's turn runs; for the timer's command, the timer is set; for a lapse, Anna owes an answer; there is the tag
    that is renamed."""
    play = settled_play()
    if kind is FireTimer:
        play.bot.waits(60)
    elif kind is Lapse:
        play.agent("Anna").intervenes()
        play.customer.says("hi")
    elif kind is RenameTag:
        play.agent("Anna").sets(SetTags, tags=("former",))
    return play


def present(kind: Any, play: Play) -> Any:
    """A command of this type that was made under the present control."""
    state = play.state
    values: dict[str, Any] = {
        "id": "k", "message": "m",
        "epoch": state.epoch, "turn": getattr(state.turn, "number", 0), "due": state.run.due if state.run else 0,
        "seen": state.seq, "answered": state.seq, "n": 1, "bot": ECHO.id, "outcome": Answered(), "folded": state,
        "queue": "q", "status": "s", "tags": ("t",), "tag": "former", "name": "present", "fields": {"f": "v"},
        "reason": "r", "score": 4,
        "mentions": (BEN.id,), "agent": BEN.id, "people": (as_staff(BEN),),
        "holder": ANNA.id, "asked": state.asked, "why": Why.ABSENT, "at": play.now,
        "channel": "webchat", "address": CLARA.id, "until": 0, "everywhere": False, "values": {"plan": "six parts"},
    }  # fmt: skip
    hints = get_type_hints(kind, include_extras=True)
    texts = {name: message_text("hi") for name, hint in hints.items() if hint is Text}
    by = as_visitor(CLARA) if hints.get("by") is Visitor else as_staff(ANNA, Role.SUPERVISOR)
    values |= {
        "identity": "i",
        "contact": CLARA,
        "vouched": True,
        "to": "c2",
        "conversation": "c2",
        "unanswered": False,
    }
    values |= {**texts, "author": ECHO, "by": by}
    if RULES[kind].names_event:
        mine = [event.seq for event in play.log if event.author == ANNA and isinstance(event.body, Message)]
        values["n"] = mine[-1] if mine else 1
    return kind(**{name: values[name] for name in hints if name in values})


def changes_nothing(play: Play, command: Any) -> bool:
    change = decide(play.state, command, play.moment(), play.reply)
    return change.state is play.state and not change.facts


def test_every_command_has_an_entry() -> None:
    assert RULES.keys() == set(get_args(Command)), (
        "the `Command` and the `RULES` of a module in core/conversation differ"
    )


def test_a_command_without_a_fence_says_why() -> None:
    for kind, rule in RULES.items():
        assert rule.fence.name in {*FENCED_BY, "none"}, kind
        assert len(rule.fence.meaning) > 20, kind


def test_each_command_is_of_staff_or_of_its_customer_or_of_its_bot_or_of_the_product() -> None:
    of = {Staff: STAFF, Visitor: CONTACT, Bot: BOT, None: SYSTEM}
    for kind, rule in RULES.items():
        hints = get_type_hints(kind)
        assert rule.visible_to is of[hints.get("by", hints.get("author"))], kind


def test_what_speaks_or_acts_for_the_business_is_fenced() -> None:
    """[P1] A command that carries an epoch or a turn has a fence that compares it."""
    for kind, rule in RULES.items():
        numbers = {"epoch", "turn", "due"} & set(get_type_hints(kind))
        assert numbers == set(FENCED_BY.get(rule.fence.name, ())), kind


@pytest.mark.parametrize("kind", COMMANDS, ids=named(COMMANDS))
def test_a_command_of_the_present_control_passes_its_fence(kind: Any) -> None:
    play = play_for(kind)
    assert RULES[kind].fence.admits(play.state, present(kind, play))


@pytest.mark.parametrize("other", [-1, 1])
@pytest.mark.parametrize(("kind", "number"), NUMBERS, ids=[f"{kind.__name__}-{number}" for kind, number in NUMBERS])
def test_a_command_of_another_epoch_or_turn_changes_nothing(kind: Any, number: str, other: int) -> None:
    """[P1] Stale for those that are told; the product's own do nothing."""
    play = play_for(kind)
    command = present(kind, play)
    command = replace(command, **{number: getattr(command, number) + other})
    if RULES[kind].visible_to is SYSTEM:
        assert changes_nothing(play, command)
        return
    with pytest.raises(Stale) as stale:
        decide(play.state, command, play.moment(), play.reply)
    assert stale.value.facts == {"holder": ECHO, "epoch": play.state.epoch}


@pytest.mark.parametrize(
    "kind", (agents := [kind for kind in COMMANDS if RULES[kind].fence.name == "epoch"]), ids=named(agents)
)
def test_an_agent_who_is_late_learns_who_took_control(kind: Any) -> None:
    """[P3] Before any other refusal."""
    play = Play()
    late = present(kind, play)
    play.agent("Ben").intervenes()
    with pytest.raises(Taken):
        decide(play.state, late, play.moment(), play.reply)


@pytest.mark.parametrize(
    "kind", (strangers := [kind for kind in COMMANDS if RULES[kind].visible_to in (CONTACT, BOT)]), ids=named(strangers)
)
def test_a_command_of_another_customer_or_bot_is_refused(kind: Any) -> None:
    play = Play()
    command = present(kind, play)
    is_contacts = RULES[kind].visible_to is CONTACT
    other: dict[str, Any] = {"by": as_visitor(OTHER_CONTACT)} if is_contacts else {"author": OTHER_BOT}
    command = replace(command, **other)
    with pytest.raises(NotFound if is_contacts else Stale):
        decide(play.state, command, play.moment(), play.reply)


@pytest.mark.parametrize(
    "kind", (people := [kind for kind in COMMANDS if RULES[kind].visible_to in (STAFF, CONTACT)]), ids=named(people)
)
def test_a_person_of_another_organisation_finds_no_conversation(kind: Any) -> None:
    """[P6] Before any other refusal: neither that a colleague took control shows, nor that the epoch is over."""
    play = Play()
    command = present(kind, play)
    stranger = replace(command.by, organisation=OrganisationId("other"))
    play.agent("Ben").intervenes()
    with pytest.raises(NotFound):
        decide(play.state, replace(command, by=stranger), play.moment(), play.reply)


def check_fold(before: Conversation, change: Change) -> None:
    """[P5] The state before and the events make the state after."""
    events = [fact for fact in change.facts if isinstance(fact, Event)]
    assert bare(reduce(evolve, events, before)) == bare(change.state)


def left_by(kind: Any) -> list[tuple[Any, Body]]:
    """A command of this type, and the event that it leaves under its id: while a bot's turn runs, while it streams,
    while Anna holds control, after she has spoken, when the conversation is closed, while nobody holds control, and
    when the customer is blocked."""
    before: list[Callable[[Play], object]] = [
        lambda play: None,
        lambda play: play.bot.adds(1, "h", message="m"),
        lambda play: play.supervisor("Anna").intervenes(),
        lambda play: (play.supervisor("Anna").intervenes(), play.supervisor("Anna").says("hm")),
        lambda play: play.supervisor("Anna").closes(),
        lambda play: play.customer.asks_for_a_person(),
        lambda play: play.supervisor("Anna").sets(Block, until=0, why="", everywhere=False),
    ]
    left = []
    for happens in before:
        play = play_for(kind)
        happens(play)
        command = replace(present(kind, play), **({"n": 2} if kind is FinishMessage else {}))
        with suppress(Refusal):
            change = decide(play.state.next(), command, play.moment(), play.reply)
            check_fold(play.state, change)
            events = [fact for fact in change.facts if isinstance(fact, Event)]
            left += [(command, event.body) for event in events if event.command == command.id]
    return left


def with_an_id() -> set[Any]:
    return {kind for kind in RULES if "id" in kind.__struct_fields__}


def test_a_command_says_what_it_leaves_exactly_if_it_has_an_id() -> None:
    """[P3] By that a repeat is recognised."""
    assert {kind for kind, rule in RULES.items() if rule.effect} == with_an_id()


def test_what_its_author_wrote_makes_a_command_itself() -> None:
    """[R42] But what ends a streamed message, which an earlier try may have ended with other pieces."""
    for kind in with_an_id() - {FinishMessage}:
        chosen = [name for name, hint in get_type_hints(kind).items() if hint is Text or name in SET]
        chosen = ["n"] * RULES[kind].names_event + chosen
        effect = RULES[kind].effect
        assert effect
        assert effect.same == tuple(chosen), kind


@pytest.mark.parametrize(
    "kind", (lasting := [kind for kind in COMMANDS if RULES[kind].effect is not None]), ids=named(lasting)
)
def test_a_command_leaves_what_its_entry_says(kind: Any) -> None:
    """[P3] [R42] And the same command with another text, or another command, leaves something else."""
    effect = RULES[kind].effect
    assert effect
    left = left_by(kind)
    assert left, "it was refused everywhere"
    for command, body in left:
        assert effect.has_done(command, body)
        assert effect.is_repeat(command, command)
        for name in effect.same:
            other = replace(command, **{name: message_text("something else")})
            assert not effect.is_repeat(command, other)
            assert not effect.has_done(other, body)
    for other_kind in lasting:
        assert other_kind is kind or not effect.is_repeat(left[0][0], left_by(other_kind)[0][0])


def test_only_intervene_and_assign_take_over_and_what_takes_over_is_urgent() -> None:
    """[P8] What takes over is measured. An assignment may be refused for what its giver may not, so no bot is stopped
    ahead of the decision."""
    assert named([kind for kind, rule in RULES.items() if rule.takes_over]) == ["Intervene", "Assign"]
    assert named([kind for kind, rule in RULES.items() if rule.ends_lease]) == ["Intervene"]
    assert all(rule.is_urgent for rule in RULES.values() if rule.takes_over)
