"""Settings as widgets, made from the one table: a widget's kind, range, label and help all stand there."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from moe_core.config import TABLE, RunConfig
from moe_core.config.balancer import SUM
from moe_core.config.table import Setting
from ui import session
from ui.experiment import Experiment

FIRST_LIVE = 2
FIRST_RESTARTING = ("task", "router", "num_experts")
"""With the first two that act while it trains, five controls are in sight; the rest stands under More."""

ELSEWHERE = {"csv": "A table of your own is loaded below the view, under Own data."}
"""Choices that a select cannot make, since more has to be said with them, and where they are made: the select's help
ends with it. Which table is meant is said by loading one."""

HIDING = (
    "For a class: hide=learning_rate,k in the address leaves these controls out. A setting's name is the one that the "
    "address has when it is changed."
)

TICKS_A_DECADE = (1.0, 2.0, 3.0, 5.0)


@dataclass(frozen=True)
class Control:
    """One widget: the page it stands on, the name of its key there, and the setting it is made from.

    config: the run it belongs to, which bounds some ranges. change: called with what a person chooses. only: the
    choices that are offered beside the present one, where they are not all there are.
    """

    page: str
    key: str
    row: Setting
    config: RunConfig
    change: Callable[[object], None]
    only: Sequence[str] | None = None

    def draw(self, value: object) -> None:
        """The widget, showing `value`."""
        row = self.row
        if row.several:
            self._several(str(value))
        elif row.choices:
            self._choice(value)
        elif row.kind is bool:
            st.toggle(self.label, bool(value), help=row.help, **self._bound(value))
        elif row.slider and row.logarithmic:
            number = float(str(value))
            ticks = _ticks(row.slider, number, zero=row.low == 0.0)
            tick = "{:g}".format
            st.select_slider(self.label, ticks, number, format_func=tick, help=row.help, **self._bound(value))
        elif row.slider:
            self._slider(row.slider, row.kind(value))
        else:
            step = 1 if row.kind is int else 0.01
            low, high = row.kind(row.low), row.kind(row.high)
            number = row.kind(value)
            st.number_input(self.label, low, high, number, step=step, help=row.help, **self._bound(value))

    @property
    def label(self) -> str:
        """What the setting is called, with its unit."""
        return f"{self.row.label} ({self.row.unit})" if self.row.unit else self.row.label

    def _choice(self, value: object) -> None:
        row = self.row
        choices = [choice for choice in row.choices if choice not in ELSEWHERE]
        offered = [choice for choice in row.choices if choice in (self.only or choices) or choice == value]
        told = " ".join([row.told(value), *(ELSEWHERE[choice] for choice in row.choices if choice in ELSEWHERE)])
        index = offered.index(str(value))
        st.selectbox(self.label, offered, index, format_func=row.title, help=told, **self._bound(value))

    def _slider(self, offered: tuple[float, float], value: float) -> None:
        row = self.row
        low, high = min(offered[0], value), max(min(offered[1], _most(self.config, row)), value)
        if low == high:
            st.caption(f"{self.label}: {value}, since there is one expert.")
            return
        step = 1 if row.kind is int else (high - low) / 100
        ends = row.kind(low), row.kind(high)
        st.slider(self.label, *ends, row.kind(value), step=step, help=row.help, **self._bound(value))

    def _several(self, value: str) -> None:
        def together(chosen: object) -> None:
            assert isinstance(chosen, list)
            self.change(joined(value, chosen))

        chosen = value.split(SUM)
        bound = session.bound(self.page, self.key, chosen, together)
        row = self.row
        st.pills(
            row.label,
            row.choices,
            selection_mode="multi",
            default=chosen,
            format_func=row.title,
            help=row.told(value),
            **bound,
        )

    def _bound(self, value: object) -> dict[str, Any]:
        return session.bound(self.page, self.key, value, self.change)


def controls(page: str, experiment: Experiment, more: bool = True) -> None:
    """Draw the controls of a page: those that act while it trains, and those that restart the run.

    more: whether the rest is offered beside the five that come first.
    """
    config = experiment.config
    live = [name for name in shown(config) if TABLE[name].live]
    restarting = [name for name in shown(config) if not TABLE[name].live]
    coefficients = [name for name in live if TABLE[name].section == "balancer"]
    order = [name for name in ("learning_rate", *coefficients, "k", "temperature") if name in live]
    if live:
        st.markdown("**Acts while it trains**", help=HIDING)
        _draw_some(page, config, live, order[:FIRST_LIVE], "More that acts while it trains" if more else None)
    if restarting:
        st.markdown("**Restarts the run**")
        _draw_some(page, config, restarting, FIRST_RESTARTING, "More that restarts the run" if more else None)


def changes(experiment: Experiment) -> str:
    """What a person changed of the preset, in words: each setting's label and its present value."""
    return ", ".join(in_words(TABLE[name], value) for name, value in experiment.changes.items())


def in_words(row: Setting, value: object) -> str:
    """A setting and its value as a person reads them. A drawing and a table are only named."""
    return f"{row.label} {row.title(value)}" if readable(row) else row.label


def shown(config: RunConfig) -> list[str]:
    """The settings that have a control, in the table's order. A text has none: points are drawn, a table is loaded.

    Nor has what the page's link hides.
    """
    settings, hidden = config.settings(), session.hidden().names
    return [name for name, row in TABLE.items() if name in settings and name not in hidden and readable(row)]


def joined(before: str, chosen: Iterable[str]) -> str:
    """Several choices as one value. none stands alone: newly chosen it replaces the others, and they replace it."""
    names = list(chosen)
    others = [name for name in names if name != "none"]
    if not others or ("none" in names and before != "none"):
        return "none"
    return SUM.join(others)


def _draw_some(page: str, config: RunConfig, names: Sequence[str], first: Sequence[str], more: str | None) -> None:
    """The controls of `names`: those that are named `first` at once and in that order, the rest under `more`."""
    for name in first:
        if name in names:
            control(page, config, name)
    if more is None:
        return
    if set(names) <= set(first):
        return
    # Under a key, so that it stays open when a choice inside it changes which controls there are. What is folded away
    # is drawn once it is unfolded: that is most controls, and the page would be held up by them.
    with st.expander(more, key=f"{page}.{more}", on_change="rerun") as folded:
        if folded.open:
            for name in names:
                if name not in first:
                    control(page, config, name)


def control(page: str, config: RunConfig, name: str, only: Sequence[str] | None = None) -> None:
    """The control of one setting. only: the choices that are offered, where they are not all."""

    def change(chosen: object) -> None:
        session.change_experiment(page, session.current_experiment(page).changed(name, chosen))

    Control(page, name, TABLE[name], config, change, only).draw(config.settings()[name])


def readable(row: Setting) -> bool:
    """Whether a value of the setting is for reading: a drawing and the name of a table are not."""
    return bool(row.choices) or row.kind is not str


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
