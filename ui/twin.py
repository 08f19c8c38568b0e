"""A copy of the run beside it: taken at its present step, taught by the same batches, and different in one setting."""

from collections.abc import Iterator
from typing import Any

import streamlit as st

from moe_core.config import TABLE, RunConfig
from moe_core.config.table import Setting
from ui import session
from ui.controls import Control, shown
from ui.experiment import Experiment, can_differ

FIRST = ("balance_coefficient", "learning_rate")
"""What a new copy has otherwise: the first of these that the run has. Both act while it trains, so the run goes on."""

EXPLANATION = (
    "The copy has all that the run has learned until now, learns from the same batches, and differs in a setting."
)

BEFORE = "The run goes on, and a copy of it as it is now trains beside it."
BESIDE = "The run stays as it is when you stop. Rewind compares both from step 0."
FROM_THE_START = "This setting restarts a run, so both began at step 0. The run stays as it is when you stop."


def twin(page: str, experiment: Experiment) -> None:
    """Offer a copy of the run; or, where there is one, say what it has otherwise, and offer its end."""

    def change(after: Experiment) -> None:
        session.change_experiment(page, after)

    if experiment.twin is None:
        others = offered(experiment.config)
        name = next((name for name in (*FIRST, *others) if name in others), None)
        if name is None:  # Nothing can be changed while the run's own table is gone.
            return
        copied = experiment.compared(name, others[name])
        key = f"{page}.compare"
        st.button("Compare with a copy", key, help=EXPLANATION, on_click=change, args=(copied,), width="stretch")
        st.caption(BEFORE)
        return
    st.markdown("**The copy**", help=EXPLANATION)
    name, value = experiment.twin
    _setting(page, experiment, name)
    Control(page, f"twin.{name}", TABLE[name], experiment.config, _value_changer(page, name)).draw(value)
    st.button("Stop comparing", f"{page}.alone", on_click=change, args=(experiment.alone(),), width="stretch")
    st.caption(BESIDE if TABLE[name].live else FROM_THE_START)


def offered(config: RunConfig) -> dict[str, Any]:
    """The settings that a copy of this run may have otherwise, each with another value that is allowed there."""
    values = ((name, _another(config, TABLE[name])) for name in shown(config) if can_differ(name))
    return {name: value for name, value in values if value is not None}


def _setting(page: str, experiment: Experiment, name: str) -> None:
    """Chooses which setting the copy has otherwise."""
    others = offered(experiment.config) | {name: None}

    def choose(chosen: object) -> None:
        session.change_experiment(page, experiment.compared(str(chosen), others[str(chosen)]))

    def said(name: str) -> str:
        return TABLE[name].label if TABLE[name].live else f"{TABLE[name].label} (restarts both)"

    bound = session.bound(page, "twin", name, choose)
    st.selectbox("Has otherwise", others, list(others).index(name), format_func=said, **bound)


def _value_changer(page: str, name: str) -> Any:
    def change(chosen: object) -> None:
        session.change_experiment(page, session.current_experiment(page).compared(name, chosen))

    return change


def _another(config: RunConfig, row: Setting) -> Any:
    """A value that the run does not have and could have; None where there is no other."""
    value = config.settings()[row.name]
    allowed = (other for other in _candidates(row, value) if not config.merge({row.name: other})[1])
    return next(allowed, None)


def _candidates(row: Setting, value: Any) -> Iterator[Any]:
    """Other values, those that would differ plainly first: balancing off or on, ten times as much, half as many."""
    if row.choices:
        yield from (choice for choice in row.choices if choice != value)
    elif row.kind is bool:
        yield not value
    else:
        none = [0.0, 1.0] if row.section == "balancer" else []
        scaled = (value * 10, value / 10) if row.logarithmic else (value * 2, value // 2)
        for number in (*none, *scaled, *(row.slider or (row.low, row.high))):
            other = row.kind(f"{number:.6g}") if row.kind is float else int(number)
            if other != value:
                yield other
