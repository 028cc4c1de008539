"""How the command begins and ends: signals that come early, and standard streams that are closed, full or unread."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from intervene.edge.server import bind
from tests.kit.examples import some
from tests.kit.launch import INTERVENE, as_process_1, child_of, end, has_handler, is_served, run, spawn
from tests.kit.limits import LONG_WAIT, WAIT, eventually
from tests.kit.ports import free_port


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Accepts connections, as a database that hangs, and answers nothing: whoever starts does not get beyond it."""
    with bind("127.0.0.1", 0) as listening:
        listening.listen()
        listening.settimeout(LONG_WAIT)
        yield listening


def database(silent: socket.socket) -> str:
    return f"postgresql://127.0.0.1:{silent.getsockname()[1]}/none"


# -- signals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("after", some([0.3, 0.0, 0.1, 1.0]))
@pytest.mark.parametrize("workers", [1, 2])
async def test_process_1_ends_when_it_is_told_to_however_early(
    tmp_path: Path, silent: socket.socket, number: signal.Signals, after: float, workers: int
) -> None:
    """The kernel delivers to process 1 only signals that it handles. Nothing helps before Python itself is up."""
    settings = {"port": str(free_port()), "data": str(tmp_path / "data"), "drain_seconds": "0"}
    if workers > 1:
        settings |= {"workers": "2", "database_url": database(silent), "redis_url": "redis://127.0.0.1:1"}
    process = spawn(as_process_1(*INTERVENE, "serve"), tmp_path, **settings)
    try:
        await eventually(lambda: child_of(process) is not None)
        pid = child_of(process)
        assert pid is not None
        await eventually(lambda: has_handler(pid, number))
        over = time.monotonic() + after
        await eventually(lambda: time.monotonic() >= over)
        os.kill(pid, number)
        await eventually(lambda: process.poll() is not None, within=WAIT)
        assert process.returncode in {0, 128 + number, 1 if number is signal.SIGINT else 0}
    finally:
        end(process)


def test_the_handler_comes_before_everything_that_takes_time_to_import(tmp_path: Path) -> None:
    program = """
import signal, sys
from intervene import start

class Watch:
    def find_spec(self, name, path, target=None):
        if name == "intervene.cli":
            slow = {"asyncio", "click", "msgspec", "structlog", "uvloop"} & set(sys.modules)
            print(signal.getsignal(signal.SIGTERM) is start.end, sorted(slow))
            sys.exit()

sys.meta_path.insert(0, Watch())
start.main()
"""
    said = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=WAIT)
    assert said.stdout == "True []\n", said.stderr


@pytest.mark.parametrize("command", ["migrate", "serve", "doctor"])
async def test_who_is_not_process_1_dies_by_the_signal_itself(
    tmp_path: Path, silent: socket.socket, command: str
) -> None:
    """So a service manager tells a stop from a failure. It is in the middle of its work."""
    process = spawn([*INTERVENE, command], tmp_path, database_url=database(silent), port="0")
    try:
        connection, _ = silent.accept()
        process.send_signal(signal.SIGTERM)
        await eventually(lambda: process.poll() is not None)
        connection.close()
        assert process.returncode == -signal.SIGTERM
    finally:
        end(process)


# -- standard streams --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", some(["<&- >&- 2>&-", "<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-"]))
async def test_a_server_without_standard_streams_serves_and_ends_in_peace(tmp_path: Path, closed: str) -> None:
    """Otherwise the loop gets their descriptors, and aborts the process when it closes them."""
    port = free_port()
    process = spawn(["sh", "-c", f"exec {shlex.join(INTERVENE)} serve {closed}"], tmp_path, port=str(port), data="data")
    try:
        await is_served(port, process)
        opened = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in range(3)]
        assert all(file.startswith(("/dev/", "pipe:")) for file in opened), opened
        process.terminate()
        await eventually(lambda: process.poll() is not None)
        assert process.returncode == 0
    finally:
        end(process)


@pytest.mark.parametrize("closed", some(["<&- >&- 2>&-", ">&-", "2>&-"]))
@pytest.mark.parametrize("command", ["config", "--version", "backup x", "verify", "migrate"])
def test_every_command_does_without_standard_streams(tmp_path: Path, command: str, closed: str) -> None:
    with_streams = run(f"$INTERVENE {command}", tmp_path).returncode
    assert run(f"$INTERVENE {command} {closed}", tmp_path).returncode == with_streams


async def test_workers_have_standard_streams_though_their_parent_was_started_without(tmp_path: Path) -> None:
    """Descriptors that the parent opened in their place are handed down."""
    program = "import os, subprocess, sys; from intervene import start; start.open_streams(); "
    program += "sys.exit(subprocess.call(['sh', '-c', 'test -e /dev/fd/0 && test -e /dev/fd/1 && test -e /dev/fd/2']))"
    assert run(f"{shlex.join([sys.executable, '-c', program])} <&- >&- 2>&-", tmp_path).returncode == 0


@pytest.mark.parametrize("stream", some([">/dev/full 2>&1", ">/dev/full", "2>/dev/full", "2>&1"]))
async def test_a_stream_that_takes_nothing_does_not_end_the_server(tmp_path: Path, stream: str) -> None:
    """The disk is full, or the reader has gone."""
    port = free_port()
    process = spawn(["sh", "-c", f"exec {shlex.join(INTERVENE)} serve {stream}"], tmp_path, port=str(port), data="data")
    assert process.stdout is not None
    process.stdout.close()
    try:
        await is_served(port, process)
        process.terminate()
        await eventually(lambda: process.poll() is not None)
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("command", ["--version", "--help", "serve --help", "config"])
def test_a_disk_that_is_full_is_a_sentence(tmp_path: Path, command: str) -> None:
    ended = run(f"$INTERVENE {command} >/dev/full", tmp_path)
    assert (ended.returncode, ended.stderr) == (2, "Intervene could not go on: [Errno 28] No space left on device.\n")


@pytest.mark.parametrize("command", ["config", "config --json", "--help", "doctor --json"])
def test_a_reader_who_leaves_early_gets_no_traceback(tmp_path: Path, command: str) -> None:
    assert run(f"$INTERVENE {command} | head -c 1", tmp_path).stderr == ""


# -- what it says at the start -----------------------------------------------------------------------------------------


async def test_the_commands_that_it_offers_work_where_it_was_started(tmp_path: Path) -> None:
    """In a checkout and in any other environment."""
    port = free_port()
    process = spawn([*INTERVENE, "serve"], tmp_path, port=str(port), data="data")
    try:
        await is_served(port, process)
        assert process.stdout is not None
        offered = next(line for line in iter(process.stdout.readline, b"") if b"Check it:" in line)
    finally:
        end(process)
    command = offered.decode().partition("Check it:")[2].strip()
    assert "nothing is wrong" in run(command, tmp_path, data="data").stdout


def test_a_port_that_is_taken_is_a_sentence_that_says_what_to_do(tmp_path: Path, silent: socket.socket) -> None:
    ended = run("$INTERVENE serve", tmp_path, port=str(silent.getsockname()[1]), data="data")
    assert ended.returncode == 3
    assert "Address already in use. Stop what listens there, or choose another port with INTERVENE_PORT" in ended.stderr
    assert "Errno" not in ended.stderr
