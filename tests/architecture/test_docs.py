"""The pages for readers of the code name files and things that exist, and each term once. Machines are not persons."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RECORDS = sorted(DOCS.glob("decisions/0*.md"))
HOMES = (
    "",
    "server/intervene",
    "server/intervene/adapters",
    "server/intervene/adapters/sql",
    "client_js",
    "client_js/ui/src",
)
BUILT = "server/intervene/pages/"
PAGES = [DOCS / "architecture.md", DOCS / "glossary.md", *RECORDS]


def home_of(name: str) -> Path | None:
    return next((ROOT / home / name for home in HOMES if (ROOT / home / name).exists()), None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_only_files_and_things_that_exist(page: Path) -> None:
    wrong = []
    for name, things in re.findall(r"`([\w./-]+(?:/|\.py|\.ts|\.js))(?:: ([^`]+))?`", page.read_text("utf-8")):
        file = home_of(name)
        if file is None and name != BUILT:
            wrong.append(name)
        elif file is not None and things:
            text = file.read_text("utf-8")
            wrong += [f"{name}: {thing}" for thing in re.split(r", |\.", things) if thing not in text]
    assert not wrong, "\n".join(wrong)


def test_the_glossary_has_each_term_once() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \|$", (DOCS / "glossary.md").read_text("utf-8"), re.MULTILINE)
    terms = [term for row in rows if row not in {"term", "---"} for term in row.split(", ")]
    assert len(terms) > 80
    assert len(terms) == len(set(terms)), sorted(term for term in set(terms) if terms.count(term) > 1)


def test_every_decision_is_in_the_list_and_has_the_four_parts() -> None:
    listed = re.findall(r"\]\((0\S+\.md)\)", (DOCS / "decisions/README.md").read_text("utf-8"))
    assert listed == [record.name for record in RECORDS]
    for record in RECORDS:
        parts = re.findall(r"^## (.+)$", record.read_text("utf-8"), re.MULTILINE)
        assert parts == ["Context", "Decision", "What follows", "Rejected"], record.name


def test_links_between_pages_lead_somewhere() -> None:
    wrong = []
    for page in [*PAGES, DOCS / "decisions/README.md", DOCS / "embed-the-client.md"]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", page.read_text("utf-8")):
            if not (page.parent / link).exists():
                wrong.append(f"{page.name}: {link}")
    assert not wrong, "\n".join(wrong)


# -- words -------------------------------------------------------------------------------------------------------------

SERVER = ROOT / "server/intervene"
_A_MACHINE = r"(?:node|process|socket|session|connection|server|client|thread|bot)s?,? (?:who|whom)"
PERSONS = re.compile(
    rf"\b(hears?|heard|bury|buried|buries|mourns?|goodbyes?|no news|leapt|{_A_MACHINE})\b", re.IGNORECASE
)
"""What a machine does not do: it sends, receives, publishes, is called, is declared dead."""
TELLING = re.compile(r"\b(whoever|(?:is|are|was|were|be|been) told|tells?|strangers?)\b", re.IGNORECASE)
"""In the code, where it is nearly always a machine; pages speak of people too."""
PEOPLE = re.compile(r"\b(who|whom|somebody|nobody|everybody|anybody)\b", re.IGNORECASE)
WITHOUT_PEOPLE = (
    "adapters/postgres",
    "adapters/redis",
    "adapters/sql",
    "adapters/sqlite",
    "bots/reply.py",
    "bots/runner.py",
    "bots/task.py",
    "cluster/exit_locks.py",
    "cluster/failure_detector.py",
    "edge/socket/connection.py",
    "edge/socket/timers.py",
    "edge/socket/write_batch.py",
    "feed/early.py",
    "feed/reading.py",
    "housekeeping",
    "outage.py",
    "workers.py",
)
OF_PEOPLE = ("a visitor who comes back", "the agents who have a session", "the people at a node who", 'f"is told: "')
"""Sentences in which it is a person."""


def prose(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of comments, docstrings and other texts of more than a word; of a page, all."""
    text = file.read_text("utf-8")
    if file.suffix != ".py":
        yield from enumerate(text.splitlines(), start=1)
        return
    texts = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in texts and " " in token.string:
            yield from enumerate(token.string.splitlines(), start=token.start[0])


def found(pattern: re.Pattern[str], file: Path) -> list[str]:
    lines = ((number, re.sub(r"`[^`]*`|\{[^}]*\}", "", line)) for number, line in prose(file))
    return [
        f"{file.relative_to(ROOT)}:{number} {match[0]!r}: {line.strip()[:100]}"
        for number, line in lines
        if (match := pattern.search(line)) and not any(sentence in line.lower() for sentence in OF_PEOPLE)
    ]


def test_machines_are_not_persons() -> None:
    """A node publishes and receives; it does not tell or hear. Plain terms are in the glossary."""
    code = sorted(SERVER.rglob("*.py"))
    pages = [DOCS / "tour.md", DOCS / "promises.md", DOCS / "protocol.md", *PAGES]
    wrong = [line for file in [*code, *pages] for line in found(PERSONS, file)]
    wrong += [line for file in code for line in found(TELLING, file)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("part", WITHOUT_PEOPLE)
def test_where_there_are_no_people_nobody_is_spoken_of(part: str) -> None:
    files = sorted((SERVER / part).rglob("*.py")) or [SERVER / part]
    wrong = [line for file in files for line in found(PEOPLE, file)]
    assert not wrong, "\n".join(wrong)
