"""The world outside, one technology each. Adapters know the core and the ports, and nothing of each other."""
