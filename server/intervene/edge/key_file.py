"""The file with the server's own keys, which sign tokens: made once, read at each start, refused if others can."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
import structlog
from msgspec import Meta, Struct

from intervene.files import BadPath, why

KEY_FILE_BYTES = 64 * 1024

log_ = structlog.get_logger(__name__)


class BadKeyFile(BadPath):
    """The message is one sentence for the person who starts the server."""


class _KeyFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`old` still verifies. To replace a key: move `current` to `old`, put a new one there, restart."""

    current: Annotated[str, Meta(min_length=32)]
    old: Annotated[str, Meta(pattern=r"\A(.{32,})?\Z")] = ""


def load_keys(path: Path) -> tuple[str, ...]:
    """The keys of the file, which is made when it is missing. Raises `BadKeyFile`."""
    try:
        if not os.path.lexists(path):
            _make_keys(path)
        data = _read_keys(path)
    except BadKeyFile:
        raise
    except OSError as problem:
        raise BadKeyFile(f"The keys in {path} cannot be read: {why(problem)}.") from problem
    try:
        keys = msgspec.json.decode(data, type=_KeyFile)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise BadKeyFile(f"{path} does not hold keys: restore it, or remove it and every token ends.") from None
    return (keys.current, keys.old) if keys.old else (keys.current,)


def _read_keys(path: Path) -> bytes:
    # Without O_NONBLOCK, a pipe in the place of the file would hold the start up for ever.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise BadKeyFile(f"{path} does not hold keys: it is not a regular file.")
        mode = stat.S_IMODE(facts.st_mode)
        if mode & 0o007:
            raise BadKeyFile(f"{path} can be read by others (mode {mode:o}): run chmod 600 on it, or replace its keys.")
        if mode & 0o070:
            _close_to_group(path, file.fileno(), mode)
        return file.read(KEY_FILE_BYTES)


def _close_to_group(path: Path, file: int, mode: int) -> None:
    """Kubernetes gives the files of a volume to a group (`fsGroup`), with each mount."""
    try:
        os.fchmod(file, mode & ~0o070)
    except OSError as problem:
        log_.warning("the group can read the signing keys", file=str(path), mode=f"{mode:o}", reason=problem.strerror)
    else:
        log_.warning("the group could read the signing keys; now only their owner can", file=str(path), was=f"{mode:o}")


def _make_keys(path: Path) -> None:
    """Whole or not at all, and once, also if another process starts at this moment."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    keys = _KeyFile(current=secrets.token_urlsafe(48))
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as out:
            out.write(msgspec.json.format(msgspec.json.encode(keys)) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):  # another process was first: its keys are the keys
            os.link(draft, path)
    finally:
        draft.unlink()
