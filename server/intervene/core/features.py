"""What a client may use beyond the base protocol, by audience: names of frames and abilities, as `welcome.features` has
them. A client sends or awaits what is named here only from a server that names it.
"""

STAFF = (
    "read", "organisation", "gone", "presence", "assign", "transfer", "send_bot", "continued", "edit", "reason",
    "views", "block", "mentioned", "begin", "briefing", "contact_read",
)  # fmt: skip
CONTACT = ("read", "continued", "claim", "rate", "attributes", "position")
