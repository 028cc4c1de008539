"""Keys of host applications that admins keep: what they let in, for how long, and who learns of them."""

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.integration.system.browser import Browser, admin, refused
from tests.kit.peer import Peer
from tests.kit.server import Reply, ServerProcess

KEY = "a-key-of-the-host-application-that-is-long-enough"


@pytest.fixture
def ada(server: ServerProcess) -> Browser:
    return admin(server)


RSA, EC = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())


def pem(key: Any) -> str:
    public: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


async def takes(by: Browser, **more: Any) -> Reply:
    body = {"name": "CRM", "purpose": "staff", "key": KEY, **more}
    return await by.asks("POST", "/v1/signing-keys", body, **{"idempotency-key": str(time.monotonic_ns())})


async def changes(by: Browser, id: str, version: int, **members: Any) -> Reply:
    return await by.asks("PATCH", f"/v1/signing-keys/{id}", members, **{"if-match": f'"{version}"'})


def claims(seconds: int = 600, **more: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"aud": "intervene", "sub": "hugo", "name": "Hugo", "iat": now, "exp": now + seconds, **more}


def token(kid: str, seconds: int = 600, key: str = KEY, **more: Any) -> str:
    return jwt.encode(claims(seconds, **more), key, "HS256", headers={"kid": kid})


async def test_a_key_lets_in_until_it_is_archived(ada: Browser) -> None:
    """[R176] Sessions that it let in end with it."""
    made = (await takes(ada, role="supervisor")).json
    assert made == {
        "id": made["id"], "name": "CRM", "purpose": "staff", "algorithm": "HS256", "role": "supervisor",
        "lifetime": 3600,
        "version": 1, "archived": False,
    }  # fmt: skip
    async with Peer(ada.server.port) as hugo, Peer(ada.server.port) as other:
        assert (await hugo.joins(token(made["id"])))["role"] == "agent"
        await other.joins(ada.token)
        assert (await changes(ada, made["id"], 1, archived=True)).json["archived"]
        assert await hugo.is_closed() == 4500
        other.says(type="ping")
        while (await other.sees())["type"] != "pong":
            pass
    late = await ada.server.ask("GET", "/v1/me", b"", authorization=f"Bearer {token(made['id'])}")
    assert refused(late) == (401, "bad_token")
    assert (await changes(ada, made["id"], 2, archived=False)).status == 200
    again = await ada.server.ask("GET", "/v1/me", b"", authorization=f"Bearer {token(made['id'])}")
    assert again.json["name"] == "Hugo"


async def test_a_key_is_good_after_a_restart_and_only_for_what_it_says(ada: Browser) -> None:
    """[R18, R176] A token has its key's organisation, a role that it may give, and no longer life."""
    kid = (await takes(ada, lifetime=60)).json["id"]
    await ada.server.restart()

    async def asked(given: str) -> int:
        return (await ada.server.ask("GET", "/v1/me", b"", authorization=f"Bearer {given}")).status

    assert await asked(token(kid, 60)) == 200
    for wrong in (
        token(kid, 61),
        token(kid, 60, role="supervisor"),
        token(kid, 60, org="globex"),
        token("k-none", 60),
        token(kid, 60, "another-key-that-is-long-enough-too"),
    ):
        assert await asked(wrong) == 401
    assert refused(await takes(ada, purpose="contacts")) == (422, "bad_setting"), "one key, one purpose"
    other = {"purpose": "contacts", "key": KEY[::-1]}
    assert refused(await takes(ada, role="supervisor", **other)) == (422, "bad_setting")
    users = (await takes(ada, **other)).json["id"]
    assert await asked(token(users, 60, KEY[::-1])) == 401, "a customer is no staff"


async def test_the_key_itself_is_answered_nowhere(ada: Browser) -> None:
    """[P6, R176]"""
    made = await takes(ada)
    changed = await changes(ada, made.json["id"], 1, name="New", lifetime=120)
    listed, audit = await ada.asks("GET", "/v1/signing-keys"), await ada.asks("GET", "/v1/audit")
    assert listed.json["items"] == [changed.json]
    assert [entry["action"] for entry in audit.json["items"]] == ["signing_key.change", "signing_key.add"]
    assert not [reply for reply in (made, changed, listed, audit) if KEY.encode() in reply.body]
    assert KEY not in ada.server.log
    for body in ({"key": "short"}, {"algorithm": "none"}, {"role": "admin"}, {"lifetime": 1}, {"purpose": "all"}):
        assert refused(await takes(ada, **body)) == (400, "bad_request"), body
    assert refused(await takes(ada, key="k" * 31 + "\n")) == (422, "bad_setting")


async def test_public_keys_let_in_what_their_private_keys_have_signed(ada: Browser) -> None:
    """[R182] Each with its own algorithm; what does not fit is refused with a sentence."""
    keys: dict[str, Any] = {"RS256": RSA, "ES256": EC}
    for algorithm, private in keys.items():
        made = (await takes(ada, algorithm=algorithm, key=pem(private))).json
        assert made["algorithm"] == algorithm
        token = jwt.encode(claims(), private, algorithm, headers={"kid": made["id"]})
        async with Peer(ada.server.port) as hugo:
            assert (await hugo.joins(token))["agent"]["name"] == "Hugo"
        other = next(each for each in keys if each != algorithm)
        wrong = jwt.encode(claims(), keys[other], other, headers={"kid": made["id"]})
        for bad in (wrong, token[:-10] + "A" * 10, jwt.encode(claims(), "", "none", headers={"kid": made["id"]})):
            asked = await ada.server.ask("GET", "/v1/me", b"", authorization=f"Bearer {bad}")
            assert refused(asked) == (401, "bad_token")
        again = await takes(ada, algorithm=algorithm, key=pem(private).replace("\n", "\r\n"))
        assert refused(again) == (422, "bad_setting"), "it is the same key"
        unfit = await takes(ada, algorithm=other, key=pem(private))
        assert (unfit.status, unfit.json["detail"][:8]) == (422, "The key ")
