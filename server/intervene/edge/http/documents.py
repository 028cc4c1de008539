"""Serves the documents of the API, and the page that people read: made once, when first asked for."""

import gzip
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from intervene.edge.http import asyncapi, docs_page, openapi
from intervene.edge.http.operations import Operation
from intervene.edge.http.pages import is_among, takes_gzip

OPENAPI, ASYNCAPI, PAGE, STYLE = "/v1/openapi.json", "/v1/asyncapi.json", "/docs", "/docs.css"
KINDS = {
    OPENAPI: "application/json", ASYNCAPI: "application/json", PAGE: "text/html; charset=utf-8",
    STYLE: "text/css; charset=utf-8",
}  # fmt: skip
POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""The page has a style sheet, and nothing else."""


class Made(NamedTuple):
    body: bytes
    packed: bytes
    tag: str


class Documents:
    def __init__(self, operations: Sequence[Operation]) -> None:
        self._operations = operations

    def routes(self) -> Iterator[Route]:
        return (Route(path, self._endpoint(path)) for path in KINDS)

    def _endpoint(self, path: str) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return self._answer(path, request)

        return endpoint

    @cached_property
    def _made(self) -> dict[str, Made]:
        described, frames = openapi.document(self._operations), asyncapi.document()
        bodies = {
            OPENAPI: msgspec.json.encode(described),
            ASYNCAPI: msgspec.json.encode(frames),
            PAGE: docs_page.page(described, frames).encode(),
            STYLE: docs_page.STYLE.read_bytes(),
        }
        return {
            path: Made(body, gzip.compress(body, 6, mtime=0), sha256(body).hexdigest()[:20])
            for path, body in bodies.items()
        }

    def _answer(self, path: str, request: Request) -> Response:
        made = self._made[path]
        is_packed = takes_gzip(request.headers.get("accept-encoding", ""))
        headers = {
            "ETag": f'"{made.tag}-gzip"' if is_packed else f'"{made.tag}"', "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        }  # fmt: skip
        if path == PAGE:
            headers["Content-Security-Policy"] = POLICY
        if is_among(headers["ETag"], request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        if is_packed:
            headers["Content-Encoding"] = "gzip"
        headers["Content-Type"] = KINDS[path]
        return Response(made.packed if is_packed else made.body, headers=headers)
