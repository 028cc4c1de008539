"""Files and directories that a setting or an argument names and that cannot be used: a sentence, and status 2."""

import os
import shlex
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.examples import some
from tests.kit.launch import WITHOUT_PRIVILEGE, run

KEYS = "k" * 32
READ_ONLY = "/proc"  # mounted so that nothing can be made in it, for root neither


def refused(arguments: str, folder: Path, before: str = "true", **settings: str) -> str:
    """The one sentence, said to somebody for whom permissions count."""
    privilege = f"exec {shlex.join(WITHOUT_PRIVILEGE)} " if os.geteuid() == 0 else "exec "
    ended = run(f"{before} && {privilege}$INTERVENE {arguments}", folder, **{"port": "0", **settings})
    assert (ended.returncode, ended.stdout) == (2, ""), ended
    assert "Traceback" not in ended.stderr
    return ended.stderr


def is_one_sentence(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith(".\n")


# -- the working directory ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", some(["serve", "migrate", "config", "doctor", "verify", "backup copy.db"]))
def test_a_working_directory_that_cannot_be_entered_is_a_sentence(tmp_path: Path, command: str) -> None:
    (tmp_path / "inside").mkdir()
    try:
        said = refused(command, tmp_path, "cd inside && chmod 0 .")
    finally:
        (tmp_path / "inside").chmod(0o700)
    assert "The working directory cannot be searched for intervene.toml: Permission denied." in said
    assert is_one_sentence(said)


def test_a_working_directory_that_was_removed_matters_only_to_paths_in_it(tmp_path: Path) -> None:
    gone = "mkdir gone && cd gone && rmdir ../gone"
    assert run(f"{gone} && $INTERVENE config", tmp_path).returncode == 0
    assert is_one_sentence(refused("serve", tmp_path, gone))


@pytest.mark.parametrize("command", some(["serve", "migrate", "restore copy.db"]))
def test_a_database_that_is_a_link_to_itself_is_a_sentence(tmp_path: Path, command: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "intervene.db").symlink_to("intervene.db")
    said = refused(command, tmp_path)
    assert "intervene.db is a symbolic link that leads back to itself." in said
    assert is_one_sentence(said)
    assert (tmp_path / "data" / "intervene.db").is_symlink()


@pytest.mark.parametrize("option", some(["sslrootcert", "sslcert", "sslkey", "sslcrl"]))
def test_a_file_that_a_database_url_names_and_that_is_not_there_is_named_by_its_option(
    tmp_path: Path, option: str
) -> None:
    url = f"postgresql://u:secret@127.0.0.1:1/d?sslmode=require&{option}=missing.pem"
    said = refused("migrate", tmp_path, database_url=url)
    assert said == f"database_url cannot be used: the file of its {option} cannot be read: No such file or directory.\n"


# -- files -------------------------------------------------------------------------------------------------------------


def unreadable(path: Path) -> None:
    path.write_text("x")
    path.chmod(0)


def socket_at(path: Path) -> None:
    os.chdir(path.parent)  # its path may be too long for a socket
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


ODD: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "unreadable": unreadable,
    "a directory": Path.mkdir,
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a loop": lambda path: path.symlink_to(path.name),
    "a socket": socket_at,
    "below a file": lambda path: None,
    "too long": lambda path: None,
    "not text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "too big": lambda path: path.write_bytes(bytes(5 * 1024 * 1024)),
    "without an end": lambda path: path.symlink_to("/dev/zero"),
}


def odd(kind: str, folder: Path) -> Path:
    path = folder / "odd"
    if kind == "too long":
        return folder / ("x" * 300)
    ODD[kind](path)
    if kind == "below a file":
        (folder / "file").write_text("x")
        return folder / "file" / "odd"
    return path


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", some(tuple(ODD)))
@pytest.mark.parametrize("variable", ["INTERVENE_CONFIG", "INTERVENE_KEYS_FILE", "INTERVENE_REDIS_URL_FILE"])
def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, variable: str, kind: str) -> None:
    said = refused("config", tmp_path, **{variable: str(odd(kind, tmp_path))})
    assert is_one_sentence(said)
    assert "odd" in said or "xxx" in said
    if kind == "unreadable":
        assert "Permission denied (it belongs to user" in said, "not as one that is broken"


