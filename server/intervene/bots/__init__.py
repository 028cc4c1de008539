"""Bots: the runner of turns, the `Turn` port that a bot gets, and the kinds of bot."""
