"""What pages of other sites may ask over HTTP: the operations of the widget's visitors, and nothing else (WHATWG Fetch,
3.2). Without credentials: a page shows a token, no cookie counts. Which origins may ask is up to the channel that the
path names.

Every browser says from which origin a page asks, other programs say nothing. Where that origin is not allowed the page
cannot read an answer; so that it cannot change anything either, such a request is not carried out.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intervene.core.errors import InterveneError
from intervene.core.ids import WEBCHAT
from intervene.core.origins import Allowed
from intervene.edge.allowances import network
from intervene.edge.channels import Channels
from intervene.edge.http.operations import FOR_WIDGETS
from intervene.edge.metrics import Metrics
from intervene.edge.problems import HEADERS
from intervene.edge.socket.handshake import ORIGIN

KEPT_SECONDS = 600  # that a browser need not ask again for leave
SAFE = ("GET", "HEAD", "OPTIONS")


class Cors:
    """In front of `app`. `allowed`: by the server's own setting, for every channel. `methods` are those of
    `operations.FOR_WIDGETS`."""

    def __init__(
        self, app: ASGIApp, allowed: Allowed, channels: Channels, methods: Sequence[str], metrics: Metrics
    ) -> None:
        self._app = app
        self._allowed = allowed
        self._channels = channels
        self._leave = {
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": str(KEPT_SECONDS),
        }
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(FOR_WIDGETS):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.getlist("origin")
        is_allowed = len(given) == 1 and await self._takes(given[0], scope)
        is_preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        if given and not is_allowed and (is_preflight or scope["method"] not in SAFE):
            self._metrics.denials[ORIGIN.code] += 1
            app: ASGIApp = Response(ORIGIN.body, ORIGIN.status, ORIGIN.headers)
        elif given and is_preflight:
            app = Response(status_code=204, headers={**HEADERS, **self._leave})
        else:
            app = self._app
        await app(scope, receive, _with(send, given[0] if is_allowed else None))

    async def _takes(self, origin: str, scope: Scope) -> bool:
        about = scope["state"]
        if self._allowed.takes(origin, about["host"], about["schemes"]):
            return True
        try:
            return await self._channels.takes(_channel(scope["path"]), origin, network(scope["client"][0]))
        except InterveneError:  # it cannot be known now: to the page that is an outage
            return False


def _channel(path: str) -> str:
    """The first one for what names none, as pages of former releases ask."""
    first, *more = path.removeprefix(FOR_WIDGETS).split("/")
    return first if more or first != "visitor" else WEBCHAT


def _with(send: Send, origin: str | None) -> Send:
    """The answer depends on the origin, whether it has one or not; one that is allowed may read it."""

    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.add_vary_header("Origin")
            if origin is not None:
                headers["Access-Control-Allow-Origin"] = origin
                headers["Access-Control-Expose-Headers"] = "Retry-After"
        await send(message)

    return send_with
