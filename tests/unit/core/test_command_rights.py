"""Which command of staff each role may give, wherever control is: the table of rights, written out by hand."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from intervene.core.actors import Role
from intervene.core.conversation.decide import RULES, decide
from intervene.core.conversation.rule import STAFF
from intervene.core.errors import NotFound, Refusal
from intervene.core.policy import Policy
from tests.unit.core.cast import ACME, as_staff
from tests.unit.core.play import Play
from tests.unit.core.test_rules import ANNA, POLICY, present, settled_play

PLACES: dict[str, Callable[[Play], object]] = {
    "bot": lambda play: None,
    "nobody": lambda play: play.customer.asks_for_a_person(),
    "mine": lambda play: (play.supervisor("Anna").intervenes(), play.supervisor("Anna").says("hm")),
    "theirs": lambda play: play.supervisor("Cleo").intervenes(),
    "closed": lambda play: play.supervisor("Sara").closes(),
}
TABLE = """
    command      bot   nobody  mine  theirs  closed
    AgentSay     -     -       all   -       -
    AddNote      all   all     all   all     all
    Intervene    all   all     all   leads   -
    HandBack     -     -       all   -       -
    SendBot      -     all     -     -       -
    Release      -     -       all   -       -
    Assign       leads leads   all   leads   -
    Transfer     leads all     all   leads   -
    Close        leads leads   all   leads   -
    Reopen       -     -       -     -       all
    SetQueue     all   all     all   leads   all
    SetStatus    all   all     all   leads   all
    SetTags      all   all     all   leads   all
    RenameTag    leads leads   leads leads   leads
    SetFields    all   all     all   leads   all
    EditMessage  -     -       all   -       -
    DeleteMessage -    -       all   -       -
    Block        leads leads   all   leads   leads
    ApplyBlock   leads leads   leads leads   leads
    LiftBlock    leads leads   leads leads   leads
"""
"""`all`: whoever sees the conversation; `leads`: of these, supervisors and admins; `-`: nobody."""
HEAD, *LINES = [line.split() for line in TABLE.strip().splitlines()]
MAY = {(kind, place): who for kind, *cells in LINES for place, who in zip(HEAD[1:], cells, strict=True)}
OF_OTHERS = replace(POLICY, assigned=frozenset({ANNA.id}))
"""Anna serves another queue."""
KINDS = {kind.__name__: kind for kind, rule in RULES.items() if rule.visible_to is STAFF}


def outcome(play: Play, command: Any, policy: Policy) -> type[Refusal | NotFound] | None:
    try:
        decide(play.state, command, replace(play.moment(), policy=policy), play.reply)
    except (Refusal, NotFound) as problem:
        return type(problem)
    return None


def test_the_table_has_every_command_of_staff() -> None:
    assert {kind for kind, _ in MAY} == KINDS.keys()


@pytest.mark.parametrize(("kind", "place"), list(product(KINDS, PLACES)))
def test_who_sees_a_conversation_may_do_in_it_what_the_table_says(kind: str, place: str) -> None:
    """[P1, R142] And in one that they do not see, they find nothing."""
    play = settled_play()
    PLACES[place](play)
    for role in Role:
        command = replace(present(KINDS[kind], play), by=as_staff(ANNA, role))
        refusal = outcome(play, command, POLICY)
        may = MAY[kind, place]
        assert (refusal is None) is (may == "all" or (may == "leads" and role.leads)), f"{role}: {refusal}"
        is_seen = role.leads or place == "mine"
        assert (outcome(play, command, OF_OTHERS) is NotFound) is not is_seen
    stranger = replace(present(KINDS[kind], play), by=as_staff(ANNA, Role.AGENT, organisation=f"below {ACME}"))
    assert outcome(play, stranger, POLICY) is NotFound
