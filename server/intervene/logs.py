"""Logs: one line per fact, as JSON or for the eye, our own and the libraries' alike; at most some lines a second of
one kind, however many facts of the kind a client or an outage makes.

What people say and what proves who they are never gets here: fields of such names are withheld, and libraries that
write frames or statements into their own logs are held at a level where they do not.
"""

import logging
import re
import sys
import threading
import time
from io import StringIO
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from intervene.core.text import printable

WITHHELD = "[withheld]"
WITHHELD_NAMES = frozenset({"text", "body", "token", "authorization", "secret", "password", "cookie"})

# The lowest level of libraries, whatever ours is. Below it, websockets writes whole frames, SQLAlchemy the values of
# statements, and uvicorn request lines with whatever a client has put into its URL.
LOWEST = logging.WARNING
OURS = "intervene"

LINES = 20  # of one kind in a second; of what is left out, the count is in a line of its own
KINDS = 200  # told apart in a second; all others are one kind

_NUMBERS = re.compile(r"0x[0-9a-f]+|\d+")


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
    handler = Limited(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(format)],
        )
    )
    logging.getLogger().handlers = [handler]
    logging.getLogger(OURS).setLevel(threshold)
    logging.getLogger().setLevel(max(LOWEST, threshold))


class Limited(logging.StreamHandler[Any]):
    """A kind is a logger and an event: what varies from line to line is in fields or arguments, not in the event."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self._lines: dict[tuple[str, str], int] = {}  # of this second
        self._began = 0.0
        self._timer: threading.Timer | None = None

    def handle(self, record: logging.LogRecord) -> bool:
        with self.lock or threading.RLock():
            if time.monotonic() >= self._began + 1:
                self._begin()
            kind = (record.name, _event(record))
            if kind not in self._lines and len(self._lines) >= KINDS:
                kind = (OURS, "of other kinds")
            count = self._lines[kind] = self._lines.get(kind, 0) + 1
            if count <= LINES or record.levelno <= logging.DEBUG:
                return super().handle(record)
            if self._timer is None:  # the count is written although no other line comes
                self._timer = threading.Timer(1, self._tell)
                self._timer.daemon = True
                self._timer.start()
            return False

    def _tell(self) -> None:
        with self.lock or threading.RLock():
            self._begin()

    def _begin(self) -> None:
        """Another second."""
        left_out = {kind: count - LINES for kind, count in self._lines.items() if count > LINES}
        self._lines, self._began = {}, time.monotonic()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for (name, event), count in left_out.items():
            structlog.get_logger(f"{OURS}.logs").warning("lines left out", by=name, of=event, count=count)


def _event(record: logging.LogRecord) -> str:
    """Without numbers and addresses of objects, which libraries write into it."""
    if isinstance(record.msg, dict):
        return str(record.msg.get("event"))
    return _NUMBERS.sub("#", str(record.msg).partition("\n")[0][:100])


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
    return [escape, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_traceback)]


def escape(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What could act on a terminal, in a line for the eye. Values that are no text are shown by `repr`, which escapes
    it by itself, and so does JSON."""
    return {printable(str(name)): _escaped(name, value) for name, value in event.items()}


def _escaped(name: str, value: Any) -> Any:
    if name == "event" or isinstance(value, str):
        return printable(str(value), lines=name in ("stack", "exception"))
    return value


def _traceback(out: TextIO, problem: ExcInfo) -> None:
    plain = StringIO()
    structlog.dev.plain_traceback(plain, problem)  # the other ones print the values of local variables
    out.write(printable(plain.getvalue(), lines=True))
