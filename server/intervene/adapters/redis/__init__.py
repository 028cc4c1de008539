"""Hub and leases on Redis, 6.2 or newer. It holds nothing that matters: emptied, hung or gone, it costs only speed.

connections   where Redis is, and how a connection is kept up for ever
cluster       the same for a Redis Cluster: which master has which slots
names         of channels and keys
commands      of publish and subscribe, as bytes
codec         what nodes say to each other, as sealed bytes
publisher     one ordered connection on which a node speaks
listener      one connection on which it listens
line          the two together, and the echo that proves them
shards        the lines to the masters of a cluster
hub           the port `Hub`
leases        the port `Leases`
"""
