"""This machine: the directory of data and keys, what a process may open, and the SQLite file where that is used."""

import fcntl
import os
import resource
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import msgspec

from intervene import migrations
from intervene.config import Config
from intervene.core.ids import OrganisationId
from intervene.host_keys import BadHostKeys, load_host_keys
from intervene.ops.doctor.findings import SAMPLE_SECONDS, SAMPLES, Finding, Report, fail, latency, ok, warn

KEYS = "keys.json"  # as a node names it
FILES_BESIDE = 200  # that a node opens beside its sockets
FSYNC_MS = 20.0, 100.0  # p50, p99: of every acknowledgement on SQLite
LEAST_BYTES = 1024**3  # free on the disk


def settings(config: Config) -> Report:
    """They are valid, or we would not be here; what they leave to chance is said."""
    check = "settings"
    if config.redis_url and not config.keys:
        found = "keys is unset, so each data directory has its own"
        return [warn(check, found, "Set `keys` to the same on all nodes, unless all share this data directory.")]
    where = "PostgreSQL and Redis" if config.redis_url else "PostgreSQL" if config.database_url else "SQLite"
    return [ok(check, f"valid, on {where}, development {'on' if config.development else 'off'}")]


def examine(config: Config) -> Report:
    report = [_directory(config.data)]
    if not config.keys:
        report.append(_keys_file(config.data / KEYS))
    if config.host_keys:
        report.append(_host_keys(config.host_keys, config))
    return [*report, _open_files(config.max_sessions)]


def keys_of(config: Config) -> tuple[str, ...]:
    """Those that a node with these settings would use; none if it would make them, or refuse them."""
    if config.keys:
        return config.keys
    try:
        found = msgspec.json.decode((config.data / KEYS).read_bytes(), type=dict[str, str])
    except (OSError, ValueError):
        return ()
    return tuple(found[name] for name in ("current", "old") if found.get(name))


def _host_keys(file: Path, config: Config) -> Finding:
    check = "host keys file"
    try:
        found = load_host_keys(file, OrganisationId(config.organisation), keys_of(config))
    except BadHostKeys as problem:
        return fail(check, str(problem), "docs/operations.md has its form.")
    listed = ", ".join(f"{name} for {key.purpose} of {key.organisation}" for name, key in found.items())
    return ok(check, f"{file}: {listed or 'no keys'}")


def _directory(data: Path) -> Finding:
    check = "data directory"
    if not data.exists():
        parent = next(folder for folder in data.absolute().parents if folder.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            return ok(check, f"{data} is not there yet, and can be made")
        return fail(check, f"{data} is not there, and cannot be made in {parent}", "Make it, and give it to this user.")
    try:
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as problem:
        return fail(check, f"{data} cannot be written to: {problem.strerror}", "Give it to the user of the server.")
    return ok(check, f"{data.resolve()}, it can be written to")


def _keys_file(file: Path) -> Finding:
    check = "keys file"
    if not file.exists():
        return ok(check, f"{file} is not there yet, and will be made")
    mode = file.stat().st_mode & 0o777
    if mode & 0o077:
        advice = f"chmod 600 {file}; if others were on this machine, replace the keys."
        return fail(check, f"others may read it (mode {mode:o})", advice)
    if not os.access(file, os.R_OK):
        return fail(check, f"{file} cannot be read", "Give it to the user of the server.")
    return ok(check, f"{file}, for its owner alone")


def _open_files(sessions: int) -> Finding:
    check, (most, _) = "open files", resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return ok(check, "as many as it likes")
    found = f"{most} at most, as seen from here, and max_sessions is {sessions}"
    if most < sessions + FILES_BESIDE:
        return warn(check, found, f"ulimit -n {sessions + FILES_BESIDE}, or a lower max_sessions.", most=float(most))
    return ok(check, found, most=float(most))


# -- SQLite ------------------------------------------------------------------------------------------------------------


def examine_sqlite(config: Config) -> Report:
    """Nothing of it waits for a lock. Beside a server it only reads."""
    report = [
        _file(config.database),
        _holder(config.database),
        _durability(config.durability),
        _space(config.database),
        *_fsync(config.data),
    ]
    return [*report, ok("cluster", "does not apply: a SQLite database belongs to one process")]


def _file(file: Path) -> Finding:
    check = "SQLite"
    if not file.exists():
        return ok(check, f"{file} is not there yet, and will be made")
    try:
        with closing(sqlite3.connect(f"file:{quote(os.fsencode(file))}?mode=ro", uri=True, timeout=1.0)) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            version = _version(connection)
        plan = migrations.plan(version)
    except sqlite3.Error as problem:
        return fail(check, f"{file} cannot be read: {problem}", "Restore a backup of it.")
    except migrations.WrittenByNewer as problem:
        return fail(check, f"{file}: {problem}", "This release cannot open it.")
    found = f"{file}, {file.stat().st_size / 1024 / 1024:.1f} MiB, journal {mode}, schema {version or 'none'}"
    if plan.before != plan.after:
        return warn(check, found, f"Run `intervene migrate` for {plan.after}; the server does so too when it starts.")
    if mode != "wal":  # a server changes it; a copy made by `intervene backup` has none
        return ok(check, f"{found}; a server makes it wal")
    return ok(check, found, bytes=float(file.stat().st_size))


def _version(connection: sqlite3.Connection) -> str:
    if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()[0]:
        return ""
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else ""


def _holder(file: Path) -> Finding:
    """Only a shared lock is tried, and for no longer than it takes to let it go."""
    check, lock = "SQLite server", Path(f"{file}.lock")
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except FileNotFoundError:
        return ok(check, "none has had it yet")
    except OSError as problem:
        return warn(check, f"not known: {problem.strerror}", "Run this as the user of the server.")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        process = os.read(descriptor, 20).decode("ascii", "replace").strip()
        return ok(check, f"process {process or 'unknown'} has it")
    finally:
        os.close(descriptor)
    return ok(check, "none has it now")


def _durability(durability: str) -> Finding:
    if durability == "full":
        return ok("SQLite durability", "full: what is acknowledged survives a power cut")
    advice = "Set durability to full, unless the last seconds may be lost then."
    return warn("SQLite durability", f"{durability}: survives a crash of the process only", advice)


def _space(file: Path) -> Finding:
    folder = next(folder for folder in file.absolute().parents if folder.exists())
    free, size = shutil.disk_usage(folder).free, file.stat().st_size if file.exists() else 0
    found, figures = f"{free / 1024**3:.1f} GiB free", {"free_bytes": float(free)}
    if free < max(LEAST_BYTES, size):
        return warn("disk", found, "Make room: a full disk stops every acknowledgement.", **figures)
    return ok("disk", found, **figures)


def _fsync(data: Path) -> Report:
    """Of a file of our own in the same place."""
    samples: list[float] = []
    try:
        with tempfile.TemporaryFile(dir=data) as file:
            until = time.monotonic() + SAMPLE_SECONDS
            while len(samples) < SAMPLES and (not samples or time.monotonic() < until):
                file.write(bytes(4096))
                file.flush()
                began = time.monotonic()
                os.fsync(file.fileno())
                samples.append((time.monotonic() - began) * 1000)
    except OSError:
        return []  # the directory has been complained of
    advice = "Every acknowledgement waits for one: put the data directory on a faster local disk."
    return [latency("disk fsync", samples, FSYNC_MS, advice)]
