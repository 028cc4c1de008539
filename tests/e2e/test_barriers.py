"""Nothing in widget or desk keeps people out, as far as rules can tell: axe-core on every state, light and dark."""

import pytest

from tests.e2e.axe import barriers, has_no_barriers
from tests.e2e.people import People
from tests.e2e.scenes import DESK, WIDGET, Scene
from tests.kit.examples import some
from tests.kit.proxy import Proxy
from tests.kit.server import ServerProcess


async def has_none(scene: Scene, people: People, house: ServerProcess, line: Proxy) -> None:
    await has_no_barriers(await scene(people, house, line))


@pytest.mark.parametrize("scene", some(tuple(WIDGET)))
async def test_the_widget_has_no_serious_barrier(scene: str, people: People, house: ServerProcess, line: Proxy) -> None:
    await has_none(WIDGET[scene], people, house, line)


@pytest.mark.parametrize("scene", some(tuple(DESK)))
async def test_the_desk_has_no_serious_barrier(scene: str, people: People, house: ServerProcess, line: Proxy) -> None:
    await has_none(DESK[scene], people, house, line)


async def test_a_barrier_in_a_shadow_root_is_found(people: People, house: ServerProcess) -> None:
    """Otherwise the tests above would find none anywhere."""
    maria = await people.customer(house)
    await maria.arrives()
    await maria.log.evaluate("(log) => log.append(document.createElement('button'))")
    found = await barriers(maria.page)
    assert [line.partition(":")[0] for line in found] == ["button-name"]
