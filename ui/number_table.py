"""A small table on a page, as Markdown: what is measured, in words and numbers that are already printed."""

from collections.abc import Iterable, Mapping, Sequence

MINUS = "\N{MINUS SIGN}"


def number_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column is words, the others are numbers."""
    lines = [head, [":--", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def span(values: Mapping[str, float], digits: int = 1) -> str:
    """From the lowest to the highest, as measured over seeds, with so many digits after the point."""
    return lowest_to_highest(values, f".{digits}f")


def lowest_to_highest(values: Mapping[str, float], form: str) -> str:
    """Both in a form such as .1f or .0%; one number where they are printed alike."""
    low, high = (f"{values[end]:{form}}".replace("-", MINUS) for end in ("low", "high"))
    return low if low == high else f"{low} to {high}"


def percent(share: float) -> str:
    """A share in percent."""
    return f"{100 * share:.1f}%"
