"""The pages that a node serves, and the widget's files: read once, at the start, and answered from memory.

`npm run build` in `client_js/` makes them; the package carries them. Names below `assets/` have a hash of the content,
so those may be kept for ever; everything else is asked for again and mostly answered with 304.
"""

import gzip
import re
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from intervene.edge.http.answers import Problem
from intervene.files import BadPath, why

BUILT = Path(__file__).parents[2] / "pages"
MOST_BYTES = 32 * 1024 * 1024  # of all files
SMALLER = 0.9  # a packed file is kept if it has at most this part of the bytes

WIDGET = "widget.js"
ASSETS = "assets/"
DESK = (
    "/desk", "/desk/c/{conversation}", "/desk/contacts", "/desk/contacts/{contact}", "/desk/wall", "/desk/settings",
    "/desk/settings/{page}", "/desk/link",
)  # fmt: skip
PAGES = {"index.html": ("/",), "desk.html": DESK}
DEVELOPMENT_PAGES = {"demo.html": ("/demo",), "developers.html": ("/developers",)}

_KINDS = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp", ".ico": "image/x-icon", ".woff2": "font/woff2",
    ".json": "application/json", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
    ".mp3": "audio/mpeg", ".ogg": "audio/ogg",
}  # fmt: skip
_PACKED = (".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt")

_OWN = ("script-src", "style-src", "img-src", "font-src", "media-src", "manifest-src", "worker-src")
_SHARED = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Of the widget and of what it loads: pages of any site do."""

_HASH = re.compile(r"-[A-Za-z0-9_-]{8}(?=\.[a-z0-9]+\Z)")

NOT_BUILT = "The pages are not built here. `make run` builds them, and an installed package has them."

log_ = structlog.get_logger(__name__)


class File(NamedTuple):
    body: bytes
    packed: bytes
    """The same with gzip; empty where that is no gain."""
    tag: str
    kind: str


def policy(*, connect: str = "", makers: str = "lit-html") -> str:
    """What a page may load and ask (CSP 3): everything of ours, and of others only the origin `connect`. `makers` of
    markup are named: Lit, which makes none of data."""
    return "; ".join(
        (
            "default-src 'none'", *(f"{what} 'self'" for what in _OWN), f"connect-src 'self' {connect}".rstrip(),
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
            "require-trusted-types-for 'script'", f"trusted-types {makers}",
        )
    )  # fmt: skip


WITH_WIDGET = policy(makers="lit-html 'allow-duplicates'")  # which brings its own copy of Lit


def read(directory: Path) -> dict[str, File]:
    """The files below the directory, by their paths in it: all or none, since they load each other. None are there when
    nothing was built."""
    files: dict[str, File] = {}
    left = MOST_BYTES
    try:
        for path in sorted(directory.rglob("*")):
            if path.suffix not in _KINDS or not path.is_file():
                continue
            with path.open("rb") as opened:
                body = opened.read(left + 1)
            left -= len(body)
            if left < 0:
                raise BadPath(f"together they have more than {MOST_BYTES // 1024} KiB")
            files[path.relative_to(directory).as_posix()] = _file(path.suffix, body)
    except OSError as problem:
        log_.error("pages cannot be read and are not served", directory=str(directory), reason=why(problem))
        return {}
    return files


def _file(suffix: str, body: bytes) -> File:
    packed = gzip.compress(body, 9, mtime=0) if suffix in _PACKED else body
    tag = urlsafe_b64encode(sha256(body).digest()[:15]).decode()
    return File(body, packed if len(packed) < SMALLER * len(body) else b"", tag, _KINDS[suffix])


class Pages:
    """`token_origin`: of the host application that gives the desk its tokens; "" for none."""

    def __init__(self, files: Mapping[str, File], *, development: bool, token_origin: str = "") -> None:
        self._files = files
        self._pages = PAGES | (DEVELOPMENT_PAGES if development else {})
        self._desk_policy = policy(connect=token_origin)
        self._current: dict[str, str] = {}
        """Assets by their names without the hash, for pages of another release: those were loaded before an upgrade, or
        from another node in the midst of one. Of several that differ only in the hash, none."""
        for name in files:
            if name.startswith(ASSETS):
                self._current[_without_hash(name)] = "" if _without_hash(name) in self._current else name

    def routes(self) -> Iterator[Route]:
        for name, paths in self._pages.items():
            yield from (Route(path, self._endpoint(name)) for path in paths)
        yield Route(f"/{WIDGET}", self._endpoint(WIDGET))
        yield Route(f"/{ASSETS}{{name}}", self._asset)
        for name in self._files:
            if not name.startswith(ASSETS) and not name.endswith(".html") and name != WIDGET:
                yield Route(f"/{name}", self._endpoint(name))

    def _endpoint(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if name not in self._files:
                raise Problem(404, "not_found", NOT_BUILT)
            return self._answer(name, request)

        return endpoint

    async def _asset(self, request: Request) -> Response:
        name = ASSETS + request.path_params["name"]
        if name in self._files:
            return self._answer(name, request)
        instead = self._current.get(_without_hash(name))
        if not instead:
            raise Problem(404, "not_found", "There is no such file.")
        answer = self._answer(instead, request)
        answer.headers["Cache-Control"] = "no-store"  # under that name it is not for ever
        return answer

    def _answer(self, name: str, request: Request) -> Response:
        file = self._files[name]
        is_packed = bool(file.packed) and takes_gzip(request.headers.get("accept-encoding", ""))
        tag = f'"{file.tag}-gzip"' if is_packed else f'"{file.tag}"'
        headers = {**self._headers(name, file), "ETag": tag}
        if is_among(tag, request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        if is_packed:
            headers["Content-Encoding"] = "gzip"
        headers["Content-Type"] = file.kind
        return Response(file.packed if is_packed else file.body, headers=headers)

    def _headers(self, name: str, file: File) -> dict[str, str]:
        is_shared = name == WIDGET or name.startswith(ASSETS)
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": _keeping(name)}
        if file.packed:
            headers["Vary"] = "Accept-Encoding"
        if is_shared:
            headers |= _SHARED
        else:
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if name.endswith(".html"):
            headers["Content-Security-Policy"] = self._desk_policy if name == "desk.html" else WITH_WIDGET
            headers["Referrer-Policy"] = "no-referrer"
        return headers


def _without_hash(asset: str) -> str:
    """
    >>> _without_hash("assets/chat-C_h7-5mm.js")
    'assets/chat-.js'
    """
    return _HASH.sub("-", asset)


def _keeping(name: str) -> str:
    if name.startswith(ASSETS):
        return "public, max-age=31536000, immutable"
    return "public, max-age=300" if name == WIDGET else "no-cache"


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding (RFC 9110, 12.5.3) has room for it.

    >>> [takes_gzip(given) for given in ("gzip, br", "br;q=1.0, GZIP;q=0.5", "*", "gzip;q=0, *", "identity", "")]
    [True, True, True, False, False, False]
    """
    weights = {}
    for member in accepted.lower().split(",")[:_MEMBERS]:
        name, _, parameters = member.partition(";")
        weights[name.strip()] = _weight(parameters)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(parameters: str) -> float:
    key, _, value = parameters.partition("=")
    try:
        return float(value) if key.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def is_among(tag: str, given: str) -> bool:
    """Whether an If-None-Match (RFC 9110, 13.1.2) names the tag, or any: then the peer has what it would get."""
    return given.strip() == "*" or tag in (member.strip().removeprefix("W/") for member in given.split(",")[:_MEMBERS])


_MEMBERS = 100  # of a list in one field that are looked at
