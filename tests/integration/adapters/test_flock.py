"""Locks on files that say which processes have ended: of real processes, killed and frozen."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from intervene.cluster import exit_locks as flock
from intervene.cluster.exit_locks import FileLocks
from intervene.core.ids import NodeId
from tests.kit.limits import LONG_WAIT, eventually

ME, OTHER = NodeId("1-me"), NodeId("2-other")
HOLD = "import sys, pathlib; from intervene.cluster.exit_locks import FileLocks; "
HOLD += "locks = FileLocks(pathlib.Path(sys.argv[1]), sys.argv[2]); print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "nodes"


@pytest.fixture
def other(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that holds its lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate(timeout=LONG_WAIT)


async def test_a_process_that_was_killed_has_ended_and_one_that_is_frozen_has_not(
    folder: Path, other: "subprocess.Popen[bytes]"
) -> None:
    """[P5]"""
    mine = FileLocks(folder, ME)
    assert not mine.has_ended(OTHER)
    other.send_signal(signal.SIGSTOP)
    assert not mine.has_ended(OTHER)
    other.kill()
    await eventually(lambda: mine.has_ended(OTHER))
    assert FileLocks(folder, NodeId("3-third")).has_ended(OTHER), "whoever asks later is told too"


async def test_a_process_lives_as_long_as_it_holds_its_lock(folder: Path) -> None:
    mine, theirs = FileLocks(folder, ME), FileLocks(folder, OTHER)
    assert not mine.has_ended(OTHER)
    assert not theirs.has_ended(ME)
    assert not mine.has_ended(ME)
    mine.close()
    assert not list(folder.glob(f"{ME}*")), "who ends in good order leaves nothing"


def test_of_who_has_no_file_here_nothing_is_known(folder: Path) -> None:
    assert not FileLocks(folder, ME).has_ended(NodeId("4-elsewhere"))


def test_the_lock_of_another_machine_says_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder may be a share of which each machine keeps the locks to itself."""
    mine = FileLocks(folder, ME)
    (folder / f"{OTHER}.lock").write_bytes(b"of another boot")
    assert not mine.has_ended(OTHER)
    monkeypatch.setattr(flock, "BOOT", folder / "nowhere")
    assert not FileLocks(folder, NodeId("3-third")).has_ended(OTHER)


async def test_what_ended_long_ago_is_swept_by_who_begins_and_known_to_it(
    folder: Path, other: "subprocess.Popen[bytes]"
) -> None:
    other.kill()
    other.wait(LONG_WAIT)
    file = folder / f"{OTHER}.lock"
    assert FileLocks(folder, ME).has_ended(OTHER)
    assert file.exists()
    long_ago = file.stat().st_mtime - flock.KEPT_SECONDS - 1
    os.utime(file, (long_ago, long_ago))
    assert FileLocks(folder, NodeId("3-third")).has_ended(OTHER)
    assert not file.exists()


def test_without_a_place_for_locks_a_node_lives_all_the_same(tmp_path: Path) -> None:
    blocked = tmp_path / "nodes"
    blocked.write_text("not a folder")
    locks = FileLocks(blocked, ME)
    assert not locks.has_ended(OTHER)
    locks.close()
