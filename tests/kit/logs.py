"""What is logged within a test: plain, as `intervene.logs` has it. Where rich is installed, structlog's own defaults
draw tracebacks with the values of all local variables, which takes seconds on a busy machine."""

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback


def plain() -> None:
    """In the place of `structlog.reset_defaults()`."""
    structlog.reset_defaults()
    *others, _ = structlog.get_config()["processors"]
    structlog.configure(processors=[*others, ConsoleRenderer(exception_formatter=plain_traceback)])
