"""The demo organisation, made through what the product itself does: settings, commands of its customers and agents,
people who arrive and get a password.

It is made once, in a database that nobody uses. People come last: where a start was ended before them, the next one
makes what is missing, since rows and commands have ids that are always the same.
"""

from typing import NamedTuple

import anyio
import structlog

from intervene.accounts.passwords import Passwords
from intervene.accounts.staff import OPERATOR
from intervene.adapters.sql.store import Store
from intervene.core.control import Place
from intervene.core.errors import InterveneError
from intervene.core.ids import DEFAULT_QUEUE, OrganisationId, QueueId
from intervene.core.people import AuditEntry, StaffMember
from intervene.core.settings import Kind
from intervene.directory.people import KnownPeople
from intervene.engine.engine import Engine
from intervene.node.samples.player import Player
from intervene.node.samples.story import PREFIX, STORIES
from intervene.node.samples.team import PASSWORD, SETTINGS, TEAM, Colleague
from intervene.policies.cache import PolicyCache
from intervene.ports.people import Changes

log_ = structlog.get_logger(__name__)


class Parts(NamedTuple):
    """Of a node."""

    organisation: OrganisationId
    store: Store
    engine: Engine
    policies: PolicyCache
    people: KnownPeople
    passwords: Passwords


async def make(parts: Parts) -> None:
    """In a database with people, or with a conversation of any other customer, it does nothing."""
    try:
        if await _is_in_use(parts):
            return
        await _set(parts)
        async with anyio.create_task_group() as playing:
            for story in STORIES:
                playing.start_soon(Player(parts.organisation, parts.store.log, parts.engine, story).play)
        hashed = await parts.passwords.hash(PASSWORD)
        for colleague in TEAM:
            await _hire(parts, colleague, hashed)
    except* InterveneError as problem:
        log_.warning("the demo organisation is not whole", reason=str(problem.exceptions[0]))
    else:
        log_.info("made a demo organisation", organisation=parts.organisation, people=len(TEAM))


async def _is_in_use(parts: Parts) -> bool:
    if await parts.store.people.is_anybody():
        return True
    for place in Place:
        page = await parts.store.inbox.page(parts.organisation, place, None, len(STORIES) + 1)
        if any(not state.contact.id.startswith(PREFIX) for state in page):
            return True
    return False


async def _set(parts: Parts) -> None:
    organisation, settings = parts.organisation, parts.store.settings
    for kind, id, values in SETTINGS:
        await settings.create(organisation, kind, id, values, "demo", OPERATOR)
    default = await settings.read(organisation, Kind.QUEUE, DEFAULT_QUEUE)
    if default.version == 0:
        await settings.change(organisation, Kind.QUEUE, DEFAULT_QUEUE, 0, {"name": "General"}, None, OPERATOR)
    for queue in dict.fromkeys(queue for colleague in TEAM for queue in colleague.queues):
        await _put_into(parts, queue)


async def _put_into(parts: Parts, queue: QueueId) -> None:
    organisation, settings = parts.organisation, parts.store.settings
    members = {colleague.id for colleague in TEAM if queue in colleague.queues}
    version, there = await settings.team(organisation, queue)
    if missing := members - there:
        changed = await settings.change_team(organisation, queue, version, missing, (), OPERATOR)
        parts.policies.change(organisation, changed.settings_version)


async def _hire(parts: Parts, colleague: Colleague, hashed: str) -> None:
    """They arrive as somebody does who enters the desk by that name, and can sign in by e-mail too."""
    organisation, people = parts.organisation, parts.people
    member = await people.find(colleague.staff(organisation), 0)
    assert member is not None, "a subject without a row gets one"
    entry = AuditEntry(
        organisation=organisation, action="person.add", subject=member.id,
        after={"name": member.name, "email": colleague.email, "role": member.role.value},
    )  # fmt: skip
    await people.change(organisation, member.id, Changes(email=colleague.email, password=hashed), entry)


async def lock(parts: Parts) -> None:
    """Outside development: nobody signs in with the password that everybody knows."""
    for colleague in TEAM:
        found = await parts.store.people.with_email(colleague.email)
        if found and found[1] and await parts.passwords.fits(PASSWORD, found[1], is_known=True):
            await _take_password(parts, found[0])


async def _take_password(parts: Parts, member: StaffMember) -> None:
    entry = AuditEntry(organisation=member.organisation, action="person.password", subject=member.id)
    await parts.people.change(member.organisation, member.id, Changes(password=""), entry)
    log_.warning("a person of the demo organisation has no password any more", person=member.id, email=member.email)
