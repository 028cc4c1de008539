"""Commands x roles x organisations, generated from `RULES`: who does not see a conversation finds none."""

from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from intervene.core.actors import Role
from intervene.core.conversation.decide import RULES, decide
from intervene.core.conversation.rule import STAFF
from intervene.core.errors import NotFound, Refusal
from intervene.core.ids import OrganisationId
from intervene.core.tree import Tree
from intervene.engine.visible import is_visible
from tests.unit.core.cast import ACME, as_staff
from tests.unit.core.play import Play
from tests.unit.core.test_rules import ANNA, COMMANDS, present

ROOT, PARENT, SIBLING, CHILD, OTHER = map(OrganisationId, ("root", "parent", "sibling", "child", "other"))
TREE = Tree(version=1, parents={PARENT: ROOT, ACME: PARENT, SIBLING: PARENT, CHILD: ACME})
ABOVE = TREE.ancestors(ACME)
OF_STAFF = [kind for kind in COMMANDS if RULES[kind].visible_to is STAFF]


@pytest.mark.parametrize("kind", OF_STAFF, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("home", [ACME, PARENT, ROOT, SIBLING, CHILD, OTHER])
def test_a_command_finds_what_its_giver_may_see_and_nothing_else(home: OrganisationId, role: Role, kind: Any) -> None:
    """[P6, R121] Whatever has happened in it, and also ahead of the decision."""
    sees = home == ACME or (role.leads and home in ABOVE)
    for happens in (lambda play: None, lambda play: play.agent("Ben").intervenes()):
        play = Play()
        command = replace(present(kind, play), by=as_staff(ANNA, role, organisation=home))
        happens(play)
        policy = replace(play.moment().policy, ancestors=ABOVE)
        assert is_visible(command, play.state.key, play.state, policy, TREE) is sees
        assert is_visible(command, play.state.key, None, None, TREE) is sees
        if not sees:
            with pytest.raises(NotFound):
                decide(play.state, command, replace(play.moment(), policy=policy), play.reply)
        else:
            with suppress(Refusal):
                decide(play.state, command, replace(play.moment(), policy=policy), play.reply)
