"""Files and directories that settings name: read within a bound, and what is wrong with them in words."""

import os
import stat
from pathlib import Path

MOST_BYTES = 4 * 1024 * 1024  # of one file; it is refused beyond it


class BadPath(OSError):
    """The message is one sentence for the person who starts the program."""


def read_text(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """Raises `OSError`, and `ValueError` for what is not UTF-8. Also from a pipe, as `<(...)` makes one; not from a
    device without an end."""
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise BadPath(f"it has more than {most_bytes // 1024} KiB")
    return data.decode("utf-8")


def why(problem: OSError) -> str:
    """The system's words; about a permission also whose it is, since the process may not be who one thinks."""
    words = problem.strerror or str(problem)
    if not isinstance(problem, PermissionError) or problem.filename is None:
        return words
    me = f"this process is user {os.geteuid()}, group {os.getegid()}"
    try:
        facts = os.stat(problem.filename)
    except OSError:
        return f"{words} ({me})"
    mode = stat.S_IMODE(facts.st_mode)
    return f"{words} (it belongs to user {facts.st_uid}, group {facts.st_gid}, mode {mode:o}; {me})"


def resolved(path: Path) -> Path:
    """Where it leads, be there something or not. Raises `BadPath` for links that lead nowhere but to each other."""
    found = Path(os.path.realpath(path))
    if found.is_symlink():
        raise BadPath(f"{path} is a symbolic link that leads back to itself.")
    return found


def prepare_directory(what: str, path: Path) -> None:
    """Make it when it is missing, for its owner alone. Raises `BadPath` when files cannot be kept in it."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as problem:
        raise BadPath(f"{what} {path} is not a directory.") from problem
    except OSError as problem:
        raise BadPath(f"{what} {path} cannot be made: {why(problem)}.") from problem
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
        raise BadPath(f"{what} {path} cannot be written to: {_why_not(path)}.")


def _why_not(path: Path) -> str:
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return "the file system is mounted read-only"
    return why(PermissionError(13, "Permission denied", str(path)))
