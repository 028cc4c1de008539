"""PostgreSQL, 14 or newer, shared by all nodes. The first three modules have the names of SQLite's.

log           the port `Log`: a group is one statement
append        that statement
database      this node's connections, and what each kind is kept for; runs the queries of `sql/`

connections   few, bounded in every wait, and thrown away when in doubt
"""
