"""Hub and leases on Redis, 6.2 or newer. It holds nothing that matters: emptied, hung or gone, it costs only speed.

connections   where Redis is, and how a connection is kept up for ever
codec         what nodes say to each other, as sealed bytes
publisher     one ordered connection on which a node speaks
listener      one connection on which it listens
hub           the port `Hub`, and the heartbeats that show which nodes reach each other
leases        the port `Leases`
"""
