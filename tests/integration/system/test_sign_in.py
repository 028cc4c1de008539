"""Signing in over HTTP, with cookies as browsers keep them, to a whole server."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from intervene.core.limits import SIGN_INS_OF_ACCOUNT, SIGN_INS_OF_DEVICE, SIGN_INS_OF_NETWORK
from tests.integration.system.browser import PASSWORD, Browser, admin, invited, joined, refused
from tests.integration.system.conftest import MakeServer
from tests.kit.peer import Peer
from tests.kit.server import ServerProcess

DAY_MS = 24 * 3600 * 1000
BEN = "ben@acme.test"


@pytest.fixture
def ada(server: ServerProcess) -> Browser:
    return admin(server)


def later(server: ServerProcess, ms: int) -> None:
    """For devices, so much time has passed."""
    with closing(sqlite3.connect(server.database, isolation_level=None, timeout=10)) as database:
        database.execute(
            "UPDATE device SET issued_at = issued_at - ?, "
            "first_used_at = CASE WHEN first_used_at > 0 THEN first_used_at - ? ELSE 0 END",
            (ms, ms),
        )


def audited(server: ServerProcess) -> list[str]:
    with closing(sqlite3.connect(server.database)) as database:
        return [action for (action,) in database.execute("SELECT action FROM audit ORDER BY handle")]


# -- sessions ----------------------------------------------------------------------------------------------------------


async def test_an_invited_person_sets_a_password_works_signs_out_and_in_again(ada: Browser) -> None:
    """[R130] [R131] [R132]"""
    made = await invited(ada, name="Ben", role="supervisor")
    ben = Browser(ada.server)
    begun = (await ben.redeems(made["link"])).json
    assert begun["person"] == {**begun["person"], "id": made["person"]["id"], "name": "Ben", "role": "supervisor"}
    async with Peer(ada.server.port) as peer:
        welcome = await peer.joins(ben.token)
    assert (welcome["agent"]["name"], welcome["role"]) == ("Ben", "supervisor")
    assert (await ben.refreshes()).json["person"] == begun["person"]
    assert (await ben.asks("DELETE", "/v1/session")).status == 204
    assert refused(await ben.refreshes()) == (401, "signed_out")
    assert (await ben.signs_in("BEN@acme.test")).json["person"] == begun["person"]
    assert audited(ada.server) == [
        "person.add", "link.make", "link.redeem", "session.begin", "session.end", "session.begin"
    ]  # fmt: skip


async def test_a_link_says_whose_it_is_until_it_is_used(ada: Browser) -> None:
    """[R132] As often as it is asked, which uses nothing up."""
    made = await invited(ada, name="Ben")
    browser = Browser(ada.server)
    for _ in range(2):
        found = (await browser.asks("POST", "/v1/session/link", {"link": made["link"]})).json
        assert found == {"purpose": "invitation", "name": "Ben", "email": BEN, "expires": made["expires"]}
    assert (await browser.redeems(made["link"])).status == 200
    assert refused(await browser.asks("POST", "/v1/session/link", {"link": made["link"]})) == (410, "bad_link")
    again = (await ada.asks("POST", f"/v1/people/{made['person']['id']}/reset-link", {})).json["link"]
    assert (await browser.asks("POST", "/v1/session/link", {"link": again})).json["purpose"] == "reset"
    assert made["link"] not in ada.server.log


async def test_the_cookies_are_for_one_path_and_no_script_and_no_other_site(ada: Browser) -> None:
    """[R131]"""
    link = (await invited(ada))["link"]
    reply = await Browser(ada.server).asks("POST", "/v1/session/redeem", {"link": link, "password": PASSWORD})
    assert len(reply.cookies) == 2
    for cookie in reply.cookies:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/v1/session"} <= parts
        assert "secure" not in parts, "on the machine itself there is no https"
    assert PASSWORD not in ada.server.log


async def test_elsewhere_than_on_the_machine_itself_cookies_are_secure(servers: MakeServer) -> None:
    server = servers(development="false")
    await server.start()
    link = (await invited(admin(server)))["link"]
    origin = {"host": "desk.acme.test", "origin": "https://desk.acme.test", "x-forwarded-proto": "https"}
    body = {"link": link, "password": PASSWORD}
    reply = await Browser(server).asks("POST", "/v1/session/redeem", body, **origin)
    assert len(reply.cookies) == 2
    assert all("; secure" in cookie.lower() for cookie in reply.cookies)


@pytest.mark.parametrize("path", ["/v1/session", "/v1/session/refresh", "/v1/session/link", "/v1/session/redeem"])
async def test_pages_of_other_sites_and_those_without_an_origin_are_refused(ada: Browser, path: str) -> None:
    """[R131] The browser sends the cookies with what any page asks."""
    ben = await joined(ada)
    for origin in ("https://evil.example", "null", "", f"http://localhost:{ada.server.port + 1}"):
        assert refused(await ben.asks("POST", path, {}, origin=origin)) == (403, "origin")
    assert refused(await ben.asks("DELETE", "/v1/session", origin="https://evil.example")) == (403, "origin")
    assert (await ben.refreshes()).status == 200


async def test_a_refresh_token_is_replaced_a_day_after_its_first_use(ada: Browser) -> None:
    """[R133]"""
    ben = await joined(ada)
    first = dict(ben.jar)
    assert not (await ben.refreshes()).cookies
    later(ada.server, DAY_MS + 1)
    other = ben.tab()
    assert len((await ben.refreshes()).cookies) == 1
    assert ben.jar != first
    assert (await other.refreshes()).status == 200, "a parallel tab"
    assert other.jar == ben.jar, "gets the same one"


async def test_two_tabs_and_lost_answers_sign_nobody_out(ada: Browser) -> None:
    """[R133]"""
    ben = await joined(ada)
    for _ in range(4):
        await ben.refreshes()
        later(ada.server, DAY_MS + 1)
        lost, tab = ben.tab(), ben.tab()
        await asyncio.gather(lost.refreshes(), tab.refreshes())
        assert (await ben.refreshes()).status == 200
        assert ben.jar == tab.jar == lost.jar


async def test_a_copied_token_revokes_the_device(ada: Browser) -> None:
    """[R133]"""
    ben = await joined(ada)
    await ben.refreshes()
    thief = ben.tab()
    later(ada.server, DAY_MS + 1)
    for _ in range(2):
        assert (await ben.refreshes()).status == 200
    later(ada.server, 61_000)
    assert refused(await thief.refreshes()) == (401, "signed_out")
    assert refused(await ben.refreshes()) == (401, "signed_out")
    assert audited(ada.server)[-1] == "device.revoke"


async def test_a_device_that_was_not_used_for_a_month_is_signed_out(ada: Browser) -> None:
    ben = await joined(ada)
    later(ada.server, 31 * DAY_MS)
    assert refused(await ben.refreshes()) == (401, "signed_out")
    assert audited(ada.server)[-1] == "session.end"


async def test_a_forged_cookie_is_nobodys(ada: Browser) -> None:
    ben = await joined(ada)
    name = next(name for name in ben.jar if "session" in name)
    for value in ("", "x", ben.jar[name][:-1] + "g", ben.jar[name].replace(".1.", ".2."), "a" * 4000):
        stranger = Browser(ada.server)
        stranger.jar = {name: value}
        assert refused(await stranger.refreshes()) == (401, "signed_out")
    assert (await ben.refreshes()).status == 200


# -- links -------------------------------------------------------------------------------------------------------------


async def test_a_link_is_good_once(ada: Browser) -> None:
    """[R132]"""
    link = (await invited(ada))["link"]
    answers = await asyncio.gather(*(Browser(ada.server).redeems(link) for _ in range(4)))
    assert sorted(reply.status for reply in answers) == [200, 410, 410, 410]
    assert refused(await Browser(ada.server).redeems(link)) == (410, "bad_link")
    assert refused(await Browser(ada.server).redeems("x" * 43)) == (410, "bad_link")


async def test_a_password_has_a_length(ada: Browser) -> None:
    link = (await invited(ada))["link"]
    for password in ("short", "x" * 257, "with a\0 in it", 12345678901):
        reply = await Browser(ada.server).asks("POST", "/v1/session/redeem", {"link": link, "password": password})
        assert refused(reply) == (400, "bad_request")
    assert (await Browser(ada.server).redeems(link, "\u00e4 long one \U0001f511")).status == 200


async def test_a_reset_ends_what_was_signed_in_before(ada: Browser) -> None:
    """[R123] [R132]"""
    ben = await joined(ada)
    me = (await ben.asks("GET", "/v1/me")).json
    made = (await ada.asks("POST", f"/v1/people/{me['id']}/reset-link")).json
    again = Browser(ada.server)
    assert (await again.redeems(made["link"], "another password")).status == 200
    assert refused(await ben.asks("GET", "/v1/me")) == (401, "bad_token")
    assert refused(await ben.refreshes()) == (401, "signed_out")
    assert refused(await ben.signs_in(BEN)) == (401, "bad_credentials")
    assert (await ben.signs_in(BEN, "another password")).status == 200


# -- guesses -----------------------------------------------------------------------------------------------------------


async def test_who_has_an_account_cannot_be_seen(ada: Browser) -> None:
    """[P6]"""
    await joined(ada)
    await invited(ada, "not-yet@acme.test")
    answers = [
        await Browser(ada.server).signs_in(email, "wrong") for email in (BEN, "none@x.test", "not-yet@acme.test")
    ]
    assert {reply.body for reply in answers} == {answers[0].body}
    assert refused(answers[0]) == (401, "bad_credentials")


async def test_under_a_wordlist_the_attacker_waits_and_the_person_on_a_known_device_gets_in(
    servers: MakeServer,
) -> None:
    """[P7] [R134] From one network, for one account; then for many."""
    server = servers(development="false")
    await server.start()
    ada = admin(server)
    ben = await joined(ada)
    await ben.asks("DELETE", "/v1/session")
    attacker = Browser(server, "203.0.113.7")
    ben.network = attacker.network
    for _ in range(SIGN_INS_OF_ACCOUNT):
        assert refused(await attacker.signs_in(BEN, "a guess of many")) == (401, "bad_credentials")
    refusal = await attacker.signs_in(BEN)
    assert refused(refusal) == (429, "too_fast"), "with the right one, too"
    assert 0 < int(refusal.headers["retry-after"]) <= 3600
    assert refused(await Browser(server, "203.0.113.99").signs_in(BEN)) == (429, "too_fast"), "of an account"

    async def guesses(n: int) -> int:
        return (await Browser(server, "203.0.113.7").signs_in(f"{n}@acme.test", "a guess")).status

    async def ben_signs_in() -> int:
        return (await ben.signs_in(BEN)).status

    several = [asyncio.create_task(guesses(n)) for n in range(30)]
    assert await ben_signs_in() == 200
    found = await asyncio.gather(*several)
    assert set(found) <= {401, 503}
    for n in range(30, 30 + SIGN_INS_OF_NETWORK):
        if await guesses(n) == 429:
            break
    else:
        pytest.fail("the network was never refused")
    assert await ben_signs_in() == 200
    assert audited(server).count("session.refuse") < 10, "one a minute and account"


async def test_a_known_device_has_a_count_of_its_own(ada: Browser) -> None:
    """[P7] [R134] A copy of its cookie guesses no more than that."""
    ben = await joined(ada)
    for _ in range(SIGN_INS_OF_DEVICE):
        assert (await ben.signs_in(BEN, "wrong")).status == 401
    assert refused(await ben.signs_in(BEN)) == (429, "too_fast")
    assert (await Browser(ada.server).signs_in(BEN)).status == 200, "no account is locked"


async def test_who_signs_in_uses_nothing_up(ada: Browser) -> None:
    await joined(ada)
    for _ in range(SIGN_INS_OF_ACCOUNT + 2):
        assert (await Browser(ada.server).signs_in(BEN)).status == 200


# -- oneself -----------------------------------------------------------------------------------------------------------


async def test_people_see_and_change_themselves(ada: Browser) -> None:
    """[R135]"""
    ben = await joined(ada)
    assert (await ben.asks("PATCH", "/v1/me", {"name": " Benedict "})).json["name"] == "Benedict"
    assert (await ben.asks("GET", "/v1/me")).json["name"] == "Benedict"
    for body in ({"name": "\u200b"}, {"role": "admin"}, {"password": "x"}):
        assert refused(await ben.asks("PATCH", "/v1/me", body)) == (400, "bad_request")
    wrong = await ben.asks("PATCH", "/v1/me", {"password": "another password", "current": "wrong"})
    assert refused(wrong) == (401, "bad_credentials")
    changed = await ben.asks("PATCH", "/v1/me", {"password": "another password", "current": PASSWORD})
    assert changed.status == 200
    assert refused(await ben.asks("GET", "/v1/me")) == (401, "bad_token")
    assert refused(await ben.refreshes()) == (401, "signed_out")
    assert (await ben.signs_in(BEN, "another password")).status == 200


async def test_people_sign_out_one_of_their_devices_or_all(ada: Browser) -> None:
    """[R135]"""
    ben = await joined(ada)
    phone = Browser(ada.server)
    of_phone = (await phone.signs_in(BEN)).json["device"]
    assert (await phone.refreshes()).json["device"] == of_phone
    listed = (await ben.asks("GET", "/v1/me/devices")).json["items"]
    assert [each["id"] for each in listed] == [of_phone, (await ben.refreshes()).json["device"]]
    assert [each["label"] for each in listed] == ["Firefox", "Firefox"]
    cy = await joined(ada, "cy@acme.test")
    path = f"/v1/me/devices/{listed[0]['id']}"
    assert refused(await cy.asks("DELETE", path)) == (404, "not_found")
    assert (await ben.asks("DELETE", path)).status == 204
    assert refused(await phone.refreshes()) == (401, "signed_out")
    async with Peer(ada.server.port) as peer:
        await peer.joins(ben.token)
        assert (await ben.asks("POST", "/v1/me/sign-out")).status == 204
        assert await peer.is_closed() == 4006
    assert refused(await ben.refreshes()) == (401, "signed_out")
    assert (await cy.refreshes()).status == 200
