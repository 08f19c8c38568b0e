"""A figure on a page: under a title that says what it means, and with the picture and the numbers to take away.

Libraries that draw are loaded with the first chart.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import altair as alt
    import plotly.graph_objects as go

    from ui.charts.rows import Row
    from ui.charts.theme import Theme


def theme() -> "Theme":
    from ui.charts.theme import theme_of

    return theme_of(st.context.theme.type)


def titled(title: str, meaning: str) -> None:
    st.markdown(f"**{title}**", help=meaning)


def plotly(figure: "go.Figure", name: str, told: str) -> None:
    """Its bar has one button, always to be seen: the picture as a file."""
    picture = {"format": "png", "filename": name, "scale": 2}
    config = {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": picture,
    }
    st.plotly_chart(figure, config=config, alt=told, key=f"at_rest.{name}")


def altair(figure: "alt.LayerChart | alt.VConcatChart", told: str) -> None:
    st.altair_chart(figure, alt=told)


def rows_as_csv(rows: "Callable[[], Sequence[Row]]", name: str) -> None:
    from ui.charts.rows import as_csv

    download(lambda: as_csv(rows()), name)


def download(text: Callable[[], str], name: str) -> None:
    """The text is made when it is asked for."""
    st.download_button(
        "CSV",
        data=text,
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
        key=f"at_rest.{name}.csv",
    )
