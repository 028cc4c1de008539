"""A node of the image: started, asked how it is, stopped or killed, as an engine would."""

import re
import signal
import subprocess
from pathlib import Path

from tests.integration.deploy.image import Image
from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.ports import free_port
from tests.kit.server import ask


class Container:
    """The same port and environment through all its lives. It listens on loopback: a test is nobody else's business."""

    def __init__(self, image: Image, log: Path, **environment: str) -> None:
        self.image = image
        self.port, self.metrics_port = free_port(), free_port()
        self.environment = {
            **environment, "INTERVENE_HOST": "127.0.0.1", "INTERVENE_PORT": str(self.port),
            "INTERVENE_METRICS_HOST": "127.0.0.1", "INTERVENE_METRICS_PORT": str(self.metrics_port),
        }  # fmt: skip
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "subprocess.Popen[bytes]":
        assert self.process is None, "one life at a time"
        self.process = self.image.start(self.environment, self.log)
        return self.process

    def is_healthy(self) -> bool:
        return self.image.run(self.image.healthcheck, self.environment).returncode == 0

    async def is_up(self) -> None:
        await eventually(self.is_healthy, within=LONG_WAIT, every=0.1)

    def is_told_to_stop(self) -> None:
        assert self.process is not None, "it was started"
        self.process.send_signal(getattr(signal, self.image.facts["STOPSIGNAL"].rest))

    def freezes(self) -> None:
        assert self.process is not None, "it was started"
        self.process.send_signal(signal.SIGSTOP)

    def thaws(self) -> None:
        assert self.process is not None, "it was started"
        self.process.send_signal(signal.SIGCONT)

    async def stop(self, within: float = LONG_WAIT) -> int:
        """Its exit status."""
        self.is_told_to_stop()
        return await self.ends(within)

    async def ends(self, within: float = LONG_WAIT) -> int:
        process, self.process = self.process, None
        assert process is not None, "it was started"
        await eventually(lambda: process.poll() is not None, within=within)
        return process.returncode

    async def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            await self.ends()

    async def metrics(self) -> str:
        return (await ask(f"http://127.0.0.1:{self.metrics_port}", "GET", "/metrics")).body.decode()

    async def metric(self, name: str) -> float:
        """With its labels, as in `intervene_sessions{audience="staff"}`."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", await self.metrics(), re.MULTILINE)
        return float(found[1]) if found else 0.0
