"""Groups of two nodes over the same hot conversations, for a minute. `make soak`.

SEED=... plays the same two again, as far as a real server lets them; CONTEST_SECONDS=... for longer or shorter.
"""

import os

import pytest

from tests.integration.adapters.rivals import contend
from tests.kit.postgres import Postgres

SECONDS = float(os.environ.get("CONTEST_SECONDS", "60"))


async def test_two_nodes_write_to_the_same_conversations_for_a_minute(
    postgres: Postgres, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """[P5]"""
    seed = os.environ.get("SEED", os.urandom(4).hex())
    said = await contend(postgres, postgres_url, SECONDS, seed)
    complaints = capsys.readouterr().out
    assert not complaints, "no deadlock was tried again, no append failed"
    print(f"SEED={seed}: {said}")
