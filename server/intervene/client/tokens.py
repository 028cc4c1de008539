"""Where a client gets its tokens: any coroutine function that answers one. These ask a server with development on.

A product gives its own: its backend signs tokens for the people it has authenticated.
"""

import re
import time
from collections.abc import Awaitable, Callable
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO, Protocol, runtime_checkable
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import anyio
import msgspec
from msgspec import Struct

from intervene.client.addresses import base_address, is_loopback, origin
from intervene.client.answers import ANSWER_BYTES, advice, refusal

Tokens = Callable[[], Awaitable[str]]
"""Called at the start, before a token expires, and when the server says that it has."""

FETCH_SECONDS = 10.0


@runtime_checkable
class VisitorTokens(Protocol):
    """Tokens of a visitor, that is of a person without an account, who can begin anew when the server refuses them."""

    async def __call__(self) -> str: ...

    def forget(self, token: str) -> None:
        """The server refuses `token`. If it is the last that was given, the next one is of a new visitor."""


class TokenRefused(Exception):
    """There is no such token, and asking again will not help. `code` is the server's: `bad_token` for one that cannot
    be renewed."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class TokenLater(OSError):
    """The server gives no token just now, but will in so many seconds."""

    def __init__(self, sentence: str, retry_after: float) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


FIRST_CHANNEL = "webchat"
AGENT = "/v1/development/agents"

_TOKEN = re.compile(r"[!-~]{1,4096}")  # R15


class Fetched(Struct, frozen=True, gc=False):
    token: str


class _Visitor:
    """The first token is a new visitor's, or renews `last`; each that follows is the same visitor's."""

    def __init__(self, base_url: str, name: str, last: str, channel: str) -> None:
        self._base_url = base_address(base_url)
        self._new = f"/v1/webchat/{quote(channel, safe='')}/visitors"
        self._same = "/v1/webchat/visitor" if channel == FIRST_CHANNEL else self._new.removesuffix("s")
        self._body = {"name": name} if name else {}
        self._last = last

    async def __call__(self) -> str:
        path = self._same if self._last else self._new
        self._last = await fetch_token(self._base_url, path, self._body, self._last)
        return self._last

    def forget(self, token: str) -> None:
        if token in (self._last, ""):
            self._last = ""


def visitor_tokens(
    base_url: str, name: str = "", *, renew: str = "", channel: str = FIRST_CHANNEL
) -> VisitorTokens:  # fmt: skip
    """A customer of the widget. `renew`: a token of an earlier time, to stay that visitor. `channel`: the id of the one
    by which they come; the first one if not said otherwise."""
    return _Visitor(base_url, name, renew, channel)


def agent_tokens(base_url: str, name: str, role: str = "agent") -> Tokens:
    """Tokens of a server that has `development` on, for the agent of that name. `role`: agent or supervisor."""
    base = base_address(base_url)

    async def tokens() -> str:
        return await fetch_token(base, AGENT, {"name": name, "role": role})

    return tokens


async def fetch_token(base_url: str, path: str, body: dict[str, str], bearer: str = "") -> str:
    """Raises `TokenRefused` when the server itself refuses for good, or `OSError` when asking again later may help.
    `bearer`: the token that is shown for the new one."""
    if bearer and not _TOKEN.fullmatch(bearer):
        raise TokenRefused("What was kept as a token cannot be one.", "bad_token")
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    request = Request(base_address(base_url) + path, msgspec.json.encode(body), headers)
    try:
        data = await anyio.to_thread.run_sync(_post, request, abandon_on_cancel=True)
        return msgspec.json.decode(data, type=Fetched).token
    except (HTTPException, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise OSError(f"{origin(request.full_url)} answers {path} with something else than a token.") from None


class _NoRedirects(HTTPRedirectHandler):
    """What redirects is not the server: another host is never given what was meant for it."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def _post(request: Request) -> bytes:
    proxies = [ProxyHandler({})] if is_loopback(request.full_url) else []
    try:
        with build_opener(_NoRedirects, *proxies).open(request, timeout=FETCH_SECONDS) as answer:
            return _read(answer)
    except HTTPError as problem:
        with problem:
            raise _refused(request, problem) from None


def _read(answer: HTTPResponse) -> bytes:
    """At most `ANSWER_BYTES`, within `FETCH_SECONDS` however slowly they come."""
    until, data = time.monotonic() + FETCH_SECONDS, b""
    while (part := answer.read1(ANSWER_BYTES)) and len(data) < ANSWER_BYTES:
        data += part
        if time.monotonic() > until:
            raise TimeoutError(f"no whole answer within {FETCH_SECONDS:.0f} s")
    return data


def _refused(request: Request, problem: HTTPError) -> Exception:
    found = refusal(problem.read(ANSWER_BYTES))
    told = f"{origin(request.full_url)} answered {request.selector} with {problem.code}"
    if found and found.is_final:
        return TokenRefused(f"{told}, {found}", found.code)
    told = f"{told}, {found}" if found else f"{told}, which is no answer of this server's"
    wait = advice(problem.code, problem.headers.get("Retry-After"), time.time())
    return OSError(told) if wait is None else TokenLater(told, wait)
