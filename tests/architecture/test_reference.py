"""The reference of the public modules: a public name without a docstring cannot be printed, and is named."""

import pytest

from scripts import reference


class Documented:
    """It is."""

    def says_nothing(self) -> None:
        pass


def test_a_public_method_without_a_docstring_fails_by_its_name() -> None:
    with pytest.raises(reference.Undocumented, match=r"Documented\.says_nothing"):
        list(reference._class("Documented", Documented))


def test_the_sections_of_a_docstring_become_lists() -> None:
    text = reference._text(
        "Does it.\n\n    Args:\n        a: The first,\n            and more.\n\n    Returns:\n        It.", "x"
    )
    assert text == "Does it.\n\n**Args**\n\n* `a`: The first,\n  and more.\n\n**Returns**\n\nIt."


def test_every_public_name_has_a_place_in_its_page() -> None:
    pages = reference.pages()
    for file, name in reference.MODULES.items():
        module = __import__(name, fromlist=["*"])
        for public in module.__all__:
            assert f"\n## {public}" in pages[file], public
