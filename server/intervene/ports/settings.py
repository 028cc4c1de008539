"""What organisations set in rows: queues, statuses, canned replies, channels, hours, fields, reasons."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from intervene.core.ids import AgentId, OrganisationId, QueueId
from intervene.core.settings import Kind, Members, Row, Values

PageOfRows = Sequence[Row]


class By(NamedTuple):
    """Who makes a change, and from which network: for the audit."""

    agent: AgentId
    network: str = ""


class Changed(NamedTuple):
    """`settings_version`: of the organisation, after the change; 0 if nothing was changed."""

    row: Row
    settings_version: int = 0


class Team(NamedTuple):
    """`version`: of the queue's row."""

    version: int
    agents: frozenset[AgentId]


class Settings(Protocol):
    """One transaction makes a change, adds one to the row's version and one to the organisation's `settings_version`,
    and writes the audit; changes to one organisation come one after another. A row of another organisation is none.

    A change is made for `expected`, the version that its author has seen (0: of a row that is not stored yet), and
    refused for any other. All raise `Unavailable`; changes raise `BadSetting`, `BadText`, `LimitReached` and
    `VersionChanged`, and then nothing is written.
    """

    async def page(self, organisation: OrganisationId, kind: Kind, after: str, limit: int) -> PageOfRows:
        """The next stored rows by their id, archived ones too."""

    async def read(self, organisation: OrganisationId, kind: Kind, id: str) -> Row:
        """Raises `NotFound`."""

    async def create(
        self, organisation: OrganisationId, kind: Kind, id: str, values: Values, request: str, by: By
    ) -> Changed:
        """`id` belongs to one request, whose contents `request` stands for: repeated, it gets its row and changes
        nothing. Raises `IdReused` if it is another one."""

    async def change(
        self,
        organisation: OrganisationId,
        kind: Kind,
        id: str,
        expected: int,
        members: Members,
        is_archived: bool | None,
        by: By,
    ) -> Changed:
        """These members of its values become what is given, the others stay. `is_archived` None: stays too. Raises
        `NotFound`."""  # fmt: skip

    async def team(self, organisation: OrganisationId, queue: QueueId) -> Team:
        """Who was put into the queue. Raises `NotFound`."""

    async def change_team(
        self,
        organisation: OrganisationId,
        queue: QueueId,
        expected: int,
        add: Collection[AgentId],
        remove: Collection[AgentId],
        by: By,
    ) -> Changed:
        """An agent in `add` and in `remove` is removed. Raises `NotFound`."""  # fmt: skip
