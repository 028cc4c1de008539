"""What organisations set in rows, over HTTP: four operations for each kind, and two for the team of a queue.

A row is made by a request with an `Idempotency-Key`, of which its id is made: a repeat finds the row, for ever. It is
changed for the version that its author has seen. The body of a change has the members that change, and no others.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Annotated, Any, NamedTuple, Protocol

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, defstruct

from intervene.core import limits
from intervene.core.actors import Role
from intervene.core.errors import NotFound
from intervene.core.ids import AgentId, OrganisationId, QueueId
from intervene.core.settings import KINDS, Kind, Row, Values, unwritten
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.http.reading import bad_cursor
from intervene.edge.services import Services
from intervene.ports.settings import Changed

PATHS = {
    Kind.QUEUE: "queues",
    Kind.STATUS: "statuses",
    Kind.CANNED_REPLY: "canned-replies",
    Kind.CHANNEL: "channels",
    Kind.HOURS: "hours",
    Kind.FIELD: "fields",
    Kind.REASON: "reasons",
}
_id = re.compile(rf"[!-~]{{1,{limits.ID_CHARS}}}")

REFUSALS = frozenset({"bad_setting", "bad_text", "limit_reached", "unavailable"})


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


# -- shapes ------------------------------------------------------------------------------------------------------------


class Shapes(NamedTuple):
    """What one kind takes and answers."""

    row: type[Struct]
    page: type[Struct]
    new: type[Struct]
    changes: type[Struct]


def _shapes(kind: Kind) -> Shapes:
    values = KINDS[kind].values
    name = "".join(part.capitalize() for part in kind.value.split("_"))
    shape: dict[str, Any] = {"frozen": True, "kw_only": True, "module": __name__}
    fields = [(field.name, field.type | UnsetType, UNSET) for field in msgspec.structs.fields(values)]
    archived = ("archived", bool | UnsetType, UNSET)
    row = defstruct(f"{name}Row", [("id", str), ("version", int), ("archived", bool)], bases=(values,), **shape)
    page = defstruct(f"{name}Rows", [("items", list[row]), ("next", str, "")], **shape)  # type: ignore[valid-type]
    new = defstruct(f"New{name}", [], bases=(values,), forbid_unknown_fields=True, **shape)
    changes = defstruct(f"Change{name}", [*fields, archived], forbid_unknown_fields=True, **shape)
    return Shapes(row, page, new, changes)


SHAPES = {kind: _shapes(kind) for kind in Kind}

Agents = Annotated[
    list[Annotated[AgentId, Meta(pattern=rf"\A[^\x00\ud800-\udfff]{{1,{limits.PERSON_CHARS}}}\Z")]],
    Meta(max_length=limits.MEMBERS_AT_ONCE),
]


class Team(Struct, frozen=True, kw_only=True):
    """`members`: the agents who were put into the queue, by their ids; `version`: the queue's."""

    version: int
    members: list[AgentId]


