"""Beginning a conversation over HTTP. The body is the frame `begin` without its head, as of commands."""

from typing import Protocol

from msgspec import Raw, Struct

from intervene.core.errors import PeerError, Unavailable
from intervene.core.ids import ConversationId
from intervene.core.wire.beginning import Begin
from intervene.edge import beginning
from intervene.edge.http.answers import refusal
from intervene.edge.http.commands import decoded, without_head
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.services import Services


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


class Begun(Struct, frozen=True, kw_only=True):
    """`created` is false where the conversation was there, and open."""

    id: ConversationId
    seq: int
    epoch: int
    created: bool


async def _begin(api: _Api, call: Call) -> Begun:
    try:
        frame = decoded({"type": "begin", "id": call.key, "organisation": call.organisation}, call.body)
        assert isinstance(frame, Begin), "its type says so"
        state, is_new = await beginning.begin(api.services, call.staff, call.organisation, frame)
    except (PeerError, Unavailable) as problem:
        raise refusal(problem, id=call.key, conversation="") from None
    return Begun(id=state.id, seq=state.seq, epoch=state.epoch, created=is_new)


OPERATIONS = (
    Operation(
        "POST", "/v1/conversations", "begins a conversation with a contact, or answers the open one", _begin, Begun,
        caller=Caller.STAFF, price=Price.MESSAGE, body=dict[str, Raw], described=without_head(Begin), has_key=True,
        refusals=frozenset({"bad_frame", "blocked", "id_reused", "illegal_move"}), status=201,
    ),
)  # fmt: skip
