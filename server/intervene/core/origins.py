"""Origins of browser pages (RFC 6454), compared as scheme, host and port. No I/O.

An origin comes from a browser's `Origin` header or from the setting `origins`. Both are brought to one form, in which
case and default ports are gone.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import urlsplit

from intervene.core.addresses import is_address

DEFAULT_PORTS = {"http": 80, "https": 443}
OPAQUE = "null"
"""What browsers send for pages without an origin of their own: sandboxed frames, most files."""

_FORM = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>\[[0-9a-f:.]+\]|[^\s/?#@:\[\]\\]*)(:(?P<port>[0-9]{1,5}))?"
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")


class Origin(NamedTuple):
    scheme: str
    host: str
    port: int  # 0 for a scheme without a default port when none is given

    def __str__(self) -> str:
        """As browsers send it."""
        is_default = self.port == DEFAULT_PORTS.get(self.scheme, 0)
        return f"{self.scheme}://{self.host}" + ("" if is_default else f":{self.port}")


def parse(text: str) -> Origin | None:
    """An origin with a scheme and a host, in the one form; None for anything else, `null` too."""
    found = _FORM.fullmatch(text.lower())
    if found is None:
        return None
    scheme, host = found["scheme"], _plain_host(found["host"])
    if not host and scheme != "file":
        return None
    port = int(found["port"] or DEFAULT_PORTS.get(scheme, 0))
    return Origin(scheme, host, port) if port < 65536 else None


def is_own(origin: str, host: str, schemes: Sequence[str]) -> bool:
    """Whether it is the origin of a page that came from `host`, the value of a Host header, by one of the schemes."""
    page = parse(origin)
    return page is not None and page.scheme in schemes and page == parse(f"{page.scheme}://{host}")


def is_loopback(host: str) -> bool:
    """Whether `host`, the value of a Host header, names the machine itself."""
    found = parse(f"http://{host}")
    return found is not None and _LOOPBACK.fullmatch(found.host.strip("[]")) is not None


class Allowed:
    """The origins of the setting. `https://*.shop.example` stands for all hosts below shop.example."""

    def __init__(self, named: Sequence[str]) -> None:
        self._exact = frozenset(name for name in named if "*" not in name)
        self._below = [parse(name.replace("*.", "", 1)) for name in named if "*" in name]

    def __contains__(self, origin: str) -> bool:
        page = parse(origin)
        if page is None:
            return origin == OPAQUE in self._exact
        return str(page) in self._exact or any(_is_below(page, parent) for parent in self._below)

    def takes(self, origin: str, host: str, schemes: Sequence[str]) -> bool:
        """Whether it is one of them, or the server's own."""
        return is_own(origin, host, schemes) or origin in self


def setting(given: str) -> str:
    """A value of the setting in the form that browsers send. Raises ValueError with the end of a sentence that says
    what to write."""
    text = given.strip().lower()
    if text == OPAQUE:
        return OPAQUE
    if text in ("file", "file:", "file://", "file:///"):
        return "file://"
    if text == "*":
        raise ValueError("any page could then act for its visitors: name each origin, like https://shop.example")
    if "://" not in text:
        raise ValueError(f"an origin begins with its scheme: write https://{text}")
    if text.startswith(("ws://", "wss://")):
        raise ValueError(f"that is a socket's address, not a page's: write {text.replace('ws', 'http', 1)}")
    if not text.isascii():
        raise ValueError("browsers send such names in ASCII: write the host in its xn-- form, as a browser copies it")
    if text.count("/") == 3:
        text = text.removesuffix("/")
    is_wild = "://*." in text
    origin = parse(text.replace("://*.", "://", 1)) if is_wild else parse(text)
    if origin is None or not _is_host(origin.host) or text.endswith(":0") or (is_wild and "." not in origin.host):
        raise ValueError(
            "browsers send a scheme, a host and at most a port: write it like https://shop.example, "
            "https://shop.example:8443, https://*.shop.example (all hosts below it) or capacitor://localhost"
        )
    return str(origin).replace("://", "://*.", 1) if is_wild else str(origin)


def asked(url: str) -> str:
    """The origin of a URL that a page of ours asks: https, or http on the same machine. Raises ValueError with the end
    of a sentence that says what to write."""
    if not all("!" <= letter <= "~" for letter in url):
        raise ValueError("it has blanks or characters that are not ASCII: write the host in its xn-- form")
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or "@" in parts.netloc or "*" in parts.netloc or "#" in url:
        raise ValueError("it is like https://shop.example/intervene/token, without a user's name and without a #")
    origin = setting(f"{parts.scheme}://{parts.netloc}")
    if parts.scheme == "http" and not _LOOPBACK.fullmatch(parts.hostname or ""):
        raise ValueError("it carries tokens: write https, which only localhost can do without")
    return origin


def _is_below(page: Origin, parent: Origin | None) -> bool:
    assert parent is not None, "settings are checked"
    return page._replace(host=parent.host) == parent and page.host.endswith(f".{parent.host}")


def _is_host(host: str) -> bool:
    """As browsers write it: what ends in a number is an IPv4 address to them, in four parts (WHATWG URL, 3.5)."""
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return is_address(host)
    return host.startswith("[") or _HOST.fullmatch(host) is not None


def _plain_host(host: str) -> str:
    if not host.startswith("["):
        return host
    try:
        return f"[{IPv6Address(host[1:-1])}]"
    except ValueError:
        return ""
