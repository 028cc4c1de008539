"""Tokens that host applications sign: what each key may make, and the file that names the keys."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from intervene.core.access import Staff, Visitor, same_person
from intervene.core.actors import Role
from intervene.core.ids import OrganisationId
from intervene.core.limits import ID_CHARS, PERSON_CHARS
from intervene.core.signing_keys import Purpose
from intervene.edge.auth import LEEWAY_SECONDS, BadToken, Reason, Tokens
from intervene.host_keys import (
    FILE_BYTES,
    MOST_KEYS,
    BadHostKeys,
    HostKey,
    contact_of,
    key_name,
    load_host_keys,
)  # fmt: skip

NOW = 1_800_000_000.0
OWN, SHOP, CRM, BOSS, OTHER = (f"the key of {name} " * 4 for name in ("us", "a shop", "a CRM", "its boss", "others"))
ACME, GLOBEX = OrganisationId("acme"), OrganisationId("globex")
HOSTS = {
    "shop": HostKey(purpose=Purpose.CONTACTS, key=SHOP, organisation="acme"),
    "crm": HostKey(purpose=Purpose.STAFF, key=CRM, organisation="acme"),
    "boss": HostKey(purpose=Purpose.STAFF, key=BOSS, organisation="acme", role=Role.SUPERVISOR),
    "globex": HostKey(purpose=Purpose.CONTACTS, key=OTHER, organisation="globex"),
}
CLAIMS: dict[str, Any] = {"aud": "intervene", "sub": "maria@shop.example", "iat": NOW - 5, "exp": NOW + 60}


@pytest.fixture
def tokens() -> Tokens:
    return Tokens([OWN], lambda: NOW, hosts=HOSTS)


def signed(kid: str, key: str = "", /, **changes: Any) -> str:
    """A claim of None is left out."""
    claims = {claim: value for claim, value in {**CLAIMS, **changes}.items() if value is not None}
    return jwt.encode(claims, key or HOSTS[kid].key, "HS256", headers={"kid": kid})


def refused(tokens: Tokens, token: str) -> Reason:
    with pytest.raises(BadToken) as caught:
        tokens.verify(token)
    return caught.value.reason


# -- whose a token is --------------------------------------------------------------------------------------------------


def test_a_key_for_contacts_makes_a_user_of_its_organisation(tokens: Tokens) -> None:
    """[R18]"""
    found = tokens.verify(signed("shop", name="Maria"))
    user = found.principal
    assert isinstance(user, Visitor)
    assert (user.organisation, user.contact.name, found.expires) == (ACME, "Maria", NOW + 60)
    assert user.contact.id == contact_of(ACME, "maria@shop.example")


@pytest.mark.parametrize("typ", ["agent", "visitor", "Bearer", None, 7])
@pytest.mark.parametrize("role", ["agent", "supervisor", "customer", None])
def test_a_key_makes_what_its_entry_says_whatever_the_token_says(tokens: Tokens, typ: object, role: str | None) -> None:
    """[P6, R18] A key for contacts never makes staff, a key for staff never a contact."""
    claims: dict[str, Any] = {"typ": typ, "role": role, "name": "Eve"}
    assert isinstance(tokens.verify(signed("shop", **claims)).principal, Visitor)
    if role != "customer":
        assert isinstance(tokens.verify(signed("boss", **claims)).principal, Staff)


def test_a_key_for_staff_makes_agents_and_supervisors_as_far_as_it_may(tokens: Tokens) -> None:
    """[R18]"""
    ada = tokens.verify(signed("crm", sub="ada", name="Ada")).principal
    assert isinstance(ada, Staff)
    assert (ada.organisation, ada.agent.id, ada.agent.name, ada.role) == (ACME, "ada", "Ada", Role.AGENT)
    boss = tokens.verify(signed("boss", sub="ada", role="supervisor")).principal
    assert isinstance(boss, Staff)
    assert (boss.role, same_person(ada, boss)) == (Role.SUPERVISOR, True)
    for role in ("supervisor", "admin", ""):
        assert refused(tokens, signed("crm", role=role)) is Reason.CLAIMS


@pytest.mark.parametrize("claim", ["aud", "sub", "iat", "exp"])
@pytest.mark.parametrize("name", ["shop", "crm"])
def test_a_host_s_token_has_all_claims(tokens: Tokens, name: str, claim: str) -> None:
    """[R18]"""
    without: dict[str, Any] = {claim: None}
    assert refused(tokens, signed(name, **without)) is Reason.CLAIMS


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "others"}, Reason.AUDIENCE),
        ({"exp": NOW}, Reason.EXPIRED),
        ({"iat": NOW + LEEWAY_SECONDS + 1}, Reason.NOT_YET),
        ({"nbf": NOW + LEEWAY_SECONDS + 1}, Reason.NOT_YET),
        ({"iat": "yesterday"}, Reason.CLAIMS),
        ({"sub": ""}, Reason.CLAIMS),
        ({"sub": "a\0b"}, Reason.CLAIMS),
        ({"sub": "a" * (PERSON_CHARS + 1)}, Reason.CLAIMS),
        ({"org": "globex"}, Reason.CLAIMS),
        ({"org": ["acme"]}, Reason.CLAIMS),
    ],
)
def test_a_host_s_token_that_is_wrong_is_refused(tokens: Tokens, changes: dict[str, Any], reason: Reason) -> None:
    """[R18]"""
    assert refused(tokens, signed("shop", **changes)) is reason


def test_what_a_host_leaves_open_is_open(tokens: Tokens) -> None:
    tokens.verify(signed("shop", iat=NOW + LEEWAY_SECONDS - 1, org="acme", more={"of": "it"}, aud=["a", "intervene"]))


def test_a_key_signs_only_under_its_name(tokens: Tokens) -> None:
    """[R18] What the shop signs is not the CRM's, nor ours, and a name that nobody has is refused."""
    for name in ("crm", "boss", "globex", key_name(OWN)):
        assert refused(tokens, signed(name, SHOP)) is Reason.SIGNATURE
    assert refused(tokens, signed("shops", SHOP)) is Reason.UNKNOWN_KEY
    assert refused(Tokens([OWN], lambda: NOW), signed("shop")) is Reason.UNKNOWN_KEY


