"""The one door: every change of a conversation goes through `Engine.submit`."""
