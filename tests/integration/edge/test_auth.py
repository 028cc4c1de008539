"""Tokens that are good, and every way in which one can be bad."""

import base64
import contextlib
import hmac
import json
from typing import Any

import jwt
import pytest

from intervene.core.access import Principal, Staff, Visitor
from intervene.core.actors import Agent, Contact, Role
from intervene.core.codes import CloseCode
from intervene.core.ids import AgentId, ContactId, OrganisationId
from intervene.core.limits import NAME_CHARS, PERSON_CHARS
from intervene.edge.auth import (
    LEEWAY_SECONDS,
    QUOTED_CHARS,
    RENEW_SECONDS,
    TOKEN_CHARS,
    BadToken,
    Reason,
    Tokens,
)  # fmt: skip

NOW = 1_800_000_000.0

OLD, NEW, OTHER = "old key " * 8, "new key " * 8, "other key " * 8

ACME = OrganisationId("acme")

CLARA = Visitor(organisation=ACME, contact=Contact(id=ContactId("clara"), name="Clara 😀"))

SARA = Staff(organisation=ACME, agent=Agent(id=AgentId("sara"), name="Sara"), role=Role.SUPERVISOR)


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def tokens(time: Time) -> Tokens:
    return Tokens([NEW], time)


# -- good ones ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("principal", [CLARA, SARA])
def test_a_token_says_whose_it_is(tokens: Tokens, principal: Principal) -> None:
    assert tokens.verify(tokens.make(principal, NOW + 60)).principal == principal


def test_a_token_ends_when_it_says(tokens: Tokens, time: Time) -> None:
    token = tokens.make(CLARA, NOW + 60)
    time.now = NOW + 59.9
    tokens.verify(token)
    time.now = NOW + 60
    with pytest.raises(BadToken) as caught:
        tokens.verify(token)
    assert caught.value.reason is Reason.EXPIRED
    assert caught.value.close_code is CloseCode.TOKEN_EXPIRED


def test_both_keys_verify_and_the_first_signs(time: Time) -> None:
    before, after = Tokens([OLD], time), Tokens([NEW, OLD], time)
    assert after.verify(before.make(CLARA, NOW + 60)).principal == CLARA
    with pytest.raises(BadToken):
        before.verify(after.make(CLARA, NOW + 60))
    assert Tokens([NEW], time).verify(after.make(CLARA, NOW + 60)).principal == CLARA


# -- bad ones ----------------------------------------------------------------------------------------------------------


def forged(key: str = NEW, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """Sara's token with other claims, signed as told; a claim of None is left out."""
    good = Tokens([key], lambda: NOW).make(SARA, NOW + 60)
    claims = {**jwt.decode(good, options={"verify_signature": False}), **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    head = {**jwt.get_unverified_header(good), **(header or {})}
    signed = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims))
    signature = hmac.new(key.encode(), signed, "sha512" if head["alg"] == "HS512" else "sha256").digest()
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


CLAIMS = {"aud": "intervene", "org": "acme", "sub": "sara", "name": "Sara", "typ": "agent", "role": "agent"}


def signed(payload: bytes) -> str:
    """Anything, with a good signature: whoever signs may have a fault."""
    return jwt.PyJWS().encode(payload, NEW, "HS256", headers=jwt.get_unverified_header(forged()))


def under(head: str, payload: str) -> str:
    """These two parts of a token, with a good signature."""
    text = f"{head}.{payload}"
    signature = hmac.new(NEW.encode(), text.encode("ascii", "ignore"), "sha256").digest()
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def show_header(tokens: Tokens, token: str) -> None:
    """Have a good token with the header of this one verified, if one with that header can be good."""
    with contextlib.suppress(BadToken):
        tokens.verify(under(token.partition(".")[0], forged().split(".")[1]))


def unsigned(**header: Any) -> str:
    return forged(header={"alg": "none", **header}).rpartition(".")[0] + "."


def test_the_forger_can_forge() -> None:
    """Otherwise everything below would be refused for another reason than it says."""
    assert Tokens([NEW], lambda: NOW).verify(forged()).principal == SARA


HEAD, PAYLOAD, SIGNATURE = forged().split(".")

