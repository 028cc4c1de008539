"""Servers and commands that are forked from a process which has imported everything: a second of processor time less
for each.

They run the same module with the arguments, environment, folder and streams that they would be started with, and share
nothing with each other or with the tests. `make test-all` starts each as a user does.
"""

import atexit
import gc
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from runpy import run_module
from typing import IO

import msgspec

ROOT = Path(__file__).parents[2]
NUMBER = struct.Struct("i")
MODULES = ("intervene", "tests.cluster.hostile")
"""What may be forked: nothing that changes what others import."""
IMPORTED = (
    "intervene.cli", "intervene.node.serve", "intervene.node.clustered", "intervene.edge.server",
    "intervene.ops.doctor", "intervene.ops.organisation", "intervene.ops.person", "intervene.ops.migrate",
    "alembic.command", "anyio._backends._asyncio", "uvicorn.lifespan.off", "encodings.idna",
)  # fmt: skip
"""What servers and commands of operators import, late too."""


class Request(msgspec.Struct):
    """Two descriptors come with it: where the process writes to, and where it is said how it ended."""

    module: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str


class Forked:
    """As much of `subprocess.Popen` as tests ask for. `program` is what Python runs: `["-m", "intervene", "serve"]`."""

    def __init__(
        self, program: Sequence[str], *, env: dict[str, str], cwd: Path, stdout: IO[bytes], stderr: IO[bytes]
    ) -> None:
        assert stdout is stderr, "one log"
        self.returncode: int | None = None
        self._status, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        option, module, *arguments = program
        assert option == "-m"
        request = msgspec.json.encode(Request(module, arguments, env, str(cwd)))
        with theirs:
            socket.send_fds(_parent(), [request], [stdout.fileno(), theirs.fileno()])
        (self.pid,) = NUMBER.unpack(self._status.recv(NUMBER.size))

    def poll(self) -> int | None:
        return self._take(socket.MSG_DONTWAIT)

    def wait(self, timeout: float | None = None) -> int:
        try:
            if self.returncode is None:
                self._status.settimeout(timeout)
            code = self._take(0)
        except TimeoutError:
            raise subprocess.TimeoutExpired("intervene", timeout or 0.0) from None
        assert code is not None
        return code

    def _take(self, flags: int) -> int | None:
        if self.returncode is None:
            try:
                (self.returncode,) = NUMBER.unpack(self._status.recv(NUMBER.size, flags))
            except BlockingIOError:
                return None
            self._status.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def _parent() -> socket.socket:
    """The line to it. It ends with this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen([sys.executable, "-m", __name__], stdin=theirs.fileno(), cwd=ROOT)

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# -- the process that is forked ----------------------------------------------------------------------------------------


def serve(line: socket.socket) -> str:
    """Returns in a child that has become what was asked for: the module that it is to run."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, 1 << 18, 2)
        _reap()
        if not message:
            os._exit(0)
        if os.fork() == 0:
            os.close(line.detach())
            request = msgspec.json.decode(message, type=Request)
            _keep(request, *descriptors)
            return request.module
        for descriptor in descriptors:
            os.close(descriptor)


def _keep(request: Request, log: int, status: int) -> None:
    """Its parent, which does nothing but wait for its end. It returns in the child."""
    child = os.fork()
    if child:
        os.close(log)
        os.write(status, NUMBER.pack(child))
        _, how = os.waitpid(child, 0)
        try:
            os.write(status, NUMBER.pack(os.waitstatus_to_exitcode(how)))
        except OSError:
            pass  # the tests have ended
        os._exit(0)
    os.close(status)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((nothing, log, log)):
        os.dup2(descriptor, number)
    os.close(nothing)
    os.close(log)
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.folder)
    sys.argv = [request.module, *request.arguments]
    time.tzset()


def prepare() -> None:
    """Work out what each process would again: the pages as they are packed, and the patterns of paths, which `re`
    keeps. Files are read by each all the same."""
    for name in IMPORTED:
        import_module(name)
    pages = import_module("intervene.edge.http.pages")
    pages._file = cache(pages._file)  # type: ignore[attr-defined]
    list(pages.Pages(pages.read(pages.BUILT), development=True).routes())
    for operation in import_module("intervene.edge.http.api").OPERATIONS:
        import_module("starlette.routing").compile_path(operation.path)
    gc.freeze()


def becomes(module: str) -> None:
    """Run it and end. Once all is done that is to be done at an end, the process leaves: to take apart what it shares
    with its parent would copy all of it first."""
    status: list[int] = []

    @atexit.register
    def leave() -> None:  # the first that was registered, and so the last
        gc.collect()  # what was forgotten says so
        if status:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status[0])

    try:
        run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            status.append(end.code or 0)
        raise


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    prepare()
    with socket.socket(fileno=os.dup(0)) as line:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which end it
        module = serve(line)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    becomes(module)
