"""Migrations follow each other in one line: two that were written side by side do not both come next."""

import re
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "server/intervene/migrations/versions"
_LINE = re.compile(r'^revision = "(\d+)"\ndown_revision(?:: str \| None)? = (?:"(\d+)"|None)$', re.MULTILINE)


def test_each_migration_has_its_number_and_follows_the_one_before() -> None:
    files = sorted(VERSIONS.glob("0*.py"))
    for number, file in enumerate(files, start=1):
        found = _LINE.search(file.read_text("utf-8"))
        assert found, file.name
        assert (found[1], found[2]) == (f"{number:04}", f"{number - 1:04}" if number > 1 else None), file.name
        assert file.name.startswith(f"{number:04}_")