BAD: dict[Reason, dict[str, str]] = {
    Reason.MALFORMED: {
        "a kid that is null": forged(header={"kid": None}),
        "no algorithm and no kid": unsigned(kid=None),
        "nothing": "",
        "a word": "token",
        "two dots": "..",
        "four parts": forged() + ".more",
        "no characters of base64": "!!!.???.###",
        "half a surrogate pair": "\ud800",
        "NUL": "\0",
        "another alphabet": "ключ.ключ.ключ",
        "a header nested too deep": base64.urlsafe_b64encode(b"[" * 2000).decode() + ".e30.",
        "a payload nested too deep": signed(b"[" * 2000),
        "a payload that is not JSON": signed(b"{"),
        "a payload that is not UTF-8": signed(b'{"sub":"\xff"}'),
        "a payload in UTF-16": signed("{}".encode("utf-16")),
        "a payload with a surrogate as UTF-8": signed(b'{"name":"\xed\xa0\x80"}'),
        "an end that is no number": forged(exp=float("nan")),
        "something critical": forged(header={"crit": ["exp"]}),
        "a kid that is a list": forged(header={"kid": [1]}),
        "a token that is too long": forged(more="m" * TOKEN_CHARS),
        "a token of a mebibyte": "a" * 2**20,
        "claims with another character": under(HEAD, PAYLOAD + "!"),
        "claims with a space": under(HEAD, PAYLOAD + " "),
        "claims in the other alphabet": under(HEAD, base64.b64encode(b'{"sub":"\xc3\xbe\xc3\xbf?>"}').decode()),
        "claims with bits behind their end": under(HEAD, "e31"),
        "claims of one character too many": under(HEAD, PAYLOAD[: len(PAYLOAD) // 4 * 4] + "e"),
        "a dot in the claims": under(HEAD, PAYLOAD + "."),
    },
    Reason.ALGORITHM: {
        "no algorithm": unsigned(),
        "no algorithm, in capitals": unsigned(alg="NONE"),
        "another algorithm with the right key": forged(header={"alg": "HS512"}),
        "an algorithm of public keys": forged(header={"alg": "RS256"}),
        "an algorithm that is no text": forged(header={"alg": ["HS256"]}),
    },
    Reason.SIGNATURE: {
        "a signature cut short": forged()[:-3],
        "no signature": f"{HEAD}.{PAYLOAD}.",
        "another key under our name": forged(OTHER, header=jwt.get_unverified_header(forged())),
        "a claim changed afterwards": forged(sub="anna").rpartition(".")[0] + "." + forged().rpartition(".")[2],
    },
    Reason.UNKNOWN_KEY: {
        "another key": forged(OTHER),
        "no kid": jwt.encode({**CLAIMS, "exp": NOW + 60}, NEW, "HS256"),
        "an unknown kid": forged(header={"kid": "0123456789abcdef"}),
        "a kid that is a path": forged(header={"kid": "../../etc/passwd"}),
    },
    Reason.AUDIENCE: {
        "another audience": forged(aud="elsewhere"),
        "an audience that contains ours": forged(aud="not-intervene-either"),
        "several other audiences": forged(aud=["elsewhere", "interven"]),
        "an audience of half a surrogate pair": forged(aud=["\ud800"]),
        "an empty list of audiences": forged(aud=[]),
    },
    Reason.CLAIMS: {
        "an end of 2,500 digits": signed(json.dumps({**CLAIMS, "exp": int("9" * 2500)}).encode()),
        "no audience": forged(aud=None),
        "an audience that is a number": forged(aud=7),
        "another type": forged(typ="refresh"),
        "no type": forged(typ=None),
        "no end": forged(exp=None),
        "an end as text": forged(exp="never"),
        "an end of half a surrogate pair": forged(exp="\ud800"),
        "a beginning of half a surrogate pair": forged(nbf="\ude00"),
        "a type of half a surrogate pair": forged(typ="\ud800"),
        "a role of half a surrogate pair": forged(role="\ud83d"),
        "an end that never comes": signed(json.dumps({**CLAIMS, "exp": 0}).replace(": 0", ": 1e999").encode()),
        "an end before 1970": forged(exp=-1),
        "no organisation": forged(org=None),
        "an empty organisation": forged(org=""),
        "an organisation with half a surrogate pair": forged(org="\ud83d"),
        "nobody": forged(sub=None),
        "an empty id": forged(sub=""),
        "an id with half a surrogate pair": forged(sub="sara\ud83d"),
        "an id with the other half": forged(sub="\ude00"),
        "an id with NUL": forged(sub="sa\0ra"),
        "an id with a line feed at its end": forged(sub="sara\n"),
        "an id that turns the line around": forged(sub="sara\u202e"),
        "an id that is too long": forged(sub="s" * (PERSON_CHARS + 1)),
        "nobody's name": forged(name=None),
        "a number for a name": forged(name=7),
        "an agent without a role": forged(role=None),
        "an agent with an unknown role": forged(role="owner"),
        "a payload that is a list": signed(b"[1]"),
    },
}


@pytest.mark.parametrize(("reason", "what"), [(reason, what) for reason in BAD for what in BAD[reason]])
def test_a_bad_token_is_refused(time: Time, reason: Reason, what: str) -> None:
    """[P7] And its reason is told, but not to its bearer: the sentence is the same for all. It is the same when its
    header was that of a good token before."""
    heard: list[BadToken] = []
    new, old = Tokens([NEW], time, heard.append), Tokens([NEW], time, heard.append)
    show_header(old, BAD[reason][what])
    heard.clear()
    for use in (new.verify, new.renew, old.verify, old.renew):
        with pytest.raises(BadToken) as caught:
            use(BAD[reason][what])
        assert caught.value.close_code is CloseCode.BAD_TOKEN
        assert caught.value.reason is reason
        assert str(caught.value) == "the token is not valid here"
        assert heard == [caught.value]
        assert caught.value.detail.isprintable()
        assert len(caught.value.detail) <= QUOTED_CHARS
        heard.clear()


# -- what RFC 7519 allows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["elsewhere", "intervene"]},
        {"exp": NOW + 0.5},
        {"iat": NOW - 0.5, "nbf": NOW - 0.25},
        {"iat": None},
        {"iat": NOW + 3600},
        {"nbf": NOW + LEEWAY_SECONDS},
        {"nbf": 0},
        {"jti": "7", "iss": "https://shop.example", "scope": {"deep": [1, {"er": None}]}},
        {"sub": "s" * PERSON_CHARS},
        {"sub": "sara.o'connor+chat@support.example.com"},
        {"sub": "李雷"},
    ],
)
def test_what_the_standard_allows_is_taken(tokens: Tokens, changes: dict[str, Any]) -> None:
    """[R15] With a header that is seen for the first time, and again."""
    for _ in range(2):
        staff = tokens.verify(forged(**changes)).principal
        assert isinstance(staff, Staff)
        assert staff.agent.id == changes.get("sub", "sara")


