"""The cluster that compose.yaml describes, as processes of this machine: its commands, its environment, its files.

What is not as in an engine, all of it:
* services reach each other at loopback addresses and free ports instead of names;
* nodes are the image that `image.py` builds, with its limits; nothing makes the root read-only or takes capabilities
  away (nodes run as the image's user all the same, and a test looks that they wrote nothing);
* HAProxy, Redis and PostgreSQL are those of this machine, and PostgreSQL asks for no password;
* HAProxy speaks from a loopback address of its own, in place of the one that compose.yaml gives it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tests.integration.deploy.container import Container
from tests.integration.deploy.image import ROOT, Image
from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.ports import free_port
from tests.kit.postgres import Postgres, programs
from tests.kit.redis import RedisServer
from tests.kit.server import ask, until

Service = dict[str, Any]

PROXY = "127.0.0.77"
"""Where the proxy speaks from: not one of the addresses that nodes believe by default."""


def read() -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert isinstance(found, dict)
    return found


def in_order(services: dict[str, Service]) -> Iterator[str]:
    """Each after those on which it depends."""
    started: list[str] = []
    while len(started) < len(services):
        ready = [name for name in services if name not in started and set(depends_on(services[name])) <= {*started}]
        assert ready, "services wait for each other"
        started.append(ready[0])
        yield ready[0]


def depends_on(service: Service) -> dict[str, str]:
    """Service -> condition."""
    given = service.get("depends_on", {})
    listed = {name: {"condition": "service_started"} for name in given} if isinstance(given, list) else given
    return {name: how["condition"] for name, how in listed.items()}


def secrets_of_the_docs(directory: Path) -> Path:
    """What the commands in docs/operations.md make."""
    subprocess.run(["/bin/sh", "-eu", "-c", _block("sh")], cwd=directory, check=True, umask=0o077)
    return directory / "secrets"


def token_of_the_docs(directory: Path) -> str:
    """Of the agent Ada, as docs/operations.md signs it with those secrets."""
    code = [sys.executable, "-c", f"{_block('python')}\nprint(token)"]
    return subprocess.run(code, cwd=directory, check=True, capture_output=True, text=True).stdout.strip()


def _block(language: str) -> str:
    """The first one: it is about the cluster's own keys."""
    text = (ROOT / "docs" / "operations.md").read_text()
    return str(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[0])


def seconds(duration: str) -> float:
    """Of `40s`, the only kind that we use."""
    return float(duration.removesuffix("s"))


def figures_of_the_docs() -> set[str]:
    text = (ROOT / "docs" / "operations.md").read_text()
    return set(re.findall(r"`(intervene_\w+)`", text))


