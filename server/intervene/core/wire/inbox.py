"""Lists of conversations, as staff ask for them and are shown them: the row, its place, the view, and frames."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

from msgspec import Meta, field, structs

from intervene.core.access import NO_HOLDER, Placement
from intervene.core.actors import Agent, Bot, Contact, Holder, Nobody
from intervene.core.ids import AgentId, ConversationId, OrganisationId, QueueId, StatusId
from intervene.core.limits import ID_CHARS, LOOKED_AT, TAG_CHARS
from intervene.core.wire.common import Id, Incoming, Outgoing, Part


class LastLine(Part, frozen=True, kw_only=True):
    """The beginning of the last message that the customer sees, and what wrote it: `bot`, `agent`, `contact`. `id` and
    `name`: of a bot or an agent, as it was called then."""

    by: str
    text: str
    id: str = ""
    name: str = ""


class Row(Part, frozen=True, kw_only=True):
    """A conversation in a list. `since`: when its holder changed last, or when it began; of a closed one, when that
    was. `asked`: the number of the customer's last message; it is dealt with if `answered` is not below it.
    `waiting_since`: 0 unless nobody holds it and it is open. `unanswered_since`: when the customer wrote what no whole
    message of a bot or agent has followed, 0 for none. Times are in milliseconds since 1970."""

    organisation: OrganisationId
    id: ConversationId
    epoch: int
    seq: int
    contact: Contact
    channel: str
    holder: Holder
    is_open: bool
    since: int
    asked: int
    answered: int
    last_at: int
    queue: QueueId
    waiting_since: int = 0
    unanswered_since: int = 0
    status: StatusId = StatusId("")
    tags: tuple[str, ...] = ()
    last: LastLine | None = None

    @property
    def held_by(self) -> AgentId:
        """The id of the agent who holds control, "" for none."""
        return self.holder.id if isinstance(self.holder, Agent) else NO_HOLDER

    @property
    def placement(self) -> Placement:
        """What says which staff see it."""
        return Placement(self.organisation, self.queue, self.held_by)


class Listed(StrEnum):
    """Which of the conversations that one may see."""

    ALL = "all"
    """All that are open."""
    MINE = "mine"
    WAITING = "waiting"
    AGENT = "agent"
    BOT = "bot"
    CLOSED = "closed"


class View(Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which conversations are listed. `unread`: of one's own, those with a message of the customer that one has neither
    read nor answered. `below`: also those of the organisations below."""

    list: Listed = Listed.ALL
    queue: Annotated[str, Meta(max_length=ID_CHARS)] = ""
    status: Annotated[str, Meta(max_length=ID_CHARS)] = ""
    tag: Annotated[str, Meta(max_length=TAG_CHARS)] = ""
    unread: bool = False
    organisation: Annotated[str, Meta(max_length=ID_CHARS)] = ""
    below: bool = False

    @property
    def name(self) -> str:
        """The same for the same view: what is not as by default, as the query of a URL."""
        said = {name: value for name, value in structs.asdict(self).items() if value}
        return urlencode({name: "true" if value is True else value for name, value in said.items()})


def matches(view: View, row: Row, me: str) -> bool:
    """Whether the row belongs into the view of the agent `me`, read or not."""
    return (
        _is_listed(view.list, row, me)
        and view.queue in ("", row.queue)
        and view.status in ("", row.status)
        and (not view.tag or view.tag in row.tags)
    )


def _is_listed(listed: Listed, row: Row, me: str) -> bool:
    match listed:
        case Listed.ALL:
            return row.is_open
        case Listed.MINE:
            return row.held_by == me
        case Listed.WAITING:
            return row.is_open and isinstance(row.holder, Nobody)
        case Listed.AGENT:
            return isinstance(row.holder, Agent)
        case Listed.BOT:
            return isinstance(row.holder, Bot)
        case Listed.CLOSED:
            return not row.is_open


Name = Annotated[str, Meta(max_length=1024)]
"""Of a view."""
Place = tuple[int, int, str]


def place(row: Row) -> Place:
    """Where the row stands in a list, the least first: what waits, the longest waiting first; what an agent holds
    unanswered, the longest unanswered first; then what changed last; then what is closed, the latest first. Ties are
    in the order of ids."""
    if not row.is_open:
        return (3, -row.since, row.id)
    if isinstance(row.holder, Nobody):
        return (0, row.waiting_since, row.id)
    if row.unanswered_since and isinstance(row.holder, Agent):
        return (1, row.unanswered_since, row.id)
    return (2, -row.last_at, row.id)


def is_unread(row: Row, read: int) -> bool:
    """Whether the customer's last message was neither read nor answered by the reader of `read`, who holds it."""
    return row.asked > max(read, row.answered)


# -- in ----------------------------------------------------------------------------------------------------------------


class OpenView(Incoming, tag="open_view", frozen=True, kw_only=True):
    """List the conversations of the view, and what changes."""

    view: View


class MoreRows(Incoming, tag="more_rows", frozen=True, kw_only=True):
    """The next ones. `view`: the name of one that is open."""

    view: Name


class CloseView(Incoming, tag="close_view", frozen=True, kw_only=True):
    view: Name


class Look(Incoming, tag="look", frozen=True, kw_only=True):
    """These rows of the view are on the screen, in the place of others before: show what is being written in them."""

    view: Name
    conversations: Annotated[list[Id], Meta(max_length=LOOKED_AT)]


# -- out ---------------------------------------------------------------------------------------------------------------


class ViewShown(Outgoing, tag="view", frozen=True, kw_only=True):
    """The rows that are loaded, in their order, in the place of all that was shown of the view; with `continued`, those
    behind what was shown. `read`: up to where one has read, of those in which one has. `more`: there are others behind
    them. `truncated`: the server has not all at hand, and the end of the list is missing. `complete`: false while
    conversations that a release before wrote may be missing."""

    view: str
    filter: View
    rows: list[Row]
    continued: bool = False
    read: dict[ConversationId, int] = field(default_factory=dict)
    more: bool = False
    truncated: bool = False
    complete: bool = True


class RowsChanged(Outgoing, tag="rows", frozen=True, kw_only=True):
    """`changed` are in the view, with these values, and stand where the order puts them; `left` are not, or stand
    behind what is loaded."""

    view: str
    changed: list[Row] = field(default_factory=list)
    left: list[ConversationId] = field(default_factory=list)
    more: bool = False


class Sum(Part, frozen=True, kw_only=True):
    """Of open conversations that one may see."""

    waiting: int = 0
    agent: int = 0
    bot: int = 0


class Counts(Outgoing, tag="counts", frozen=True, kw_only=True):
    """Of open conversations that one may see, in one organisation, or with `below` also in those below. `truncated`:
    there are more."""

    organisation: OrganisationId
    below: bool = False
    mine: int = 0
    unread: int = 0
    waiting: int = 0
    agent: int = 0
    bot: int = 0
    queues: dict[QueueId, Sum] = field(default_factory=dict)
    statuses: dict[StatusId, int] = field(default_factory=dict)
    truncated: bool = False


class Tails(Outgoing, tag="tails", frozen=True, kw_only=True):
    """The last characters of what is being written in rows that were looked at, those that have changed. Empty: nothing
    is being written."""

    tails: dict[ConversationId, str]


InboxIn = OpenView | MoreRows | CloseView | Look
InboxOut = ViewShown | RowsChanged | Counts | Tails