@pytest.mark.parametrize("kind", some(tuple(ODD)))
def test_a_script_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, kind: str) -> None:
    said = refused("serve", tmp_path, script=str(odd(kind, tmp_path)))
    assert said.startswith("script: ")
    assert is_one_sentence(said)


@pytest.mark.parametrize("kind", some(["unreadable", "a directory", "a dangling link", "a loop"]))
def test_the_usual_settings_file_is_not_passed_over_because_it_cannot_be_read(tmp_path: Path, kind: str) -> None:
    odd(kind, tmp_path).rename(tmp_path / "intervene.toml")
    if kind == "a loop":
        (tmp_path / "intervene.toml").unlink()
        (tmp_path / "intervene.toml").symlink_to("intervene.toml")
    said = refused("config", tmp_path)
    assert said.startswith("The settings file intervene.toml cannot be read: ")


@pytest.mark.parametrize("kind", some([kind for kind in ODD if kind not in {"missing", "below a file", "too long"}]))
def test_keys_that_cannot_be_read_are_told_from_keys_that_are_broken(tmp_path: Path, kind: str) -> None:
    (tmp_path / "data").mkdir()
    odd(kind, tmp_path / "data").rename(tmp_path / "data" / "keys.json")
    if kind == "a loop":
        (tmp_path / "data" / "keys.json").unlink()
        (tmp_path / "data" / "keys.json").symlink_to("keys.json")
    elif kind not in ("unreadable", "a directory", "a socket", "a dangling link", "without an end"):
        (tmp_path / "data" / "keys.json").chmod(0o600)
    said = refused("serve", tmp_path, data="data").splitlines()[-1]
    is_broken = kind in ("not text", "too big", "without an end")
    assert ("does not hold keys" in said) is is_broken, said
    assert ("cannot be read" in said) is not is_broken, said


def test_a_home_that_nobody_has_is_a_sentence(tmp_path: Path) -> None:
    assert "Could not determine home directory" in refused("config", tmp_path, data="~nobody-of-this-name/data")


# -- the directory of data ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", some(["serve", "migrate"]))
@pytest.mark.parametrize(
    "kind", some(["a file", "closed", "a dangling link", "below a file", "read-only", "below closed"])
)
def test_a_directory_of_data_that_cannot_be_used_is_a_sentence(tmp_path: Path, command: str, kind: str) -> None:
    data = tmp_path / "data"
    match kind:
        case "a file":
            data.write_text("x")
        case "closed":
            data.mkdir(mode=0o500)
        case "a dangling link":
            data.symlink_to("nowhere/at/all")
        case "below a file":
            data.write_text("x")
            data = data / "below"
        case "below closed":
            data.mkdir(mode=0o500)
            data = data / "below"
        case _:
            data = Path(READ_ONLY)
    said = refused(command, tmp_path, data=str(data))
    assert said.startswith(f"data: {data} ")
    assert is_one_sentence(said)


def test_a_directory_for_temporary_files_that_is_missing_is_a_sentence(tmp_path: Path) -> None:
    """With nothing to fall back to: `python -c` stands for a machine on which /tmp cannot be written to."""
    program = (
        "import tempfile; tempfile._candidate_tempdir_list = lambda: []; from intervene import start; start.main()"
    )
    ended = run(
        f"$PYTHON -c {shlex.quote(program)} verify".replace("$PYTHON", shlex.quote(sys.executable)),
        tmp_path, database_url="postgresql://127.0.0.1:1/none",
    )  # fmt: skip
    assert ended.returncode == 2
    assert "No usable temporary directory found" in ended.stderr
    assert "Traceback" not in ended.stderr
