"""Whatever is wrong with a file is said in one sentence that names the place and what is allowed."""

import pytest

from moe_core.tables import TableError, limits, read_header
from moe_core.tables.reader import parse
from tests.moe_core.tables.tables import columns, table

TWENTY = [str(row) for row in range(20)]
CATS_AND_DOGS = ["cat", "dog"] * 10
ONE_COLUMN = "The header has one column, {}; at least 2 are needed, separated by commas, semicolons or tabs."
WIDE = "The file is written in UTF-16 or UTF-32; save it as UTF-8."
QUOTE = (
    "Row {} has a quote that is never closed, or text after a closing quote; a quoted cell is written"
    ' "like this", and a quote inside it is doubled.'
)
POINT = "numbers are written with a decimal point, as in 1.5, and without thousands separators."

FIRST_LOOK = {
    "empty": (b"", "The file is empty."),
    "nothing but a byte order mark and spaces": (b"\xef\xbb\xbf \r\n\t\n", "The file is empty."),
    "too large": (b"a" * 5_000_001, "The file has 5,000,001 bytes; at most 5,000,000 (5 MB) are allowed."),
    "UTF-16 with a mark": (table().decode().encode("utf-16"), WIDE),
    "UTF-16 without a mark": (table().decode().encode("utf-16-be"), WIDE),
    "UTF-32 with a mark": (table().decode().encode("utf-32"), WIDE),
    "UTF-32 without a mark": (table().decode().encode("utf-32-le"), WIDE),
    "a zero byte": (
        table(change={3: "1,\x00,cat"}),
        "The file is not text: byte 31 is zero; save the table as CSV in UTF-8.",
    ),
    "zero bytes alone": (bytes(40), "The file is not text: byte 1 is zero; save the table as CSV in UTF-8."),
    "Latin-1": (
        "größe,art\n1,a\n".encode("latin-1"),
        "The file is not UTF-8: byte 3 is 0xF6, which has no meaning there; save it as UTF-8.",
    ),
    "one column": (b"length\n1\n", ONE_COLUMN.format('"length"')),
    "another delimiter": (b"length|width\n1|2\n", ONE_COLUMN.format('"length|width"')),
    "an empty first row": (b"\na,b\n1,2\n", "The first row is empty; it has to hold the names of the columns."),
    "only delimiters in the first row": (b",,\n", "The first row is empty; it has to hold the names of the columns."),
    "a missing name": (b"a, ,c\n1,2,3\n", "Column 2 has no name; every column needs one in the first row."),
    "a name that is there twice": (
        b"a,b,c, b\n",
        'Columns 2 and 4 are both named "b"; every column needs a name of its own.',
    ),
    "a name that is too long": (
        ("a," + "b" * 65).encode(),
        f'The name of column 2, "{"b" * 40}…", is longer than 64 characters, the most that is allowed.',
    ),
    "a name that goes on for ever": (
        b"a," + b"b" * 1_000_000,
        f'The name of column 2, "{"b" * 40}…", is longer than 64 characters, the most that is allowed.',
    ),
    "too many columns": (
        ",".join(f"c{position}" for position in range(65)).encode(),
        "The header has more than 64 columns; at most 64 are allowed.",
    ),
    "columns for ever": (b"," * 4_999_999, "The header has more than 64 columns; at most 64 are allowed."),
    "many quoted names": (
        ",".join(f'"c{position}"' for position in range(2000)).encode(),
        "The header has more than 64 columns; at most 64 are allowed.",
    ),
    "whole questions for names": (
        ",".join(f'"{position} How {"very " * 40}much"' for position in range(60)).encode(),
        'The name of column 1, "0 How very very very very very very very…", is longer than 64 characters, the most'
        " that is allowed.",
    ),
    "numbers for names": (
        b"5,7,5\n6,8,6\n",
        'The header seems to be missing: the first row holds numbers, such as "5".',
    ),
    "a first row of data": (
        b"5.1,3.5,setosa\n4.9,3.0,setosa\n",
        'The header seems to be missing: the first row holds numbers, such as "5.1".',
    ),
    "an open quote in the header": (b'a,"b\n1,2\n', QUOTE.format(1)),
    "text after a quote in the header": (b'a,"b"c\n1,2\n', QUOTE.format(1)),
    "text after a quote in the header of a large file": (b'a,"b"c\n' + b"1,2\n" * 10_000, QUOTE.format(1)),
}

