"""How HTTP routes answer, and how they read what they are asked.

Every error is `{"error": code, "message": sentence}`.
"""

from typing import TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from intervene.core.errors import TooMany, Unavailable
from intervene.edge.denials import HEADERS
from intervene.edge.sockets import RETRY_SECONDS

CODES = {
    400: ("bad_request", "The request cannot be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
}

_T = TypeVar("_T")


class Problem(HTTPException):
    """An answer that is raised."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(status, sentence)
        self.code = code


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    data = msgspec.json.encode(body)
    return Response(data, status, {**HEADERS, **(headers or {})}, media_type="application/json")


def problem(status: int, code: str, sentence: str, retry_after: int = 0) -> Response:
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    return answer({"error": code, "message": sentence}, status, headers)


async def read_body(request: Request, kind: type[_T]) -> _T:
    """Raises `Problem`. A body that is not there is refused: it may have been lost on its way."""
    data = await request.body()
    if not data:
        raise Problem(400, "no_body", "There is no body. Send a JSON object, {} at least.")
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise Problem(400, "bad_request", f"The body does not fit: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "bad_json", "The body is not JSON.") from None


async def http_problem(_request: Request, error: HTTPException) -> Response:
    if isinstance(error, Problem):
        return problem(error.status_code, error.code, error.detail)
    code, sentence = CODES.get(error.status_code, ("error", error.detail))
    allow = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return answer({"error": code, "message": sentence}, error.status_code, allow)


async def unavailable(_request: Request, _error: Unavailable) -> Response:
    return problem(503, "unavailable", "The log cannot be reached. Try again.", RETRY_SECONDS)


async def too_many(_request: Request, error: TooMany) -> Response:
    return problem(429, "too_many", error.sentence, RETRY_SECONDS)


async def our_fault(_request: Request, _error: Exception) -> Response:
    """uvicorn logs it; nobody is told what it was."""
    return problem(500, "internal", "Something went wrong on this server.")
