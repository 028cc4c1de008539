"""Accounts on every store, as a node and an operator's command put them together: what lets a person in, and out."""

from itertools import count

import pytest

from intervene.accounts import sign_in
from intervene.accounts.accounts import Accounts
from intervene.accounts.operator import Add, Disable, Init, Operator, Request, Reset, Unpublished
from intervene.accounts.sign_in import SignedIn, Stored, Visit
from intervene.adapters.memory import AnchoredClock
from intervene.core.actors import Role
from intervene.core.errors import BadCredentials, BadLink, IllegalMove, NotFound, SignedOut, TooFast
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import SIGN_INS_OF_ACCOUNT
from intervene.ports.audit import Audit
from intervene.ports.people import Changes, People
from intervene.ports.settings import By
from intervene.ports.sign_in import Attempts, Devices, Links

ACME = OrganisationId("acme")
ADA = By(AgentId("ada"), "192.0.2.1")
EMAIL, PASSWORD, ANOTHER = "ana@acme.test", "a long password of hers", "another password of hers"


@pytest.fixture
def accounts(people: People, devices: Devices, links: Links, attempts: Attempts, audit: Audit) -> Accounts:
    stored, ids = Stored(people, devices, links, attempts, audit), count(1)
    return Accounts.of(
        stored, Unpublished(people), ["a key of the tests"], AnchoredClock(), lambda: f"id{next(ids)}", ACME
    )


@pytest.fixture
def operator(accounts: Accounts) -> Operator:
    return Operator(accounts.stored, accounts.staff)


async def joined(accounts: Accounts, email: str = EMAIL) -> SignedIn:
    """Somebody who was invited and has set a password."""
    invited = await accounts.staff.invite(ACME, email, "Ana", Role.AGENT, ADA)
    return await accounts.sign_in.redeem(invited.secret, PASSWORD, Visit(label="Firefox"))


def kept(begun: SignedIn) -> Visit:
    """As the browser comes back."""
    return Visit(refresh=begun.refresh, known=begun.known)


async def test_a_link_sets_a_password_once_and_the_password_signs_in(accounts: Accounts, audit: Audit) -> None:
    """[P7] In whatever case the address is written."""
    invited = await accounts.staff.invite(ACME, EMAIL, "Ana", Role.AGENT, ADA)
    link, member = await accounts.sign_in.look(invited.secret)
    assert (link.purpose, member) == ("invitation", invited.member)
    await accounts.sign_in.redeem(invited.secret, PASSWORD, Visit())
    for refused in (accounts.sign_in.look(invited.secret), accounts.sign_in.redeem(invited.secret, ANOTHER, Visit())):
        with pytest.raises(BadLink):
            await refused
    begun = await accounts.sign_in.sign_in("Ana@ACME.test ", PASSWORD, Visit())
    assert (begun.member.id, begun.member.email) == (invited.member.id, EMAIL)
    actions = ["person.add", "link.make", "link.redeem", "session.begin", "session.begin"]
    assert [entry.action for entry in await audit.of(ACME, 10)] == actions[::-1]


async def test_a_device_comes_back_until_it_is_signed_out(accounts: Accounts) -> None:
    begun = await joined(accounts)
    again = await accounts.sign_in.refresh(kept(begun))
    assert (again.member, again.refresh) == (begun.member, "")
    await accounts.sign_in.sign_out(kept(begun))
    await accounts.sign_in.sign_out(Visit())
    for visit in (kept(begun), Visit(), Visit(refresh="no token of ours")):
        with pytest.raises(SignedOut):
            await accounts.sign_in.refresh(visit)


async def test_a_device_that_signs_in_again_is_one_device(accounts: Accounts, devices: Devices) -> None:
    begun = await joined(accounts)
    again = await accounts.sign_in.sign_in(EMAIL, PASSWORD, kept(begun))
    assert again.known == begun.known
    assert len(await devices.of(ACME, begun.member.id)) == 1
    with pytest.raises(SignedOut):
        await accounts.sign_in.refresh(kept(begun))


async def test_a_changed_password_signs_out_everywhere(accounts: Accounts) -> None:
    begun = await joined(accounts)
    with pytest.raises(BadCredentials):
        await accounts.sign_in.change_password(begun.member, ANOTHER, "x", "")
    await accounts.sign_in.change_password(begun.member, PASSWORD, ANOTHER, "")
    with pytest.raises(SignedOut):
        await accounts.sign_in.refresh(kept(begun))
    with pytest.raises(BadCredentials):
        await accounts.sign_in.sign_in(EMAIL, PASSWORD, Visit())
    assert (await accounts.sign_in.sign_in(EMAIL, ANOTHER, Visit())).member.id == begun.member.id


