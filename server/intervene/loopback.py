"""This machine from within. It is not taken for granted that loopback is IPv4, nor that a resolver has `localhost`."""

import errno
import socket

NAME = "localhost"
_ALL = ("0.0.0.0", "::")  # addresses to listen on, and none to connect to
ADDRESSES = ("127.0.0.1", "::1")  # the first one that a machine has is its own


def all_here() -> list[str]:
    """The addresses that this machine has."""
    return [address for address in ADDRESSES if _is_here(address)]


def here() -> str:
    """The address to listen on. Raises `OSError` on a machine without one."""
    if found := all_here():
        return found[0]
    sentence = "This machine has no loopback address, neither 127.0.0.1 nor ::1. Bring its interface lo up"
    raise OSError(errno.EADDRNOTAVAIL, sentence)


def resolved(host: str) -> str:
    """`host`, and for `localhost` its address."""
    return here() if host == NAME else host


def candidates(host: str) -> tuple[str, ...]:
    """Where to look for a server at `host`: it may have one of the addresses, or both."""
    return ADDRESSES if host == NAME else (host,)


def url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def own_url(host: str, port: int) -> str:
    """Of a server that listens on `host`, for a browser on its machine.

    >>> own_url("0.0.0.0", 8000)
    'http://localhost:8000'
    """
    return url(NAME if host in _ALL else host, port)


def _is_here(address: str) -> bool:
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
