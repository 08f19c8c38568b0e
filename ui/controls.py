"""Settings as widgets, made from the one table: a widget's kind, range, label and help all stand there."""

import math
from collections.abc import Sequence

import streamlit as st

from moe_core.config import SECTIONS, TABLE, RunConfig
from moe_core.config.table import Setting, variant_name
from ui import session
from ui.experiment import Experiment

LIVE = ("learning_rate", "balance_coefficient")
RESTARTS = ("task", "num_experts", "k", "seed")
TICKS_A_DECADE = (1.0, 2.0, 3.0, 5.0)


def controls(page: str, experiment: Experiment) -> None:
    """Draw the controls of a page: those that act while it trains, those that restart the run, the rest under More."""
    settings = experiment.config.settings()
    st.markdown("**Acts while it trains**")
    _draw(page, experiment.config, [name for name in LIVE if name in settings])
    st.markdown("**Restarts the run**")
    _draw(page, experiment.config, [name for name in RESTARTS if name in settings])
    with st.expander("More"):
        _draw(page, experiment.config, [name for name in settings if name not in LIVE + RESTARTS])


def _draw(page: str, config: RunConfig, names: Sequence[str]) -> None:
    for name in names:
        _control(page, config, TABLE[name])


def _control(page: str, config: RunConfig, row: Setting) -> None:
    value = config.settings()[row.name]

    def change(chosen: object) -> None:
        session.change_experiment(page, session.current_experiment(page).changed(row.name, chosen))

    bound = session.bound(page, row.name, value, change)
    label = f"{row.label} ({row.unit})" if row.unit else row.label
    if row.choices:
        st.selectbox(label, row.choices, format_func=lambda choice: _title(row, choice), help=row.help, **bound)
    elif row.kind is bool:
        st.toggle(label, help=row.help, **bound)
    elif row.logarithmic:
        st.select_slider(label, _ticks(row, value), format_func=lambda tick: f"{tick:g}", help=row.help, **bound)
    elif row.slider:
        low, high = _slider_range(row, value, config)
        step = 1 if row.kind is int else (high - low) / 100
        if low < high:
            st.slider(label, low, high, step=step, help=row.help, **bound)
        else:
            st.number_input(label, low, low, disabled=True, help=row.help, **bound)
    else:
        low, high = row.kind(row.low), row.kind(row.high)
        st.number_input(label, low, high, step=1 if row.kind is int else 0.01, help=row.help, **bound)


def _slider_range(row: Setting, value: float, config: RunConfig) -> tuple[float, float]:
    """What a slider offers: the useful range, widened to the present value; k ends at the number of experts."""
    low, high = row.slider or (row.low, row.high)
    low, high = min(low, value), max(high, value)
    if row.name == "k":
        high = min(high, config.model.num_experts)
    return row.kind(low), row.kind(high)


def _ticks(row: Setting, value: float) -> list[float]:
    """Values a logarithmic slider stops at: a few a decade, zero where it is allowed, and the present value."""
    low, high = row.slider or (row.low, row.high)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = [float(f"{tick}e{exponent}") for exponent in range(first, last + 1) for tick in TICKS_A_DECADE]
    zero = {0.0} if row.low == 0.0 else set()
    return sorted(zero | {tick for tick in decades if low <= tick <= high} | {value})


def _title(row: Setting, choice: str) -> str:
    """What a choice is called: a task has a title of its own, the others are the field's names."""
    for variant in SECTIONS[row.section]:
        if row.name == row.section and variant_name(row.section, variant) == choice:
            return str(getattr(variant, "title", choice))
    return choice
