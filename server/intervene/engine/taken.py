"""Of a batch that was committed, the takeovers, for what measures them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from intervene.core.actors import Agent
from intervene.core.conversation.state import Conversation
from intervene.engine.batch import Batch
from intervene.engine.queue import PendingCommand
from intervene.ports.log import Receipt


class Taken(NamedTuple):
    """An intervene that won. `clicked`: when its command came to this node, `committed`: when the node knew that it was
    in the log; in seconds, monotonic."""

    before: Conversation
    after: Conversation
    receipt: Receipt
    by: Agent
    clicked: float
    committed: float


def takeovers(commands: Sequence[PendingCommand], batch: Batch, committed: float) -> Iterator[Taken]:
    """Of `commands`, which are the batch, those that took over."""
    for pending, answer in zip(commands, batch.answers, strict=True):
        if pending.rule.takes_over and isinstance(answer, Receipt) and answer.seq > batch.before.seq and batch.commit:
            by, after = pending.takeover.author, batch.commit.state
            yield Taken(batch.before, after, answer, by, pending.clicked, committed)
