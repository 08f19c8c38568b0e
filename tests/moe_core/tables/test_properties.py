"""What holds for any table and for any bytes."""

import csv
import io
from contextlib import suppress

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from moe_core.tables import TableError, read_header
from moe_core.tables.columns import LARGEST
from moe_core.tables.reader import parse
from tests.moe_core.tables.tables import table

NUMBERS = st.floats(-LARGEST, LARGEST)


def centred(matrix: np.ndarray) -> np.ndarray:
    """Each column (N, D) less its mean, and only then in float32."""
    narrow: np.ndarray = np.stack([column - column.mean() for column in matrix.T], axis=1).astype(np.float32)
    return narrow


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    """Columns that vary in float32, less their mean; the last one is the target, and no few whole numbers."""
    num_rows = draw(st.integers(20, 30))
    num_columns = draw(st.integers(2, 6))
    cells = st.lists(NUMBERS, min_size=num_rows * num_columns, max_size=num_rows * num_columns)
    matrix = np.array(draw(cells)).reshape(num_rows, num_columns)
    matrix[:2, -1] = 0.25, 0.75
    narrow = centred(matrix)
    assume((narrow != narrow[0]).any(axis=0).all())
    return matrix


@given(matrix=matrices(), delimiter=st.sampled_from(",;\t"), ends=st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
def test_numbers_come_back_less_the_mean_of_their_column(matrix: np.ndarray, delimiter: str, ends: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ends)
    writer.writerow([f"c{column}" for column in range(matrix.shape[1])])
    writer.writerows(matrix.tolist())
    description, inputs, targets = parse(text.getvalue().encode(), f"c{matrix.shape[1] - 1}")
    assert description.classes is None
    assert np.array_equal(np.hstack([inputs, targets]), centred(matrix))


@given(
    classes=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20),
        min_size=2,
        max_size=5,
    )
)
@settings(max_examples=60)
def test_classes_come_back_as_they_were_written(classes: list[str]) -> None:
    names = [f"<{name}>" for name in classes]  # Neither missing, nor a number, nor with spaces at its ends.
    assume(len(set(names)) > 1)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["a", "y"])
    examples = names * 10
    writer.writerows(enumerate(examples))
    description, _, targets = parse(text.getvalue().encode(), "y")
    assert description.classes == tuple(sorted(set(names)))
    assert [description.classes[label] for label in targets] == examples


@given(data=st.binary(max_size=200), target=st.text(max_size=5))
@settings(max_examples=400)
def test_any_bytes_are_read_or_refused(data: bytes, target: str) -> None:
    with suppress(TableError):
        target = read_header(data)[-1]
    with suppress(TableError):
        parse(data, target)


CSV_PIECES = st.sampled_from([",", ";", "\t", "\n", "\r", '"', '""', "a", "1", "-.5", "nan", "inf", "é", " ", "\0"])


@given(pieces=st.lists(CSV_PIECES, max_size=60), place=st.integers(0, 400))
@settings(max_examples=400)
def test_a_good_file_with_anything_put_into_it_is_read_or_refused(pieces: list[str], place: int) -> None:
    good = table()
    data = good[:place] + "".join(pieces).encode() + good[place:]
    try:
        names = read_header(data)
        description, inputs, targets = parse(data, names[-1])
    except TableError as refusal:
        sentence = str(refusal)
    else:
        sentence = ""
    if sentence:
        assert sentence.endswith(".")
        assert sentence.isprintable()
        return
    assert inputs.shape == (description.rows, len(names) - 1)
    assert len(targets) == description.rows
    assert np.isfinite(inputs).all()
