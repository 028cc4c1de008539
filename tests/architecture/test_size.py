"""No file that people write is longer than one can hold in mind: what grows beyond that is split by subject."""

from collections.abc import Iterator
from pathlib import Path

from tests.architecture.test_house import ROOT, tracked

MOST_LINES = 400
PLACES = ("client_js/", "scripts/", "server/", "tests/")
WRITTEN = {".css", ".html", ".js", ".lua", ".mjs", ".py", ".sh", ".sql", ".ts"}
GENERATED = {"client_js/sdk/src/wire.ts"}


def written() -> Iterator[tuple[str, Path]]:
    for file in tracked():
        name = file.relative_to(ROOT).as_posix()
        if name.startswith(PLACES) and file.suffix in WRITTEN and name not in GENERATED:
            yield name, file


def test_no_file_that_people_write_has_more_than_400_lines() -> None:
    lines = {name: len(file.read_text("utf-8").splitlines()) for name, file in written()}
    assert len(lines) > 500, "these are not the files of this project"
    too_long = [f"{name} has {count} lines" for name, count in lines.items() if count > MOST_LINES]
    assert not too_long, "\n".join(too_long)
