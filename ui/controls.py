"""Settings as widgets, made from the one table: a widget's kind, range, label and help all stand there."""

import math
from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from moe_core.config import SECTIONS, TABLE, RunConfig
from moe_core.config.balancer import SUM
from moe_core.config.table import Setting, variant_name
from ui import session
from ui.experiment import Experiment

FIRST_RESTARTING = ("task", "router", "num_experts", "seed")

NOT_OFFERED = ("csv",)
"""Choices that would be refused: a table can be chosen once a page can load one."""

TICKS_A_DECADE = (1.0, 2.0, 3.0, 5.0)


def controls(page: str, experiment: Experiment) -> None:
    """Draw the controls of a page: those that act while it trains, and those that restart the run."""
    config = experiment.config
    live = [name for name in shown(config) if TABLE[name].live]
    restarting = [name for name in shown(config) if not TABLE[name].live]
    coefficients = [name for name in live if TABLE[name].section == "balancer"]
    first_live = ["learning_rate", *coefficients, "k", "temperature", "batch_size"]
    st.markdown("**Acts while it trains**")
    _draw_some(page, config, live, first_live, "More that acts while it trains")
    st.markdown("**Restarts the run**")
    _draw_some(page, config, restarting, FIRST_RESTARTING, "More that restarts the run")


def changes(experiment: Experiment) -> str:
    """What differs from the preset, in words: each setting's label and its present value."""
    settings = experiment.config.settings()
    named = shown(experiment.config)
    differing = [TABLE[name] for name in experiment.differences if name in named]
    return ", ".join(f"{row.label} {_title(row, settings[row.name])}" for row in differing)


def shown(config: RunConfig) -> list[str]:
    """The settings that have a control, in the table's order. A text has none: points are drawn, a table is loaded."""
    settings = config.settings()
    return [name for name, row in TABLE.items() if name in settings and (row.choices or row.kind is not str)]


def joined(before: str, chosen: Iterable[str]) -> str:
    """Several choices as one value. none stands alone: newly chosen it replaces the others, and they replace it."""
    names = list(chosen)
    others = [name for name in names if name != "none"]
    if not others or ("none" in names and before != "none"):
        return "none"
    return SUM.join(others)


def _draw_some(page: str, config: RunConfig, names: Sequence[str], first: Sequence[str], more: str) -> None:
    """The controls of `names`: those that are named `first` at once and in that order, the rest under `more`."""
    for name in first:
        if name in names:
            _control(page, config, TABLE[name])
    # Under a key, so that it stays open when a choice inside it changes which controls there are.
    with st.expander(more, key=f"{page}.{more}"):
        for name in names:
            if name not in first:
                _control(page, config, TABLE[name])


def _control(page: str, config: RunConfig, row: Setting) -> None:
    value = config.settings()[row.name]

    def change(chosen: object) -> None:
        session.change_experiment(page, session.current_experiment(page).changed(row.name, chosen))

    if row.several:
        _several(page, row, value, change)
        return
    bound = session.bound(page, row.name, value, change)
    label = f"{row.label} ({row.unit})" if row.unit else row.label
    if row.choices:
        offered = [choice for choice in row.choices if choice not in NOT_OFFERED or choice == value]
        st.selectbox(label, offered, format_func=lambda choice: _title(row, choice), help=row.help, **bound)
    elif row.kind is bool:
        st.toggle(label, help=row.help, **bound)
    elif row.slider and row.logarithmic:
        ticks = _ticks(row.slider, value, zero=row.low == 0.0)
        st.select_slider(label, ticks, format_func=lambda tick: f"{tick:g}", help=row.help, **bound)
    elif row.slider:
        low, high = min(row.slider[0], value), max(min(row.slider[1], _most(config, row)), value)
        if low == high:
            st.caption(f"{label}: {value}, since there is one expert.")
        else:
            step = 1 if row.kind is int else (high - low) / 100
            st.slider(label, row.kind(low), row.kind(high), step=step, help=row.help, **bound)
    else:
        step = 1 if row.kind is int else 0.01
        st.number_input(label, row.kind(row.low), row.kind(row.high), step=step, help=row.help, **bound)


def _several(page: str, row: Setting, value: str, change: Callable[[object], None]) -> None:
    def together(chosen: object) -> None:
        assert isinstance(chosen, list)
        change(joined(value, chosen))

    bound = session.bound(page, row.name, value.split(SUM), together)
    st.pills(row.label, row.choices, selection_mode="multi", help=row.help, **bound)


def _most(config: RunConfig, row: Setting) -> float:
    """What other settings leave of a range."""
    most = {"k": config.model.num_experts, "num_train": config.task.most_train}
    return most.get(row.name, math.inf)


def _ticks(slider: tuple[float, float], value: float, zero: bool) -> list[float]:
    """Values a logarithmic slider stops at: a few a decade, zero where it is allowed, and the present value."""
    first, last = (math.floor(math.log10(end)) for end in slider)
    decades = [float(f"{tick}e{exponent}") for exponent in range(first, last + 1) for tick in TICKS_A_DECADE]
    offered = {tick for tick in decades if slider[0] <= tick <= slider[1]}
    return sorted(offered | {value} | ({0.0} if zero else set()))


def _title(row: Setting, choice: object) -> str:
    """What a choice is called: a task has a title of its own, the others are the field's names."""
    for variant in SECTIONS[row.section]:
        if row.name == row.section and variant_name(row.section, variant) == choice:
            return str(getattr(variant, "title", choice))
    return str(choice)
