"""A machine with only one loopback address: a network namespace of its own, in which a command runs.

python -m tests.kit.lonely 4|6 COMMAND...
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8914, 0x8916, 0x1
IPV6_OFF = Path("/proc/sys/net/ipv6/conf/lo/disable_ipv6")


def main(family: str, *command: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        if family == "4" and IPV6_OFF.exists():
            IPV6_OFF.write_text("1")
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))  # brings both addresses with it
        if family == "6":
            nothing = struct.pack("16sH2s4s8x", b"lo", socket.AF_INET, b"\0\0", b"\0\0\0\0")
            fcntl.ioctl(control, SIOCSIFADDR, nothing)
    os.execvp(command[0], command)


def inside(family: str, *command: str) -> Sequence[str]:
    return ["unshare", "--map-root-user", "--net", sys.executable, "-m", "tests.kit.lonely", family, *command]


@cache
def has(family: str) -> bool:
    """Whether such a machine can be had here, and has just that one address."""
    if not shutil.which("unshare"):
        return False
    ended = subprocess.run(inside(family, sys.executable, "-c", _LOOK), capture_output=True, text=True, check=False)
    return ended.stdout.split() == [{"4": "127.0.0.1", "6": "::1"}[family]]


_LOOK = """
import socket
for address, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
    try:
        socket.socket(family).bind((address, 0))
        print(address)
    except OSError:
        pass
"""


if __name__ == "__main__":
    main(*sys.argv[1:])
