"""What operations read of a request beside its body: whose page sent it, the id that a client chose for it, the version
that it has seen, where its page begins.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from hashlib import sha256

import msgspec
from msgspec import Struct
from starlette.requests import Request

from intervene.core.limits import ID_CHARS
from intervene.core.origins import is_own
from intervene.edge.http.answers import Problem

CURSOR_CHARS = 1024
_key = re.compile(rf"[!-~]{{1,{ID_CHARS}}}")
_cursor = re.compile(rf"[A-Za-z0-9_-]{{0,{CURSOR_CHARS}}}")


def check_origin(request: Request) -> None:
    """Browsers send a cookie with what any page asks; they also say which page."""
    given, about = request.headers.getlist("origin"), request.scope["state"]
    if len(given) != 1 or not is_own(given[0], about["host"], about["schemes"]):
        raise Problem(403, "origin", "This is for pages of this server: the Origin header has to be its own.")


def wants_text(request: Request) -> bool:
    """`format` has the last word: a browser's address bar has no Accept to choose."""
    if named := request.query_params.get("format"):
        return named == "text"
    kinds = [kind.partition(";")[0].strip().lower() for kind in request.headers.get("accept", "").split(",")]
    return "text/plain" in kinds and "application/json" not in kinds


def idempotency_key(request: Request) -> str:
    given = request.headers.getlist("idempotency-key")
    if len(given) != 1 or not _key.fullmatch(given[0]):
        sentence = "One Idempotency-Key is needed: an id that you choose, 1 to 64 visible ASCII characters."
        raise Problem(400, "bad_request", sentence)
    return given[0]


def digest(*parts: str, body: object) -> str:
    """Of all that a request asks: another one with the same key is refused."""
    return sha256(msgspec.json.encode((parts, body), order="deterministic")).hexdigest()


def version(request: Request) -> int:
    given = ", ".join(request.headers.getlist("if-match"))
    if not given:
        raise Problem(428, "version_needed", 'If-Match is needed: the version that you have seen, like "3".')
    if not (found := re.fullmatch(r'"([0-9]{1,18})"', given)):
        raise Problem(400, "bad_request", 'If-Match is not one version, like "3".')
    return int(found[1])


# -- pages -------------------------------------------------------------------------------------------------------------


def bad_cursor() -> Problem:
    return Problem(400, "bad_request", "The cursor is not one that an answer gave.")


def place(request: Request) -> str:
    """Where the last page ended, as its operation says it: what `cursor` was made of."""
    given = request.query_params.get("cursor", "")
    if not _cursor.fullmatch(given):
        raise bad_cursor()
    try:
        found = urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
    except (BadBase64, UnicodeDecodeError):
        raise bad_cursor() from None
    if "\0" in found:  # PostgreSQL takes none
        raise bad_cursor()
    return found


def cursor(place: str) -> str:
    """The place as clients get it: opaque.

    >>> cursor("17"), cursor("")
    ('MTc', '')
    """
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def following(request: Request, page: Struct) -> str:
    """The address of the page after this one, empty for none."""
    given: str = getattr(page, "next", "")
    if not given:
        return ""
    url = request.url.include_query_params(cursor=given)
    return f"{url.path}?{url.query}"
