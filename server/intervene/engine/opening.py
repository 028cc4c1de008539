"""Creating conversations: the one change that no command of a queue makes, because there is no row to queue for."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeVar

import anyio
from msgspec.structs import replace

from intervene.core.access import Visitor
from intervene.core.conversation.commit import Context, is_over
from intervene.core.conversation.decide import open_conversation
from intervene.core.conversation.moves import Begin, Open
from intervene.core.conversation.state import Conversation
from intervene.core.errors import Spent, Unavailable
from intervene.core.ids import ConversationId, IdentityId, Key, NodeId, OrganisationId
from intervene.core.policy import Policy
from intervene.core.timing import Timing
from intervene.engine.batch import make_commit, reused
from intervene.feed.feeds import Feeds
from intervene.policies.cache import PolicyCache
from intervene.ports.contacts import Owners
from intervene.ports.log import Commit, Log, Opening
from intervene.tasks import Tasks

T = TypeVar("T")
LATE = "The log did not answer in time. Repeat with the same id."


class Opened(NamedTuple):
    """`identity`: to whom the address belongs. `state`: that of a conversation which was read, or made."""

    conversation: ConversationId
    identity: IdentityId
    state: Conversation | None = None
    is_new: bool = False


Contexts = Callable[[Policy], Callable[[], Context]]
"""Of the engine: what makes contexts by a policy."""


class Openings:
    """`publish` gets each commit."""

    def __init__(
        self,
        node: NodeId,
        log: Log,
        owners: Owners,
        feeds: Feeds,
        policies: PolicyCache,
        publish: Callable[[Commit], None],
        make_id: Callable[[], str],
        tasks: Tasks,
        timing: Timing,
    ) -> None:
        self._node = node
        self._log = log
        self._owners = owners
        self._feeds = feeds
        self._policies = policies
        self._publish = publish
        self._make_id = make_id
        self._tasks = tasks
        self._timing = timing

    async def open(self, visitor: Visitor, contexts: Contexts, *, fresh: bool) -> Opened:
        """The visitor's conversation; it is created if there is none, or if the latest is over and `fresh`. Raises
        `Unavailable`, `Busy`, `Spent` and `Blocked`. Cancelling it never cancels the commit, and what was committed is
        published."""
        return await self._in_time(self._open(visitor, contexts, fresh=fresh))

    async def begin(self, command: Begin, organisation: OrganisationId, contexts: Contexts) -> Opened:
        """The conversation that an agent begins with a contact, or the one that is open. Raises a `Refusal`, `IdReused`
        and what `open` does; likewise."""
        return await self._in_time(self._create(command, organisation, contexts))

    async def _in_time(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            with anyio.fail_after(self._timing.answered):
                return await asyncio.shield(self._tasks.spawn(work))
        except TimeoutError:
            raise Unavailable(LATE) from None

    async def _open(self, visitor: Visitor, contexts: Contexts, *, fresh: bool) -> Opened:
        if not fresh:  # a customer who comes back waits for no lock
            whose = await self._owners.whose(visitor.channel_id)
            if whose.is_spent:
                raise Spent("This address was given up. Begin anew.")
            if whose.conversation:
                return Opened(whose.conversation, whose.identity)
        id = ConversationId(self._make_id())
        command = Open(conversation=id, contact=visitor.contact, address=visitor.reached_at, fresh=fresh)
        return await self._create(command, visitor.organisation, contexts)

    async def _create(self, command: Open | Begin, organisation: OrganisationId, contexts: Contexts) -> Opened:
        make_context = contexts(await self._policies.loaded(organisation))

        def begin(opening: Opening) -> Commit | None:
            context = replace(make_context(), blocked_until=opening.blocked_until)
            if _is_there(command, opening, context):
                _check_repeat(command, opening, context.policy)
                return None
            change = open_conversation(command, organisation, opening.whose, context)
            return make_commit(self._node, None, change.state, change.facts, ())

        feed = self._feeds.pin(Key(organisation, command.conversation))
        try:
            opening, commit = await self._log.open(
                command.address.within(organisation), command.conversation, begin, is_vouched=command.contact.vouched
            )
            if commit is not None:
                self._publish(commit)
        finally:
            self._feeds.unpin(feed)
        state = commit.state if commit else opening.first or opening.latest
        assert state is not None, "either there was one, or it was made"
        return Opened(state.id, opening.whose.identity, state, commit is not None)


def _check_repeat(command: Open | Begin, opening: Opening, policy: Policy) -> None:
    """Raises `IdReused` to an agent who begins with another customer, or in another queue, under the id of a former
    beginning. Who names no queue repeats whatever it was: that of the channel may be another one by now."""
    first, opened = opening.first, opening.opened
    if not isinstance(command, Begin) or first is None:
        return
    queue = "" if command.queue == policy.default_queue else command.queue
    is_elsewhere = bool(command.queue) and opened is not None and queue != opened.queue
    if is_elsewhere or first.identity != opening.whose.identity:
        raise reused()


def _is_there(command: Open | Begin, opening: Opening, context: Context) -> bool:
    """Whether nothing is to be created: a repeat, or an identity whose latest conversation goes on."""
    if opening.first is not None:
        return True
    latest = opening.latest
    if latest is None:
        return False
    if isinstance(command, Begin):
        return latest.is_open
    return not (command.fresh and is_over(latest, context.now, context.policy))
