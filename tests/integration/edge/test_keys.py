"""The file that keeps the keys of tokens."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from intervene.edge.key_file import (
    BadKeyFile,
    load_keys,
)  # fmt: skip

NEW = "new key " * 8


def test_keys_are_made_at_the_first_start_and_found_at_the_next(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    (key,) = load_keys(file)
    assert len(key) >= 43
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_keys(file) == (key,)
    assert list(tmp_path.iterdir()) == [file]


def test_the_file_has_two_slots(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    (key,) = load_keys(file)
    slots = json.loads(file.read_text())
    assert slots == {"current": key, "old": ""}
    file.write_text(json.dumps({"current": NEW, "old": key}))
    assert load_keys(file) == (NEW, key)


def test_of_many_who_start_at_once_all_have_the_same_keys(tmp_path: Path) -> None:
    found: list[tuple[str, ...]] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        found.append(load_keys(tmp_path / "keys.json"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(list(tmp_path.iterdir())) == 1


BROKEN = {
    "writable by all": (0o662, json.dumps({"current": NEW}).encode()),
    "readable by all": (0o604, json.dumps({"current": NEW}).encode()),
    "empty": (0o600, b""),
    "not JSON": (0o600, b"{"),
    "not UTF-8": (0o600, b'{"current":"\xff"}'),
    "without a key": (0o600, b"{}"),
    "of a short key": (0o600, b'{"current":"short"}'),
    "of a short old key": (0o600, json.dumps({"current": NEW, "old": "short"}).encode()),
    "with unknown fields": (0o600, json.dumps({"current": NEW, "more": NEW}).encode()),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_key_file_that_cannot_be_right_stops_the_start_with_a_sentence(tmp_path: Path, what: str) -> None:
    file = tmp_path / "keys.json"
    mode, data = BROKEN[what]
    file.write_bytes(data)
    file.chmod(mode)
    with pytest.raises(BadKeyFile) as caught:
        load_keys(file)
    assert str(file) in str(caught.value)
    assert str(caught.value).endswith(".")
    assert NEW not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o660, 0o440, 0o670])
def test_a_key_file_that_a_volume_gave_to_a_group_is_taken_and_closed_to_it(tmp_path: Path, mode: int) -> None:
    """As Kubernetes does with `fsGroup`, each time it mounts the volume."""
    file = tmp_path / "keys.json"
    (key,) = load_keys(file)
    file.chmod(mode)
    with capture_logs() as lines:
        assert load_keys(file) == (key,)
    assert file.stat().st_mode & 0o777 == mode & 0o700
    assert [line["log_level"] for line in lines] == ["warning"]


def test_a_key_file_of_somebody_else_that_the_group_may_read_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys.json"
    (key,) = load_keys(file)
    file.chmod(0o640)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("intervene.edge.key_file.os.fchmod", refuse)
    with capture_logs() as lines:
        assert load_keys(file) == (key,)
    assert [line["event"] for line in lines] == ["the group can read the signing keys"]


def test_a_pipe_in_the_place_of_the_keys_does_not_hold_the_start_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "keys.json", 0o600)
    with pytest.raises(BadKeyFile, match="not a regular file"):
        load_keys(tmp_path / "keys.json")
