"""Calling what belongs to another part, for those that call several: one that fails must not keep the others from being
called."""

from collections.abc import Callable
from typing import TypeVarTuple

import structlog

log_ = structlog.get_logger(__name__)
Args = TypeVarTuple("Args")


def guarded(call: Callable[[*Args], object], *args: *Args) -> None:
    """Call it; log what it raises."""
    try:
        call(*args)
    except Exception:
        log_failure(call)


def log_failure(call: Callable[..., object]) -> None:
    """In an `except` block: `call` raised it."""
    log_.exception("a callback failed", callback=getattr(call, "__qualname__", repr(call)))
