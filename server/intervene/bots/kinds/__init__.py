"""The kinds of bot."""