# -- who that is -------------------------------------------------------------------------------------------------------


def test_no_user_is_a_visitor_or_a_user_of_another_organisation(tokens: Tokens) -> None:
    """[P6, R18] Whatever `sub` is; the same `sub` is the same person."""
    subs = ["v-1a2b3c", contact_of(ACME, "maria"), "maria", "acme\u200bmaria", "u-" + "0" * 40]
    ids = {contact_of(organisation, sub) for organisation in (ACME, GLOBEX) for sub in subs}
    assert len(ids) == 2 * len(subs)
    assert all(id.startswith("u-") and len(id) <= ID_CHARS for id in ids)
    assert contact_of(OrganisationId("a"), "bc") != contact_of(OrganisationId("ab"), "c")
    one = tokens.verify(signed("shop", sub="maria")).principal
    other = tokens.verify(signed("globex", sub="maria")).principal
    assert not same_person(one, other)
    assert same_person(one, tokens.verify(signed("shop", sub="maria", name="M.", exp=NOW + 900)).principal)


def test_users_and_staff_of_a_host_are_not_renewed(tokens: Tokens) -> None:
    """[R18] And so not forgotten: their application makes the next token."""
    for name in ("shop", "boss"):
        with pytest.raises(BadToken, match="your application's") as caught:
            tokens.renew(signed(name))
        assert caught.value.reason is Reason.CLAIMS


# -- the file ----------------------------------------------------------------------------------------------------------


def write(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def load(path: Path) -> dict[str, HostKey]:
    return dict(load_host_keys(path, ACME, [OWN]))


def test_the_file_names_keys_with_what_they_are_for(tmp_path: Path) -> None:
    file = write(
        tmp_path / "hosts.json",
        {
            "shop": {"purpose": "contacts", "key": SHOP},
            "boss": {"purpose": "staff", "key": BOSS, "role": "supervisor", "organisation": "globex"},
        },
    )
    found = load(file)
    assert found["shop"] == HOSTS["shop"]
    assert found["boss"] == HostKey(purpose=Purpose.STAFF, key=BOSS, role=Role.SUPERVISOR, organisation="globex")
    assert SHOP not in repr(found)


GOOD = {"purpose": "contacts", "key": SHOP}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is not JSON"),
        ("[]", "does not fit"),
        ("{" * 10_000, "is not JSON"),
        ({"shop": {"purpose": "contacts"}}, "missing required field `key`"),
        ({"shop": {"key": SHOP}}, "missing required field `purpose`"),
        ({"shop": {**GOOD, "purpose": "everything"}}, "Invalid enum value 'everything'"),
        ({"shop": {**GOOD, "key": "short"}}, "length >= 32"),
        ({"shop": {**GOOD, "roles": "agent"}}, "unknown field `roles`"),
        ({"shop": {**GOOD, "role": "owner"}}, "Invalid enum value 'owner'"),
        (
            {"shop": {**GOOD, "purpose": "staff", "role": "admin"}},
            "'shop' would make admins, and no host application may",
        ),
        ({"shop": {**GOOD, "role": "supervisor"}}, "'shop' is for contacts, who have no role"),
        ({"shop": {**GOOD, "organisation": "a b"}}, "does not fit"),
        ({"": GOOD}, "a name has 1 to 64"),
        ({"a\nb": GOOD}, "a name has 1 to 64"),
        ({key_name(OWN): GOOD}, "none of the server's own"),
        ({"us": {**GOOD, "key": OWN}}, "'us' and the server itself have the same key"),
        ({"shop": {**GOOD, "key": f"{SHOP}\n"}}, "control characters"),
        ({"shop": GOOD, "crm": {"purpose": "staff", "key": f"{SHOP}\0"}}, "control characters"),
        (f'{{"shop": {json.dumps(GOOD)}, "shop": {json.dumps(GOOD)}}}', "'shop' stands there twice"),
        (f'{{"shop": {{"purpose": "staff", "purpose": "contacts", "key": "{SHOP}"}}}}', "'purpose' stands there twice"),
        ({"shop": GOOD, "crm": {"purpose": "staff", "key": SHOP}}, "'crm' and 'shop' have the same key"),
        ({f"k{n}": {**GOOD, "key": f"{n:032}"} for n in range(MOST_KEYS + 1)}, f"at most {MOST_KEYS} are read"),
        (" " * (FILE_BYTES + 1), "more than 64 KiB"),
    ],
)
def test_a_file_that_is_wrong_is_refused_in_a_sentence(tmp_path: Path, content: object, sentence: str) -> None:
    """[R18] Which never has a key in it."""
    with pytest.raises(BadHostKeys) as caught:
        load(write(tmp_path / "hosts.json", content))
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"host_keys: {tmp_path / 'hosts.json'} ")
    assert str(caught.value).endswith(".")
    assert not any(key in str(caught.value) for key in (OWN, SHOP))


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadHostKeys, match="cannot be read: No such file"):
        load(tmp_path / "hosts.json")
    (tmp_path / "hosts.json").write_bytes(b"\xff\xfe")
    with pytest.raises(BadHostKeys, match="is not text"):
        load(tmp_path / "hosts.json")
