"""Text that came from outside, as it is: Streamlit reads what it is given as Markdown, with links and pictures."""

import re

MARKUP = re.compile(r"([\\`*_{}\[\]()#+.!|<>~$:&-])")


def literal(text: str) -> str:
    """Markdown that shows `text` letter by letter."""
    return MARKUP.sub(r"\\\1", text)
