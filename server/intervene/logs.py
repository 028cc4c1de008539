"""Logs: one line per fact, as JSON or for the eye, our own and the libraries' alike.

What people say and what proves who they are never gets here: fields of such names are withheld, and libraries that
write frames or statements into their own logs are held at a level where they do not.
"""

import logging
import sys
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

WITHHELD = "[withheld]"
WITHHELD_NAMES = frozenset({"text", "body", "token", "authorization", "secret", "password", "cookie"})

# The lowest level of libraries, whatever ours is. Below it, websockets writes whole frames, SQLAlchemy the values of
# statements, and uvicorn request lines with whatever a client has put into its URL.
LOWEST = logging.WARNING
OURS = "intervene"


def configure(format: Literal["console", "json"], level: Literal["debug", "info", "warning", "error"]) -> None:
    """Sends everything to standard error. May be called again."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        withhold,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(format)],
        )
    )
    logging.getLogger().handlers = [handler]
    logging.getLogger(OURS).setLevel(threshold)
    logging.getLogger().setLevel(max(LOWEST, threshold))


def withhold(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces what must not be kept. The last word of a name counts: `access_token` goes, `token_kind` stays."""
    return {name: WITHHELD if _is_withheld(name) else _cleaned(value) for name, value in event.items()}


def _is_withheld(name: object) -> bool:
    return str(name).lower().replace("-", "_").rpartition("_")[2] in WITHHELD_NAMES


def _cleaned(value: Any) -> Any:
    match value:
        case dict():
            return {name: WITHHELD if _is_withheld(name) else _cleaned(inner) for name, inner in value.items()}
        case list():
            return [_cleaned(inner) for inner in value]
        case _:
            return value


def _rendering(format: Literal["console", "json"]) -> list[Processor]:
    if format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback  # the other ones print the values of local variables
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
