"""What stands beside the run: a copy taken at its present step, taught by the same batches, different in one setting.

A link or a lesson may put several there, and each different in several settings: these are listed.
"""

from collections.abc import Iterator
from typing import Any

import streamlit as st

from moe_core.config import LIVE_FIELDS, TABLE, RunConfig
from moe_core.config.table import Setting
from ui import session
from ui.controls import Control, shown
from ui.experiment import Experiment
from ui.group import can_differ, name_of
from ui.literal import literal

FIRST = ("balance_coefficient", "learning_rate")
"""What a new copy has otherwise: the first of these that the run has. Both act while it trains, so the run goes on."""

EXPLANATION = (
    "The copy has all that the run has learned until now, learns from the same batches, and differs in a setting."
)

WITHOUT = "Takes this one away. The others go on as they are."

BEFORE = "The run goes on, and a copy of it as it is now trains beside it."
BESIDE = "The run stays as it is when you stop. Rewind compares all from step 0."
FROM_THE_START = "This setting restarts a run, so all began at step 0. The run stays as it is when you stop."


def twin(page: str, experiment: Experiment) -> None:
    """Offer a copy of the run; or, where something stands beside it, say what that has otherwise, and offer its end."""
    if not experiment.members:
        _offer(page, experiment)
        return
    one_setting = len(experiment.members) == 1 and len(experiment.members[0]) == 1
    if one_setting:
        st.markdown("**The copy**", help=EXPLANATION)
        ((name, value),) = experiment.members[0].items()
        _setting(page, experiment, name)
        Control(page, f"twin.{name}", TABLE[name], experiment.config, _value_changer(page, name)).draw(value)
    else:
        st.markdown("**Beside the run**", help=EXPLANATION)
        _list(page, experiment)
    _changer("Stop comparing", f"{page}.alone", page, experiment.alone())
    settings = {name for member in experiment.others for name in member}
    st.caption(BESIDE if settings <= LIVE_FIELDS else FROM_THE_START)


def _offer(page: str, experiment: Experiment) -> None:
    others = offered(experiment.config)
    name = next((name for name in (*FIRST, *others) if name in others), None)
    if name is None:  # Nothing can be changed while the run's own table is gone.
        return
    _changer("Compare with a copy", f"{page}.compare", page, experiment.compared(name, others[name]), EXPLANATION)
    st.caption(BEFORE)


def _list(page: str, experiment: Experiment) -> None:
    """Each that stands beside the run, by what it has otherwise: a button takes it away."""
    for number, other in enumerate(experiment.others, start=1):
        after, key = experiment.without(number), f"{page}.without.{number}"
        _changer(literal(name_of(other)), key, page, after, told=WITHOUT, icon=":material/close:")


def _changer(
    label: str, key: str, page: str, after: Experiment, told: str | None = None, icon: str | None = None
) -> None:
    """A button that goes on with another experiment."""
    change = session.change_experiment
    st.button(label, key, told, icon=icon, on_click=change, args=(page, after), width="stretch")


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
