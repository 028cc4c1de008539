"""What the Dockerfile makes: its steps carried out, and a node of it run as it says."""

import json
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intervene.settings import load
from tests.integration.deploy.container import Container
from tests.integration.deploy.dockerfile import is_ignored, parse
from tests.integration.deploy.image import ROOT, Image, context_files
from tests.kit.limits import LONG_WAIT
from tests.kit.ports import free_port
from tests.kit.server import ask


@pytest.fixture
async def container(image: Image, tmp_path: Path) -> AsyncIterator[Container]:
    container = Container(image, tmp_path / "log")
    container.start()
    yield container
    await container.kill()
    for left in (image.root / "data").iterdir():
        left.unlink()


async def test_a_node_is_healthy_from_its_start_to_its_end(container: Container) -> None:
    assert not container.is_healthy()
    await container.is_up()
    assert await container.stop() == 0
    assert not container.is_healthy()


async def test_a_node_that_hangs_is_not_healthy(container: Container) -> None:
    await container.is_up()
    assert container.process is not None
    container.process.send_signal(signal.SIGSTOP)
    assert not container.is_healthy()
    container.process.send_signal(signal.SIGCONT)
    await container.is_up()


async def test_its_health_does_not_depend_on_what_a_link_injects(container: Container) -> None:
    """A container named `intervene` that is linked: its address, in the name of our setting."""
    injected = {"INTERVENE_NAME": "/here/intervene", "INTERVENE_PORT_8000_TCP_PORT": "8000"}
    shown = container.image.run(["intervene", "config"], {**container.environment, **injected})
    assert shown.returncode == 0
    assert "INTERVENE_NAME  (passed over)" in shown.stdout
    probe = container.image.run(
        container.image.healthcheck, {**container.environment, "INTERVENE_PORT": "tcp://172.17.0.5:8000"}
    )
    assert "[Errno -" not in probe.stderr, "no name is looked up: it asks the port of the image"


async def test_its_health_is_not_asked_of_a_proxy_in_the_environment(container: Container) -> None:
    await container.is_up()
    container.environment["http_proxy"] = f"http://127.0.0.1:{free_port()}"
    assert container.is_healthy()


async def test_it_runs_as_a_fixed_user_and_writes_nowhere_but_to_its_data(container: Container) -> None:
    before = set(container.image.snapshot())
    await container.is_up()
    assert container.process is not None
    status = Path(f"/proc/{container.process.pid}/status").read_text()
    uid = container.image.uid
    assert uid != 0
    assert re.findall(r"^[UG]id:\t(.*)$", status, re.MULTILINE) == ["\t".join([str(uid)] * 4)] * 2
    if os.geteuid() == 0:
        assert re.search(r"^Groups:\t\s*$", status, re.MULTILINE)
        assert uid == 10001
    assert await container.stop() == 0
    written = {name for name, *_ in set(container.image.snapshot()) ^ before}
    assert {"data/intervene.db", "data/keys.json"} <= written
    assert {name for name in written if not name.startswith("data")} == set()


async def test_it_is_no_toy_and_logs_for_machines(container: Container) -> None:
    """Development is off, so tokens of agents are not for the asking."""
    await container.is_up()
    assert (await ask(container.url, "POST", "/v1/development/agents", b'{"name":"Eve"}')).status == 404
    assert (await ask(container.url, "GET", "/readyz")).status == 200
    assert await container.stop() == 0
    lines = [json.loads(line) for line in container.log.read_text().splitlines()]
    assert {line["level"] for line in lines} == {"info"}


def test_it_listens_where_others_reach_it(image: Image) -> None:
    settings = load({k: v for k, v in image.environment.items() if k.startswith("INTERVENE_")}, None).config
    assert (settings.host, settings.development) == ("0.0.0.0", False)
    assert image.facts["EXPOSE"].rest == str(settings.port)
    assert str(settings.data) == str(image.root) + image.facts["VOLUME"].rest


async def test_it_serves_what_was_built_for_browsers_and_has_no_node(container: Container) -> None:
    await container.is_up()
    [pages] = container.image.root.glob("venv/lib/*/site-packages/intervene/pages")
    assert (pages / "demo.html").exists()
    for asset in (pages / "assets").iterdir():
        reply = await ask(container.url, "GET", f"/assets/{asset.name}")
        assert (reply.status, reply.body) == (200, asset.read_bytes())
    assert not [*container.image.root.rglob("node_modules"), *container.image.root.rglob("nodejs*")]


def test_it_has_what_is_locked_and_nothing_else(image: Image) -> None:
    ask_it = "import importlib.metadata as m, json; print(json.dumps([(d.name, d.version) for d in m.distributions()]))"
    installed = dict(json.loads(image.run(["python", "-c", ask_it], {}).stdout))
    locked = dict(re.findall(r"^(\S+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert "intervene" in installed
    named = {re.sub(r"[-_.]+", "-", name.lower()): version for name, version in installed.items()}
    assert named.items() - {("intervene", named["intervene"])} <= locked.items()
    assert locked.keys() - named.keys() <= {"async-timeout"}  # for old releases of Python only


def test_other_commands_are_run_as_arguments(image: Image, tmp_path: Path) -> None:
    ended = image.start({}, tmp_path / "log", "--version").wait(LONG_WAIT)
    assert (ended, (tmp_path / "log").read_text().split()[0]) == (0, "intervene,")


# -- what goes in ------------------------------------------------------------------------------------------------------


def test_secrets_data_and_history_stay_out_of_the_image() -> None:
    ignore = (ROOT / ".dockerignore").read_text()
    for name in (
        "secrets/keys", "data/intervene.db", "data/keys.json", "intervene.toml", ".git/config", ".env", ".venv/bin/pip",
        "tests/kit/server.py", "compose.yaml",
        "client_js/node_modules/vite/package.json", "client_js/sdk/dist/index.js",
        "client_js/sdk/node_modules/ws/index.js", "server/intervene/pages/demo.html",
        "server/intervene/__pycache__/cli.cpython-311.pyc",
    ):  # fmt: skip
        assert is_ignored(name, ignore), name
    for name in ("pyproject.toml", "server/intervene/cli.py", "client_js/site/demo.html", "client_js/.npmrc"):
        assert not is_ignored(name, ignore), name
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    ).stdout.splitlines()
    assert set(context_files()) <= set(tracked)


def test_all_stages_are_of_one_python_that_the_project_supports() -> None:
    bases = {stage.base for stage in parse((ROOT / "Dockerfile").read_text())}
    [base] = bases
    found = re.fullmatch(r"python:(\d+)\.(\d+)-slim-\w+", base)
    assert found, "Debian's slim one, and no registry of somebody's"
    assert (int(found[1]), int(found[2])) >= (3, 11)
