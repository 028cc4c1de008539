"""Commands of staff over HTTP: an operation for each of their frames that is a command.

The body is the frame without `type`, `conversation`, `organisation` and `id`: the URL names them, and the
`Idempotency-Key` is the id. So a repeat gets the first result for ever: the log finds the command by its id.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, get_args

import msgspec
from msgspec import Raw, Struct

from intervene.core.errors import BadFrame, PeerError, Unavailable
from intervene.core.ids import CommandId, ConversationId
from intervene.core.wire import framing
from intervene.core.wire.intents import intent
from intervene.core.wire.staff import StaffCommand
from intervene.edge.http.answers import refusal
from intervene.edge.http.operations import IN_THE_HEAD, Call, Caller, Operation, Price
from intervene.edge.named import looked_up
from intervene.edge.services import Services

REFUSALS = frozenset(
    {"bad_frame", "bad_text", "busy", "id_reused", "illegal_move", "not_holder", "out_of_order", "stale", "stale_view",
     "taken", "unavailable"}
)  # fmt: skip
FURTHER = {
    "close": frozenset({"reason_needed"}),
    "edit": frozenset({"unchangeable"}),
    "delete": frozenset({"unchangeable"}),
}
"""What some commands may be refused with besides, by their names."""


class Done(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As the frame `ack`. Without `seq`, nothing had to change."""

    id: CommandId
    conversation: ConversationId
    seq: int = 0
    epoch: int
    at: int = 0


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


def _operation(frame: type[Struct]) -> Operation:
    name = str(frame.__struct_config__.tag)
    return Operation(
        "POST", f"/v1/conversations/{{conversation}}/{name}", f"the command `{name}`", _act(name), Done,
        caller=Caller.STAFF, price=Price.MESSAGE, body=dict[str, Raw], has_key=True, frame=frame,
        refusals=REFUSALS | FURTHER.get(name, frozenset()),
    )  # fmt: skip


def _act(name: str) -> Callable[[_Api, Call], Awaitable[Done]]:
    async def act(api: _Api, call: Call) -> Done:
        return await _carry_out(name, api.services, call)

    return act


async def _carry_out(name: str, services: Services, call: Call) -> Done:
    id, conversation = CommandId(call.key), ConversationId(call.path["conversation"])
    try:
        frame = _frame(name, id, conversation, call)
        key, command = intent(call.staff, frame, services.make_id, services.tree())
        receipt = await services.engine.call(key, await looked_up(command, services.people))
    except (PeerError, Unavailable) as problem:
        raise refusal(problem, id=id, conversation=conversation) from None
    return Done(id=id, conversation=conversation, seq=receipt.seq, epoch=receipt.epoch, at=receipt.at)


def _frame(name: str, id: CommandId, conversation: ConversationId, call: Call) -> StaffCommand:
    if twice := sorted(IN_THE_HEAD & call.body.keys()):
        raise BadFrame(f"The body has {', '.join(twice)}: the URL and the Idempotency-Key say that.")
    frame: dict[str, Any] = {
        "type": name, "id": id, "conversation": conversation, "organisation": call.organisation, **call.body
    }  # fmt: skip
    decoded = framing.decode_staff(msgspec.json.encode(frame))
    assert isinstance(decoded, StaffCommand), "an operation is made for each command and for nothing else"
    return decoded


OPERATIONS = tuple(_operation(frame) for frame in get_args(StaffCommand))
