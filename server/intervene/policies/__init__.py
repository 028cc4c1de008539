"""Each organisation's settings on this node, kept fresh."""
