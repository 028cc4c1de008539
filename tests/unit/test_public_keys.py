"""Keys of host applications by their algorithm: which are taken, and what tokens are good under them."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from intervene.core.access import Visitor
from intervene.core.ids import OrganisationId
from intervene.core.signing_keys import Algorithm, Purpose
from intervene.core.tree import Tree
from intervene.edge.auth import BadToken, Reason, Tokens
from intervene.host_keys import BadHostKeys, HostKey, load_host_keys
from intervene.public_keys import UnfitKey, checked

NOW = 1_700_000_000
OWN = "a key of our own that is long enough to be one"
SECRET = "a secret of the shop that is long enough to be one"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ACME = OrganisationId("acme")


def pem(key: Any) -> str:
    public: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


def private_pem(key: Any) -> str:
    private: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode()


KEYS: dict[str, tuple[Algorithm, str, Any]] = {
    "secret": (Algorithm.HS256, SECRET, SECRET),
    "rsa": (Algorithm.RS256, pem(RSA), RSA),
    "ec": (Algorithm.ES256, pem(EC), EC),
}
"""By name: the algorithm, what we have, what signs."""
HOSTS = {
    name: HostKey(purpose=Purpose.CONTACTS, key=key, organisation=ACME, algorithm=algorithm)
    for name, (algorithm, key, _) in KEYS.items()
}
CLAIMS = {"aud": "intervene", "sub": "maria", "iat": NOW, "exp": NOW + 60}


@pytest.fixture
def tokens() -> Tokens:
    return Tokens([OWN], lambda: NOW, hosts=HOSTS)


def refused(tokens: Tokens, token: str) -> Reason:
    with pytest.raises(BadToken) as problem:
        tokens.verify(token)
    return problem.value.reason


def forged(header: dict[str, str], secret: bytes | None) -> str:
    """By hand: no library signs with what is no secret. None: without a signature."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, CLAIMS)]
    signed = b".".join(parts)
    mac = hmac.new(secret, signed, hashlib.sha256).digest() if secret is not None else b""
    return b".".join([signed, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


@pytest.mark.parametrize("name", KEYS)
def test_a_token_is_good_under_the_algorithm_of_its_key_and_no_other(tokens: Tokens, name: str) -> None:
    """[P6, R182]"""
    algorithm, _, key = KEYS[name]
    found = tokens.verify(jwt.encode(CLAIMS, key, algorithm, headers={"kid": name})).principal
    assert isinstance(found, Visitor)
    assert (found.organisation, found.contact.vouched) == (ACME, True)
    for other, (wrong, _, foreign) in KEYS.items():
        if other != name:
            token = jwt.encode(CLAIMS, foreign, wrong, headers={"kid": name})
            assert refused(tokens, token) is Reason.ALGORITHM
    assert refused(tokens, jwt.encode(CLAIMS, key, algorithm, headers={"kid": name})[:-8] + "AAAAAAAA") in (
        Reason.SIGNATURE, Reason.MALFORMED,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["rsa", "ec"])
@pytest.mark.parametrize("ending", ["", "\n"])
def test_a_public_key_is_nobody_s_secret(tokens: Tokens, name: str, ending: str) -> None:
    """[P6, R182] Everybody may read it: what was signed with it as with a secret, or not at all, is refused."""
    secret = KEYS[name][1].strip().encode() + ending.encode()
    for said in ("HS256", "RS256", "ES256", "none", "None", "HS512"):
        token = forged({"alg": said, "typ": "JWT", "kid": name}, None if said.lower() == "none" else secret)
        assert refused(tokens, token) in (Reason.ALGORITHM, Reason.SIGNATURE, Reason.MALFORMED)


def test_another_key_of_the_same_algorithm_signs_nothing_here(tokens: Tokens) -> None:
    for name, other in (("rsa", rsa.generate_private_key(public_exponent=65537, key_size=2048)),
                        ("ec", ec.generate_private_key(ec.SECP256R1()))):  # fmt: skip
        assert refused(tokens, jwt.encode(CLAIMS, other, KEYS[name][0], headers={"kid": name})) is Reason.SIGNATURE


UNFIT: dict[str, tuple[Algorithm, str, str]] = {
    "RSA of 1024 bits": (
        Algorithm.RS256,
        pem(rsa.generate_private_key(65537, 1024)),
        "2048 to 8192 bits, and not 1024",
    ),
    "a private key": (Algorithm.RS256, private_pem(RSA), "private key"),
    "a private key of a curve": (Algorithm.ES256, private_pem(EC), "private key"),
    "RSA for ES256": (Algorithm.ES256, pem(RSA), "P-256"),
    "a curve for RS256": (Algorithm.RS256, pem(EC), "one of RSA"),
    "another curve": (Algorithm.ES256, pem(ec.generate_private_key(ec.SECP384R1())), "P-256"),
    "a key that signs otherwise": (Algorithm.ES256, pem(ed25519.Ed25519PrivateKey.generate()), "P-256"),
    "DSA": (Algorithm.RS256, pem(dsa.generate_private_key(1024)), "one of RSA"),
    "a secret": (Algorithm.RS256, SECRET, "public key as PEM"),
    "a public key as a secret": (Algorithm.HS256, pem(RSA).replace("\n", " "), "name its algorithm"),
    "half of a key": (Algorithm.RS256, pem(RSA)[:200], "public key as PEM"),
    "two keys": (Algorithm.ES256, pem(EC) + pem(ec.generate_private_key(ec.SECP256R1())), "several keys"),
    "no characters of keys": (Algorithm.RS256, "ä" * 64, "public key as PEM"),
    "the end of a line": (Algorithm.HS256, f"{SECRET}\n", "control characters"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_a_key_that_does_not_fit_is_refused_with_the_reason(what: str) -> None:
    """[R182]"""
    algorithm, key, sentence = UNFIT[what]
    with pytest.raises(UnfitKey, match=sentence):
        checked(algorithm, key)


def test_a_long_exponent_is_refused() -> None:
    """[P7] It would make each check as slow as a signature."""
    numbers = RSA.public_key().public_numbers()
    odd = rsa.RSAPublicNumbers((1 << 40) + 15, numbers.n).public_key()
    key = odd.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(UnfitKey, match="exponent"):
        checked(Algorithm.RS256, key)


def test_one_public_key_is_one_however_it_is_written() -> None:
    written = pem(RSA).replace("\n", "\r\n")
    assert checked(Algorithm.RS256, f"\n{written}\n") == checked(Algorithm.RS256, pem(RSA)) == pem(RSA)


def test_the_file_of_host_keys_has_public_keys_too(tmp_path: Path) -> None:
    """[R182]"""
    file = tmp_path / "hosts.json"
    file.write_text(json.dumps({"shop": {"purpose": "contacts", "key": pem(EC), "algorithm": "ES256"}}))
    hosts = load_host_keys(file, ACME, [OWN])
    token = jwt.encode(CLAIMS, EC, "ES256", headers={"kid": "shop"})
    assert Tokens([OWN], lambda: NOW, hosts=hosts).verify(token).principal.organisation == ACME
    for wrong in ({"algorithm": "RS256"}, {"algorithm": "none"}, {"key": private_pem(EC)}):
        file.write_text(json.dumps({"shop": {"purpose": "contacts", "key": pem(EC), "algorithm": "ES256"} | wrong}))
        with pytest.raises(BadHostKeys) as problem:
            load_host_keys(file, ACME, [OWN])
        assert "PRIVATE" not in str(problem.value)


@pytest.mark.parametrize("name", KEYS)
def test_no_host_application_lets_anybody_into_an_archived_organisation(name: str) -> None:
    """[R183]"""
    archived: frozenset[OrganisationId] = frozenset({ACME})
    tokens = Tokens([OWN], lambda: NOW, hosts=HOSTS, tree=lambda: Tree(archived=archived))
    token = jwt.encode(CLAIMS, KEYS[name][2], KEYS[name][0], headers={"kid": name})
    assert refused(tokens, token) is Reason.ARCHIVED
