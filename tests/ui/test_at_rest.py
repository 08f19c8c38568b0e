"""The panel at rest: what it says without an answer, and which libraries a page pays for before one is drawn."""

import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from server.client import NoAnswer
from server.question import Answer
from tests.source_tree import ROOT
from ui import at_rest
from ui.rest_tabs import TABS

RUN = "0b8f0f0e-3a52-4c53-9d2e-0c6c6d3f9a10"

METRICS: dict[str, float | None] = {
    f"expert_{kind}_{name}": 0.5 for kind in ("class", "cluster") for name in ("nmi", "purity", "dispatch_entropy")
}
ANSWER = Answer(
    step=20,
    metrics=METRICS,
    untrained=METRICS,
    expert_class=[[3.0, 1.0], [0.0, 4.0]],
    untrained_class=[[2.0, 2.0], [2.0, 2.0]],
    ablation=[0.25, 0.5],
    suffers={"class": [[0.5, 0.0], [0.0, None]]},
    similarity=[[1.0, 0.5], [0.5, 1.0]],
    columns=["step", "router_entropy"],
    rows=[[0.0, 0.7], [10.0, 0.6]],
    loads=[[0.5, 0.5], [0.25, 0.75]],
)


class Host:
    """Answers as it is told."""

    def __init__(self, answer: Answer | None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, int]] = []

    def ask(self, run: str, member: int) -> Answer:
        self.asked.append((run, member))
        if self.answer is None:
            raise NoAnswer("nobody answers")
        return self.answer


def page() -> None:
    import streamlit as st

    from ui import session
    from ui.at_rest import at_rest
    from ui.experiment import Experiment

    session.keep_run("lab", st.query_params.get("run"))
    if "twin" in st.query_params and not session.others_of("lab"):
        session.change_experiment("lab", Experiment.of_query({"twin": st.query_params["twin"]}))
    at_rest("lab")


def opened(
    monkeypatch: pytest.MonkeyPatch, answer: Answer | None, run: str | None = RUN, twin: str | None = None
) -> tuple[AppTest, Host]:
    host = Host(answer)
    monkeypatch.setattr(at_rest, "session_host", lambda: host)
    monkeypatch.setattr(at_rest, "rest_signal", lambda *_: None)
    test = AppTest.from_function(page, default_timeout=30)
    if run:
        test.query_params["run"] = run
    if twin:
        test.query_params["twin"] = twin
    return test.run(), host


def test_beside_a_copy_it_is_chosen_who_is_measured_and_each_keeps_its_answer(monkeypatch):
    test, host = opened(monkeypatch, ANSWER, twin="balance_coefficient:0.5")
    (whose,) = test.segmented_control
    assert whose.options == ["Balance coefficient 0.1", "Balance coefficient 0.5"]
    whose.set_value(1).run()
    assert not test.exception
    assert host.asked == [(RUN, 1)]
    assert len(test.tabs) == 5
    test.segmented_control[0].set_value(0).run()
    assert host.asked == [(RUN, 1), (RUN, 0)]
    test.segmented_control[0].set_value(1).run()
    test.session_state["lab.experiment"] = test.session_state["lab.experiment"].compared("learning_rate", 0.1)
    test.run()
    assert not test.exception
    assert test.segmented_control[0].options == ["Learning rate 0.02", "Learning rate 0.1"]
    assert len(test.tabs) == 0  # Nothing is known of this copy.


def test_without_a_copy_there_is_nobody_else_to_choose(monkeypatch):
    test, _ = opened(monkeypatch, ANSWER)
    assert not test.segmented_control


def test_nothing_is_asked_before_somebody_asks(monkeypatch):
    test, host = opened(monkeypatch, ANSWER)
    assert not test.exception
    assert host.asked == []
    assert [button.label for button in test.button] == ["Measure now"]
    assert len(test.tabs) == 0


@pytest.mark.parametrize(
    ("answer", "run", "sentence"), [(ANSWER, None, at_rest.NOT_STARTED), (None, RUN, "nobody answers")]
)
def test_a_run_that_cannot_be_asked_is_one_sentence(monkeypatch, answer, run, sentence):
    test, _ = opened(monkeypatch, answer, run)
    test.button[0].click().run()
    assert not test.exception
    assert [info.value for info in test.info] == [sentence]
    assert len(test.tabs) == 0


def test_an_answer_is_kept_for_other_runs_of_the_script(monkeypatch):
    test, host = opened(monkeypatch, ANSWER)
    test.button[0].click().run()
    test.run()
    assert not test.exception
    assert host.asked == [(RUN, 0)]
    assert [tab.label for tab in test.tabs] == list(TABS)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("left_out", [{}, {"expert_class": None, "untrained_class": None}, {"rows": [], "loads": []}])
def test_every_tab_opens_whatever_the_run_has_to_say(monkeypatch, tab, left_out):
    test, _ = opened(monkeypatch, ANSWER.model_copy(update=left_out))
    test.session_state["lab.at_rest"] = tab
    test.button[0].click().run()
    assert not test.exception
    assert len(test.tabs) == 5


def test_pages_are_loaded_without_what_draws_and_charts_without_torch():
    """Plotly is not looked for: where it is installed, Streamlit loads it with itself."""
    script = """
import sys
import app, ui.at_rest, ui.controls, ui.live_view, ui.metric_table, ui.rest_signal, ui.session
print(sorted({"altair", "pandas", "torch", "ui.charts"} & set(sys.modules)))
from ui.charts import ablation, agreement, expert_matrix, load_over_time, router_entropy, similarity
print("torch" in sys.modules)
"""
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["[]", "False"], done.stderr
