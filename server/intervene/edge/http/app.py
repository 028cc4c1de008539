"""What the ports of a node answer over HTTP, and the way in for sockets.

In development there are tokens for the asking and pages to try things on, all of it only for this machine.
"""

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from intervene.core.origins import Allowed, asked
from intervene.edge.channels import Channels
from intervene.edge.head import Head
from intervene.edge.http.answers import handlers
from intervene.edge.http.api import OPERATIONS, Api, Settings
from intervene.edge.http.cors import Cors
from intervene.edge.http.documents import Documents
from intervene.edge.http.front import Front
from intervene.edge.http.operations import FOR_WIDGETS, Operations
from intervene.edge.http.pages import Pages, read
from intervene.edge.metrics import Metrics
from intervene.edge.problems import HEADERS, Denial
from intervene.edge.proxies import Proxies
from intervene.edge.socket.handshake import SOCKET_PATH, Handshake, admit_locally
from intervene.edge.socket.registry import Sockets


def make_front(sockets: Sockets, settings: Settings) -> Front:
    """Everything that the public port answers."""
    allowed = Allowed(settings.origins)
    channels = Channels(sockets.services, settings.organisation)
    return Front(
        Cors(make_app(sockets, settings, channels), allowed, channels, _methods(FOR_WIDGETS), sockets.services.metrics),
        sockets.services.metrics,
        proxies=Proxies(settings.proxies),
        admit=_admission(is_local=settings.development),
        socket_path=SOCKET_PATH,
        upgrade=Handshake(sockets, allowed),
    )


def make_figures(metrics: Metrics, *, is_local: bool = False) -> Front:
    """What the port for metrics answers: they are for those who run the server, and no path of the public port leads
    there. `is_local`: for this machine only, as everything is in development."""

    async def figures(_request: Request) -> Response:
        data = generate_latest(metrics.registry)
        return Response(data, headers={**HEADERS, "Content-Type": CONTENT_TYPE_LATEST})

    app = _starlette([Route("/metrics", figures)], metrics)
    return Front(app, metrics, proxies=Proxies(), admit=_admission(is_local=is_local))


def _admission(*, is_local: bool) -> Callable[[Head], Denial | None]:
    return admit_locally if is_local else lambda head: None


def make_app(sockets: Sockets, settings: Settings, channels: Channels) -> Starlette:
    offered = [operation for operation in OPERATIONS if settings.development or not operation.is_development]
    routes = Operations(offered, sockets, Api(sockets, settings, channels)).routes()
    routes += Documents(offered).routes()
    token_origin = asked(settings.desk_token_url) if settings.desk_token_url else ""
    pages = Pages(read(settings.pages), development=settings.development, token_origin=token_origin)
    routes += pages.routes()
    return _starlette(routes, sockets.services.metrics)


def _methods(below: str) -> list[str]:
    return sorted({operation.method for operation in OPERATIONS if operation.path.startswith(below)})


def _starlette(listed: list[Route], metrics: Metrics) -> Starlette:
    app = Starlette(routes=listed, exception_handlers=handlers(metrics))
    app.router.redirect_slashes = False  # it would send clients to whatever host they named
    return app
