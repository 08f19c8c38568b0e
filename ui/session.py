"""The only reader and writer of Streamlit's session state and query."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import streamlit as st

from moe_core.config.problem import Problem
from server.question import Answer
from ui.experiment import Experiment
from ui.group import Member
from ui.literal import literal
from ui.named_controls import NamedControls
from ui.own_query import NOTHING_OWN, OwnQuery

PRESENT = "present"
"""In the query, `present=1` asks for a page as it is shown to a room, and 0 ends it. No part of the experiment."""

PRESENT_REFUSED = "present_refused"

HIDE = "hide"
"""In the query, `hide=learning_rate,k` leaves the controls of these settings out, and an empty one ends it."""

SHOW = "show"
"""In the query, `show=learning_rate` names the only controls that a lesson has before a room."""


def enter_page(page: str) -> None:
    """Note which page's script runs now, and which one ran before it."""
    st.session_state["came_from"] = st.session_state.get("page")
    st.session_state["page"] = page


def presenting() -> bool:
    """Whether pages are shown to a room: larger, and with nothing but what is needed. The address last said so."""
    asked = st.query_params.get(PRESENT)
    if asked in ("0", "1"):
        st.session_state[PRESENT] = asked == "1"
    elif asked is not None:
        st.session_state[PRESENT_REFUSED] = str(Problem(PRESENT, asked, "it is 1, for a room, or 0"))
    return bool(st.session_state.get(PRESENT))


def hidden() -> NamedControls:
    """The controls that are not shown, as a teacher's link said. The address last said so."""
    return _named_controls(HIDE)


def shown() -> NamedControls:
    """The controls that a lesson has before a room, as a teacher's link said. The address last said so."""
    return _named_controls(SHOW)


def _named_controls(field: str) -> NamedControls:
    kept: NamedControls = st.session_state.get(field, NamedControls())
    asked = st.query_params.get(field, kept.text)
    if asked != kept.text:  # Else this program wrote it, without the names that were refused.
        kept = st.session_state[field] = NamedControls.of_text(field, asked)
    return kept


def refused() -> list[str]:
    """Sentences on what the address asked of how pages are shown, and cannot have. Said until the next change."""
    said = (st.session_state.get(PRESENT_REFUSED), hidden().problem, shown().problem)
    return [problem for problem in said if problem]


def named_twice() -> list[str]:
    """A sentence on each name that the address has more than once, with the values that do not count."""
    given = {name: st.query_params.get_all(name) for name in st.query_params}
    reason = "the address names it more than once, and the last counts"
    return [str(Problem(name, ", ".join(values[:-1]), reason)) for name, values in given.items() if len(values) > 1]


def settings_asked() -> dict[str, str]:
    """What the address asks for of an experiment: all of its query but how a page is shown."""
    return {name: value for name, value in st.query_params.to_dict().items() if name not in (PRESENT, HIDE, SHOW)}


def open_experiment(page: str, own: OwnQuery = NOTHING_OWN) -> Experiment:
    """The experiment of a page, for this run of its script. own: what the page is without a query.

    A query that this program did not write itself is read: a link, the address bar, the browser's Back. Otherwise the
    page goes on with its last experiment, and a page come back to from another one, which drops the query, restores it.
    The query is then written out again.
    """
    query = settings_asked()
    written = st.session_state.get(_key(page, "query"))
    came_from = st.session_state["came_from"]
    comes_back = came_from != page and not query
    # A door of another page opens what it names, whatever became of that meanwhile.
    if came_from not in (None, page) and query:
        written = None
        _note_opening(page)
    if written is None or (query != written and not comes_back):
        read = own.read(query)
        st.session_state[_key(page, "experiment")] = replace(read, problems=(*named_twice(), *read.problems))
    st.session_state[_key(page, "own")] = own
    experiment = current_experiment(page)
    _write_query(page, experiment)
    return experiment


def current_experiment(page: str) -> Experiment:
    """The experiment as the last change left it."""
    experiment: Experiment = st.session_state[_key(page, "experiment")]
    return experiment


def change_experiment(page: str, experiment: Experiment) -> None:
    """Go on with another experiment. A refusal is said above the view, and where the person looks meanwhile too."""
    for problem in experiment.problems:
        st.toast(literal(problem), icon=":material/block:")
    for field in (HIDE, SHOW):  # What was wrong with them was said until now, as other refusals are.
        st.session_state[field] = replace(_named_controls(field), problem=None)
    st.session_state[PRESENT_REFUSED] = None
    st.session_state[_key(page, "experiment")] = experiment
    _write_query(page, experiment)


def open_preset(page: str, name: str) -> None:
    """Go on with a preset as it stands, in a new run: from where its saved run is if it has one."""
    open_anew(page, Experiment.of_preset(name))


