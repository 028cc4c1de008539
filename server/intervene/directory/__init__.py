"""Organisations and people: what a node knows of them, and how changes take effect."""
