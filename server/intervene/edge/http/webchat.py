"""What pages with the widget ask over HTTP: the public settings of a channel, and visitors' tokens."""

from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.access import Visitor, check_in_use
from intervene.core.actors import Contact
from intervene.core.ids import WEBCHAT, Address, ContactId
from intervene.core.text import name_text
from intervene.edge.auth import VISITOR_SECONDS, BadToken
from intervene.edge.channels import Channels
from intervene.edge.http.operations import Call, Caller, Operation, Price, no_token
from intervene.edge.services import Services
from intervene.edge.visitors import Visitors


class _Api(Protocol):
    @property
    def services(self) -> Services: ...

    @property
    def channels(self) -> Channels: ...

    @property
    def visitors(self) -> Visitors: ...


# -- shapes ------------------------------------------------------------------------------------------------------------


class PublicChannel(Struct, frozen=True, kw_only=True):
    """What anybody may know of a channel. `open`: its hours and those of its queue say that people are there now."""

    name: str
    greeting: str
    open: bool


class AskVisitorToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name`: how the visitor is called from now on; a renewal without one leaves it as it is."""

    name: str = ""


class VisitorToken(Struct, frozen=True, kw_only=True):
    """`expires` in milliseconds since 1970, as in frames."""

    token: str
    visitor: ContactId
    expires: int


# -- acts --------------------------------------------------------------------------------------------------------------


async def _settings(api: _Api, call: Call) -> PublicChannel:
    found = await api.channels.find(call.path["channel"], call.network)
    is_open = found.open_now(api.services.clock.now())
    return PublicChannel(name=found.channel.name, greeting=found.channel.greeting, open=is_open)


async def _new_visitor(api: _Api, call: Call) -> VisitorToken:
    found = await api.channels.find(call.path["channel"], call.network)
    contact = Contact(id=ContactId(f"v-{api.services.make_id()}"), name="")
    channel = found.channel.id
    address = None if channel == WEBCHAT else Address(channel, contact.id)
    return _token(api, Visitor(organisation=found.organisation, contact=contact, address=address), call.body)


async def _renew_visitor(api: _Api, call: Call) -> VisitorToken:
    visitor = _visitor(call)
    try:
        await api.visitors.check(visitor)
    except BadToken as error:
        raise no_token(f"No: {error}.") from None
    return _token(api, visitor, call.body)


async def _forget_visitor(api: _Api, call: Call) -> None:
    await api.visitors.forget(_visitor(call))


def _visitor(call: Call) -> Visitor:
    visitor = call.principal
    assert isinstance(visitor, Visitor), "a visitor calls it"
    if call.path.get("channel", visitor.reached_at.channel) != visitor.reached_at.channel:
        raise no_token("No: the token is of another channel.")
    return visitor


def _token(api: _Api, visitor: Visitor, asked: AskVisitorToken) -> VisitorToken:
    """Raises `IllegalMove`."""
    check_in_use(visitor.organisation, api.services.tree())
    if name := name_text(asked.name):
        visitor = replace(visitor, contact=Contact(id=visitor.contact.id, name=name))
    expires = api.services.clock.now() / 1000 + VISITOR_SECONDS
    token = api.services.tokens.make(visitor, expires)
    return VisitorToken(token=token, visitor=visitor.contact.id, expires=int(expires) * 1000)


# -- the table ---------------------------------------------------------------------------------------------------------

_CHANNEL = "/v1/webchat/{channel}"
_UNAVAILABLE = frozenset({"unavailable"})
_OF_TOKENS = _UNAVAILABLE | {"illegal_move"}


def _of_visitor(path: str) -> tuple[Operation, Operation]:
    return (
        Operation(
            "POST", path, "a newer token of the same visitor", _renew_visitor, VisitorToken, caller=Caller.VISITOR,
            price=Price.TOKEN, body=AskVisitorToken, refusals=_OF_TOKENS,
        ),
        Operation(
            "DELETE", path, "forgets the visitor: no token of theirs is good from then on", _forget_visitor, None,
            caller=Caller.VISITOR, price=Price.TOKEN, refusals=_UNAVAILABLE,
        ),
    )  # fmt: skip


OPERATIONS = (
    Operation(
        "GET", _CHANNEL, "what anybody may know of a channel", _settings, PublicChannel, refusals=_UNAVAILABLE,
    ),
    Operation(
        "POST", f"{_CHANNEL}/visitors", "the token of a new visitor", _new_visitor, VisitorToken, price=Price.TOKEN,
        body=AskVisitorToken, refusals=_OF_TOKENS,
    ),
    *_of_visitor(f"{_CHANNEL}/visitor"),
    *_of_visitor("/v1/webchat/visitor"),
)  # fmt: skip
