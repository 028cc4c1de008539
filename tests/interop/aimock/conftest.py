"""An endpoint for the tests of a file, and a cluster whose bot asks it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.engine.cluster import Cluster
from tests.interop.aimock.endpoint import Aimock, running


@pytest.fixture
async def aimock(tmp_path: Path) -> AsyncIterator[Aimock]:
    async with running(tmp_path) as aimock:
        yield aimock


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """At its end the promises hold, on the log and on every screen."""
    cluster = await Cluster.start(tmp_path / "intervene.db")
    yield cluster
    await cluster.settles()
    await cluster.is_sound()
    await cluster.close()
