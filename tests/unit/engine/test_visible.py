"""What a node does ahead of `decide` shows nothing of a conversation that the giver of the command cannot see."""

import pytest

from intervene.core.access import Staff, Visitor
from intervene.core.actors import Agent, Contact, Role
from intervene.core.conversation.moves import Intervene
from intervene.core.conversation.speech import ContactSay
from intervene.core.ids import AgentId, CommandId, ContactId, ConversationId, Key, MessageId, OrganisationId
from intervene.core.policy import Policy
from intervene.core.text import Text
from intervene.core.tree import ROOTS, Tree
from intervene.engine.visible import is_visible
from tests.unit.core.play import Play

GROUP, OTHER = OrganisationId("group"), OrganisationId("other")
STATE = Play().state
KEY = STATE.key
TREE = Tree(parents={KEY.organisation: GROUP})
POLICY = Policy(ancestors=(GROUP,))


def intervenes(home: OrganisationId, role: Role) -> Intervene:
    agent = Agent(id=AgentId("ana"), name="Ana")
    return Intervene(id=CommandId("k1"), by=Staff(organisation=home, agent=agent, role=role), epoch=1)


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize(
    ("home", "role", "sees"),
    [
        (KEY.organisation, Role.AGENT, True),
        (GROUP, Role.SUPERVISOR, True),
        (GROUP, Role.ADMIN, True),
        (GROUP, Role.AGENT, False),
        (OTHER, Role.ADMIN, False),
    ],
)
def test_staff_are_judged_by_the_tree_also_before_anything_is_read(
    home: OrganisationId, role: Role, sees: bool, is_known: bool
) -> None:
    """[P6]"""
    state, policy = (STATE, POLICY) if is_known else (None, None)
    assert is_visible(intervenes(home, role), KEY, state, policy, TREE) is sees


def test_a_customer_sees_nothing_of_anothers_conversation() -> None:
    """[P6]"""
    mallory = Visitor(organisation=KEY.organisation, contact=Contact(id=ContactId("m"), name=""))
    says = ContactSay(id=CommandId("k1"), by=mallory, message=MessageId("m1"), text=Text("hi"))
    assert not is_visible(says, KEY, STATE, POLICY, ROOTS)
    foreign = Key(OTHER, ConversationId("c1"))
    assert not is_visible(says, foreign, None, None, ROOTS)