class Cluster:
    """Made by `start`, ended by `close`. The `directory` can be reached by everybody."""

    def __init__(self, image: Image, postgres: Postgres, directory: Path) -> None:
        self.compose = read()
        self.services: dict[str, Service] = self.compose["services"]
        self.secrets = secrets_of_the_docs(directory)
        self.postgres = postgres
        self.redis = RedisServer(directory, **_options(self.services["redis"]["command"]))
        self.port = free_port()
        self.image = image
        self._directory = directory
        self._proxy: subprocess.Popen[bytes] | None = None
        # An engine mounts each file by itself, so it is the mode of the file that counts, not that of its folder.
        self._mounts = directory / "mounts"
        self._mounts.mkdir()
        self._mounts.chmod(0o755)
        self.nodes = {name: self._node(name) for name, service in self.services.items() if "build" in service}

    # -- its life ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """As `docker compose up --wait` does: each when those that it waits for are there."""
        for name in in_order(self.services):
            for other, condition in depends_on(self.services[name]).items():
                if condition == "service_healthy":
                    await eventually(partial(self.is_healthy, other), within=LONG_WAIT, every=0.1)
            await self._start(name)

    async def _start(self, name: str) -> None:
        if name in self.nodes:
            self.nodes[name].start()
        elif name == "redis":
            await self.redis.start()
        elif name == "postgres":
            user, database = self._database
            await self.postgres.sql(f"CREATE ROLE {user} LOGIN")
            encoding = self.services[name]["environment"]["POSTGRES_INITDB_ARGS"].removeprefix("--encoding=")
            await self.postgres.sql(f"CREATE DATABASE {database} OWNER {user} ENCODING '{encoding}' TEMPLATE template0")
        elif name == "proxy":
            self._proxy = self._start_proxy()
            await until(self._is_served)
        else:
            raise AssertionError(f"what is {name}?")

    async def close(self) -> None:
        if self._proxy is not None:
            self._proxy.kill()
            self._proxy.wait()
        for node in self.nodes.values():
            await node.kill()
        await self.redis.kill()
        user, database = self._database
        await self.postgres.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        await self.postgres.sql(f"DROP ROLE IF EXISTS {user}")

    async def _is_served(self) -> bool:
        try:
            return (await ask(self.url, "GET", "/readyz")).status == 200
        except OSError:
            return False

    def is_healthy(self, name: str) -> bool:
        """By the service's own check, at its port here; a node's is the image's."""
        if name in self.nodes:
            return self.nodes[name].is_healthy()
        _, *command = self.services[name]["healthcheck"]["test"]
        if name == "redis":
            command[1:1] = ["-p", str(self.redis.port)]
        elif name == "postgres":
            bin = programs()
            assert bin is not None, "it runs"
            command = [str(bin / command[0]), "-p", str(self.postgres.port), *command[1:]]
        return subprocess.run(command, capture_output=True).returncode == 0

    # -- what it is made of --------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/socket"

    @property
    def grace(self) -> float:
        return seconds(self.services["node1"]["stop_grace_period"])

    @property
    def _database(self) -> tuple[str, str]:
        given = self.services["postgres"]["environment"]
        return given["POSTGRES_USER"], given["POSTGRES_DB"]

    def _node(self, name: str) -> Container:
        service = self.services[name]
        mounted = self._mounts / name
        mounted.mkdir()
        mounted.chmod(0o755)
        for secret in service["secrets"]:
            made = self._directory / self.compose["secrets"][secret]["file"]
            shutil.copy(made, mounted / secret)
            if secret == "database_url":
                (mounted / secret).write_text(self._here(made.read_text()))
        given = {key: self._here(value, mounted) for key, value in service["environment"].items()}
        data = mounted / "data"
        data.mkdir()
        _as_mounted(data, service["tmpfs"], self.image.environment["INTERVENE_DATA"].removeprefix(str(self.image.root)))
        return Container(self.image, self._directory / f"{name}.log", **given, INTERVENE_DATA=str(data))

    def _here(self, text: str, mounted: Path | None = None) -> str:
        """Names and paths of the containers, as they are on this machine."""
        text = text.replace("redis://redis:6379", f"redis://127.0.0.1:{self.redis.port}")
        text = text.replace("@postgres/", f"@127.0.0.1:{self.postgres.port}/")
        text = text.replace(self.services["proxy"]["networks"]["front"]["ipv4_address"], PROXY)
        return text.replace("/run/secrets", str(mounted)) if mounted else text

    def _start_proxy(self) -> "subprocess.Popen[bytes]":
        service = self.services["proxy"]
        source, target, _ = service["volumes"][0].split(":")
        text = (ROOT / source).read_text()
        _, inside = service["ports"][0].split(":")
        changes = {
            f"bind :{inside}\n": f"bind 127.0.0.1:{self.port}\n",
            "\nbackend nodes\n": f"\nbackend nodes\n    source {PROXY}\n",
        }
        changes |= {f" {name}:8000": f" 127.0.0.1:{node.port}" for name, node in self.nodes.items()}
        for what, instead in changes.items():
            assert text.count(what) == 1, f"the proxy's file says {what!r} once"
            text = text.replace(what, instead)
        (self._directory / "haproxy.cfg").write_text(text)
        (self._directory / "haproxy.cfg").chmod(0o644)
        command = [str(self._directory / "haproxy.cfg") if word == target else word for word in service["command"]]
        command[0] = _program(command[0])
        user: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": ()} if os.geteuid() == 0 else {}
        with (self._directory / "haproxy.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **user)


def _options(command: list[str]) -> dict[str, str]:
    program, *words = command
    assert program == "redis-server"
    return {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)}


def _as_mounted(folder: Path, tmpfs: list[str], path: str) -> None:
    """Owned and closed as the options of the mount at `path` say."""
    [mount] = [mount for mount in tmpfs if mount.split(":")[0] == path]
    options = dict(option.split("=") for option in mount.split(":")[1].split(","))
    folder.chmod(int(options["mode"], 8))
    if os.geteuid() == 0:
        os.chown(folder, int(options["uid"]), int(options["gid"]))


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    assert found, f"these tests need {name}: apt-get install {name}"
    return found
