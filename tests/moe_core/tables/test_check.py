"""A file is refused before a column is chosen exactly where none of its columns can be the target."""

import pytest

from moe_core.tables import TableError, check_csv
from moe_core.tables.reader import check_some_target, columns_of, parse
from tests.moe_core.tables.tables import table

NUMBERS = [str(row / 2) for row in range(20)]
WORDS = ["cat", "dog"] * 10
NAMES = [f"name {row}" for row in range(21)]


def written(**columns: list[str]) -> bytes:
    return "\n".join([",".join(columns), *(",".join(cells) for cells in zip(*columns.values(), strict=False))]).encode()


FILES = {
    "numbers": written(a=NUMBERS, b=NUMBERS),
    "one column of words": written(a=NUMBERS, kind=WORDS),
    "two columns of words": written(a=NUMBERS, kind=WORDS, other=WORDS),
    "a name for each row": written(a=[*NUMBERS, "10"], name=NAMES),
    "one value": written(a=NUMBERS, b=["1"] * 20),
    "one value and words": written(a=["1"] * 20, kind=WORDS),
    "infinite": written(a=["inf", *NUMBERS[1:]], b=NUMBERS),
    "missing": written(a=["", *NUMBERS[1:]], b=NUMBERS),
    "few rows": written(a=NUMBERS[:5], b=NUMBERS[:5]),
    "a class with one row": written(a=["1", *["2"] * 19], b=["3", *["4"] * 19]),
}


def refusal(data: bytes, target: str) -> str:
    try:
        parse(data, target)
    except TableError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", FILES)
def test_it_is_refused_where_every_choice_would_be(name: str) -> None:
    data = FILES[name]
    header = data.decode().split("\n")[0].split(",")
    refusals = [refusal(data, target) for target in header]
    try:
        check_some_target(columns_of(data))
        said = ""
    except TableError as error:
        said = str(error)
    assert bool(said) == all(refusals)
    assert said == "" or said.endswith(".")


def test_two_columns_that_are_no_numbers_are_both_named() -> None:
    with pytest.raises(TableError) as caught:
        check_some_target(columns_of(FILES["two columns of words"]))
    assert str(caught.value) == (
        'Column "kind", row 2 holds "cat"; every column but the target may hold numbers only; and '
        'column "other", row 2 holds "cat"; every column but the target may hold numbers only.'
    )


def test_a_good_file_is_let_through_and_a_bad_one_named_by_the_process_that_reads_it() -> None:
    check_csv(table())
    with pytest.raises(TableError, match=r"^The table has 5 rows; at least 20 are needed\.$"):
        check_csv(FILES["few rows"])
