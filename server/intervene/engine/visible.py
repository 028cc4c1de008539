"""Whether the giver of a command can see its conversation, as far as a node knows before it decides."""

from intervene.core.access import Principal, Unseen, reaches, unseen
from intervene.core.conversation.decide import Command, check_giver
from intervene.core.conversation.state import Conversation
from intervene.core.errors import NotFound
from intervene.core.ids import Key
from intervene.core.policy import Policy
from intervene.core.tree import Tree
from intervene.policies.cache import PolicyCache


def is_visible(command: Command, key: Key, state: Conversation | None, policy: Policy | None, tree: Tree) -> bool:
    """If not, nothing is done ahead of `decide`, which has the last word: no answer of before it shows anything of the
    conversation. `state` may be old; None: it, or the policy, is not known here."""
    if state is None or policy is None:
        by: Principal | None = getattr(command, "by", None)
        return by is None or reaches(by, key.organisation, tree)
    try:
        check_giver(state, command, policy)
    except NotFound:
        return False
    return True


def is_visible_now(command: Command, key: Key, state: Conversation | None, policies: PolicyCache) -> bool:
    """The same, by what this node has of policies and of the tree."""
    return is_visible(command, key, state, policies.get(key.organisation), policies.tree)


def is_stranger(command: Command, state: Conversation, policy: Policy) -> bool:
    """Whether the giver is nothing to the conversation: not of its customer's nor of the staff of an organisation that
    has it in reach. Who merely does not see it may have seen it before."""
    by: Principal | None = getattr(command, "by", None)
    return by is not None and unseen(by, state, policy) is Unseen.RIGHTS
