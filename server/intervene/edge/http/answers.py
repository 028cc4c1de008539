"""How HTTP routes answer, and how they read what they are asked. What they refuse is a `Problem`."""

import json
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from intervene.core.codes import ErrorCode
from intervene.core.errors import (
    AccountError,
    BadCredentials,
    BadLink,
    BadSetting,
    BadText,
    Busy,
    Forbidden,
    IdReused,
    IllegalMove,
    InterveneError,
    LimitReached,
    NotFound,
    SettingError,
    SignedOut,
    TagExists,
    TooFast,
    TooMany,
    Unavailable,
    VersionChanged,
)
from intervene.core.text import printable
from intervene.core.wire import views
from intervene.edge.allowances import Rate
from intervene.edge.metrics import Metrics
from intervene.edge.problems import HEADERS, Denial, Fields
from intervene.edge.socket.registry import RETRY_SECONDS

CODES = {
    400: ("bad_request", "The request cannot be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
}

STATUS = {
    ErrorCode.BAD_FRAME: 400,
    ErrorCode.BAD_TEXT: 400,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.ID_REUSED: 422,
    ErrorCode.TOO_FAST: 429,
    ErrorCode.TOO_MANY: 429,
    ErrorCode.BUSY: 503,
    ErrorCode.UNAVAILABLE: 503,
}
"""Of what refuses a command. Whatever is not here is what happened in the conversation meanwhile: 409."""

SETTING_STATUS: Mapping[type[SettingError], int] = {
    BadSetting: 422, LimitReached: 409, TagExists: 409, VersionChanged: 412,
}  # fmt: skip
ACCOUNT_STATUS: Mapping[type[AccountError], int] = {BadCredentials: 401, SignedOut: 401, BadLink: 410}
_BEARER = (("WWW-Authenticate", "Bearer"),)
CHALLENGE: Mapping[type[AccountError], Fields] = {BadCredentials: _BEARER, SignedOut: _BEARER, BadLink: ()}
"""RFC 9110, 15.5.2: every 401 has one."""

_T = TypeVar("_T")


class Problem(HTTPException):
    """An answer that is raised. The seconds go into Retry-After, `members` into the document."""

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        retry_after: int = 0,
        *,
        fields: Fields = (),
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, sentence)
        self.denial = Denial(status, code, sentence, retry_after, fields, members or {})


def refusal(problem: InterveneError, *, id: str, conversation: str) -> Problem:
    """Of a command: with the members of the frame `error`."""
    error = views.error(problem, id=id, conversation=conversation)
    members = msgspec.to_builtins(error)
    for name in ("type", "code", "message", "retry_after"):
        members.pop(name, None)
    wait = ceil(error.retry_after) if error.code is not ErrorCode.UNAVAILABLE else RETRY_SECONDS
    return Problem(STATUS.get(error.code, 409), error.code, error.message, wait, members=members)


def answer(body: object, status: int = 200) -> Response:
    """What has a `version` is tagged with it, for `If-Match`."""
    version = getattr(body, "version", None)
    tag = {} if version is None else {"ETag": f'"{version}"'}
    return Response(msgspec.json.encode(body), status, {**HEADERS, **tag}, media_type="application/json")


def answer_text(text: str, following: str) -> Response:
    """`following`: where the rest is, empty if there is none (RFC 8288)."""
    link = {"Link": f'<{following}>; rel="next"'} if following else {}
    return Response(text, headers={**HEADERS, **link}, media_type="text/plain")


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


def rate_fields(request: Request) -> dict[str, str]:
    """What is left of the allowances that the request was paid from (draft-ietf-httpapi-ratelimit-headers)."""
    rates: Sequence[Rate] = request.scope["state"].get("rates", ())
    if not rates:
        return {}
    return {
        "RateLimit-Policy": ", ".join(f'"{rate.name}";q={rate.quota};w={rate.window}' for rate in rates),
        "RateLimit": ", ".join(f'"{rate.name}";r={rate.left};t={rate.seconds}' for rate in rates),
    }


def handlers(metrics: Metrics) -> dict[Any, Any]:
    """Of what routes raise, for Starlette. Each refusal is counted by its code."""

    async def refuse(request: Request, error: Exception) -> Response:
        denial = _denial(error)
        metrics.denials[denial.code] += 1
        return Response(denial.body, denial.status, {**denial.headers, **rate_fields(request)})

    raised = (
        HTTPException, NotFound, Busy, TooFast, TooMany, Unavailable, BadText, Forbidden, IdReused, IllegalMove,
        SettingError, AccountError, Exception,
    )  # fmt: skip
    return dict.fromkeys(raised, refuse)


def _denial(error: Exception) -> Denial:
    match error:
        case Problem():
            return error.denial
        case HTTPException():
            code, sentence = CODES.get(error.status_code, CODES[400])
            allow = tuple((name, value) for name, value in (error.headers or {}).items() if name.lower() == "allow")
            return Denial(error.status_code, code, sentence, fields=allow)
        case NotFound():
            return Denial(404, "not_found", error.sentence)
        case Busy():
            return Denial(503, "busy", error.sentence, RETRY_SECONDS)
        case TooFast():
            return Denial(429, "too_fast", error.sentence, ceil(error.facts["retry_after"]))
        case TooMany():
            return Denial(429, "too_many", error.sentence, RETRY_SECONDS)
        case SettingError():
            return Denial(SETTING_STATUS[type(error)], error.problem, error.sentence, members=error.facts)
        case AccountError():
            return Denial(ACCOUNT_STATUS[type(error)], error.problem, error.sentence, fields=CHALLENGE[type(error)])
        case BadText() | Forbidden() | IdReused() | IllegalMove():
            return Denial(STATUS.get(error.code, 409), error.code, error.sentence)
        case Unavailable():
            return Denial(503, "unavailable", "The log cannot be reached. Try again.", RETRY_SECONDS)
        case _:  # logged whole, answered without detail
            return Denial(500, "internal", "Something went wrong on this server.")
