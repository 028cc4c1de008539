"""Intervene: a conversation server in which a person can take over from a bot at any moment.

Nothing is imported here: `import intervene` stays free of side effects and has only the version.
"""

__version__ = "0.1.0"
