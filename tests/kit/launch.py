"""The command `intervene` as others start it: a shell, a service manager, a container engine."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.limits import LONG_WAIT, SCALED
from tests.kit.server import ask, until

INTERVENE = [sys.executable, "-m", "intervene"]
AS_PROCESS_1 = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
WITHOUT_PRIVILEGE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]
"""Root, for whom permissions of files count."""


def environment(**settings: str) -> dict[str, str]:
    """Ours, and these settings. A name in capitals is a variable that is none of ours."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("INTERVENE_")}
    return (
        inherited
        | SCALED
        | {name if name.isupper() else f"INTERVENE_{name.upper()}": value for name, value in settings.items()}
    )


def spawn(command: list[str], folder: Path, **settings: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command, cwd=folder, env=environment(**settings), preexec_fn=_heed_ctrl_c,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.communicate()


def _heed_ctrl_c() -> None:
    """A shell lets its background jobs ignore it, and they their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(shell: str, folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """`$INTERVENE` in it is the command."""
    command = shell.replace("$INTERVENE", shlex.join(INTERVENE))
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment(**settings),
        capture_output=True, text=True, timeout=LONG_WAIT,
    )  # fmt: skip


def as_process_1(*command: str) -> list[str]:
    if os.geteuid():
        pytest.skip("only root makes a namespace of processes")
    return [*AS_PROCESS_1, *command]


def child_of(process: "subprocess.Popen[bytes]") -> int | None:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(children[0]) if children else None


def has_handler(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


async def is_served(port: int, process: "subprocess.Popen[bytes]") -> None:
    async def does() -> bool:
        assert process.poll() is None, f"it has ended with {process.returncode}"
        try:
            return (await ask(f"http://127.0.0.1:{port}", "GET", "/readyz")).status == 200
        except OSError:
            return False

    await until(does)
