"""A source map (ECMA-426): which line of which file each line of a joined file is, for a browser's debugger."""

import json
from collections.abc import Iterator, Sequence

from ui.bundle import Line

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def source_map(lines: Sequence[Line]) -> str:
    """The map of these lines. A debugger asks for the files themselves at their own addresses, beside the map."""
    sources = list(dict.fromkeys(line.source for line in lines if line.source))
    return json.dumps({"version": 3, "sources": sources, "names": [], "mappings": ";".join(_mappings(lines, sources))})


def _mappings(lines: Sequence[Line], sources: Sequence[str]) -> Iterator[str]:
    """For each line, where its first column comes from: file, line and column, each as its distance from the last."""
    last = (0, 0)
    for line in lines:
        if line.source:
            here = (sources.index(line.source), line.number - 1)
            yield "".join(map(_digits, (0, here[0] - last[0], here[1] - last[1], 0)))
            last = here
        else:
            yield ""


def _digits(number: int) -> str:
    """A whole number in base 64: the lowest bit is its sign; a digit has five, and a sixth says that more follow."""
    rest = abs(number) << 1 | (number < 0)
    digits = ""
    while rest > 31:
        digits += DIGITS[rest & 31 | 32]
        rest >>= 5
    return digits + DIGITS[rest]
