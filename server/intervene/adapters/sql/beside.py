"""What a commit writes beside its conversation, in its transaction and under the row's lock: blocks, attributes."""

from collections.abc import Mapping

from intervene.adapters.sql import attributes, blocks
from intervene.adapters.sql.contacts import lock_if_known
from intervene.adapters.sql.database import Query
from intervene.core import limits
from intervene.core.actors import Agent, Bot
from intervene.core.blocks import Block
from intervene.core.contacts import Source
from intervene.core.events import AttributesKept, Blocked, Unblocked
from intervene.core.ids import AgentId, ContactId, OrganisationId
from intervene.ports.log import Commit


def has_some(commit: Commit) -> bool:
    """Whether `written` has something to do."""
    return any(isinstance(event.body, Blocked | Unblocked | AttributesKept) for event, _ in commit.events)


def written(commit: Commit) -> Query[None]:
    organisation = commit.key.organisation
    for event, _ in commit.events:
        match event.body:
            case Blocked(channel=channel, address=address, until=until, why=why):
                by = event.author.id if isinstance(event.author, Agent) else AgentId("")
                yield blocks.put(organisation, Block(channel=channel, address=address, until=until, by=by, why=why))
            case Unblocked(channel=channel, address=address):
                yield blocks.remove(organisation, channel, address)
            case AttributesKept(values=values) if isinstance(event.author, Bot):
                yield from _keep(organisation, commit.state.contact.id, event.author, values)
            case _:
                pass


def rehearse() -> Query[None]:
    """The same, of no address and no contact."""
    nowhere, none = OrganisationId(""), ContactId("")
    yield blocks.put(nowhere, Block(channel="", address=""))
    yield blocks.remove(nowhere, "", "")
    yield from lock_if_known(nowhere, none)
    yield from attributes.of(nowhere, none)
    yield from attributes.put(nowhere, none, Source.BOT, "", {"": "", "-": "-"})


def _keep(organisation: OrganisationId, id: ContactId, bot: Bot, values: Mapping[str, str]) -> Query[None]:
    """As far as there is room: what a bot says fails no commit."""
    yield from lock_if_known(organisation, id)
    names = {each.name for each in (yield from attributes.of(organisation, id))}
    kept = {}
    for name, value in values.items():
        if not value or name in names or len(names) < limits.ATTRIBUTES:
            kept[name] = value
            names |= {name} if value else set()
    yield from attributes.put(organisation, id, Source.BOT, bot.id, kept)
