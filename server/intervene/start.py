"""Where the command `intervene` begins: what cannot wait for the imports of everything else.

A process that was started without standard streams gets them before anything else can take the descriptors 0 to 2: the
loop's own would abort the process when it closes them. Process 1 of a container has no default action for SIGTERM, so
there is a handler from the first moment on; a server that is up has its own.
"""

import os
import signal
import sys
from types import FrameType

STREAMS = (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_WRONLY, "w"), ("stderr", os.O_WRONLY, "w"))


def main() -> None:
    signal.signal(signal.SIGTERM, end)
    open_streams()
    try:
        from intervene import cli

        cli.main(prog_name="intervene")
    except KeyboardInterrupt:  # while it was imported; a command says so itself
        end(signal.SIGINT, None)
    finally:
        flush_streams()


def end(number: int, _: FrameType | None) -> None:
    """By the signal itself, so that the parent sees which. Process 1 survives that, and exits with 128 + number."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)


def open_streams() -> None:
    for number, (name, flags, mode) in enumerate(STREAMS):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # the lowest descriptor that is free: this one
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False))


def flush_streams() -> None:
    """What cannot be written (a reader that has gone, a full disk) is dropped, and does not change the exit status."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, number)
            os.close(nothing)