WHOLE_FILE = {
    "no such target": (
        table(),
        "kinds",
        'The table has no column "kinds"; the nearest name is "kind".',
    ),
    "nothing like the target": (
        table(),
        "",
        'The table has no column ""; the nearest name is "width".',
    ),
    "a header and nothing else": (table(count=0), "kind", "The file has a header and no rows; at least 20 are needed."),
    "one row": (table(count=1), "kind", "The table has 1 row; at least 20 are needed."),
    "too few rows": (table(count=19), "kind", "The table has 19 rows; at least 20 are needed."),
    "too many rows": (
        b"a,y\n" + b"1,2\n" * 50_001,
        "y",
        "The table has more than 50,000 rows; at most 50,000 are allowed.",
    ),
    "a short row": (
        table(change={5: "1,2"}),
        "kind",
        "Row 5 has 2 cells and the header has 3; every row needs as many cells as the header.",
    ),
    "a very short row": (
        table(change={5: "1"}),
        "kind",
        "Row 5 has 1 cell and the header has 3; every row needs as many cells as the header.",
    ),
    "a long row": (
        table(change={21: "1,2,cat,"}),
        "kind",
        "Row 21 has 4 cells and the header has 3; every row needs as many cells as the header.",
    ),
    "an empty row": (table(change={7: ""}), "kind", "Row 7 is empty; only lines at the end of the file may be."),
    "an open quote": (table(change={9: '1,2,"cat'}), "kind", QUOTE.format(9)),
    "text after a quote": (table(change={9: '1,"2"2,cat'}), "kind", QUOTE.format(9)),
    "an open quote after an empty row": (table(change={8: "", 9: '1,2,"cat'}), "kind", QUOTE.format(9)),
    "a cell that is too long": (
        table(change={4: f"1,{'2' * 65},cat"}),
        "kind",
        f'Column "width", row 4 holds 65 characters, "{"2" * 40}…"; at most 64 are allowed.',
    ),
    "a cell that is far too long": (
        table(change={4: f'1,"{"2" * 200_000}",cat'}),
        "kind",
        f'Column "width", row 4 holds 200,000 characters, "{"2" * 40}…"; at most 64 are allowed.',
    ),
    "a cell left empty": (
        table(change={4: "1, ,cat"}),
        "kind",
        'The table has 1 missing value, and none is allowed: column "width", row 4 is empty.',
    ),
    "missing values of every kind": (
        table(change={4: "1,NA,cat", 5: "nan,?,dog", 6: "1,-NaN,n/a"}),
        "kind",
        'The table has 5 missing values, and none is allowed: column "width", row 4 holds "NA".',
    ),
    "a target left empty": (
        table(change={21: "1,2,"}),
        "kind",
        'The table has 1 missing value, and none is allowed: column "kind", row 21 is empty.',
    ),
    "text in a feature": (
        table(change={4: "1,two,cat"}),
        "kind",
        'Column "width", row 4 holds "two"; every column but the target may hold numbers only.',
    ),
    "long text with a line end in a feature": (
        table(change={4: f'1,"{"two " * 10}\n",cat'}).replace(b"two \n", b"t\no"),
        "kind",
        'Column "width", row 4 holds "two two two two two two two two two t�o"; every column but the target may hold'
        " numbers only.",
    ),
    "text in a column that is the target of another run": (
        table(),
        "width",
        'Column "kind", row 2 holds "dog"; every column but the target may hold numbers only.',
    ),
    "an underscore in a number": (
        table(change={4: "1,1_000,cat"}),
        "kind",
        'Column "width", row 4 holds "1_000"; every column but the target may hold numbers only.',
    ),
    "a decimal comma": (
        table(change={4: '1,"1,5",cat'}),
        "kind",
        f'Column "width", row 4 holds "1,5"; {POINT}',
    ),
    "a thousands separator": (
        table(change={4: '1,"-1,000.5",cat'}),
        "kind",
        f'Column "width", row 4 holds "-1,000.5"; {POINT}',
    ),
    "an infinite number": (
        table(change={4: "1,-inf,cat"}),
        "kind",
        'Column "width", row 4 holds "-inf"; numbers have to be finite, and at most 1.7e38 in size.',
    ),
    "a number too large for 32 bits": (
        table(change={4: "1,1.8e38,cat"}),
        "kind",
        'Column "width", row 4 holds "1.8e38"; numbers have to be finite, and at most 1.7e38 in size.',
    ),
    "a constant column": (
        columns(a=["7.0"] * 20, y=CATS_AND_DOGS),
        "y",
        'Column "a" is "7.0" in every row, to the digits that are kept; a column has to vary.',
    ),
    "a column that is constant in 32 bits, even around its mean": (
        columns(a=["1e-50", "2e-50"] * 10, y=CATS_AND_DOGS),
        "y",
        'Column "a" is "1e-50" in every row, to the digits that are kept; a column has to vary.',
    ),
    "a target of one class": (
        columns(a=TWENTY, y=["cat"] * 20),
        "y",
        'The target "y" is "cat" in every row; at least 2 classes are needed.',
    ),
    "a target of one whole number": (
        columns(a=TWENTY, y=["3.0", "3"] * 10),
        "y",
        'The target "y" is "3" in every row; at least 2 classes are needed.',
    ),
    "a target of one number": (
        columns(a=TWENTY, y=["3.5"] * 20),
        "y",
        'Column "y" is "3.5" in every row, to the digits that are kept; a column has to vary.',
    ),
    "an infinite target": (
        columns(a=TWENTY, y=["1", "inf"] * 10),
        "y",
        'Column "y", row 3 holds "inf"; numbers have to be finite, and at most 1.7e38 in size.',
    ),
    "too many classes": (
        columns(a=TWENTY + TWENTY + ["1"] * 2, y=[f"kind {row % 21}" for row in range(42)]),
        "y",
        'The target "y" holds text, such as "kind 0" in row 2, and has 21 distinct values; at most 20 classes are'
        " allowed.",
    ),
    "one text among the numbers of a target": (
        columns(a=TWENTY + ["1"] * 3, y=[*(f"{row}.5" for row in range(22)), "unknown"]),
        "y",
        'The target "y" holds text, such as "unknown" in row 24, and has 23 distinct values; at most 20 classes are'
        " allowed.",
    ),
    "decimal commas in a target": (
        columns(a=TWENTY + ["1"] * 2, y=[f'"{row},5"' for row in range(22)]),
        "y",
        f'Column "y", row 2 holds "0,5"; {POINT}',
    ),
    "a class of one row": (
        columns(a=TWENTY, y=[*CATS_AND_DOGS[:-1], "bird"]),
        "y",
        'The class "bird" of the target "y" is in row 21 only; every class needs at least 2 rows.',
    ),
    "a whole number of one row": (
        columns(a=TWENTY, y=["1", "2"] * 9 + ["1", "3"]),
        "y",
        'The class "3" of the target "y" is in row 21 only; every class needs at least 2 rows, and whole numbers with'
        " at most 20 distinct values are classes.",
    ),
}


