"""What a chart shows can be taken away as a table."""

from dataclasses import dataclass

from ui.charts.rows import Row, as_csv


@dataclass(frozen=True)
class Place(Row):
    name: str
    height: float | None


def test_the_fields_are_the_columns_and_what_is_not_known_is_empty():
    rows = [Place("here, or near", 1.5), Place("there", None)]
    assert as_csv(rows) == 'name,height\n"here, or near",1.5\nthere,\n'
