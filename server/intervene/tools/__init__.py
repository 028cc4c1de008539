"""Programs for the people who run a server: they use its client and its ports, never its inside."""
