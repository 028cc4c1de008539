"""`intervene load`: a load over the wire from several processes, which checks the promises while it measures. It is a
client: it knows frames and nothing of a node."""
