"""How HTTP routes answer, and how they read what they are asked. What they refuse is a `Problem`."""

import json
from typing import Any, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from intervene.core.errors import TooMany, Unavailable
from intervene.core.text import printable
from intervene.edge.http.problems import HEADERS, Denial, Fields
from intervene.edge.metrics import Metrics
from intervene.edge.socket.registry import RETRY_SECONDS

CODES = {
    400: ("bad_request", "The request cannot be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
}

_T = TypeVar("_T")


class Problem(HTTPException):
    """An answer that is raised. The seconds go into Retry-After."""

    def __init__(self, status: int, code: str, sentence: str, retry_after: int = 0, *, fields: Fields = ()) -> None:
        super().__init__(status, sentence)
        self.denial = Denial(status, code, sentence, retry_after, fields)


def answer(body: object) -> Response:
    return Response(msgspec.json.encode(body), headers=HEADERS, media_type="application/json")


async def read_body(request: Request, kind: type[_T]) -> _T:
    """Raises `Problem`. A body that is not there is refused: it may have been lost on its way."""
    try:
        data = await request.body()
    except ClientDisconnect:  # the answer goes nowhere
        raise Problem(400, *CODES[400]) from None
    if not data:
        raise Problem(400, "no_body", "There is no body. Send a JSON object, {} at least.")
    try:
        return _decoded(data, kind)
    except msgspec.ValidationError as error:
        raise Problem(400, "bad_request", f"The body does not fit: {printable(str(error))}.") from None
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Problem(400, "bad_json", "The body is not JSON.") from None


def _decoded(data: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:  # to msgspec, half of a surrogate pair is no JSON; a name with one is mended
        return msgspec.convert(json.loads(data.decode()), kind)


def handlers(metrics: Metrics) -> dict[Any, Any]:
    """Of what routes raise, for Starlette. Each refusal is counted by its code."""

    async def refuse(_request: Request, error: Exception) -> Response:
        denial = _denial(error)
        metrics.denials[denial.code] += 1
        return Response(denial.body, denial.status, denial.headers)

    return dict.fromkeys((HTTPException, TooMany, Unavailable, Exception), refuse)


def _denial(error: Exception) -> Denial:
    match error:
        case Problem():
            return error.denial
        case HTTPException():
            code, sentence = CODES.get(error.status_code, CODES[400])
            allow = tuple((name, value) for name, value in (error.headers or {}).items() if name.lower() == "allow")
            return Denial(error.status_code, code, sentence, fields=allow)
        case TooMany():
            return Denial(429, "too_many", error.sentence, RETRY_SECONDS)
        case Unavailable():
            return Denial(503, "unavailable", "The log cannot be reached. Try again.", RETRY_SECONDS)
        case _:  # logged whole, answered without detail
            return Denial(500, "internal", "Something went wrong on this server.")