async def test_who_guesses_is_stopped_and_a_known_device_still_gets_in(
    accounts: Accounts, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] Of an address that nobody has too; failures are recorded once a minute."""
    monkeypatch.setattr(sign_in, "SIGN_IN_SECONDS", 10 * 365 * 24 * 3600)  # a period that does not end meanwhile
    begun = await joined(accounts)
    for email in (EMAIL, "nobody@acme.test"):
        for _ in range(SIGN_INS_OF_ACCOUNT):
            with pytest.raises(BadCredentials):
                await accounts.sign_in.sign_in(email, "a guess", Visit("203.0.113.9"))
        with pytest.raises(TooFast):
            await accounts.sign_in.sign_in(email, PASSWORD, Visit("203.0.113.9"))
    assert (await accounts.sign_in.sign_in(EMAIL, PASSWORD, kept(begun))).member == begun.member
    failures = [entry.subject for entry in await audit.of(ACME, 100) if entry.action == "session.refuse"]
    assert set(failures) == {"", begun.member.id}
    assert len(failures) < SIGN_INS_OF_ACCOUNT


async def test_a_disabled_person_gets_in_by_no_way(accounts: Accounts) -> None:
    begun = await joined(accounts)
    reset = await accounts.staff.reset(begun.member, ADA)
    disabled = await accounts.staff.change(begun.member, Changes(is_disabled=True), ADA)
    with pytest.raises(BadCredentials):
        await accounts.sign_in.sign_in(EMAIL, PASSWORD, Visit())
    with pytest.raises(SignedOut):
        await accounts.sign_in.refresh(kept(begun))
    for refused in (accounts.sign_in.look(reset.secret), accounts.sign_in.redeem(reset.secret, ANOTHER, Visit())):
        with pytest.raises(BadLink):
            await refused
    with pytest.raises(IllegalMove):
        await accounts.staff.reset(disabled, ADA)


async def test_who_is_signed_out_by_an_admin_signs_in_again(accounts: Accounts) -> None:
    begun = await joined(accounts)
    await accounts.staff.sign_out(begun.member, ADA)
    with pytest.raises(SignedOut):
        await accounts.sign_in.refresh(kept(begun))
    assert (await accounts.sign_in.sign_in(EMAIL, PASSWORD, Visit())).member.id == begun.member.id


async def test_an_operator_adds_disables_and_resets(accounts: Accounts, operator: Operator, people: People) -> None:
    """By address and by id; each link that is made is good."""
    first = await operator.carry_out(Init(organisation=ACME, email=EMAIL, name="Ana"))
    again = await operator.carry_out(Init(organisation=ACME, email=EMAIL, name="Ana"))
    assert first.link != again.link
    _, ana = await accounts.sign_in.look(again.link)
    assert ana.role is Role.ADMIN
    await accounts.sign_in.redeem(again.link, PASSWORD, Visit())
    ben = Add(organisation=ACME, email="ben@acme.test", name="Ben", role=Role.SUPERVISOR)
    added = await operator.carry_out(ben)
    assert "is a supervisor now" in added.sentence
    _, member = await accounts.sign_in.look(added.link)
    reset = await operator.carry_out(Reset(organisation=ACME, person=member.id))
    assert (await accounts.sign_in.look(reset.link))[0].purpose == "reset"
    await operator.carry_out(Disable(organisation=ACME, person="ben@acme.test"))
    found = await people.of(ACME, member.id)
    assert found is not None
    assert found.disabled


async def test_what_an_operator_may_not_do_changes_nothing(
    operator: Operator, accounts: Accounts, people: People, audit: Audit
) -> None:
    ana = (await joined(accounts)).member
    await accounts.staff.change(ana, Changes(role=Role.ADMIN), ADA)
    gone = await accounts.staff.invite(ACME, "gone@acme.test", "Gone", Role.AGENT, ADA)
    await accounts.staff.change(gone.member, Changes(is_disabled=True), ADA)
    before = await people.page(ACME, "", 10), await audit.of(ACME, 100)
    refusals: list[tuple[Request, type[Exception]]] = [
        (Init(organisation=ACME, email="zoe@acme.test", name="Zoe"), IllegalMove),
        (Add(organisation=ACME, email=EMAIL, name="Ana", role=Role.AGENT), IllegalMove),
        (Disable(organisation=ACME, person="nobody@acme.test"), NotFound),
        (Reset(organisation=ACME, person="nobody"), NotFound),
        (Reset(organisation=ACME, person=gone.member.id), IllegalMove),
        (Disable(organisation=ACME, person="gone@acme.test"), IllegalMove),
    ]
    for request, problem in refusals:
        with pytest.raises(problem):
            await operator.carry_out(request)
    assert (await people.page(ACME, "", 10), await audit.of(ACME, 100)) == before
