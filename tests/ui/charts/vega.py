"""What a chart of Altair's is drawn from."""

from typing import Any

import altair as alt


def values_of(chart: alt.LayerChart | alt.VConcatChart) -> list[dict[str, Any]]:
    """The records of a chart with one set of data."""
    values: list[dict[str, Any]]
    (values,) = chart.to_dict()["datasets"].values()
    return values
