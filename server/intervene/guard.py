"""Calling what belongs to another part, for those that call several: one that fails must not keep the others from being
called."""

from collections.abc import Callable
from typing import ParamSpec

import structlog

log_ = structlog.get_logger(__name__)
P = ParamSpec("P")


def guarded(call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Call it; log what it raises."""
    try:
        call(*args, **kwargs)
    except Exception:
        log_.exception("a callback failed", callback=getattr(call, "__qualname__", repr(call)))
