"""The release before this one, of format 2: its server from the repository's history, run as its users run it."""

import subprocess
from pathlib import Path
from typing import Any

from tests.cluster.bench import ROOT, Bench, Node
from tests.kit.limits import FACTOR

FORMER = "642922cfc94d1dcad4daeec5a89fa140876abad9"
"""The last commit that does not read format 3."""


def build(folder: Path) -> Path:
    """Its server in `folder`. It runs with the libraries of today's, which satisfy its requirements."""
    assert FACTOR == 1.0, "the former release has production timing alone, and is not forked from today's"
    archive = subprocess.run(["git", "archive", FORMER, "server"], cwd=ROOT, capture_output=True, check=False)
    assert not archive.returncode, "the repository's history is not here: `git fetch --unshallow` brings it"
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder / "server"


def node(bench: Bench, name: str, server: Path, **options: Any) -> Node:
    """A node of that release."""
    made = bench.node(name, **options)
    made.environment["PYTHONPATH"] = str(server)
    return made