def test_of_a_claim_that_is_there_twice_the_last_counts(tokens: Tokens) -> None:
    """With a header that is seen for the first time, and again."""
    claims = base64.urlsafe_b64decode(PAYLOAD + "==")
    token = signed(b'{"sub":"anna","typ":"visitor","role":"admin",' + claims[1:])
    for _ in range(2):
        assert tokens.verify(token).principal == SARA


def test_padding_of_a_signature_is_taken(tokens: Tokens) -> None:
    """As some signers write it; with a header that is seen for the first time, and again."""
    for _ in range(2):
        assert tokens.verify(f"{HEAD}.{PAYLOAD}.{SIGNATURE}=").principal == SARA


def test_a_fraction_of_a_second_counts(tokens: Tokens, time: Time) -> None:
    """[R15]"""
    token = forged(exp=NOW + 0.5)
    time.now = NOW + 0.4
    tokens.verify(token)
    time.now = NOW + 0.5
    with pytest.raises(BadToken, match="expired"):
        tokens.verify(token)


def test_a_token_that_is_not_valid_yet_may_come_back(tokens: Tokens, time: Time) -> None:
    """[R15] A clock that is ahead of ours by no more than the leeway does not keep anybody out."""
    token = forged(nbf=NOW + 2 + LEEWAY_SECONDS, exp=NOW + 600)
    with pytest.raises(BadToken, match="not valid yet") as caught:
        tokens.verify(token)
    assert caught.value.reason is Reason.NOT_YET
    assert caught.value.close_code is CloseCode.TOKEN_EXPIRED
    time.now = NOW + 2
    tokens.verify(token)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Sara\ud83d", "Sara\ufffd"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("a\0b\x1b[2Jc\u202e", "ab[2Jc"),
        ("n" * 1000, "n" * NAME_CHARS),
        ("\u200b", ""),
        ("", ""),
    ],
)
def test_a_name_keeps_nobody_out(tokens: Tokens, name: str, shown: str) -> None:
    """[R15] And it can be encoded, so that nobody's session fails over it."""
    staff = tokens.verify(forged(name=name)).principal
    assert isinstance(staff, Staff)
    assert staff.agent.name == shown
    staff.agent.name.encode()


def test_a_visitor_does_not_become_an_agent_by_a_role(tokens: Tokens) -> None:
    assert isinstance(tokens.verify(forged(typ="visitor", role="supervisor")).principal, Visitor)


def test_a_token_is_no_agent_s_because_it_was_once(tokens: Tokens) -> None:
    """The type decides alone, and is signed."""
    head, claims, signature = tokens.make(CLARA, NOW + 60).split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "=="))
    changed.update(typ="agent", role="supervisor")
    swapped = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    with pytest.raises(BadToken):
        tokens.verify(f"{head}.{swapped}.{signature}")


# -- renewing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("later", [0.0, 61.0, RENEW_SECONDS + 59])
def test_a_visitor_stays_the_same_for_a_month(tokens: Tokens, time: Time, later: float) -> None:
    token = tokens.make(CLARA, NOW + 60)
    time.now += later
    renewed = tokens.renew(token)
    assert renewed.contact == CLARA.contact
    assert isinstance(tokens.verify(tokens.make(renewed, time.now + 60)).principal, Visitor)


def test_after_that_the_visitor_is_a_new_one(tokens: Tokens, time: Time) -> None:
    token = tokens.make(CLARA, NOW + 60)
    time.now += 60 + RENEW_SECONDS
    with pytest.raises(BadToken) as caught:
        tokens.renew(token)
    assert caught.value.reason is Reason.EXPIRED


def test_an_agent_s_token_is_not_renewed(tokens: Tokens) -> None:
    with pytest.raises(BadToken):
        tokens.renew(tokens.make(SARA, NOW + 60))
