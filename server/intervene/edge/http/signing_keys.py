"""Keys with which host applications sign tokens, over HTTP, for admins. A key is given once and never answered."""

import re
from typing import Annotated, Any, Literal, Protocol

from msgspec import UNSET, Meta, Struct, UnsetType

from intervene.core import limits
from intervene.core.access import check_in_use
from intervene.core.actors import Role
from intervene.core.errors import BadSetting, NotFound
from intervene.core.people import AuditEntry
from intervene.core.signing_keys import Algorithm, Purpose, SigningKey
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.http.reading import bad_cursor
from intervene.edge.http.session import Name, visible_name
from intervene.edge.services import Services
from intervene.ports.signing_keys import KeptKey, KeyChanges
from intervene.public_keys import UnfitKey, checked

PAGE = 50

Given = Literal["agent", "supervisor"]
Lifetime = Annotated[int, Meta(ge=60, le=limits.KEY_LIFETIME_SECONDS)]
Key = Annotated[str, Meta(min_length=32, max_length=limits.PEM_CHARS, pattern=r"\A[\r\n -~]*\Z")]
_secret = re.compile(rf"[!-~]{{32,{limits.KEY_CHARS}}}")


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


# -- shapes ------------------------------------------------------------------------------------------------------------


class SigningKeyRow(Struct, frozen=True, kw_only=True):
    """`id`: what the header of its tokens has as `kid`. `role`: the highest that it gives. `lifetime`: the most seconds
    from a token's `iat` to its `exp`."""

    id: str
    name: str
    purpose: Purpose
    algorithm: Algorithm
    role: Role
    lifetime: int
    version: int
    archived: bool


class SigningKeyRows(Struct, frozen=True, kw_only=True):
    items: list[SigningKeyRow]
    next: str = ""


class NewSigningKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`key`: for HS256 a random secret, of visible characters; for RS256 and ES256 the public key, as PEM. It is never
    answered."""

    name: Name
    purpose: Purpose
    key: Key
    algorithm: Algorithm = Algorithm.HS256
    role: Given = "agent"
    lifetime: Lifetime = 3600


class ChangeSigningKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET
    role: Given | UnsetType = UNSET
    lifetime: Lifetime | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


# -- acts --------------------------------------------------------------------------------------------------------------


async def _read_page(api: _Api, call: Call) -> SigningKeyRows:
    if "\0" in call.after or len(call.after) > limits.ID_CHARS:
        raise bad_cursor()
    items = [_row(key) for key in await api.services.signing_keys.page(call.organisation, call.after, PAGE)]
    return SigningKeyRows(items=items, next=items[-1].id if len(items) == PAGE else "")


async def _add(api: _Api, call: Call) -> SigningKeyRow:
    asked: NewSigningKey = call.body
    check_in_use(call.organisation, api.services.tree())
    new = SigningKey(
        kid=f"k-{api.services.make_id()}", organisation=call.organisation, name=visible_name(asked.name),
        purpose=asked.purpose, role=Role(asked.role), key=_fit(asked), lifetime=asked.lifetime,
        algorithm=asked.algorithm,
    )  # fmt: skip
    after = {
        "name": new.name, "purpose": new.purpose.value, "role": new.role.value, "lifetime": new.lifetime,
        "algorithm": new.algorithm.value,
    }  # fmt: skip
    entry = _entry(call, new.kid, "signing_key.add", after)
    return await _done(api, await api.services.signing_keys.add(new, entry, call.request))


def _fit(asked: NewSigningKey) -> str:
    """Raises `BadSetting`."""
    if asked.algorithm is Algorithm.HS256 and not _secret.fullmatch(asked.key):
        raise BadSetting(f"The key for HS256 has 32 to {limits.KEY_CHARS} visible characters.")
    try:
        return checked(asked.algorithm, asked.key)
    except UnfitKey as problem:
        raise BadSetting(str(problem)) from None


async def _change(api: _Api, call: Call) -> SigningKeyRow:
    asked, kid = call.body, call.path["id"]
    if "\0" in kid:
        raise NotFound("There is no such key, or none of yours.")
    changes = KeyChanges(
        name=visible_name(asked.name) if isinstance(asked.name, str) else UNSET,
        role=Role(asked.role) if isinstance(asked.role, str) else UNSET,
        lifetime=asked.lifetime, is_archived=asked.archived, expected=call.version,
    )  # fmt: skip
    given = {"name": asked.name, "role": asked.role, "lifetime": asked.lifetime, "archived": asked.archived}
    entry = _entry(
        call, kid, "signing_key.change", {name: value for name, value in given.items() if value is not UNSET}
    )
    return await _done(api, await api.services.signing_keys.change(call.organisation, kid, changes, entry))


def _entry(call: Call, kid: str, action: str, after: dict[str, Any]) -> AuditEntry:
    return AuditEntry(
        organisation=call.organisation, action=action, subject=kid, by=call.by.agent, network=call.network, after=after
    )


async def _done(api: _Api, made: KeptKey) -> SigningKeyRow:
    """It is good, or not any more, when it is answered."""
    api.services.tree_changed(made.tree)
    await api.services.keys_changed()
    return _row(made.key)


def _row(key: SigningKey) -> SigningKeyRow:
    return SigningKeyRow(
        id=key.kid, name=key.name, purpose=key.purpose, algorithm=key.algorithm, role=key.role, lifetime=key.lifetime,
        version=key.version, archived=key.archived > 0,
    )  # fmt: skip


_ADMINS: dict[str, Any] = {"caller": Caller.STAFF, "least": Role.ADMIN}

OPERATIONS = (
    Operation(
        "GET", "/v1/signing-keys", "the keys of host applications", _read_page, SigningKeyRows, price=Price.READ,
        **_ADMINS,
    ),
    Operation(
        "POST", "/v1/signing-keys", "takes a key of a host application", _add, SigningKeyRow, body=NewSigningKey,
        refusals=frozenset({"bad_setting", "id_reused", "illegal_move", "limit_reached"}), has_key=True, status=201,
        price=Price.MESSAGE, **_ADMINS,
    ),
    Operation(
        "PATCH", "/v1/signing-keys/{id}", "renames, bounds or archives a key", _change, SigningKeyRow,
        body=ChangeSigningKey, has_version=True, refusals=frozenset({"bad_setting", "limit_reached"}),
        price=Price.MESSAGE, **_ADMINS,
    ),
)  # fmt: skip
