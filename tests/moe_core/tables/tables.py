"""Small files that tests begin from."""

NAMES = "length,width,kind"


def rows(count: int = 20) -> list[str]:
    """Rows of NAMES: two numbers that vary and one of two classes in turn."""
    return [f"{row}.5,{row * row},{'cat' if row % 2 else 'dog'}" for row in range(count)]


def table(*, header: str = NAMES, change: dict[int, str] | None = None, count: int = 20) -> bytes:
    """A good file, with some of its rows, numbered as in what is said of them, put in another way."""
    lines = [header, *rows(count)]
    for row_number, line in (change or {}).items():
        lines[row_number - 1] = line
    return "\n".join(lines).encode()


def columns(**cells: list[str]) -> bytes:
    """A file from its columns."""
    lines = [",".join(cells), *(",".join(row) for row in zip(*cells.values(), strict=True))]
    return "\n".join(lines).encode()