def open_anew(page: str, experiment: Experiment) -> None:
    """Go on with an experiment in a new run, whatever became of the present one."""
    _note_opening(page)
    change_experiment(page, experiment)


def opening(page: str) -> str:
    """Names the last time that a situation was opened on the page: another name tells the view to begin anew."""
    return str(st.session_state.get(_key(page, "opening"), ""))


def _note_opening(page: str) -> None:
    st.session_state[_key(page, "opening")] = uuid4().hex


def merge_settings(page: str, settings: Mapping[str, object], members: Sequence[Member]) -> None:
    """Go on with several settings changed at once, as the live view reports them: of the run, and of each beside it."""
    change_experiment(page, current_experiment(page).merged(settings, members))


def take_report(key: str, name: str) -> Any:
    """What a component reports once, by the component's key and the report's name."""
    return st.session_state[key].get(name)


def others_of(page: str) -> Sequence[Member]:
    """What each further run beside the page's has otherwise, and what falls with it."""
    experiment: Experiment | None = st.session_state.get(_key(page, "experiment"))
    return experiment.others if experiment else ()


def bound(page: str, name: str, value: object, on_change: Callable[[object], None]) -> dict[str, Any]:
    """Arguments that tie a widget to a value: it shows `value` now, and calls on_change with what a person chooses.

    The widget is to be given `value` as its own default as well. What is set here travels once, and is lost when the
    script runs again before it was sent: the browser then shows the default, and reports it as chosen.
    """
    key = _key(page, f"widget.{name}")
    # Only where it differs: what is set here is sent to the browser, and would undo what a person chose meanwhile.
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return {"key": key, "on_change": lambda: on_change(st.session_state[key])}


def act(page: str, *, rewind: bool = False, revive: bool = False, play: bool = False, back: bool = False) -> None:
    """Have the page's live view come into sight and do this once, after it has heard of other settings.

    back: the run goes back to before the first variation that was made of it as it is.
    """
    before = kept(page, "act")
    number = before["number"] + 1 if isinstance(before, dict) else 1
    keep(page, "act", {"number": number, "rewind": rewind, "revive": revive, "play": play, "back": back})


def keep(page: str, name: str, value: object) -> None:
    """Remember something of a page until its next run."""
    st.session_state[_key(page, name)] = value


def kept(page: str, name: str) -> object:
    """What was remembered of a page under this name, or None."""
    value: object = st.session_state.get(_key(page, name))
    return value


def keep_run(page: str, run: str | None) -> None:
    """Remember what the page's live view reported: the run that it shows, or "" for one that has not answered yet."""
    if run or (run == "" and not view_stands(page)):
        st.session_state[_key(page, "run")] = run


def run_of(page: str) -> str | None:
    """The run that the page's live view shows, once it has said so."""
    run: str | None = st.session_state.get(_key(page, "run")) or None
    return run


def view_stands(page: str) -> bool:
    """Whether the page's live view has reported anything: what follows it is drawn only then, see ui/live_view.py."""
    return _key(page, "run") in st.session_state


def keep_answer(page: str, member: int, run: str, answer: Answer) -> None:
    """Remember what was last measured of a member on a page, and of which run."""
    st.session_state[_key(page, f"answer.{member}")] = run, _otherwise(page, member), answer
    st.session_state[_key(page, "no_answer")] = None


def keep_no_answer(page: str, reason: str | None) -> None:
    """Remember why the last question had no answer; None: it had one."""
    st.session_state[_key(page, "no_answer")] = reason


def no_answer_of(page: str) -> str | None:
    """Why the last question had no answer, if so."""
    reason: str | None = st.session_state.get(_key(page, "no_answer"))
    return reason


def answer_of(page: str, member: int) -> tuple[str, Answer] | None:
    """What was last measured of a member on a page: the run, and its answer. None for a copy that is another by now."""
    kept: tuple[str, Member | None, Answer] | None = st.session_state.get(_key(page, f"answer.{member}"))
    if kept is None or kept[1] != _otherwise(page, member):
        return None
    return kept[0], kept[2]


def _otherwise(page: str, member: int) -> Member | None:
    """What a member has otherwise: the first, which is counted 0, nothing; one that is gone None."""
    has_otherwise: list[Member] = [{}, *others_of(page)]
    return has_otherwise[member] if member < len(has_otherwise) else None


def _write_query(page: str, experiment: Experiment) -> None:
    own: OwnQuery = st.session_state.get(_key(page, "own"), NOTHING_OWN)
    query = own.written(experiment)
    st.session_state[_key(page, "query")] = query
    if presenting():
        query = query | {PRESENT: "1"}
    for field, controls in ((HIDE, hidden()), (SHOW, shown())):
        if controls.names:
            query = query | {field: controls.text}
    if st.query_params.to_dict() != query or named_twice():
        st.query_params.from_dict(query)


def _key(page: str, name: str) -> str:
    return f"{page}.{name}"
