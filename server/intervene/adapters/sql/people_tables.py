"""The tables of people: those that work for an organisation, how they sign in, and what they changed. Times are
milliseconds since 1970, on the database's clock; where one says that something has happened, 0 says that it has not.
"""

from sqlalchemy import Index, Table, Text

from intervene.adapters.sql.schema import column, handle, index, metadata

__all__ = ["metadata"]  # with these tables in it

person = Table(
    "person",
    metadata,
    column("id", Text, primary_key=True),  # unique in the installation: people act in several organisations
    column("organisation", Text),
    column("role", Text),  # `actors.Role`
    column("name", Text),
    column("email", Text),  # as it is compared, "" for none
    column("password", Text),  # a hash with its parameters, "" for none
    column("version"),  # raised by what ends sessions: role, password, disabling, signing out everywhere
    column("tokens_from"),  # a host application's tokens from before are refused
    column("available"),  # 0: busy, by the person's own choice
    column("disabled"),  # when
    column("created_at"),
    Index("person_organisation", "organisation", "id"),
    index("person_email", "email", where="email <> ''", unique=True),
)

subject = Table(
    "subject",
    metadata,
    column("organisation", Text, primary_key=True),
    column("subject", Text, primary_key=True),  # of tokens
    column("person", Text),
    Index("subject_person", "person"),
)
"""People whose tokens name them by another id than their row's: by one of a host application's, or of the time before
there were rows of people."""

device = Table(
    "device",
    metadata,
    column("id", Text, primary_key=True),
    column("organisation", Text),
    column("person", Text),
    column("label", Text),
    column("n"),  # of its present refresh token
    column("issued_at"),  # of that one
    column("first_used_at"),  # of that one
    column("created_at"),
    Index("device_person", "person"),
)

link = Table(
    "link",
    metadata,
    column("hash", Text, primary_key=True),
    column("organisation", Text),
    column("person", Text),
    column("purpose", Text),
    column("expires"),
    Index("link_person", "person"),
    Index("link_expires", "expires"),
)
"""Links that are good once: an invitation, a new password, the first admin."""

signing_key = Table(
    "signing_key",
    metadata,
    column("kid", Text, primary_key=True),
    column("organisation", Text),
    column("name", Text),
    column("purpose", Text),
    column("role", Text),  # the highest that it may give
    column("algorithm", Text),
    column("key", Text),
    column("lifetime"),  # seconds, of its tokens at most
    column("version"),
    column("archived"),  # when
    Index("signing_key_organisation", "organisation", "kid"),
)
"""Keys of host applications."""

request = Table(
    "request",
    metadata,
    column("person", Text, primary_key=True),
    column("key", Text, primary_key=True),  # chosen by the person
    column("digest", Text),  # of all that it asks
    column("made", Text),  # the id of what it made
    column("at"),
    Index("request_at", "at"),
)
"""Requests that made something: repeated, they find it."""

draft = Table(
    "draft",
    metadata,
    column("person", Text, primary_key=True),
    column("organisation", Text, primary_key=True),  # of the conversation
    column("conversation", Text, primary_key=True),
    column("text", Text),
    column("at"),
    Index("draft_at", "at"),
)
"""What people have typed and not sent: each one's own."""

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    column("whose", Text, primary_key=True),
    column("period", primary_key=True),
    column("count"),
    Index("sign_in_attempt_period", "period"),
)
"""Attempts to sign in, counted by account or network."""

audit = Table(
    "audit",
    metadata,
    column("handle", handle, primary_key=True),
    column("organisation", Text),
    column("at"),
    column("person", Text),
    column("action", Text),
    column("subject", Text),
    column("before", Text),  # JSON, "" for nothing
    column("after", Text),
    column("network", Text),
    column("once", Text),  # of entries with one name here the first is kept; "" for none
    Index("audit_organisation", "organisation", "handle"),
    index("audit_once", "organisation", "once", where="once <> ''", unique=True),
)
"""What people changed. A trigger refuses what would change or delete an entry."""
