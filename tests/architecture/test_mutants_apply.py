"""`make mutants` takes minutes; that every mutant still fits the source is seen at once."""

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import SERVER, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_source(mutant: Mutant) -> None:
    for path, text in mutant.sources().items():
        compile(text, str(path), "exec")
        assert text != (SERVER / path).read_text("utf-8")
    for test in mutant.killers:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}" in (SERVER.parent / file).read_text("utf-8"), test


def test_each_mutant_has_its_name() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names)
