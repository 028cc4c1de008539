"""The list of blocked addresses over HTTP. A change of it is carried out in the conversations that it concerns, and is
answered when it is: a repeat does what is left to do.
"""

from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta, Struct

from intervene.core import blocks
from intervene.core.actors import Role
from intervene.core.conversation.blocking import ApplyBlock, LiftBlock
from intervene.core.errors import BadSetting, PeerError, Unavailable
from intervene.core.ids import AgentId, CommandId, Key, OrganisationId
from intervene.core.limits import BLOCKS_PAGE, ID_CHARS, PERSON_CHARS, WHY_BYTES
from intervene.core.people import AuditEntry
from intervene.core.text import piece_text
from intervene.core.wire.blocking import Until
from intervene.edge.blocked import BlockedVisitors
from intervene.edge.http.answers import Problem, refusal
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.services import Services


class _Api(Protocol):
    @property
    def services(self) -> Services: ...

    @property
    def blocked(self) -> BlockedVisitors: ...


# -- shapes ------------------------------------------------------------------------------------------------------------

_SHOWN = r"\A[^\x00-\x1f\x7f\ud800-\udfff]*\Z"
Channel = Annotated[str, Meta(max_length=ID_CHARS, pattern=r"\A[!-~]*\Z")]
Address = Annotated[str, Meta(min_length=1, max_length=PERSON_CHARS, pattern=_SHOWN)]


class BlockRow(Struct, frozen=True, kw_only=True):
    """`channel` empty: everywhere. `until` in milliseconds since 1970, 0: for good. `by`: who blocked it, `at` when."""

    channel: str
    address: str
    until: int
    by: AgentId
    why: str
    at: int


class BlockRows(Struct, frozen=True, kw_only=True):
    items: list[BlockRow]
    next: str = ""


class NewBlock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    address: Address
    channel: Channel = ""
    until: Until = 0
    why: str = ""


class _Named(Struct, frozen=True, kw_only=True):
    """What the URL of a removal says."""

    address: Address
    channel: Channel = ""


# -- acts --------------------------------------------------------------------------------------------------------------


async def _read(api: _Api, call: Call) -> BlockRows:
    channel, _, address = call.after.partition(" ")
    found = await api.services.blocks.page(call.organisation, (channel, address) if call.after else None, BLOCKS_PAGE)
    following = f"{found[-1].channel} {found[-1].address}" if len(found) == BLOCKS_PAGE else ""
    return BlockRows(items=[_row(block) for block in found], next=following)


async def _add(api: _Api, call: Call) -> BlockRow:
    asked: NewBlock = call.body
    if asked.until and asked.until <= api.services.clock.now():
        raise Problem(400, "bad_request", "That time is over. Give a later one, or 0 to block for good.")
    if asked.channel and asked.channel not in (await api.services.policies.loaded(call.organisation)).channels:
        raise BadSetting(f"There is no channel {asked.channel!r} here.")
    why, by = piece_text(asked.why, WHY_BYTES), call.staff
    wanted = blocks.Block(
        channel=asked.channel, address=asked.address, until=asked.until, by=by.agent.id, why=why
    )  # fmt: skip
    entry = _entry(call, "block.put", asked, {"until": asked.until, "why": why})
    kept = await api.services.blocks.put(call.organisation, wanted, entry)
    command = ApplyBlock(
        id=_command(api), by=by, channel=asked.channel, address=asked.address, until=asked.until, why=why
    )  # fmt: skip
    await _carry_out(api, call.organisation, asked, command)
    return _row(kept)


async def _remove(api: _Api, call: Call) -> None:
    try:
        named = msgspec.convert(dict(call.query), _Named)
    except msgspec.ValidationError:
        raise Problem(400, "bad_request", "The URL names no address, or a channel that there cannot be.") from None
    entry = _entry(call, "block.remove", named)
    await api.services.blocks.remove(call.organisation, named.channel, named.address, entry)
    command = LiftBlock(id=_command(api), by=call.staff, channel=named.channel, address=named.address)
    await _carry_out(api, call.organisation, named, command)


async def _carry_out(
    api: _Api, organisation: OrganisationId, named: NewBlock | _Named, command: ApplyBlock | LiftBlock
) -> None:
    for addresses, conversation in await api.services.blocks.affected(organisation, named.channel, named.address):
        if isinstance(command, ApplyBlock):
            api.blocked.end(addresses)
        if not conversation:
            continue
        try:
            await api.services.engine.call(Key(organisation, conversation), command)
        except (PeerError, Unavailable) as problem:
            raise refusal(problem, id="", conversation=conversation) from None


def _entry(
    call: Call, action: str, named: NewBlock | _Named, after: dict[str, object] | None = None
) -> AuditEntry:  # fmt: skip
    by = call.by
    return AuditEntry(
        organisation=call.organisation, by=by.agent, network=by.network, action=action, after=after,
        subject=f"{named.channel or '*'} {named.address}",
    )  # fmt: skip


def _command(api: _Api) -> CommandId:
    return CommandId(f"block-{api.services.make_id()}")


def _row(block: blocks.Block) -> BlockRow:
    return BlockRow(**msgspec.structs.asdict(block))


_LEADERS: dict[str, Any] = {"caller": Caller.STAFF, "least": Role.SUPERVISOR}

OPERATIONS = (
    Operation(
        "GET", "/v1/blocks", "the blocked addresses of an organisation", _read, BlockRows, price=Price.READ, **_LEADERS
    ),
    Operation(
        "POST", "/v1/blocks", "blocks an address, or changes its block", _add, BlockRow, price=Price.MESSAGE,
        body=NewBlock, refusals=frozenset({"bad_setting", "bad_text", "limit_reached"}), **_LEADERS,
    ),
    Operation(
        "DELETE", "/v1/blocks", "lifts the block of an address", _remove, None, price=Price.MESSAGE,
        query={"address": "the address", "channel": "the channel's id; absent: the block of all channels"}, **_LEADERS,
    ),
)  # fmt: skip
