"""Commands of staff over HTTP: an operation for each of their frames that is a command.

The body is the frame without `type`, `conversation`, `organisation` and `id`: the URL names them, and the
`Idempotency-Key` is the id. So a repeat gets the first result for ever: the log finds the command by its id.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, get_args

import msgspec
from msgspec import NODEFAULT, Raw, Struct, defstruct
from msgspec.structs import FieldInfo, fields

from intervene.core.errors import BadFrame, PeerError, Unavailable
from intervene.core.ids import CommandId, ConversationId, OrganisationId
from intervene.core.wire import framing
from intervene.core.wire.intents import intent
from intervene.core.wire.staff import StaffCommand, StaffIn
from intervene.edge.http.answers import refusal
from intervene.edge.http.operations import Call, Caller, Operation, Price
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
    "reopen": frozenset({"blocked"}),
}
"""What some commands may be refused with besides, by their names."""


IN_THE_HEAD = frozenset({"type", "conversation", "id", "organisation"})
"""Of a frame: over HTTP the URL and the headers say that."""


def without_head(frame: type[Struct]) -> type[Struct]:
    members = [
        (field.name, field.type) if field.required else (field.name, field.type, _default(field))
        for field in fields(frame)
        if field.name not in IN_THE_HEAD
    ]
    return defstruct(f"{frame.__name__}Body", members, kw_only=True, forbid_unknown_fields=True)


def _default(field: FieldInfo) -> Any:
    return msgspec.field(default_factory=field.default_factory) if field.default is NODEFAULT else field.default


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
        caller=Caller.STAFF, price=Price.MESSAGE, body=dict[str, Raw], has_key=True,
        described=without_head(frame),
        refusals=REFUSALS | FURTHER.get(name, frozenset()),
    )  # fmt: skip


def _act(name: str) -> Callable[[_Api, Call], Awaitable[Done]]:
    async def act(api: _Api, call: Call) -> Done:
        return await _carry_out(name, api.services, call)

    return act


async def _carry_out(name: str, services: Services, call: Call) -> Done:
    id, conversation = CommandId(call.key), ConversationId(call.path["conversation"])
    try:
        frame = frame_of(name, id, conversation, call.organisation, call.body)
        key, command = intent(call.staff, frame, services.make_id, services.tree())
        receipt = await services.engine.call(key, await looked_up(command, services.people))
    except (PeerError, Unavailable) as problem:
        raise refusal(problem, id=id, conversation=conversation) from None
    return Done(id=id, conversation=conversation, seq=receipt.seq, epoch=receipt.epoch, at=receipt.at)


def frame_of(
    name: str, id: CommandId, conversation: ConversationId, organisation: OrganisationId, body: Mapping[str, Raw]
) -> StaffCommand:
    """Raises `PeerError`."""
    head = {"type": name, "id": id, "conversation": conversation, "organisation": organisation}
    frame = decoded(head, body)
    if not isinstance(frame, StaffCommand):
        raise BadFrame("There is no such command.")
    return frame


def decoded(head: Mapping[str, str], body: Mapping[str, Raw]) -> StaffIn:
    """Raises `PeerError`."""
    if twice := sorted(head.keys() & body.keys()):
        raise BadFrame(f"The body has {', '.join(twice)}: the URL and the Idempotency-Key say that.")
    return framing.decode_staff(msgspec.json.encode({**head, **body}))


OPERATIONS = tuple(_operation(frame) for frame in get_args(StaffCommand))
