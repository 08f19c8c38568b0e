"""What is wrong with a person's file, said in one plain sentence."""

LONGEST_SHOWN = 40


class TableError(ValueError):
    """Raised for a file or a stored table that no run can train on. Its text is one sentence, for the person."""


def shown(text: str) -> str:
    """A piece of the file as sentences show it: quoted, shortened, on one line."""
    short = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
    return '"' + "".join(character if character.isprintable() else "�" for character in short) + '"'


def counted(count: int, noun: str) -> str:
    """A number and its noun: 1 row, 2,000 rows."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
