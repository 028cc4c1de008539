"""The files that a report is written to."""

from pathlib import Path

import msgspec

from intervene.load.results import Report


class CannotWrite(Exception):
    """The message is a sentence."""


def document(report: Report) -> str:
    """As JSON, for programs."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def check(file: Path) -> None:
    """Before a run of an hour: whether it can be written. Leaves all as it is. Raises `CannotWrite`."""
    is_new = not file.exists()
    if is_new or file.is_file():  # what is at the other end of a pipe would take this for all
        write(file, "", "a")
    if is_new:
        file.unlink()


def write(file: Path, text: str, mode: str = "w") -> None:
    """Raises `CannotWrite`."""
    try:
        with file.open(mode, encoding="utf-8") as opened:
            opened.write(text)
    except OSError as problem:
        raise CannotWrite(f"The report cannot be written to {file}: {problem.strerror}.") from None
