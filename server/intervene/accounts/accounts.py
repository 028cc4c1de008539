"""All that accounts have, put together."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Self

from intervene.accounts.passwords import Passwords
from intervene.accounts.sign_in import Directory, SignIn, Stored
from intervene.accounts.staff import StaffAccounts
from intervene.accounts.tokens import CookieTokens
from intervene.core.ids import OrganisationId
from intervene.ports.clock import Clock


class Accounts(NamedTuple):
    stored: Stored
    passwords: Passwords
    sign_in: SignIn
    staff: StaffAccounts

    @classmethod
    def of(
        cls, stored: Stored, directory: Directory, keys: Sequence[str], clock: Clock, make_id: Callable[[], str],
        home: OrganisationId,
    ) -> Self:  # fmt: skip
        passwords = Passwords()
        sign_in = SignIn(stored, directory, passwords, CookieTokens(keys), clock, make_id, home)
        return cls(stored, passwords, sign_in, StaffAccounts(stored, directory, make_id))
