"""What a session asks for that the database is asked about first, as the frames that answer it."""

from typing import NamedTuple

from intervene.core import session
from intervene.core.access import Principal, Staff, can_see
from intervene.core.errors import NotFound
from intervene.core.ids import CommandId
from intervene.core.wire import views
from intervene.core.wire.contact import ContactOut
from intervene.core.wire.staff import StaffOut
from intervene.edge import beginning
from intervene.edge.services import Services
from intervene.feed.reading import Reads
from intervene.ports.log import Range

NO_SUCH = "There is no such conversation."  # the same for those that are another's


async def page(services: Services, me: Principal, act: session.GetPage, reads: Reads) -> StaffOut | ContactOut:
    is_staff = isinstance(me, Staff)
    snapshot = await reads.read(act.key, Range(is_staff=is_staff, limit=act.limit, before=act.before))
    policy = await services.policies.loaded(act.key.organisation)
    if snapshot is None or not can_see(me, snapshot.state, policy):
        raise NotFound(NO_SUCH)
    services.records.read(me, act.key)
    return views.page(is_staff, snapshot)


class _Begun(NamedTuple):
    """As a receipt. Without `seq`, the conversation was there."""

    seq: int
    pub: int
    epoch: int
    at: int


async def begin(services: Services, me: Principal, act: session.BeginOne, reads: Reads) -> StaffOut | ContactOut:
    assert isinstance(me, Staff), "only a union of staff has this frame"
    state, is_new = await reads.in_time(beginning.begin(services, me, act.organisation, act.frame))
    begun = _Begun(state.seq, state.pub, state.epoch, state.last_at) if is_new else _Begun(0, 0, state.epoch, 0)
    return views.ack(True, state.id, CommandId(act.frame.id), begun)
