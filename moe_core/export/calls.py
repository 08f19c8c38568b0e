"""Settings as source code: literals, and calls that fit a line or take a line for each argument."""

import json
from collections.abc import Mapping
from typing import Any

LONGEST_LINE = 116
"""Four less than the repository's, for calls that stand in a function."""

LONGEST_PIECE = 100


def literal(value: object) -> str:
    """The source of a setting's value. A long text is cut into pieces, a line each."""
    if not isinstance(value, str):
        return repr(value)
    pieces = [value[start : start + LONGEST_PIECE] for start in range(0, max(1, len(value)), LONGEST_PIECE)]
    quoted = [json.dumps(piece, ensure_ascii=False) for piece in pieces]
    return quoted[0] if len(quoted) == 1 else "\n".join(["(", *(f"    {piece}" for piece in quoted), ")"])


def literals(options: Mapping[str, Any]) -> dict[str, str]:
    """The source of each value."""
    return {name: literal(value) for name, value in options.items()}


def call(function: str, *positional: str, **named: str) -> str:
    """The source of a call, its arguments given as source."""
    arguments = [*positional, *(f"{name}={value}" for name, value in named.items())]
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= LONGEST_LINE and "\n" not in line:
        return line
    lines = ["    " + argument.replace("\n", "\n    ") + "," for argument in arguments]
    return "\n".join([f"{function}(", *lines, ")"])


def assigned(name: str, function: str, *positional: str, **named: str) -> str:
    """The source of a variable that holds the result of a call."""
    return call(f"{name} = {function}", *positional, **named)
