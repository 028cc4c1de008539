"""Claims and splits of identities, with what follows on all nodes: jobs in conversations, sessions that end."""

from collections.abc import Callable

from intervene.adapters.sql.store import Store
from intervene.core.conversation.packing import INBOX_FORMAT
from intervene.core.errors import Busy
from intervene.core.ids import ChannelId, IdentityId
from intervene.core.people import AuditEntry
from intervene.housekeeping.joins import JoinJobs
from intervene.ids import Ids
from intervene.ports.hub import Hub
from intervene.ports.messages import Moved, Spent


class Identities:
    """`format`: in which rows are written now. Nodes of a release before do not know whose an address has become."""

    def __init__(self, store: Store, jobs: JoinJobs, hub: Hub, format: Callable[[], int]) -> None:
        self._store = store
        self._jobs = jobs
        self._hub = hub
        self._format = format

    async def claim(self, visitor: ChannelId, user: ChannelId) -> bool:
        """As `Services.claim`."""
        if self._format() < INBOX_FORMAT:
            return False
        job = await self._store.joins.claim(visitor, user, Ids().make())
        if job is not None:
            await self._jobs.do(job)
        lost, won = await self._store.contacts.whose(visitor), await self._store.contacts.whose(user)
        if lost.is_spent:
            self._hub.publish(Spent(visitor))
        return lost.is_spent and lost.contact == won.contact

    async def detach(self, address: ChannelId, entry: AuditEntry) -> None:
        """As `Services.detach`."""
        if self._format() < INBOX_FORMAT:
            raise Busy("Not all servers can keep this yet. Try again in a minute.", retry_after=60.0)
        id = Ids().make()
        job = await self._store.joins.detach(address, id, IdentityId(f"i-{id}"), entry)
        self._hub.publish(Moved(address))
        if job is not None:
            await self._jobs.do(job)
