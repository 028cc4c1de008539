"""The rules of the house: what the core must not do, where ids come from, what no file may name.

Which part may import which is in `pyproject.toml`, under `tool.importlinter`.
"""

import ast
import json
import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server"
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")
ALL_LOCKS = (*LOCKS, "requirements-node.lock", "requirements-tools.lock", "requirements-ci.lock")

IMPURE = {
    "anyio", "asyncio", "concurrent", "io", "logging", "os", "pathlib", "queue", "random", "secrets",
    "select", "socket", "sqlite3", "ssl", "structlog", "subprocess", "sys", "threading", "time", "uuid",
}  # fmt: skip
CLOCKS = {"now", "today", "utcnow"}
"""Of `datetime`, whose calendar and time zones are pure."""
MAKES_IDS = {"core", "engine", "bots", "ids"}
JITTER = {"random.random", "random.randrange", "random.shuffle", "random.uniform"}
"""All that `random` is for: a client that has seen 624 words of its output can compute the rest."""
BANNED_CALLS = {"asyncio.wait_for", "asyncio.timeout", "asyncio.timeout_at"}
HOMES = re.compile(r"(?<![\w.])/(?:home|Users|root)/\w+")
A_HOST = re.compile(r"://|--(?:index-url|extra-index-url|find-links|trusted-host)\b|^-[ifer]\b| @ ", re.MULTILINE)


class Import(NamedTuple):
    line: int
    module: str  # "asyncio.wait_for" for `from asyncio import wait_for`: a name may be a module


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


def modules(part: str = "") -> list[Path]:
    """The files of a part, be it a package or a module; of all parts without one."""
    files = sorted(SERVER.rglob("*.py"))
    return [file for file in files if not part or part_of(file) == part]


def part_of(file: Path) -> str:
    return file.relative_to(SERVER / "intervene").with_suffix("").parts[0]


