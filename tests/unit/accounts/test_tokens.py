"""What browsers keep in cookies."""

import pytest

from intervene.accounts.tokens import CookieTokens
from intervene.core.ids import AgentId

OLD, NEW = "an old key that has more than 32 bytes", "a new key that has more than 32 bytes"
ANA, BEN = AgentId("ana"), AgentId("ben")


def test_the_same_device_and_number_make_the_same_token() -> None:
    token = CookieTokens([NEW]).refresh("d1", 3)
    assert token == CookieTokens([NEW, OLD]).refresh("d1", 3)
    assert CookieTokens([NEW]).read_refresh(token) == ("d1", 3)


def test_a_key_is_replaced_while_its_tokens_are_out() -> None:
    token = CookieTokens([OLD]).refresh("d1", 3)
    assert CookieTokens([NEW, OLD]).read_refresh(token) == ("d1", 3)
    assert CookieTokens([NEW]).read_refresh(token) is None


@pytest.mark.parametrize("change", ["d2.3", "d1.4", "d1.03", "d1", "", "d1.3.4", "\u0664.3"])
def test_nothing_of_a_token_can_be_changed(change: str) -> None:
    tokens = CookieTokens([NEW])
    mac = tokens.refresh("d1", 3).rpartition(".")[2]
    assert tokens.read_refresh(f"{change}.{mac}") is None
    assert tokens.read_refresh(f"d1.3.{mac[:-1]}") is None


def test_one_kind_of_token_is_never_the_other() -> None:
    tokens = CookieTokens([NEW])
    assert tokens.read_known(tokens.refresh("d1", 3)) is None
    assert tokens.read_refresh(tokens.known("b1", ANA)) is None


def test_a_browser_is_known_for_the_person_who_signed_in_there() -> None:
    tokens = CookieTokens([NEW])
    known = tokens.read_known(tokens.known("b1", ANA))
    assert known is not None
    assert (known.belongs_to(ANA), known.belongs_to(BEN)) == (True, False)
