"""`intervene organisation`: what an organisation has set, its place in the tree, and changes to both, beside
servers that run.

It writes to the database, and nothing else: each server compares versions with it every 2 s.
"""

import asyncio
from typing import TypeVar

from intervene.adapters.sql.database import Query
from intervene.adapters.sql.organisations import place
from intervene.adapters.sql.policies import change, read
from intervene.config import Config
from intervene.core.ids import OrganisationId
from intervene.core.people import AuditEntry
from intervene.core.policy import NO_BOT, Settings
from intervene.core.text import printable
from intervene.core.timing import PRODUCTION
from intervene.ops.direct import Direct

T = TypeVar("T")

OWN = "default"
"""As a bot: what the server's own settings say."""


def show(config: Config, organisation: OrganisationId) -> str:
    """A sentence. Raises `Unavailable`, with a sentence for the operator."""
    version, settings = _ask(config, read(organisation))
    return f"{printable(organisation)}: {_says(settings)}. The settings were changed {version} times."


def set_bot(config: Config, organisation: OrganisationId, bot: str) -> str:
    """The same after the change."""
    settings = Settings(bot="" if bot == OWN else bot)
    version = _ask(config, change(organisation, settings))
    return (
        f"{printable(organisation)}: {_says(settings)}. This is version {version} of the settings; servers that run go "
        f"by it within {PRODUCTION.policies:.0f} s. Open conversations keep their holder."
    )


def set_parent(config: Config, organisation: OrganisationId, parent: OrganisationId | None) -> str:
    """The same after a change of the organisation's place in the tree. Raises `IllegalMove` and `TooMany` too."""
    entry = AuditEntry(
        organisation=organisation, action="organisation.place", subject=organisation, after={"parent": parent or ""}
    )
    tree = _ask(config, place(organisation, parent, entry))
    above = ", ".join(printable(each) for each in tree.ancestors(organisation)) or "no other"
    return (
        f"{printable(organisation)} is below {above}. Supervisors and admins act in what is below their own; servers "
        f"that run go by it within {PRODUCTION.policies:.0f} s."
    )


def _says(settings: Settings) -> str:
    match settings.bot:
        case "":
            return "conversations start with the bot that the server's settings name"
        case bot if bot == NO_BOT:
            return "conversations wait for a person"
        case bot:
            return f"conversations start with the bot {printable(bot)}"


def _ask(config: Config, query: Query[T]) -> T:
    return asyncio.run(Direct(config).tell(query))