class ChangeTeam(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    add: Agents = []
    remove: Agents = []


# -- acts --------------------------------------------------------------------------------------------------------------


def _reads(kind: Kind) -> Callable[[_Api, Call], Awaitable[Struct]]:
    async def act(api: _Api, call: Call) -> Struct:
        if call.after and not _id.fullmatch(call.after):
            raise bad_cursor()
        organisation = call.organisation
        rows = await api.services.settings.page(organisation, kind, call.after, limits.SETTINGS_PAGE)
        following = rows[-1].id if len(rows) == limits.SETTINGS_PAGE else ""
        if not call.after:
            rows = await _with_unwritten(api.services, organisation, kind, rows)
        return SHAPES[kind].page(items=[_answer(row) for row in rows], next=following)

    return act


async def _with_unwritten(
    services: Services, organisation: OrganisationId, kind: Kind, rows: Sequence[Row]
) -> Sequence[Row]:
    """What is there before anything is written comes first; a written one may stand on a later page."""
    first = [await services.settings.read(organisation, kind, row.id) for row in unwritten(kind)]
    return [*(row for row in first if row.version == 0), *rows]


def _read_one(kind: Kind) -> Callable[[_Api, Call], Awaitable[Struct]]:
    async def act(api: _Api, call: Call) -> Struct:
        return _answer(await api.services.settings.read(call.organisation, kind, _named(call)))

    return act


def _create(kind: Kind) -> Callable[[_Api, Call], Awaitable[Struct]]:
    async def act(api: _Api, call: Call) -> Struct:
        organisation, by = call.organisation, call.by
        values = KINDS[kind].values(**msgspec.structs.asdict(call.body))
        id = _digest(organisation, by.agent, kind, call.key)[:24]
        request = _digest(msgspec.json.encode(values, order="deterministic").hex())
        return _done(api, organisation, await api.services.settings.create(organisation, kind, id, values, request, by))

    return act


def _change(kind: Kind) -> Callable[[_Api, Call], Awaitable[Struct]]:
    async def act(api: _Api, call: Call) -> Struct:
        organisation, by, id = call.organisation, call.by, _named(call)
        members = _given(call.body)
        archived = members.pop("archived", None)
        made = await api.services.settings.change(organisation, kind, id, call.version, members, archived, by)
        return _done(api, organisation, made)

    return act


async def _team(api: _Api, call: Call) -> Team:
    team = await api.services.settings.team(call.organisation, QueueId(_named(call)))
    return Team(version=team.version, members=sorted(team.agents))


async def _change_team(api: _Api, call: Call) -> Struct:
    organisation, by, queue = call.organisation, call.by, QueueId(_named(call))
    body: ChangeTeam = call.body
    made = await api.services.settings.change_team(organisation, queue, call.version, body.add, body.remove, by)
    return _done(api, organisation, made)


def _named(call: Call) -> str:
    if not _id.fullmatch(call.path["id"]):
        raise NotFound("There is no such setting, or none of yours.")
    return call.path["id"]


def _given(body: Struct) -> dict[str, Any]:
    """As JSON has them, so that they are taken like those that are stored."""
    given: dict[str, Any] = msgspec.to_builtins(body)
    return given


def _done(api: _Api, organisation: OrganisationId, made: Changed) -> Struct:
    if made.settings_version:
        api.services.settings_changed(organisation, made.settings_version)
    return _answer(made.row)


def _answer(row: Row) -> Struct:
    values: Values = row.values
    about = {"id": row.id, "version": row.version, "archived": row.is_archived}
    return SHAPES[row.kind].row(**msgspec.structs.asdict(values), **about)


def _digest(*parts: str) -> str:
    return sha256(msgspec.json.encode(parts)).hexdigest()


# -- the table ---------------------------------------------------------------------------------------------------------


def _operations(kind: Kind) -> list[Operation]:
    path, shapes = f"/v1/{PATHS[kind]}", SHAPES[kind]
    many = PATHS[kind].replace("-", " ")
    staff: dict[str, Any] = {"caller": Caller.STAFF}
    reading = {**staff, "price": Price.READ, "refusals": frozenset({"unavailable"})}
    writing = {**staff, "least": Role.SUPERVISOR if kind is Kind.CANNED_REPLY else Role.ADMIN, "price": Price.MESSAGE}
    return [
        Operation("GET", path, f"the organisation's {many}", _reads(kind), shapes.page, **reading),
        Operation(
            "POST", path, f"makes a row of {many}", _create(kind), shapes.row, body=shapes.new, has_key=True,
            refusals=REFUSALS | {"id_reused"}, status=201, **writing,
        ),
        Operation("GET", f"{path}/{{id}}", f"a row of {many}", _read_one(kind), shapes.row, **reading),
        Operation(
            "PATCH", f"{path}/{{id}}", f"changes or archives a row of {many}", _change(kind), shapes.row,
            body=shapes.changes, has_version=True, refusals=REFUSALS, **writing,
        ),
    ]  # fmt: skip


OPERATIONS = (
    *(operation for kind in Kind for operation in _operations(kind)),
    Operation(
        "GET", "/v1/queues/{id}/members", "the agents who were put into a queue", _team, Team,
        caller=Caller.STAFF, price=Price.READ, refusals=frozenset({"unavailable"}),
    ),
    Operation(
        "PATCH", "/v1/queues/{id}/members", "puts agents into a queue and takes them out", _change_team,
        SHAPES[Kind.QUEUE].row, caller=Caller.STAFF, least=Role.ADMIN, price=Price.MESSAGE, body=ChangeTeam,
        has_version=True, refusals=frozenset({"limit_reached", "unavailable"}),
    ),
)  # fmt: skip
