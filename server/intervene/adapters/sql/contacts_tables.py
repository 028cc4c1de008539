"""The tables of contacts: their names, their channels, what is known of them. Times are milliseconds since 1970, on
the database's clock.
"""

from sqlalchemy import Index, LargeBinary, Table, Text

from intervene.adapters.sql.schema import column, index, metadata

__all__ = ["metadata"]  # with these tables in it

UNWORDED = "worded IS NULL OR worded <> folded"

contact = Table(
    "contact",
    metadata,
    column("organisation", Text, primary_key=True),
    column("id", Text, primary_key=True),
    column("name", Text),
    column("folded", LargeBinary),  # the name as it is searched: bytes, so that no collation orders them
    column("merged_into", Text, server_default=""),  # the contact that this one is part of, "" for none
    column("version"),
    column("created_at"),
    column("worded", LargeBinary, nullable=True),  # the `folded` whose words are in `contact_word`; NULL for none yet
    Index("contact_folded", "organisation", "folded", "id"),
    index("contact_unworded", "organisation", "id", where=UNWORDED),
    index("contact_merged_into", "organisation", "merged_into", where="merged_into <> ''"),
)

contact_word = Table(
    "contact_word",
    metadata,
    column("organisation", Text, primary_key=True),
    column("word", LargeBinary, primary_key=True),  # the folded name from there on
    column("contact", Text, primary_key=True),
    Index("contact_word_contact", "organisation", "contact", "word"),
)
"""Where the words of a contact's name begin, but for the first."""

attribute = Table(
    "attribute",
    metadata,
    column("organisation", Text, primary_key=True),
    column("contact", Text, primary_key=True),
    column("name", Text, primary_key=True),
    column("source", Text, primary_key=True),  # `contacts.Source`
    column("value", Text),
    column("by", Text),
    column("at"),
)
"""What is known of a contact: of each source the latest value."""

identity = Table(
    "identity",
    metadata,
    column("organisation", Text, primary_key=True),
    column("channel", Text, primary_key=True),
    column("id", Text, primary_key=True),
    column("contact", Text),
    column("conversation", Text),  # the latest one, "" for none
    column("joined_to", Text, server_default=""),  # "" for none; for good
    Index("identity_contact", "organisation", "contact"),
)
"""A contact on one channel. Its row is locked by whatever makes a conversation open, before the address's and the
conversation's. One whose id is its only address may have no row yet: it is made when it is locked."""

block = Table(
    "block",
    metadata,
    column("organisation", Text, primary_key=True),
    column("channel", Text, primary_key=True),  # "" for all
    column("address", Text, primary_key=True),
    column("until"),  # 0: for good
    column("by", Text),
    column("why", Text),
    column("at"),
    Index("block_at", "at"),
)
"""Addresses that are blocked."""

join_job = Table(
    "join_job",
    metadata,
    column("id", Text, primary_key=True),
    column("organisation", Text),
    column("channel", Text),
    column("loser", Text),  # an identity
    column("winner", Text),
    column("kept", Text),  # the conversation that goes on, "" for none
    column("dropped", Text),  # the one that is continued in it, "" for none
    column("step"),  # done so far
    column("at"),
    Index("join_job_at", "at"),
)
"""Joins of two identities that are under way."""

unfolded = Table(
    "unfolded",
    metadata,
    column("organisation", Text, primary_key=True),
    column("contact", Text, primary_key=True),
)
"""Contacts whose name is folded as the database does it, and is to be folded as names are searched."""
