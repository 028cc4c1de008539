"""A wall clock of one process's own, that can be jumped while it runs (libfaketime). Monotonic time is left alone, as
it is on a machine whose clock is set.
"""

import os
from pathlib import Path

import pytest

HOUR = 3600


def library() -> Path:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        pytest.skip("libfaketime is not installed; on Debian: apt-get install faketime")
    return found[0]


class Clock:
    """`folder` is for what it needs; the process, which may be another user's, gets `environment` when it starts."""

    def __init__(self, folder: Path) -> None:
        self._library = library()
        self._folder = folder
        self.jumps(0)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # by itself it ends all waits at once: threads spin for the GIL
            "FAKETIME_NO_CACHE": "1",
        }

    @property
    def _file(self) -> Path:
        return self._folder / "clock"

    def jumps(self, seconds: int) -> None:
        """From now on it shows so much more than the machine's, or less."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.chmod(0o644)
        new.replace(self._file)  # never half written

    def wraps(self, bin: Path) -> Path:
        """A folder of programs like `bin`, of which `postgres` goes by this clock."""
        for program in bin.iterdir():
            if program.name != "postgres":
                (self._folder / program.name).symlink_to(program)
        given = " ".join(f"{name}={value}" for name, value in self.environment.items())
        wrapped = self._folder / "postgres"
        wrapped.write_text(f'#!/bin/sh\nexec env {given} {bin / "postgres"} "$@"\n')
        wrapped.chmod(0o755)
        os.chmod(self._folder, 0o755)
        return self._folder
