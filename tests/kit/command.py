"""Commands of an operator. `make test` forks them, as it does servers; `make test-all` starts each as an operator does.

What a start, a shell, a terminal or the two streams of a process are about is in `launch.py`.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from tests.kit.forked import Forked
from tests.kit.limits import FACTOR, LONG_WAIT, eventually


class Said(NamedTuple):
    status: int
    text: str
    """On both streams."""


async def command(*arguments: str, cwd: Path, within: float = LONG_WAIT, **settings: str) -> Said:
    """`intervene` with these arguments and settings, and none of our own settings: how it ended, and what it said."""
    with TemporaryFile() as output:
        process = _start(["-m", "intervene", *arguments], cwd, output, settings)
        try:
            await eventually(lambda: process.poll() is not None, within=within)
        finally:
            process.kill()
        output.seek(0)
        return Said(process.wait(), output.read().decode())


def _start(
    program: list[str], cwd: Path, output: IO[bytes], settings: Mapping[str, str]
) -> "subprocess.Popen[bytes] | Forked":
    ours = {name: value for name, value in os.environ.items() if not name.startswith("INTERVENE_")}
    given = {f"INTERVENE_{name.upper()}": value for name, value in settings.items()}
    if FACTOR < 1.0:
        return Forked(program, env=ours | given, cwd=cwd, stdout=output, stderr=output)
    return subprocess.Popen([sys.executable, *program], env=ours | given, cwd=cwd, stdout=output, stderr=output)
