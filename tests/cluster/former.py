"""The release before this one, of format 1: its server from the repository's history, run as its users run it."""

import subprocess
from pathlib import Path
from typing import Any

from tests.cluster.bench import ROOT, Bench, Node

FORMER = "df59a2590c3ad505145efef234fc8d685b88c9b5"
"""The last commit that writes format 1 alone."""


def build(folder: Path) -> Path:
    """Its server in `folder`. It runs with the libraries of today's, which satisfy its requirements."""
    archive = subprocess.run(["git", "archive", FORMER, "server"], cwd=ROOT, capture_output=True, check=False)
    assert not archive.returncode, "the repository's history is not here: `git fetch --unshallow` brings it"
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder / "server"


def node(bench: Bench, name: str, server: Path, **options: Any) -> Node:
    """A node of that release."""
    made = bench.node(name, **options)
    made.environment["PYTHONPATH"] = str(server)
    return made
