"""Programs for the people who run a server: they use its client and its ports, never its inside. Only the doctor asks
what a node asks, with what a node asks it."""
