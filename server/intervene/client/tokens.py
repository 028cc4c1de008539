"""Where a client gets its tokens: any coroutine function that answers one. These ask a server with development on.

A product gives its own: its backend signs tokens for the people it has authenticated.
"""

from collections.abc import Awaitable, Callable
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import ProxyHandler, Request, build_opener

import anyio
import msgspec
from msgspec import Struct

Tokens = Callable[[], Awaitable[str]]
"""Called at the start, before a token expires, and when the server says that it has."""

FETCH_SECONDS = 10.0


class TokenRefused(Exception):
    """The server gives no such token. Asking again will not help."""


class TokenLater(OSError):
    """The server gives no token just now, but will in so many seconds."""

    def __init__(self, sentence: str, retry_after: float) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Fetched(Struct, frozen=True, gc=False):
    token: str


def visitor_tokens(base_url: str, name: str = "") -> Tokens:
    """A customer of the widget: a visitor made with the first token, the same one with each that follows."""
    last = ""

    async def tokens() -> str:
        nonlocal last
        body = {"name": name} if name else {}
        last = await fetch_token(base_url, "/tokens/visitor", body | ({"renew": last} if last else {}))
        return last

    return tokens


def agent_tokens(base_url: str, name: str, role: str = "agent") -> Tokens:
    async def tokens() -> str:
        return await fetch_token(base_url, "/tokens/agent", {"name": name, "role": role})

    return tokens


async def fetch_token(base_url: str, path: str, body: dict[str, str]) -> str:
    """Raises `TokenRefused`, or `OSError` when asking again later may help."""
    request = Request(base_url.rstrip("/") + path, msgspec.json.encode(body), {"Content-Type": "application/json"})
    return msgspec.json.decode(await anyio.to_thread.run_sync(_post, request), type=Fetched).token


def socket_url(base_url: str) -> str:
    """Where the sockets of the server at `base_url` are."""
    parts = urlsplit(base_url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + "/socket", "", ""))


def is_loopback(url: str) -> bool:
    """Whether a proxy would only be in the way."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _post(request: Request) -> bytes:
    opener = build_opener(ProxyHandler({})) if is_loopback(request.full_url) else build_opener()
    try:
        with opener.open(request, timeout=FETCH_SECONDS) as answer:
            data: bytes = answer.read()
            return data
    except HTTPError as problem:
        problem.close()
        sentence = f"{request.full_url} answered {problem.code} {problem.reason}."
        advice = problem.headers.get("Retry-After", "")
        if advice.isdigit() and problem.code in (429, 503):
            raise TokenLater(sentence, float(advice)) from None
        if problem.code < 500 and problem.code != 429:
            raise TokenRefused(sentence) from None
        raise
