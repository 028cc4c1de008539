"""A conversation: its state, the commands that can be given, and the rules that decide them."""
