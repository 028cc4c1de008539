"""Each file in `changes/` becomes an entry of the changelog."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TYPES = {
    type["directory"]
    for type in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]["type"]
}


def test_each_change_is_named_and_written_as_the_readme_says() -> None:
    files = [file for file in (ROOT / "changes").iterdir() if file.name not in ("README.md", ".gitignore")]
    named = re.compile(rf"[a-z0-9-]+\.(?:{'|'.join(TYPES)})\.md")
    assert [file.name for file in files if not named.fullmatch(file.name)] == []
    assert [file.name for file in files if not file.read_text("utf-8").strip()] == []


def test_the_readme_names_all_types() -> None:
    readme = (ROOT / "changes/README.md").read_text("utf-8")
    assert set(re.findall(r"`(\w+)`", readme.rpartition("TYPE is one of")[2])) == TYPES
