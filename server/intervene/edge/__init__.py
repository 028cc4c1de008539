"""Sockets, HTTP routes, tokens: bytes in, commands out. Nothing here decides anything about a conversation."""
