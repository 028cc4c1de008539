"""PostgreSQL, 14 or newer, shared by all nodes.

log           the port `Log`: a group is one statement
database      this node's connections, and what each kind is kept for
connections   few, bounded in every wait, and thrown away when in doubt
"""
