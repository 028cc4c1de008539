"""One command in many conversations. Each has an answer of its own, and what one refuses stops no other.

The `Idempotency-Key` is the command's id in each of them, so that a repeat gets the first results.
"""

from collections.abc import Awaitable
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta, Raw, Struct

from intervene.core import limits
from intervene.core.errors import PeerError, Unavailable
from intervene.core.ids import CommandId, ConversationId
from intervene.core.wire.intents import intent
from intervene.edge.http.answers import refusal
from intervene.edge.http.commands import Done, frame_of
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.named import looked_up
from intervene.edge.services import Services
from intervene.ports.log import Receipt


class _Api(Protocol):
    @property
    def services(self) -> Services: ...

    def pay(self, call: Call, commands: int) -> None: ...


class Bulk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As `BulkBody`, whose members are not looked at yet."""

    command: str
    members: dict[str, Raw] = {}
    conversations: Annotated[dict[str, dict[str, Raw]], Meta(min_length=1, max_length=limits.BULK)]


class BulkBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`command`: the name of one that a conversation takes. `members` are those of its body that are the same in each;
    `conversations` has the others, as the `epoch`, by the conversation's id."""

    command: str
    members: dict[str, Any] = {}
    conversations: Annotated[dict[str, dict[str, Any]], Meta(min_length=1, max_length=limits.BULK)]


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one conversation: `done`, or the problem document with which the command was `refused`."""

    conversation: ConversationId
    done: Done | None = None
    refused: dict[str, Any] | None = None


class Outcomes(Struct, frozen=True, kw_only=True):
    """In the order of `conversations`."""

    items: list[Outcome]


async def _bulk(api: _Api, call: Call) -> Outcomes:
    asked: Bulk = call.body
    api.pay(call, len(asked.conversations) - 1)
    begun = [
        (ConversationId(id), await _begun(api.services, call, asked, ConversationId(id), members))
        for id, members in asked.conversations.items()
    ]
    return Outcomes(items=[await _outcome(call, id, answer) for id, answer in begun])


async def _begun(
    services: Services, call: Call, asked: Bulk, id: ConversationId, members: dict[str, Raw]
) -> "Awaitable[Receipt] | PeerError | Unavailable":
    """All are submitted before the first is waited for: they share commits."""
    try:
        frame = frame_of(asked.command, CommandId(call.key), id, call.organisation, {**asked.members, **members})
        key, command = intent(call.staff, frame, services.make_id, services.tree())
        return services.engine.call(key, await looked_up(command, services.people))
    except (PeerError, Unavailable) as problem:
        return problem


async def _outcome(call: Call, id: ConversationId, answer: "Awaitable[Receipt] | PeerError | Unavailable") -> Outcome:
    try:
        if isinstance(answer, PeerError | Unavailable):
            raise answer
        receipt = await answer
    except (PeerError, Unavailable) as problem:
        denial = refusal(problem, id=call.key, conversation=id).denial
        return Outcome(conversation=id, refused=msgspec.json.decode(denial.body))
    done = Done(id=CommandId(call.key), conversation=id, seq=receipt.seq, epoch=receipt.epoch, at=receipt.at)
    return Outcome(conversation=id, done=done)


OPERATIONS = (
    Operation(
        "POST", "/v1/conversations/bulk", "one command in up to 100 conversations, with an answer for each", _bulk,
        Outcomes, caller=Caller.STAFF, price=Price.MESSAGE, body=Bulk, described=BulkBody, has_key=True,
    ),
)  # fmt: skip
