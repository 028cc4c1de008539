"""What is fuzzed: a decoder, examples of what it takes, and the rules that hold for every input."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

from structlog.testing import capture_logs


class Target(ABC):
    name: str
    watched: Sequence[str] = ("/intervene/",)
    """Parts of the paths of files whose lines count."""

    @abstractmethod
    def seeds(self) -> list[bytes]: ...

    @abstractmethod
    def mutate(self, data: bytes, random: Random) -> bytes: ...

    @abstractmethod
    def check(self, data: bytes) -> None:
        """Raises for an input that breaks a rule."""

    def most_lines(self, size: int) -> int:
        """Lines of Python that an input of so many bytes may cost: what a guard costs grows no faster than what it
        guards."""
        return 3000 + 2 * size

    def close(self) -> None:  # noqa: B027  # most have nothing to close
        """Nothing is tried any more."""


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.said.append(record.getMessage())


@contextmanager
def calm() -> Iterator[None]:
    """Nothing may be logged as a fault of ours meanwhile."""
    kept, root = _Kept(), logging.getLogger()
    root.addHandler(kept)
    try:
        with capture_logs() as logs:
            yield
    finally:
        root.removeHandler(kept)
    faults = [log for log in logs if log["log_level"] in ("error", "critical") or log.get("exc_info")]
    assert not faults, faults
    assert not kept.said, kept.said
