"""The operations as an OpenAPI document (3.1): made of their table and of the Structs that they take and answer."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import intervene
from intervene.core.codes import HTTP, ErrorCode
from intervene.edge.http.answers import ACCOUNT_STATUS, SETTING_STATUS, STATUS
from intervene.edge.http.operations import ANYWHERE, Caller, Operation
from intervene.edge.http.schemas import components
from intervene.edge.problems import Document

SCHEMAS = "#/components/schemas/"
PROBLEM_TYPE = "application/problem+json"

STATUSES: Mapping[str, int] = {
    **{code.value: STATUS.get(code, 409) for code in ErrorCode},
    **{error.problem: status for error, status in SETTING_STATUS.items()},
    **{error.problem: status for error, status in ACCOUNT_STATUS.items()},
    "bad_request": 400, "bad_json": 400, "no_body": 400, "host": 400, "http_version": 400, "bad_token": 401,
    "origin": 403, "forwarded": 403, "method_not_allowed": 405, "timeout": 408, "too_large": 413, "version_needed": 428,
    "head_too_large": 431, "internal": 500, "transfer_coding": 501, "full": 503, "not_ready": 503,
}  # fmt: skip
"""Of the refusals of operations."""

INTRODUCTION = """\
Every refusal is a problem document (RFC 9457) whose `code` is one of those listed with its status; `detail` is a
sentence for people. A list answers `items` and `next`: while that is not empty, the rest is at the same address with
`?cursor=` and that value. What makes something takes an `Idempotency-Key`: repeated, the same request makes nothing
more. What changes something takes `If-Match` with the version that was seen. docs/protocol.md has the rules."""

TOKEN = "token"


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    answers = [operation.answer for operation in operations if operation.answer]
    bodies = [operation.shape for operation in operations if operation.shape]
    schemas, parts = components([*answers, *bodies, Document], SCHEMAS)
    of = dict(zip([*answers, *bodies], schemas, strict=False))
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    shared = Shared()
    for operation in operations:
        paths[operation.path][operation.method.lower()] = _operation(operation, of, shared)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Intervene", "version": intervene.__version__, "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(paths),
        "components": {
            "schemas": parts,
            "responses": shared.responses,
            "securitySchemes": {TOKEN: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }  # fmt: skip


def _operation(operation: Operation, of: Mapping[Any, Any], shared: "Shared") -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": name_of(operation),
        "summary": operation.summary,
        "description": f"For {operation.who}.",
        "tags": [topic_of(operation)],
        "parameters": list(_parameters(operation)),
        "responses": {**_answers(operation, of), **_refusals(operation, shared)},
    }
    if operation.shape:
        body = {"application/json": {"schema": of[operation.shape]}}
        made["requestBody"] = {"required": True, "content": body}
    if operation.caller is not Caller.ANYBODY:
        made["security"] = [{TOKEN: []}]
    return made


def name_of(operation: Operation) -> str:
    """
    >>> from intervene.edge.http.audit import OPERATIONS
    >>> name_of(OPERATIONS[0])
    'get_audit'
    """
    words = re.findall(r"[a-z]\w*", operation.path.removeprefix("/v1"))
    return "_".join([operation.method.lower(), *words])


def topic_of(operation: Operation) -> str:
    return operation.path.split("/")[2] if operation.path.startswith("/v1/") else "health"


def _parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if operation.has_key:
        pattern = {"type": "string", "pattern": "^[!-~]{1,64}$"}
        yield _header("Idempotency-Key", "an id that you choose for this request", pattern)
    if operation.has_version:
        pattern = {"type": "string", "pattern": '^"[0-9]{1,18}"$'}
        yield _header("If-Match", "the version that you have seen, as `ETag` has it", pattern)
    if operation.caller is Caller.STAFF:
        yield _query("organisation", "the organisation to act in: your own without it, or one below")
    if operation.has_pages:
        yield _query("cursor", "the last answer's `next`")
    for name, meaning in operation.query.items():
        yield _query(name, meaning)


def _header(name: str, meaning: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": meaning, "schema": schema}


def _query(name: str, meaning: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}}


def _answers(operation: Operation, of: Mapping[Any, Any]) -> dict[str, Any]:
    if operation.answer is None:
        return {"204": {"description": "Done."}}
    content: dict[str, Any] = {"application/json": {"schema": of[operation.answer]}}
    if operation.as_text:
        content["text/plain"] = {"schema": {"type": "string"}}
    return {str(operation.status): {"description": "Done.", "content": content}}


class Shared:
    """Refusals with one status and the same codes are one response."""

    def __init__(self) -> None:
        self.responses: dict[str, Any] = {}
        self._names: dict[tuple[int, tuple[str, ...]], str] = {}

    def refusal(self, status: int, codes: Sequence[str]) -> dict[str, str]:
        name = self._names.setdefault((status, tuple(codes)), f"{status}.{len(self._names)}")
        if name not in self.responses:
            self.responses[name] = _refusal(codes)
        return {"$ref": f"#/components/responses/{name}"}


def _refusals(operation: Operation, shared: Shared) -> dict[str, Any]:
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in sorted(operation.own_refusals | ANYWHERE):
        by_status[STATUSES[code]].append(code)
    by_status[505].append("http_version")
    return {str(status): shared.refusal(status, codes) for status, codes in sorted(by_status.items())}


def _refusal(codes: Sequence[str]) -> dict[str, Any]:
    meaning = "; ".join(f"`{code}`: {HTTP[code].title[0].lower()}{HTTP[code].title[1:]}" for code in codes)
    schema = {"allOf": [{"$ref": f"{SCHEMAS}Document"}, {"properties": {"code": {"enum": list(codes)}}}]}
    return {"description": meaning, "content": {PROBLEM_TYPE: {"schema": schema}}}
