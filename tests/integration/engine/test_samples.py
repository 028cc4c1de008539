"""The demo organisation, made on a node in this process: whole, once, and with a password that can be taken away."""

from collections.abc import Mapping
from itertools import count

import pytest

from intervene.accounts.passwords import Passwords
from intervene.bots.kinds.echo import echo
from intervene.core.actors import Nobody
from intervene.core.control import Place
from intervene.core.conversation.state import Conversation
from intervene.core.errors import Busy
from intervene.directory.people import KnownPeople
from intervene.node.samples import make
from intervene.node.samples.offer import offered
from intervene.node.samples.story import CLOSED, HELD, STORIES, WAITING, WITH_A_BOT
from intervene.node.samples.team import PASSWORD, TEAM
from tests.integration.engine.cluster import Cluster
from tests.unit.core.cast import ACME


class FullPasswords(Passwords):
    """Everybody signs in at once."""

    async def hash(self, password: str) -> str:
        raise Busy("Too many people sign in at once. Try again.")


@pytest.fixture
async def parts(cluster: Cluster) -> make.Parts:
    n1, ids = cluster.node("n1", {"echo": echo}), count(1)
    people = KnownPeople(cluster.store.people, n1.side, cluster.clock, lambda: f"id{next(ids)}")
    return make.Parts(ACME, cluster.store, n1.engine, n1.policies, people, Passwords())


async def conversations(cluster: Cluster) -> Mapping[str, Conversation]:
    """All that there are, by the customer's name."""
    await cluster.settles()
    pages = [await cluster.store.inbox.page(ACME, place, None, 100) for place in Place]
    return {state.contact.name: state for page in pages for state in page}


async def test_it_is_made_whole_after_a_start_that_was_ended_and_then_left_alone(
    cluster: Cluster, parts: make.Parts
) -> None:
    """Each of its people can sign in; what was played is not played again."""
    await make.make(parts._replace(passwords=FullPasswords()))
    assert not await cluster.store.people.is_anybody()
    played = await conversations(cluster)
    assert played.keys() == {story.name for story in STORIES}
    await make.make(parts)
    assert await conversations(cluster) == played
    offer = await offered(cluster.store.people, ACME)
    assert [person.email for person in offer.items] == [colleague.email for colleague in TEAM]
    for colleague in TEAM:
        member, hashed = await cluster.store.people.with_email(colleague.email) or (None, "")
        assert member is not None
        assert member.role is colleague.role
        assert await parts.passwords.fits(PASSWORD, hashed, is_known=True)
    before = await cluster.store.audit.of(ACME, 100)
    await make.make(parts)
    assert (await conversations(cluster), await cluster.store.audit.of(ACME, 100)) == (played, before)


async def test_its_stories_end_where_they_are_shown(cluster: Cluster, parts: make.Parts) -> None:
    """With a person, with a bot, waiting or closed; each in a queue, and with a status and fields, that there are."""
    await make.make(parts)
    found = await conversations(cluster)
    policy = await parts.policies.loaded(ACME)
    assert all(isinstance(found[story.name].holder, Nobody) for story in WAITING)
    assert {getattr(found[story.name].holder, "id", "") for story in WITH_A_BOT} == {"echo"}
    assert {getattr(found[story.name].holder, "name", "") for story in HELD} == {"Ada", "Ben", "Cleo"}
    assert not any(found[story.name].is_open for story in CLOSED)
    for state in found.values():
        assert state.card.queue in policy.queues
        assert {state.card.status} <= {"", *policy.statuses}
        assert state.card.fields.keys() <= policy.fields.keys()


async def test_outside_development_its_password_opens_nothing(cluster: Cluster, parts: make.Parts) -> None:
    """[P7]"""
    await make.make(parts)
    await make.lock(parts)
    for colleague in TEAM:
        _, hashed = await cluster.store.people.with_email(colleague.email) or (None, "none")
        assert hashed == ""
