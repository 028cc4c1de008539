"""A node without one of its parts keeps no promise, so it does not go on."""

from pathlib import Path

import msgspec
import pytest

from tests.kit.limits import WAIT, eventually
from tests.kit.server import ServerProcess

PROGRAM = Path(__file__).with_name("one_part_ends.py")


@pytest.mark.parametrize("how", ["raises", "returns"])
async def test_background_work_that_ends_by_itself_ends_the_process(tmp_path: Path, how: str) -> None:
    """[P5] It is logged, sessions reconnect elsewhere, and what watches over processes sees the exit status."""
    server = ServerProcess(tmp_path, program=f"{PROGRAM} {how}", drain_seconds="60")
    await server.start()
    process = server.process
    assert process is not None
    try:
        (server.data / "now").touch()
        await eventually(lambda: process.poll() is not None, within=WAIT)
    finally:
        process.kill()
    assert process.returncode == 1
    lines = [msgspec.json.decode(line) for line in server.log.splitlines() if line.startswith("{")]
    (critical,) = [line for line in lines if line["level"] == "critical"]
    assert critical["event"] == "a part of the node ended by itself: this process ends"
    assert critical["part"] == "housekeeping"
    assert ("no such thing" in str(critical)) == (how == "raises")
