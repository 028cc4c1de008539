"""What the server needs of the world, one noun each: contracts, and the values that pass through them. The mechanism is
the adapter's; one contract suite runs on every adapter.

Callbacks of a port run on the event loop's thread, never inside the call that they answer.
"""
