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
    with st.expander("More, all restart the run"):
        _draw(page, experiment.config, [name for name in settings if name not in LIVE + RESTARTS])


def changes(experiment: Experiment) -> str:
    """What differs from the preset, in words: each setting's label and its present value."""
    settings = experiment.config.settings()
    parts = [f"{TABLE[name].label} {settings[name]}" for name in experiment.differences if name in settings]
    return ", ".join(parts)


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
    elif row.slider and row.logarithmic:
        ticks = _ticks(row.slider, value, zero=row.low == 0.0)
        st.select_slider(label, ticks, format_func=lambda tick: f"{tick:g}", help=row.help, **bound)
    elif row.slider:
        low, high = min(row.slider[0], value), max(row.slider[1], value)
        if row.name == "k":
            high = min(high, config.model.num_experts)
        if low == high:
            st.caption(f"{label}: {value}, since there is one expert.")
        else:
            step = 1 if row.kind is int else (high - low) / 100
            st.slider(label, row.kind(low), row.kind(high), step=step, help=row.help, **bound)
    else:
        step = 1 if row.kind is int else 0.01
        st.number_input(label, row.kind(row.low), row.kind(row.high), step=step, help=row.help, **bound)


def _ticks(slider: tuple[float, float], value: float, zero: bool) -> list[float]:
    """Values a logarithmic slider stops at: a few a decade, zero where it is allowed, and the present value."""
    first, last = (math.floor(math.log10(end)) for end in slider)
    decades = [float(f"{tick}e{exponent}") for exponent in range(first, last + 1) for tick in TICKS_A_DECADE]
    offered = {tick for tick in decades if slider[0] <= tick <= slider[1]}
    return sorted(offered | {value} | ({0.0} if zero else set()))


def _title(row: Setting, choice: str) -> str:
    """What a choice is called: a task has a title of its own, the others are the field's names."""
    for variant in SECTIONS[row.section]:
        if row.name == row.section and variant_name(row.section, variant) == choice:
            return str(getattr(variant, "title", choice))
    return choice
