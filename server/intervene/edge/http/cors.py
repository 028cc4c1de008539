"""What pages of other sites may ask over HTTP: the operations of the widget's visitors, and nothing else (WHATWG Fetch,
3.2). Without credentials: a page shows a token, no cookie counts.

Every browser says from which origin a page asks, other programs say nothing. Where that origin is not allowed the page
cannot read an answer; so that it cannot change anything either, such a request is not carried out.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intervene.core.origins import Allowed
from intervene.edge.http.operations import FOR_WIDGETS
from intervene.edge.metrics import Metrics
from intervene.edge.problems import HEADERS
from intervene.edge.socket.handshake import ORIGIN

KEPT_SECONDS = 600  # that a browser need not ask again for leave
SAFE = ("GET", "HEAD", "OPTIONS")


class Cors:
    """In front of `app`. `methods` are those of `operations.FOR_WIDGETS`."""

    def __init__(self, app: ASGIApp, allowed: Allowed, methods: Sequence[str], metrics: Metrics) -> None:
        self._app = app
        self._allowed = allowed
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
        given, about = headers.getlist("origin"), scope["state"]
        is_allowed = len(given) == 1 and self._allowed.takes(given[0], about["host"], about["schemes"])
        is_preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        if given and not is_allowed and (is_preflight or scope["method"] not in SAFE):
            self._metrics.denials[ORIGIN.code] += 1
            app: ASGIApp = Response(ORIGIN.body, ORIGIN.status, ORIGIN.headers)
        elif given and is_preflight:
            app = Response(status_code=204, headers={**HEADERS, **self._leave})
        else:
            app = self._app
        await app(scope, receive, _with(send, given[0] if is_allowed else None))


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
