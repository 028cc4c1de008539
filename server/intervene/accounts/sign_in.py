"""Signing in and out, and what a device gets that comes back.

Limits come before a password is hashed, and failures alone count. No account is ever locked: a person on a known device
has a count of their own; on a new one, while somebody guesses, a link from an admin is the way in.
"""

import unicodedata
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple, Protocol

from intervene.accounts.passwords import Passwords
from intervene.accounts.refresh import Answer, present
from intervene.accounts.tokens import CookieTokens
from intervene.core.devices import Device
from intervene.core.errors import BadCredentials, BadLink, Busy, SignedOut, TooFast
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.limits import (
    SIGN_IN_SECONDS,
    SIGN_INS_OF_ACCOUNT,
    SIGN_INS_OF_DEVICE,
    SIGN_INS_OF_NETWORK,
)  # fmt: skip
from intervene.core.people import AuditEntry, StaffMember
from intervene.ports.audit import Audit
from intervene.ports.clock import Clock
from intervene.ports.people import Changes, People
from intervene.ports.sign_in import Attempts, Counted, Devices, Link, Links, Outcome

MINUTE_MS = 60_000


class Directory(Protocol):
    """The people whom this node lets in: changes of them act on open sessions."""

    async def change(
        self, organisation: OrganisationId, id: AgentId, changes: Changes, entry: AuditEntry
    ) -> StaffMember | None:
        """As `ports.People`."""

    def changed(self, member: StaffMember) -> None:
        """A change was made in another way."""


class Stored(NamedTuple):
    """What accounts are kept in."""

    people: People
    devices: Devices
    links: Links
    attempts: Attempts
    audit: Audit


class Visit(NamedTuple):
    """Where a request comes from, and what the browser has kept."""

    network: str = ""
    label: str = ""
    """Of the browser, for a list of one's devices."""
    refresh: str = ""
    known: str = ""


class SignedIn(NamedTuple):
    """`device`: its id. `refresh` and `known` are to be kept by the browser; "" leaves what it has."""

    member: StaffMember
    device: str
    refresh: str = ""
    known: str = ""


