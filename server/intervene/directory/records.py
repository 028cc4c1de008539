"""What people did that changed nothing, for the audit: signed in with a token of a host application, read a
conversation of an organisation below their own. Nobody waits for it.
"""

from collections import OrderedDict, deque

import structlog

from intervene.core.access import Principal, Staff, Visitor
from intervene.core.errors import Unavailable
from intervene.core.ids import Key
from intervene.core.limits import AUDIT_WAITING, AUDITED_LATELY
from intervene.core.people import AuditEntry
from intervene.ports.audit import Audit
from intervene.ports.clock import Clock
from intervene.tasks import Tasks

HOUR_MS = 3_600_000

log_ = structlog.get_logger(__name__)


class Records:
    def __init__(self, audit: Audit, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock
        self._waiting: deque[AuditEntry] = deque()
        self._lately: OrderedDict[str, None] = OrderedDict()
        """What was recorded: the database keeps each only once, and need not be asked again."""
        self._tasks = Tasks()

    def signed_in(self, by: Staff, issued: float, network: str) -> None:
        """With a host application's token, each of which counts once."""
        once = f"sign_in:{by.agent.id}:{issued:.0f}"
        self._add(AuditEntry(
            organisation=by.organisation, action="sign_in", subject=by.agent.id, by=by.agent.id, network=network,
            after={"role": by.role.value}, once=once,
        ))  # fmt: skip

    def read(self, by: Principal, key: Key) -> None:
        """A conversation; one of another organisation once for each person, conversation and hour."""
        if isinstance(by, Visitor) or by.organisation == key.organisation:
            return
        once = f"read:{by.agent.id}:{key.conversation}:{self._clock.now() // HOUR_MS}"
        self._add(AuditEntry(
            organisation=key.organisation, action="conversation.read", subject=key.conversation, by=by.agent.id,
            after={"home": by.organisation}, once=once,
        ))  # fmt: skip

    def _add(self, entry: AuditEntry) -> None:
        name = f"{entry.organisation}:{entry.once}"
        if name in self._lately:
            return
        if len(self._waiting) >= AUDIT_WAITING:
            log_.error("an entry of the audit was dropped", action=entry.action, organisation=entry.organisation)
            return
        self._lately[name] = None
        if len(self._lately) > AUDITED_LATELY:
            self._lately.popitem(last=False)
        self._waiting.append(entry)
        if not self._tasks:
            self._tasks.spawn(self._write())

    async def _write(self) -> None:
        while self._waiting:
            entry = self._waiting.popleft()
            try:
                await self._audit.record(entry)
            except Unavailable:
                log_.error("an entry of the audit was lost", action=entry.action, organisation=entry.organisation)

    async def flush(self) -> None:
        await self._tasks.wait()