@pytest.mark.parametrize(("data", "sentence"), FIRST_LOOK.values(), ids=FIRST_LOOK)
def test_a_first_look_refuses(data: bytes, sentence: str) -> None:
    with pytest.raises(TableError) as caught:
        read_header(data)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("data", "target", "sentence"), WHOLE_FILE.values(), ids=WHOLE_FILE)
def test_reading_refuses(data: bytes, target: str, sentence: str) -> None:
    read_header(data)
    with pytest.raises(TableError) as caught:
        parse(data, target)
    assert str(caught.value) == sentence


def test_sentences_stay_on_one_line_and_short() -> None:
    names = ['"\n\x07' + "a" * 61 + '"', "b"]
    with pytest.raises(TableError) as caught:
        parse(table(header=",".join([*names, "kind"])), "kin\nd" * 1000)
    assert str(caught.value) == f'The table has no column "{("kin�d" * 8)}…"; the nearest name is "kind".'


def test_limits_are_reached_before_they_are_broken() -> None:
    """The largest of everything, at once where that fits into 5 MB."""
    names = [f"{position:0>64}x"[1:] for position in range(64)]
    row = ",".join("1" for _ in names)
    other = ",".join("2" for _ in names)
    most_columns = "\n".join([",".join(names), *[row, other] * 10]).encode()
    description, inputs, _ = parse(most_columns, names[0])
    assert (len(description.columns), inputs.shape) == (63, (20, 63))
    assert max(map(len, description.columns)) == limits.CELL_CHARACTERS

    most_rows = b"a,y\n" + b"1,cat\n2,dog\n" * 25_000
    padded = most_rows + b"\n" * (limits.BYTES - len(most_rows))
    assert parse(padded, "y")[0].rows == limits.ROWS


def test_a_first_look_is_quick_whatever_the_file() -> None:
    """Names are looked for in no more than the longest good header takes: 64 names of 64 quotes, all doubled."""
    names = [f"{position:02}" + '"' * 62 for position in range(64)]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    assert len(header) < limits.HEADER_CHARACTERS
    assert read_header(header.encode()) == tuple(names)
    assert read_header(header.encode() + b"\n" + b"," * 1_000_000) == tuple(names)
