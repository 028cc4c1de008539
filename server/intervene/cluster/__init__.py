"""How nodes know of each other: heartbeats, membership, and which nodes have failed."""
