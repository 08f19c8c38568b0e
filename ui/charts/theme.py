"""What all charts share: the colours of the experts, those of the page in light and in dark, and bare backgrounds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import plotly.graph_objects as go

PALETTE = Path(__file__).resolve().parents[2] / "assets" / "live_view" / "palette.json"

BLACK, WHITE = "#101218", "#ffffff"

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Theme:
    """Colours of the page, as .streamlit/config.toml has them. A figure lies on the page without a ground of its own.

    Axes and words take the page's colours by themselves, in the browser. Only what is mixed needs to be known here.
    """

    background: str
    surface: str
    text: str
    primary: str


LIGHT = Theme(background="#ffffff", surface="#f3f5f8", text="#1f2630", primary="#33588a")
DARK = Theme(background="#15181d", surface="#20252c", text="#e4e8ed", primary="#5a8ac8")


def theme_of(kind: str | None) -> Theme:
    """The theme that a browser says it shows. One that has not said yet shows the light one."""
    return DARK if kind == "dark" else LIGHT


@cache
def palette() -> tuple[str, ...]:
    """The experts' colours, as the live view has them."""
    return tuple(json.loads(PALETTE.read_text(encoding="utf-8"))["experts"])


def expert_colour(expert: int) -> str:
    """The colour of an expert, counted from 1."""
    return palette()[(expert - 1) % len(palette())]


def mix(start: str, end: str, share: float) -> str:
    """The colour that lies `share` of the way from one to another."""
    pairs = zip(_channels(start), _channels(end), strict=True)
    return "#" + "".join(f"{round(one + share * (other - one)):02x}" for one, other in pairs)


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on a colour: the contrast of WCAG 2."""
    light, black, white = (_luminance(each) + 0.05 for each in (colour, BLACK, WHITE))
    return BLACK if light / black >= white / light else WHITE


def expert_name(expert: int) -> str:
    """An expert on an axis of Plotly's: a square of its colour, and its number."""
    return f'<span style="color:{expert_colour(expert)}">\N{BLACK SQUARE}</span> {expert}'


def bare(figure: go.Figure, height: int, **layout: Any) -> go.Figure:
    """Plotly's figure at a height in pixels, without ground, grid or zoom: it is a table to look at."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": "#7d8794", "activecolor": "#7d8794"},
        **layout,
    )
    figure.update_xaxes(showgrid=False, zeroline=False, fixedrange=True, automargin=True)
    figure.update_yaxes(showgrid=False, zeroline=False, fixedrange=True, automargin=True)
    return figure


def printed(
    columns: Sequence[int],
    rows: Sequence[int],
    words: Sequence[Sequence[str]],
    grounds: Sequence[Sequence[str]],
    size: int = 13,
) -> go.Scatter:
    """Words in the cells of a table of Plotly's, each in the ink that reads on its ground; their size in pixels."""
    return go.Scatter(
        x=list(columns) * len(rows),
        y=[row for row in rows for _ in columns],
        mode="text",
        text=[word for line in words for word in line],
        textfont={"color": [ink_on(ground) for line in grounds for ground in line], "size": size},
        hoverinfo="skip",
        showlegend=False,
    )


def expert_scale(num_experts: int) -> alt.Scale:
    """Altair's colours of the experts 1 to E, whose numbers are texts."""
    experts = range(1, num_experts + 1)
    return alt.Scale(domain=[str(expert) for expert in experts], range=[expert_colour(expert) for expert in experts])


def _channels(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def _luminance(colour: str) -> float:
    """From 0 (black) to 1 (white), as WCAG 2 defines it."""
    shares = (channel / 255 for channel in _channels(colour))
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
