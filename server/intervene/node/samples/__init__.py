"""The demo organisation of a server in development: who is in it, what they have set, and what their customers say."""