def imports(file: Path) -> Iterator[Import]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{at(file, node.lineno)} imports by a relative name, which this test cannot follow"
            yield from (Import(node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def at(file: Path, line: int) -> str:
    return f"{file.relative_to(ROOT)}:{line}"


def tracked() -> list[Path]:
    """What is, or would be, in the repository."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_the_core_never_waits() -> None:
    waiting = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
    wrong = [
        at(file, node.lineno) for file in modules("core") for node in ast.walk(tree(file)) if isinstance(node, waiting)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_core_reads_no_clock_and_does_no_input_or_output() -> None:
    wrong = [
        f"{at(file, line)} imports {module}"
        for file in modules("core")
        for line, module in imports(file)
        if module.split(".")[0] in IMPURE
    ]
    wrong += [
        f"{at(file, node.lineno)} calls {ast.unparse(node.func)}"
        for file in modules("core")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]
    assert not wrong, "\n".join(wrong)


def test_nobody_uses_a_timeout_that_swallows_a_cancel() -> None:
    wrong = [
        f"{at(file, node.lineno)} uses {ast.unparse(node)}"
        for file in modules()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and ast.unparse(node) in BANNED_CALLS
    ]
    wrong += [at(file, line) for file in modules() for line, module in imports(file) if module in BANNED_CALLS]
    assert not wrong, "\n".join(wrong)


def test_ids_come_from_one_source_and_random_is_for_jitter_only() -> None:
    """[P6] What others see of a generator that can be predicted tells them what they may not see."""
    wrong = [
        f"{at(file, node.lineno)} uses {ast.unparse(node)}"
        for file in modules()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "random"
        and ast.unparse(node) not in JITTER
    ]
    wrong += [
        f"{at(file, line)} imports {module}"
        for file in modules()
        for line, module in imports(file)
        if module.startswith(("uuid", "random.")) or (module == "random" and part_of(file) in MAKES_IDS)
    ]
    assert not wrong, "\n".join(wrong)


def test_there_is_one_way_to_a_terminal() -> None:
    """What others wrote would act on it otherwise, and an encoding that lacks a character would end a command."""
    wrong = [
        f"{at(file, node.lineno)} uses {ast.unparse(node.func)}"
        for file in modules()
        if part_of(file) != "terminal"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and re.search(r"(^|\.)(print|echo|secho|(stdout|stderr)\.write)$", ast.unparse(node.func))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_module_opens_by_saying_what_it_is() -> None:
    silent = [at(file, 1) for file in modules() if not ast.get_docstring(tree(file))]
    assert not silent, "\n".join(silent)


@pytest.mark.parametrize("lock", ALL_LOCKS)
def test_a_lock_file_names_no_host_and_pins_everything_by_hash(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert not A_HOST.search(text)
    for requirement in text.replace("\\\n", " ").splitlines():
        assert re.match(r"[a-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_server_and_tests_run_on_the_same_versions() -> None:
    runtime, dev, build = (set(re.findall(r"^\S+==\S+", (ROOT / lock).read_text(), re.MULTILINE)) for lock in LOCKS)
    assert runtime | build <= dev


def test_npm_lock_files_name_no_host() -> None:
    host = re.compile(r'"resolved": "[^"]*:')  # a link to a package of the same workspace has none
    wrong = [file for file in tracked() if file.name == "package-lock.json" and host.search(file.read_text())]
    assert not wrong, f"{wrong}: write them with `npm install --omit-lockfile-registry-resolved`"


def test_npm_lock_files_pin_every_package_by_hash() -> None:
    for file in tracked():
        if file.name == "package-lock.json":
            packages = json.loads(file.read_text())["packages"]
            for name, package in packages.items():
                is_ours = "node_modules/" not in name or package.get("link")
                assert is_ours or package["integrity"].startswith("sha512-"), f"{file}: {name}"


WORKFLOWS = [str(file.relative_to(ROOT)) for file in sorted(ROOT.glob(".github/workflows/*.yml"))]


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile", ".ci/run", ".github/tests.Dockerfile", *WORKFLOWS])
def test_whatever_is_installed_is_pinned_by_hash(file: str) -> None:
    """Our own package, and what was made of it, is installed without what it depends on."""
    text = (ROOT / file).read_text().replace("\\\n", " ").replace("$(TOOLS)", tools_of_the_makefile())
    for command in re.findall(r"(?:pip|\$\(PIP\))\S* (?:--python \S+ )?install[^;&|\n]*", text):
        assert "--require-hashes" in command or "--no-deps" in command, command
    assert not re.search(r"\bnpm (?:install|i|add)\b|\bnpx\b|\buvx\b", text), "`npm ci` goes by the lock"


def tools_of_the_makefile() -> str:
    (found,) = re.findall(r"^TOOLS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return str(found)


def test_the_base_image_can_be_fixed_for_a_release() -> None:
    text = (ROOT / "Dockerfile").read_text()
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert bases
    assert all(base.endswith("${PYTHON_DIGEST}") for base in bases), "every stage"
    assert re.search(r"^ARG PYTHON_DIGEST=$", text, re.MULTILINE)


def test_no_file_names_somebody_s_home() -> None:
    wrong = [
        f"{at(file, number)} {found[0]}"
        for file in tracked()
        for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), start=1)
        if (found := HOMES.search(line))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("home", "cache"), [("{tmp_path}", ""), ("/nowhere", f"{ROOT}/.tools/npm"), ("", f"{ROOT}/.tools/npm")]
)
def test_npm_has_a_cache_that_it_can_write_to(tmp_path: Path, home: str, cache: str) -> None:
    """Service users have no home, and some homes are read-only."""
    environment = {"PATH": os.environ["PATH"], "HOME": home.format(tmp_path=tmp_path)}
    show = ["make", "-s", "--eval", "show: ; @echo $$npm_config_cache", "show"]
    shown = subprocess.run(show, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == cache, shown.stderr
