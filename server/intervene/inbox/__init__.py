"""Lists of conversations, live: what a node keeps at hand of them, and what is shown of that."""
