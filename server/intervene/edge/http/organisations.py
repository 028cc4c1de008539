"""The organisations below a person's own, over HTTP. Their ids are the server's: one that an admin chose might be
that of another tree.
"""

from typing import Annotated, Any, Protocol

from msgspec import UNSET, Meta, Struct, UnsetType

from intervene.core import limits
from intervene.core.access import acting_in, check_in_use, reaches
from intervene.core.actors import Role
from intervene.core.errors import IllegalMove
from intervene.core.ids import OrganisationId
from intervene.core.people import AuditEntry
from intervene.core.tree import Organisation
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.http.reading import bad_cursor
from intervene.edge.http.session import Name, visible_name
from intervene.edge.services import Services
from intervene.ports.organisations import OrganisationChanges, Placed

PAGE = 50

Parent = Annotated[str, Meta(min_length=1, max_length=limits.ID_CHARS)]


class _Api(Protocol):
    @property
    def services(self) -> Services: ...


# -- shapes ------------------------------------------------------------------------------------------------------------


class OrganisationRow(Struct, frozen=True, kw_only=True):
    """`parent`: the organisation above it, "" for none. One that is archived takes nothing new."""

    id: OrganisationId
    parent: OrganisationId
    name: str
    version: int
    archived: bool


class OrganisationRows(Struct, frozen=True, kw_only=True):
    items: list[OrganisationRow]
    next: str = ""


class NewOrganisation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name


class ChangeOrganisation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET
    parent: Parent | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


# -- acts --------------------------------------------------------------------------------------------------------------


async def _read_below(api: _Api, call: Call) -> OrganisationRows:
    if "\0" in call.after or len(call.after) > limits.ID_CHARS:
        raise bad_cursor()
    found = await api.services.organisations.below(call.organisation, call.after, PAGE)
    items = [_row(api, call, each) for each in found]
    return OrganisationRows(items=items, next=items[-1].id if len(items) == PAGE else "")


async def _read_one(api: _Api, call: Call) -> OrganisationRow:
    return _row(api, call, await api.services.organisations.read(_named(api, call)))


async def _add(api: _Api, call: Call) -> OrganisationRow:
    asked: NewOrganisation = call.body
    check_in_use(call.organisation, api.services.tree())
    new = Organisation(
        id=OrganisationId(f"o-{api.services.make_id()}"), parent=call.organisation, name=visible_name(asked.name)
    )
    entry = _entry(call, new.id, "organisation.add", {"parent": new.parent, "name": new.name})
    return _done(api, call, await api.services.organisations.add(new, entry, call.request))


async def _change(api: _Api, call: Call) -> OrganisationRow:
    asked: ChangeOrganisation = call.body
    id = _named(api, call)
    if id == call.staff.organisation and (asked.parent is not UNSET or asked.archived is not UNSET):
        raise IllegalMove("Nobody moves or archives their own organisation: an admin of one above does that.")
    if isinstance(asked.parent, str):
        check_in_use(acting_in(call.staff, asked.parent, api.services.tree()), api.services.tree())
    name = visible_name(asked.name) if isinstance(asked.name, str) else UNSET
    parent = OrganisationId(asked.parent) if isinstance(asked.parent, str) else UNSET
    changes = OrganisationChanges(name=name, parent=parent, is_archived=asked.archived, expected=call.version)
    given = {"name": asked.name, "parent": asked.parent, "archived": asked.archived}
    after = {member: value for member, value in given.items() if value is not UNSET}
    entry = _entry(call, id, "organisation.change", after)
    return _done(api, call, await api.services.organisations.change(id, changes, entry))


def _named(api: _Api, call: Call) -> OrganisationId:
    """Raises `NotFound`."""
    return acting_in(call.staff, call.path["id"], api.services.tree())


def _entry(call: Call, organisation: OrganisationId, action: str, after: dict[str, Any]) -> AuditEntry:
    return AuditEntry(
        organisation=organisation, action=action, subject=organisation, by=call.by.agent, network=call.network,
        after=after,
    )  # fmt: skip


def _done(api: _Api, call: Call, made: Placed) -> OrganisationRow:
    api.services.tree_changed(made.tree)
    return _row(api, call, made.organisation)


def _row(api: _Api, call: Call, found: Organisation) -> OrganisationRow:
    """What is above the person's own organisation is none of theirs to see."""
    is_top = not reaches(call.staff, found.parent, api.services.tree())
    parent = OrganisationId("") if is_top else found.parent
    return OrganisationRow(
        id=found.id, parent=parent, name=found.name, version=found.version, archived=found.archived > 0
    )


_ADMINS: dict[str, Any] = {"caller": Caller.STAFF, "least": Role.ADMIN, "price": Price.MESSAGE}

OPERATIONS = (
    Operation(
        "GET", "/v1/organisations", "the organisations right below one", _read_below, OrganisationRows,
        caller=Caller.STAFF, least=Role.SUPERVISOR, price=Price.READ,
    ),
    Operation(
        "POST", "/v1/organisations", "makes an organisation below one", _add, OrganisationRow, body=NewOrganisation,
        refusals=frozenset({"id_reused", "illegal_move"}), has_key=True, status=201, **_ADMINS,
    ),
    Operation(
        "GET", "/v1/organisations/{id}", "an organisation", _read_one, OrganisationRow, caller=Caller.STAFF,
        price=Price.READ,
    ),
    Operation(
        "PATCH", "/v1/organisations/{id}", "renames, moves or archives an organisation", _change, OrganisationRow,
        body=ChangeOrganisation, has_version=True, refusals=frozenset({"illegal_move"}), **_ADMINS,
    ),
)  # fmt: skip