class SignIn:
    """`home`: of the server's own settings; failures for addresses that are nobody's are recorded there."""

    def __init__(
        self,
        stored: Stored,
        directory: Directory,
        passwords: Passwords,
        tokens: CookieTokens,
        clock: Clock,
        make_id: Callable[[], str],
        home: OrganisationId,
    ) -> None:
        self._stored = stored
        self._directory = directory
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock
        self._make_id = make_id
        self._home = home

    async def sign_in(self, email: str, password: str, visit: Visit) -> SignedIn:
        """Raises `BadCredentials`, `TooFast`, `Busy` and `Unavailable`."""
        address = email_form(email)
        member, stored = await self._stored.people.with_email(address) or (None, "")
        known = self._tokens.read_known(visit.known)
        if member is not None and known is not None and known.belongs_to(member.id):
            counted, is_known = [Counted(f"device {known.browser}", SIGN_INS_OF_DEVICE)], True
        else:
            account = Counted(f"account {sha256(address.encode()).hexdigest()}", SIGN_INS_OF_ACCOUNT)
            counted, is_known = [account, Counted(f"network {visit.network}", SIGN_INS_OF_NETWORK)], False
        await self._check(counted, password, stored, is_known=is_known, or_else=self._failed(member, visit))
        if member is None or member.disabled:
            raise BadCredentials
        return await self._begin(member, visit)

    async def change_password(self, member: StaffMember, current: str, new: str, network: str) -> StaffMember:
        """It signs the person out everywhere. Raises the same."""
        _, stored = await self._stored.people.with_email(member.email) or (None, "")
        counted = [Counted(f"person {member.id}", SIGN_INS_OF_DEVICE)]
        failed = self._failed(member, Visit(network))
        await self._check(counted, current, stored, is_known=True, or_else=failed)
        hashed = await self._passwords.hash(new)
        entry = _entry(member, "person.password", member.id, network)
        changes = Changes(password=hashed, expected=member.version)
        changed = await self._directory.change(member.organisation, member.id, changes, entry)
        assert changed is not None, "no row is ever deleted"
        return changed

    async def _check(
        self, counted: list[Counted], password: str, stored: str, *, is_known: bool, or_else: AuditEntry
    ) -> None:
        if wait := await self._stored.attempts.take(counted, SIGN_IN_SECONDS):
            sentence = "Too many attempts. Wait, sign in where you have signed in before, or ask an admin for a link."
            raise TooFast(sentence, retry_after=float(wait))
        try:
            fits = await self._passwords.fits(password, stored, is_known=is_known)
        except Busy:
            await self._stored.attempts.give_back(counted, SIGN_IN_SECONDS)
            raise
        if not fits:
            await self._stored.audit.record(or_else)
            raise BadCredentials
        await self._stored.attempts.give_back(counted, SIGN_IN_SECONDS)

    def _failed(self, member: StaffMember | None, visit: Visit) -> AuditEntry:
        """One a minute and account, however many there are; it is written for nobody's address too, which takes as
        long."""
        organisation, subject = (member.organisation, member.id) if member else (self._home, "")
        once = f"session.refuse {subject} {self._clock.now() // MINUTE_MS}"
        return AuditEntry(
            organisation=organisation, action="session.refuse", subject=subject, network=visit.network, once=once
        )

    # -- devices -------------------------------------------------------------------------------------------------------

    async def refresh(self, visit: Visit) -> SignedIn:
        """Raises `SignedOut` and `Unavailable`."""
        presented = self._tokens.read_refresh(visit.refresh)
        if presented is None:
            raise SignedOut
        answers: list[Answer] = []

        def decide(device: Device, now: int) -> Outcome:
            found = present(presented.n, device, now)
            answers.append(found.answer)
            if found.answer.is_good:
                return Outcome(found.device)
            action = "device.revoke" if found.answer is Answer.COPIED else "session.end"
            return Outcome(None, _of_device(device, action, visit))

        device = await self._stored.devices.decide(presented.device, decide)
        member = await self._stored.people.of(device.organisation, device.person) if device else None
        if device is None or member is None or member.disabled:
            raise SignedOut
        renews = answers[-1] is Answer.RENEWS
        return SignedIn(member, device.id, self._tokens.refresh(device.id, device.n) if renews else "")

    async def sign_out(self, visit: Visit) -> None:
        """Also of a browser that is signed out already. Raises `Unavailable`."""
        if presented := self._tokens.read_refresh(visit.refresh):
            await self._stored.devices.decide(
                presented.device, lambda device, now: Outcome(None, _of_device(device, "session.end", visit))
            )

    async def _begin(self, member: StaffMember, visit: Visit) -> SignedIn:
        if former := self._tokens.read_refresh(visit.refresh):
            ended = _entry(member, "session.end", former.device, visit.network)
            await self._stored.devices.remove(member.id, former.device, ended)
        device = Device(
            id=self._make_id(), organisation=member.organisation, person=member.id, label=visit.label
        )  # fmt: skip
        await self._stored.devices.add(device, _entry(member, "session.begin", device.id, visit.network))
        known = self._tokens.read_known(visit.known)
        browser = known.browser if known is not None and known.belongs_to(member.id) else self._make_id()
        note = self._tokens.known(browser, member.id)
        return SignedIn(member, device.id, self._tokens.refresh(device.id, device.n), note)

    # -- links ---------------------------------------------------------------------------------------------------------

    async def look(self, secret: str) -> tuple[Link, StaffMember]:
        """A link that is good still, and whose it is. Raises `BadLink` and `Unavailable`."""
        found = await self._stored.links.find(link_hash(secret))
        member = await self._stored.people.of(found.organisation, found.person) if found else None
        if found is None or member is None or member.disabled:
            raise BadLink
        return found, member

    async def redeem(self, secret: str, password: str, visit: Visit) -> SignedIn:
        """Set the password of the person whose link it is, and sign in. Raises `BadLink`, `Busy` and `Unavailable`."""
        found = await self._stored.links.find(link_hash(secret))
        if found is None:
            raise BadLink
        hashed = await self._passwords.hash(password)
        entry = AuditEntry(
            organisation=found.organisation, action="link.redeem", subject=found.person, by=found.person,
            after={"purpose": found.purpose}, network=visit.network,
        )  # fmt: skip
        member = await self._stored.links.redeem(found.hash, Changes(password=hashed), entry)
        if member is None:
            raise BadLink
        self._directory.changed(member)
        return await self._begin(member, visit)


def email_form(email: str) -> str:
    """In which addresses are stored and compared."""
    return unicodedata.normalize("NFC", email.strip()).lower()


def link_hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _of_device(device: Device, action: str, visit: Visit) -> AuditEntry:
    return AuditEntry(
        organisation=device.organisation, action=action, subject=device.id, by=device.person, network=visit.network
    )


def _entry(member: StaffMember, action: str, subject: str, network: str) -> AuditEntry:
    return AuditEntry(organisation=member.organisation, action=action, subject=subject, by=member.id, network=network)
