"""The proxy that we ship, in front of one server of this machine: deploy/haproxy.cfg with other addresses."""

import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.kit.ports import free_port
from tests.kit.server import ServerProcess, ask, until

SHIPPED = Path(__file__).parents[3] / "deploy" / "haproxy.cfg"


@asynccontextmanager
async def haproxy(server: ServerProcess, directory: Path) -> AsyncIterator[int]:
    """Its port. Both nodes of the file are this server."""
    port = free_port()
    text = SHIPPED.read_text().replace("bind :8000", f"bind 127.0.0.1:{port}")
    text, nodes = re.subn(r"node\d:8000", f"127.0.0.1:{server.port}", text)
    assert nodes == 2, "the file names two"
    file = directory / "haproxy.cfg"
    file.write_text(text)
    program = shutil.which("haproxy", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    assert program, "these tests need haproxy: apt-get install haproxy"
    with (directory / "haproxy.log").open("wb") as log:
        process = subprocess.Popen([program, "-f", str(file)], stdout=log, stderr=log)  # noqa: ASYNC220  # a fork

    async def is_served() -> bool:
        try:
            return (await ask(f"http://127.0.0.1:{port}", "GET", "/readyz")).status == 200
        except OSError:
            return False

    try:
        await until(is_served)
        yield port
    finally:
        process.kill()
        process.wait()
