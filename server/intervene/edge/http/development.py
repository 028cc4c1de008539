"""What a server in development offers of its demo organisation, so that each of its people can be tried."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec import Struct

from intervene.core.actors import Role
from intervene.edge.http.operations import Call, Operation


class DemoPerson(Struct, frozen=True, kw_only=True):
    """`about`: what they serve, or may do."""

    name: str
    role: Role
    email: str
    about: str


class DemoPeople(Struct, frozen=True, kw_only=True):
    """Who is offered at the sign-in, if there is anybody; `password` is that of each."""

    items: list[DemoPerson]
    password: str = ""


async def _nobody() -> DemoPeople:
    return DemoPeople(items=[])


NO_DEMO = _nobody


class _Api(Protocol):
    @property
    def demo(self) -> Callable[[], Awaitable[DemoPeople]]: ...


async def _people(api: _Api, _call: Call) -> DemoPeople:
    return await api.demo()


OPERATIONS = (
    Operation(
        "GET", "/v1/development/people", "the people of the demo organisation, and their password", _people, DemoPeople,
        refusals=frozenset({"unavailable"}), is_development=True,
    ),
)  # fmt: skip
