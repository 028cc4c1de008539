"""What each type of command declares about itself: an entry of `decide.RULES`."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct

from intervene.core.access import unseen
from intervene.core.conversation.commit import Draft
from intervene.core.conversation.fence import Fence
from intervene.core.conversation.repeats import Effect
from intervene.core.conversation.state import Conversation
from intervene.core.errors import NotFound
from intervene.core.policy import Policy


class Visibility(NamedTuple):
    """Whose command it is, and which conversations they can see. `check(state, command, policy)` raises `NotFound`,
    before any other refusal: a refusal shows nothing of what its sender cannot see."""

    name: str
    check: Callable[[Conversation, Any, Policy], None]


class Rule(NamedTuple):
    """`apply(draft, command)` is the rule. It runs if `visible_to` and `fence` let it. `effect`: of a command that has
    an id, what it leaves under it.

    `is_urgent`: decided under the row's lock, ahead of what waits in its lane. `takes_over`: a takeover, which is
    measured. `ends_lease`: the present holder's lease is ended at once, before it is decided. `names_event`: its `n` is
    the number of an event that the rule looks at (`Context.named`): decided under the row's lock too, where that event
    is read. `may_open`: it may make a conversation open that was closed: decided under the lock of the
    identity's row, which comes before. `blocks`: it keeps others from opening one: under that lock too, open or not.
    `writes_beside`: what it logs is written beside the conversation too, in the same transaction: decided under the
    row's lock.
    """

    apply: Callable[[Draft, Any], None]
    visible_to: Visibility
    fence: Fence
    effect: Effect | None = None
    is_urgent: bool = False
    takes_over: bool = False
    names_event: bool = False
    ends_lease: bool = False
    may_open: bool = False
    blocks: bool = False
    writes_beside: bool = False

    @property
    def needs_lock(self) -> bool:
        """Whether it is decided on the row read under its lock."""
        return self.is_urgent or self.names_event or self.writes_beside


Rules: TypeAlias = dict[type[Struct], Rule]
"""By the type of command."""


def _check_giver(state: Conversation, command: Any, policy: Policy) -> None:
    if unseen(command.by, state, policy) is not None:
        raise NotFound("There is no such conversation.")


def _check_nothing(_state: Conversation, _command: object, _policy: Policy) -> None:
    pass


STAFF = Visibility("staff", _check_giver)
"""Who see the conversation, as `access.unseen_by_staff` says."""
CONTACT = Visibility("its customer", _check_giver)
BOT = Visibility("its bot", _check_nothing)
"""The fence finds out whether it is the bot that holds control."""
SYSTEM = Visibility("the product", _check_nothing)
