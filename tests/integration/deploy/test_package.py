"""What is published: a wheel and a source distribution, with the pages in them and nothing that only builds them."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.integration.deploy.image import ROOT

PAGES = ROOT / "server" / "intervene" / "pages"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert PAGES.exists(), "`make test` builds the pages first"
    there = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(there)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return there


def pages() -> set[str]:
    return {path.relative_to(PAGES).as_posix() for path in PAGES.rglob("*") if path.is_file()}


def test_a_wheel_carries_the_pages(built: Path) -> None:
    """An installed server needs no Node."""
    [wheel] = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.removeprefix("intervene/pages/") for name in names if name.startswith("intervene/pages/")} == pages()
    assert not [name for name in names if "client_js" in name or name.endswith(".ts")]


def test_a_source_distribution_carries_the_pages_and_their_sources(built: Path) -> None:
    [archive] = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {f"server/intervene/pages/{name}" for name in pages()} <= names
    assert {"client_js/site/demo.html", "client_js/build.js", "client_js/package-lock.json"} <= names
    assert not [name for name in names if "node_modules" in name or "/dist/" in name]
