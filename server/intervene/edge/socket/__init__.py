"""Websockets: the handshake, the connection, the session on it, and all sessions of a node."""
