"""Good files of several kinds, cell by cell."""

import numpy as np
import pytest

from moe_core.tables import read_header
from moe_core.tables.reader import parse
from tests.moe_core.tables.tables import columns, table

TWENTY = [str(row) for row in range(20)]


def less_their_means(rows: list[list[float]]) -> list[list[float]]:
    """Columns as they are stored: in float32, after their mean was taken away."""
    matrix = np.array(rows, dtype=np.float64)
    centred: list[list[float]] = (matrix - matrix.mean(0)).astype(np.float32).tolist()
    return centred


def test_text_is_classified() -> None:
    description, inputs, targets = parse(table(), "kind")
    assert description.columns == ("length", "width")
    assert (description.target, description.classes, description.rows) == ("kind", ("cat", "dog"), 20)
    assert inputs.dtype == np.float32
    assert inputs.tolist() == less_their_means([[row + 0.5, row * row] for row in range(20)])
    assert targets.dtype == np.int64
    assert targets.tolist() == [1, 0] * 10


def test_numbers_are_predicted() -> None:
    description, inputs, targets = parse(table().replace(b"cat", b"0").replace(b"dog", b"1"), "length")
    assert description.columns == ("width", "kind")
    assert description.classes is None
    assert inputs.tolist() == less_their_means([[row * row, 1 - row % 2] for row in range(20)])
    assert targets.dtype == np.float32
    assert targets.tolist() == less_their_means([[row + 0.5] for row in range(20)])


@pytest.mark.parametrize(
    ("cells", "classes", "labels"),
    [
        (["10", "9"] * 10, ("9", "10"), [1, 0] * 10),
        (["1.0", "+1", "-0", "0e5"] * 5, ("0", "1"), [1, 1, 0, 0] * 5),
        (["1e300", "-7"] * 10, ("-7", "1.0000000000000001e+300"), [1, 0] * 10),
        (["10", "9", "x", "x"] * 5, ("10", "9", "x"), [0, 1, 2, 2] * 5),
        ([" Katze", "katze "] * 10, ("Katze", "katze"), [0, 1] * 10),
    ],
    ids=["by value", "one number in several ways", "large", "text beside numbers", "capitals count, spaces do not"],
)
def test_classes_are_sorted_and_keep_their_names(cells: list[str], classes: tuple[str, ...], labels: list[int]) -> None:
    description, _, targets = parse(columns(a=TWENTY, y=cells), "y")
    assert description.classes == classes
    assert targets.tolist() == labels


@pytest.mark.parametrize(("distinct", "num_classes"), [(20, 20), (21, None)])
def test_up_to_twenty_whole_numbers_are_classes(distinct: int, num_classes: int | None) -> None:
    cells = [str(row % distinct) for row in range(2 * distinct)]
    description, _, targets = parse(columns(a=[str(row) for row in range(2 * distinct)], y=cells), "y")
    assert (description.classes and len(description.classes)) == num_classes
    places = [row % distinct for row in range(2 * distinct)]
    assert targets.tolist() == (places if num_classes else less_their_means([[place] for place in places]))


@pytest.mark.parametrize("target", ["kind", "time"])
def test_a_column_far_from_zero_keeps_what_tells_its_rows_apart(target: str) -> None:
    """Quarters of a second since 1970: near 1.7e9 the numbers of float32 are 128 apart."""
    seconds = [1_700_000_000 + row / 4 for row in range(400)]
    data = columns(time=[f"{second:.2f}" for second in seconds], kind=[str(row % 2) for row in range(400)])
    _, inputs, targets = parse(data, target)
    stored = (targets if target == "time" else inputs).astype(np.float64)[:, 0]
    assert len(np.unique(stored)) == 400
    assert np.array_equal(stored + np.mean(seconds), seconds)


def test_a_number_with_a_fraction_makes_no_class() -> None:
    description, _, targets = parse(columns(a=TWENTY, y=["1", "2.5"] * 10), "y")
    assert description.classes is None
    assert targets.tolist() == [[-0.75], [0.75]] * 10


@pytest.mark.parametrize(
    "data",
    [
        table() + b"\n",
        table() + b"\n\n\r\n\n",
        table().replace(b"\n", b"\r\n"),
        table().replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + table(),
        table().replace(b",", b";"),
        table().replace(b",", b"\t"),
        table().replace(b",", b" ,  "),
        b'"' + table().replace(b",", b'","').replace(b"\n", b'"\n"') + b'"',
        table().replace(b"\n0.5,", b"\n5e-1,").replace(b"\n1.5,", b"\n+01.50,"),
    ],
    ids=["line end", "empty lines", "CRLF", "CR", "mark", "semicolons", "tabs", "spaces", "quotes", "other numbers"],
)
def test_the_same_table_can_be_written_in_many_ways(data: bytes) -> None:
    description, inputs, targets = parse(data, "kind")
    wanted, wanted_inputs, wanted_targets = parse(table(), "kind")
    assert description == wanted
    assert np.array_equal(inputs, wanted_inputs)
    assert np.array_equal(targets, wanted_targets)


def test_quoted_cells_may_hold_delimiters_line_ends_and_quotes() -> None:
    lines = table(header='length,"width, in\ncm","the ""kind"""').replace(b"cat", b'"cat, ""tom""\r\n(big)"')
    description, _, targets = parse(lines, 'the "kind"')
    assert description.columns == ("length", "width, in\ncm")
    assert description.classes == ('cat, "tom"\r\n(big)', "dog")
    assert targets.tolist() == [1, 0] * 10


def test_names_and_classes_may_be_in_any_script() -> None:
    data = table(header="length,幅,κατηγορία").decode().replace("cat", "кот").replace("dog", "🐶").encode()
    assert read_header(data) == ("length", "幅", "κατηγορία")
    assert parse(data, "κατηγορία")[0].classes == ("кот", "🐶")


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("a,b;c", ("a", "b;c")),
        ("a;b,c;d", ("a", "b,c", "d")),
        ('"a,b,c";d', ("a,b,c", "d")),
        ('a\t"b;""c"";d"', ("a", 'b;"c";d')),
        ("a;b\nc,d,e", ("a", "b")),
    ],
    ids=["comma wins a tie", "more of the other", "quoted ones do not count", "quotes in quotes", "first row only"],
)
def test_the_delimiter_is_the_one_that_is_most_often_in_the_header(header: str, names: tuple[str, ...]) -> None:
    assert read_header(header.encode()) == names


def test_columns_may_be_numbered_beside_a_named_one() -> None:
    assert read_header(b"0,1,2,label\n1,2,3,x\n") == ("0", "1", "2", "label")
