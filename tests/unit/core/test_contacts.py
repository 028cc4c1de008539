"""What is known of contacts: which of several values counts."""

from intervene.core.contacts import Attribute, Source, effective, folded


def said(value: str, source: Source, at: int = 0) -> Attribute:
    return Attribute(name="plan", value=value, source=source, by="", at=at)


def test_what_a_visitor_s_page_says_never_stands_before_what_is_vouched_for_or_staff_s() -> None:
    """[P6] However new it is."""
    vouched, staff, bot = said("free", Source.VOUCHED, 1), said("gold", Source.STAFF, 2), said("paid", Source.BOT, 3)
    visitor = said("enterprise", Source.VISITOR, 9)
    assert effective([visitor, bot, staff, vouched])["plan"] is vouched
    assert effective([staff, visitor, bot])["plan"] is staff
    assert effective([visitor, bot])["plan"] is bot


def test_of_one_source_the_newest_counts() -> None:
    older, newer = said("free", Source.STAFF, 1), said("gold", Source.STAFF, 2)
    assert effective([newer, older])["plan"] is newer


def test_names_are_searched_without_regard_to_case_or_spelling_of_a_letter() -> None:
    assert folded("STRASSE") == folded("Straße")
    assert folded("ÉMILE") == folded("e\u0301mile")
    assert folded("half \ud800") == b"half ?"
