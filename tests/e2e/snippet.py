"""How a page gets the chat: one script element with data attributes."""

from html import escape


def snippet(server: str, **data: str) -> str:
    attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in {"channel": "webchat", **data}.items())
    return f'<script async src="{server}/widget.js"{attributes}></script>'
