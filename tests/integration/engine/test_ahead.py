"""A click that is decided on what is remembered, before the row's lock is there."""

from intervene.core.errors import Taken
from tests.integration.engine.actors import Person
from tests.integration.engine.cluster import Node


async def test_a_click_decided_ahead_loses_to_one_that_was_committed_elsewhere_meanwhile(
    n1: Node, anna: Person, ben: Person
) -> None:
    """[P3]"""
    n1.log.holds_writes()
    hers = anna.intervenes()
    await n1.log.write_waits()
    await ben.intervenes()
    n1.log.releases_writes()
    problem = await hers.refusal()
    assert isinstance(problem, Taken)
    assert problem.facts["by"] == ben.who
