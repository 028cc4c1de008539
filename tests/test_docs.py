"""The pages for readers of the code name files and things that exist, and each term once."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
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
    for page in [*PAGES, DOCS / "decisions/README.md"]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", page.read_text("utf-8")):
            if not (page.parent / link).exists():
                wrong.append(f"{page.name}: {link}")
    assert not wrong, "\n".join(wrong)
